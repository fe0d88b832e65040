// WebSocket: WHATWG WebSockets, section 3.
(function (host) {
  "use strict";

  class WebSocket extends host.EventTarget {
    #socket; // Go's

    constructor(url, protocols = undefined) {
      host.required(arguments, 1, "WebSocket");
      const socket = host.newWebSocket(host.scalar(url), subprotocols(protocols));
      super(socket);
      this.#socket = socket;
    }

    get url() { return this.#socket.URL(); }
    get readyState() { return host.readyState(this.#socket); }
    get bufferedAmount() { return this.#socket.BufferedAmount(); }
    get onopen() { return host.handler(this.#socket, "open"); }
    set onopen(value) { host.setHandler(this.#socket, "open", value); }
    get onerror() { return host.handler(this.#socket, "error"); }
    set onerror(value) { host.setHandler(this.#socket, "error", value); }
    get onclose() { return host.handler(this.#socket, "close"); }
    set onclose(value) { host.setHandler(this.#socket, "close", value); }
    get extensions() { return this.#socket.Extensions(); }
    get protocol() { return this.#socket.Protocol(); }

    close(code = undefined, reason = undefined) {
      const socket = this.#socket;
      const number = code === undefined ? undefined : host.clampedShort(code);
      host.close(socket, number, reason === undefined ? "" : host.scalar(reason));
    }

    get onmessage() { return host.handler(this.#socket, "message"); }
    set onmessage(value) { host.setHandler(this.#socket, "message", value); }
    get binaryType() { return this.#socket.BinaryType(); }
    set binaryType(value) { this.#socket.SetBinaryType(host.string(value)); }

    send(data) {
      const socket = this.#socket;
      host.required(arguments, 1, "send");
      const bytes = host.bytes(data);
      if (bytes !== undefined) host.sendBinary(socket, ...bytes);
      else if (host.isBlob(data)) host.sendBlob(socket, host.blobHandle(data));
      else host.sendText(socket, host.string(data));
    }
  }

  // subprotocols is a (DOMString or sequence<DOMString>).
  function subprotocols(value) {
    if (value === undefined) return [];
    if (Object(value) === value) {
      const iterator = value[Symbol.iterator];
      if (iterator !== undefined && iterator !== null) return host.strings(value);
    }
    return [host.string(value)];
  }

  host.expose(WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
})
