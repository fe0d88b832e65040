// CloseEvent: WHATWG WebSockets, section 6.
(function (host) {
  "use strict";

  class CloseEvent extends host.Event {
    #close; // Go's

    constructor(type, init = undefined) {
      host.required(arguments, 1, "CloseEvent");
      const close = host.isHandle(type) ? type : made(host.string(type), init);
      super(close);
      this.#close = close;
    }

    get wasClean() { return this.#close.WasClean(); }
    get code() { return this.#close.Code(); }
    get reason() { return this.#close.Reason(); }
  }

  // made reads a CloseEventInit, in the order of its members' names.
  function made(type, init) {
    const base = host.eventInit(init);
    const given = host.dictionary(init, "CloseEventInit");
    let { code, reason, wasClean } = given;
    code = code === undefined ? 0 : host.unsignedShort(code);
    reason = reason === undefined ? "" : host.scalar(reason);
    return host.newCloseEvent(type, base, Boolean(wasClean), code, reason);
  }

  host.expose(CloseEvent);
  host.makeCloseEvent = (event) => new CloseEvent(event);
})
