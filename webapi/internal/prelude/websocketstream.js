// WebSocketStream and WebSocketError: WHATWG WebSockets, tentative.
(function (host) {
  "use strict";

  class WebSocketError extends host.DOMException {
    #error; // Go's

    static {
      host.errorHandle = (value) => (Object(value) === value && #error in value ? value.#error : undefined);
    }

    constructor(message = "", init = undefined) {
      if (host.isHandle(message)) {
        super(message.Message, "WebSocketError");
        this.#error = message;
        return;
      }
      const text = host.string(message);
      const { closeCode, reason } = closeInfo(init);
      super(text, "WebSocketError");
      this.#error = host.newWebSocketError(text, closeCode, reason);
    }

    get closeCode() { return host.closeCodeOf(this.#error); }
    get reason() { return this.#error.Reason(); }
  }

  // closeInfo is a WebSocketCloseInfo: closeCode is an [EnforceRange] unsigned short.
  function closeInfo(value) {
    let { closeCode, reason } = host.dictionary(value, "WebSocketCloseInfo");
    if (closeCode === null) closeCode = undefined;
    if (closeCode !== undefined) {
      closeCode = Math.trunc(+closeCode);
      if (!(closeCode >= 0 && closeCode <= 65535)) throw new TypeError("closeCode is not an unsigned short");
    }
    return { closeCode, reason: reason === undefined ? "" : host.scalar(reason) };
  }

  class WebSocketStream {
    #stream; // Go's
    #opened;
    #closed;

    constructor(url, options = undefined) {
      host.required(arguments, 1, "WebSocketStream");
      const address = host.scalar(url);
      const { protocols, signal } = host.dictionary(options, "WebSocketStreamOptions");
      const list = protocols === undefined ? [] : sequence(protocols);
      const stream = host.newWebSocketStream(address, list, signal === undefined ? undefined : host.signalHandle(signal));
      this.#stream = stream;
      const ends = {};
      // A failure is one object, wherever it is seen.
      const failure = (error) => { throw error instanceof WebSocketError ? (ends.failure ??= error) : error; };
      this.#opened = host.quiet(host.whenOpened(stream).then(({ extensions, protocol }) => ({
        readable: readable(stream, ends, failure), writable: writable(stream, ends, failure), extensions, protocol,
      }), failure));
      this.#closed = host.quiet(host.whenClosed(stream).catch(failure).then((info) => {
        ends.writable?.error(new host.DOMException("the connection is closed", "InvalidStateError"));
        return info;
      }, (error) => {
        ends.readable?.error(error);
        ends.writable?.error(error);
        throw error;
      }));
    }

    get url() { return this.#stream.URL(); }
    get opened() { return #opened in this ? this.#opened : host.illegal(); }
    get closed() { return #closed in this ? this.#closed : host.illegal(); }
    close(closeInfoInit = undefined) {
      const stream = this.#stream;
      const { closeCode, reason } = closeInfo(closeInfoInit);
      host.closeStream(stream, closeCode, reason);
    }
  }

  function sequence(value) {
    if (Object(value) !== value) throw new TypeError("protocols is not a sequence");
    return host.strings(value);
  }

  function readable(stream, ends, failure) {
    return new ReadableStream({
      start(controller) { ends.readable = controller; },
      async pull(controller) {
        const { value, done } = await host.readStream(stream).catch(failure);
        if (done) controller.close();
        else controller.enqueue(typeof value === "string" ? value : new Uint8Array(value));
      },
      cancel: (reason) => host.cancelStream(stream, host.errorHandle(reason)).catch(failure),
    });
  }

  function writable(stream, ends, failure) {
    return new WritableStream({
      start(controller) { ends.writable = controller; },
      write(chunk) {
        const bytes = host.bytes(chunk);
        const written = bytes === undefined ? host.writeText(stream, host.string(chunk)) : host.writeBytes(stream, ...bytes);
        return written.catch(failure);
      },
      close: () => host.abortStream(stream, undefined).catch(failure),
      abort: (reason) => host.abortStream(stream, host.errorHandle(reason)).catch(failure),
    });
  }

  host.expose(WebSocketError);
  host.expose(WebSocketStream);
  host.makeWebSocketError = (error) => new WebSocketError(error);
})
