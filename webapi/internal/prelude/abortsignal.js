// AbortController and AbortSignal: DOM Standard, section 3.
(function (host) {
  "use strict";

  class AbortController {
    #controller; // Go's
    #signal;

    constructor() {
      this.#controller = host.newAbortController();
      this.#signal = new AbortSignal(this.#controller.Signal());
    }

    get signal() { return this.#signal; }
    abort(reason = undefined) { host.abort(this.#controller, aborted(reason)); }
  }

  class AbortSignal extends host.EventTarget {
    #signal; // Go's

    static {
      host.signalHandle = function (value) {
        if (Object(value) !== value || !(#signal in value)) throw new TypeError("signal: not an AbortSignal");
        return value.#signal;
      };
    }

    constructor() {
      if (!host.isHandle(arguments[0])) throw new TypeError("Illegal constructor");
      super(arguments[0]);
      this.#signal = arguments[0];
    }

    static abort(reason = undefined) {
      const controller = new AbortController();
      controller.abort(reason);
      return controller.signal;
    }

    static timeout(milliseconds) {
      host.required(arguments, 1, "AbortSignal.timeout");
      const delay = host.unsignedLongLong(milliseconds, "milliseconds");
      const controller = new AbortController();
      setTimeout(() => controller.abort(new host.DOMException("the time is over", "TimeoutError")), delay);
      return controller.signal;
    }

    static any(signals) {
      host.required(arguments, 1, "AbortSignal.any");
      if (Object(signals) !== signals) throw new TypeError("AbortSignal.any: not a sequence");
      return new AbortSignal(host.anySignal(Array.from(host.iterable(signals), host.signalHandle)));
    }

    get aborted() { return this.#signal.Aborted(); }
    get reason() { return host.abortReason(this.#signal); }
    throwIfAborted() { if (this.#signal.Aborted()) throw host.abortReason(this.#signal); }
    get onabort() { return host.handler(this.#signal, "abort"); }
    set onabort(value) { host.setHandler(this.#signal, "abort", value); }
  }

  function aborted(reason) {
    return reason === undefined ? new host.DOMException("the signal was aborted", "AbortError") : reason;
  }

  host.expose(AbortController);
  host.expose(AbortSignal);
  host.enumerable(AbortSignal, "prototype", "length", "name");
})
