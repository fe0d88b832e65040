// MessageEvent: HTML Standard, section 9.1.
(function (host) {
  "use strict";

  class MessageEvent extends host.Event {
    #message; // Go's
    #data;
    #source = null;
    #ports = Object.freeze([]);

    constructor(type, init = undefined) {
      host.required(arguments, 1, "MessageEvent");
      if (host.isHandle(type)) {
        super(type);
        this.#message = type;
        this.#data = host.messageData(type);
        return;
      }
      const name = host.string(type);
      const base = host.eventInit(init);
      const given = host.dictionary(init, "MessageEventInit");
      const data = given.data === undefined ? null : given.data;
      const lastEventId = given.lastEventId === undefined ? "" : host.string(given.lastEventId);
      const origin = given.origin === undefined ? "" : host.scalar(given.origin);
      const ports = given.ports === undefined ? [] : portsOf(given.ports);
      const source = given.source === undefined ? null : given.source;
      if (source !== null && source !== globalThis) throw new TypeError("MessageEvent: not a MessageEventSource");
      const message = host.newMessageEvent(name, base, origin, lastEventId);
      super(message);
      this.#message = message;
      this.#data = data;
      this.#source = source;
      this.#ports = Object.freeze(ports);
    }

    get data() { return this.#data; }
    get origin() { return this.#message.Origin(); }
    get lastEventId() { return this.#message.LastEventID(); }
    get source() { return this.#source; }
    get ports() { return this.#ports; }

    initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = "", lastEventId = "", source = null, ports = []) {
      const message = this.#message;
      host.required(arguments, 1, "initMessageEvent");
      const name = host.string(type);
      const from = host.scalar(origin);
      const id = host.string(lastEventId);
      const list = portsOf(ports);
      if (!host.initMessageEvent(message, name, Boolean(bubbles), Boolean(cancelable), from, id)) return;
      this.#data = data;
      this.#source = source;
      this.#ports = Object.freeze(list);
    }
  }

  // portsOf is a sequence<MessagePort>. There is no MessagePort here.
  function portsOf(value) {
    if (Object(value) !== value) throw new TypeError("ports is not a sequence");
    const list = [...value];
    if (list.length > 0) throw new TypeError("ports: not a MessagePort");
    return list;
  }

  host.expose(MessageEvent);
  host.makeMessageEvent = (event) => new MessageEvent(event);
})
