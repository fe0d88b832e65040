// The global scope: its names, its handlers, and what it is told of errors.
(function (host) {
  "use strict";

  class ErrorEvent extends host.Event {
    #init;

    constructor(type, init = undefined) {
      host.required(arguments, 1, "ErrorEvent");
      const base = host.eventInit(init);
      const { message = "", filename = "", lineno = 0, colno = 0, error = undefined } = host.dictionary(init, "ErrorEventInit");
      super(type, base);
      this.#init = { message: host.string(message), filename: host.scalar(filename), lineno: lineno >>> 0, colno: colno >>> 0, error };
    }

    get message() { return this.#init.message; }
    get filename() { return this.#init.filename; }
    get lineno() { return this.#init.lineno; }
    get colno() { return this.#init.colno; }
    get error() { return this.#init.error; }
  }

  class PromiseRejectionEvent extends host.Event {
    #promise;
    #reason;

    constructor(type, init) {
      host.required(arguments, 2, "PromiseRejectionEvent");
      const base = host.eventInit(init);
      super(type, base);
      const { promise, reason } = host.dictionary(init, "PromiseRejectionEventInit");
      if (promise === undefined) throw new TypeError("PromiseRejectionEvent: promise is required");
      this.#promise = Promise.resolve(promise);
      this.#reason = reason;
    }

    get promise() { return this.#promise; }
    get reason() { return this.#reason; }
  }

  host.expose(ErrorEvent);
  host.expose(PromiseRejectionEvent);

  // tellError and tellRejection return false when a listener has dealt with it.
  host.tellError = (message, filename, lineno, colno, error) =>
    host.dispatch(host.globalTarget, host.eventHandle(new ErrorEvent("error", { cancelable: true, message, filename, lineno, colno, error })));
  host.tellRejection = (promise, reason) =>
    host.dispatch(host.globalTarget, host.eventHandle(new PromiseRejectionEvent("unhandledrejection", { cancelable: true, promise, reason })));

  Object.setPrototypeOf(globalThis, EventTarget.prototype);
  host.adopt(host.globalTarget, globalThis);
  host.global("self", globalThis, true);
  for (const type of ["error", "unhandledrejection", "rejectionhandled", "message"]) {
    const attribute = {
      get [`on${type}`]() { return host.handler(host.globalTarget, type); },
      set [`on${type}`](value) { host.setHandler(host.globalTarget, type, value); },
    };
    Object.defineProperty(globalThis, `on${type}`, Object.getOwnPropertyDescriptor(attribute, `on${type}`));
  }

  // A handler of "error" on the global scope takes five arguments, and true from it
  // means that the error was dealt with. HTML Standard, section 8.1.8.1.
  host.callHandler = function (handler, target, event) {
    const global = event instanceof ErrorEvent && event.type === "error" && target === globalThis;
    const result = global
      ? handler.call(target, event.message, event.filename, event.lineno, event.colno, event.error)
      : handler.call(target, event);
    if (global ? result === true : result === false) event.preventDefault();
  };

  host.operations({
    queueMicrotask(callback) {
      host.required(arguments, 1, "queueMicrotask");
      if (typeof callback !== "function") throw new TypeError("queueMicrotask: not a function");
      Promise.resolve().then(() => host.reporting(callback));
    },
    reportError(error) {
      host.required(arguments, 1, "reportError");
      host.reportError(error);
    },
    setTimeout(handler, timeout = 0, ...args) {
      host.required(arguments, 1, "setTimeout");
      return host.startTimer(task(handler, args), +timeout, false);
    },
    setInterval(handler, timeout = 0, ...args) {
      host.required(arguments, 1, "setInterval");
      return host.startTimer(task(handler, args), +timeout, true);
    },
    clearTimeout(id = 0) { host.clearTimer(+id); },
    clearInterval(id = 0) { host.clearTimer(+id); },
    print(...values) { host.print(values.map(host.string).join(" ")); },
    quit(status = 0) { host.quit(status | 0); },
  });

  function task(handler, args) {
    if (typeof handler === "function") return () => handler.apply(globalThis, args);
    const source = host.string(handler);
    return () => (0, eval)(source);
  }

  if (host.baseURL !== "") {
    const { href, origin, protocol, host: authority, hostname, port, pathname, search, hash } = new URL(host.baseURL);
    host.global("location", Object.freeze({
      href, origin, protocol, host: authority, hostname, port, pathname, search, hash, toString() { return href; },
    }), true);
    host.global("origin", origin, true);
  }
})
