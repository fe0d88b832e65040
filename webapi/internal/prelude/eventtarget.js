// EventTarget: DOM Standard, section 2.7. Go keeps the listeners and dispatches.
(function (host) {
  "use strict";

  class EventTarget {
    #target; // Go's

    static {
      // A method of an interface of the global object takes undefined for that.
      host.targetHandle = (value) =>
        value === undefined || value === null || value === globalThis ? host.globalTarget : value.#target;
      host.isTarget = (value) => value === globalThis || (Object(value) === value && #target in value);
    }

    constructor() {
      this.#target = host.isHandle(arguments[0]) ? arguments[0] : host.newTarget();
      host.adopt(this.#target, this);
    }

    addEventListener(type, callback, options = undefined) {
      const target = host.targetHandle(this);
      host.required(arguments, 2, "addEventListener");
      const name = host.string(type);
      const listener = callbackInterface(callback);
      const given = flatten(options);
      if (given.signal !== undefined) given.signal = host.signalHandle(given.signal);
      if (listener !== null) host.listen(target, name, listener, given);
    }

    removeEventListener(type, callback, options = undefined) {
      const target = host.targetHandle(this);
      host.required(arguments, 2, "removeEventListener");
      const name = host.string(type);
      const listener = callbackInterface(callback);
      const capture = captureOf(options);
      if (listener !== null) host.unlisten(target, name, listener, capture);
    }

    dispatchEvent(event) {
      const target = host.targetHandle(this);
      host.required(arguments, 1, "dispatchEvent");
      if (!host.isEvent(event)) throw new TypeError("dispatchEvent: not an Event");
      return host.dispatch(target, host.eventHandle(event));
    }
  }

  function callbackInterface(value) {
    if (value === undefined || value === null) return null;
    if (Object(value) !== value) throw new TypeError("a listener is a function or an object");
    return value;
  }

  // captureOf and flatten read AddEventListenerOptions or a boolean.
  function captureOf(options) {
    return Object(options) === options ? Boolean(options.capture) : Boolean(options);
  }

  function flatten(options) {
    if (Object(options) !== options) return { capture: Boolean(options) };
    const capture = Boolean(options.capture);
    const once = Boolean(options.once);
    const passive = Boolean(options.passive);
    return { capture, once, passive, signal: options.signal };
  }

  host.expose(EventTarget);
  host.EventTarget = EventTarget;

  // callListener calls an object that is a listener.
  host.callListener = function (listener, event) {
    const { handleEvent } = listener;
    if (typeof handleEvent !== "function") throw new TypeError("a listener has no handleEvent");
    handleEvent.call(listener, event);
  };

  // setHandler gives a target its handler attribute. What is no object means null.
  host.setHandler = (target, type, value) => host.handle(target, type, Object(value) === value ? value : null);
})
