// WritableStream: Streams Standard, section 5.
(function (host) {
  "use strict";

  // Sink is the state that a stream, its writer and its controller share.
  class Sink {
    state = "writable"; // then closing and closed, or errored
    error = undefined;
    queue = [];
    busy = true; // starting, writing, closing or aborting
    writer = null;
    closeRequest = null;
    abortRequest = null;
    whenReady = host.deferred();
    whenClosed = host.deferred();
    abortion = new AbortController();

    constructor(underlying, strategy) {
      this.underlying = underlying;
      const mark = strategy.highWaterMark;
      this.highWaterMark = mark === undefined ? 1 : host.highWaterMark(mark);
      this.controller = new WritableStreamDefaultController(this);
      const begun = underlying.start?.call(underlying, this.controller);
      this.update();
      Promise.resolve(begun).then(() => this.idle(), (error) => { this.fail(error); this.idle(); });
    }

    get desiredSize() {
      if (this.state === "errored") return null;
      return this.state === "closed" ? 0 : this.highWaterMark - this.queue.length;
    }

    // update settles ready, or makes it pending again.
    update() {
      if (this.state !== "writable" || this.desiredSize > 0) this.whenReady.resolve();
      else if (this.whenReady.settled) this.whenReady = host.deferred();
    }

    // idle does the next thing when nothing is under way.
    idle() {
      this.busy = false;
      if (this.state === "errored") this.afterError();
      else if (this.queue.length > 0) this.perform(this.queue[0], () => this.underlying.write?.call(this.underlying, this.queue[0].chunk, this.controller));
      else if (this.closeRequest !== null) this.performClose();
    }

    perform(write, operation) {
      this.busy = true;
      host.promised(operation).then(() => {
        if (this.queue[0] === write) this.queue.shift();
        write.resolve();
        this.update();
        this.idle();
      }, (error) => {
        if (this.queue[0] === write) this.queue.shift();
        write.reject(error);
        this.fail(error);
        this.idle();
      });
    }

    performClose() {
      const request = this.closeRequest;
      this.closeRequest = null;
      this.busy = true;
      host.promised(() => this.underlying.close?.call(this.underlying)).then(() => {
        this.busy = false;
        if (this.state !== "errored") {
          this.state = "closed";
          this.whenClosed.resolve();
        }
        request.resolve();
        this.abortRequest?.resolve();
      }, (error) => {
        request.reject(error);
        this.fail(error);
        this.idle();
      });
    }

    fail(error) {
      if (this.state === "errored" || this.state === "closed") return;
      this.state = "errored";
      this.error = error;
      if (this.whenReady.settled) this.whenReady = host.deferred();
      this.whenReady.reject(error);
      if (!this.busy) this.afterError();
    }

    // afterError rejects what waits, once nothing is under way.
    afterError() {
      for (const write of this.queue.splice(0)) write.reject(this.error);
      this.closeRequest?.reject(this.error);
      this.closeRequest = null;
      const request = this.abortRequest;
      this.abortRequest = null;
      if (request === null) {
        this.whenClosed.reject(this.error);
        return;
      }
      this.busy = true;
      host.promised(() => request.late ? Promise.reject(this.error) : this.underlying.abort?.call(this.underlying, request.reason))
        .then(request.resolve, request.reject)
        .then(() => this.whenClosed.reject(this.error));
    }

    write(chunk) {
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state !== "writable") return Promise.reject(new TypeError("write: the stream is closing"));
      const write = Object.assign(host.deferred(), { chunk });
      this.queue.push(write);
      this.update();
      if (!this.busy) this.idle();
      return write.promise;
    }

    close() {
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state !== "writable") return Promise.reject(new TypeError("close: the stream is closing"));
      this.state = "closing";
      this.closeRequest = host.deferred();
      const { promise } = this.closeRequest;
      this.update();
      if (!this.busy) this.idle();
      return promise;
    }

    abort(reason) {
      if (this.state === "closed" || (this.state === "errored" && this.abortRequest === null)) return Promise.resolve();
      if (this.abortRequest !== null) return this.abortRequest.promise;
      this.abortRequest = Object.assign(host.deferred(), { reason });
      const { promise } = this.abortRequest;
      this.abortion.abort(reason);
      this.fail(reason);
      return promise;
    }
  }

  class WritableStreamDefaultController {
    #sink;
    constructor(sink) {
      if (!(sink instanceof Sink)) throw new TypeError("Illegal constructor");
      this.#sink = sink;
    }
    get signal() { return this.#sink.abortion.signal; }
    error(e = undefined) { this.#sink.fail(e); }
  }

  let sinkOf;
  class WritableStream {
    #sink;
    static { sinkOf = (stream) => stream.#sink; }

    constructor(underlyingSink = {}, strategy = undefined) {
      this.#sink = new Sink(underlyingSink ?? {}, host.dictionary(strategy, "QueuingStrategy"));
    }
    get locked() { return this.#sink.writer !== null; }
    abort(reason = undefined) { return host.promised(() => this.#unlocked().abort(reason)); }
    close() { return host.promised(() => this.#unlocked().close()); }
    getWriter() { return new WritableStreamDefaultWriter(this); }
    #unlocked() {
      if (this.#sink.writer !== null) throw new TypeError("the stream is locked");
      return this.#sink;
    }
  }

  class WritableStreamDefaultWriter {
    #sink;
    constructor(stream) {
      host.required(arguments, 1, "WritableStreamDefaultWriter");
      const sink = sinkOf(stream);
      if (sink.writer !== null) throw new TypeError("the stream is locked");
      this.#sink = sink;
      sink.writer = this;
    }
    get closed() { return this.#sink === null ? released() : this.#sink.whenClosed.promise; }
    get ready() { return this.#sink === null ? released() : this.#sink.whenReady.promise; }
    get desiredSize() { return this.#attached().desiredSize; }
    write(chunk = undefined) { return host.promised(() => this.#attached().write(chunk)); }
    close() { return host.promised(() => this.#attached().close()); }
    abort(reason = undefined) { return host.promised(() => this.#attached().abort(reason)); }
    releaseLock() {
      if (this.#sink === null) return;
      this.#sink.writer = null;
      this.#sink = null;
    }
    #attached() {
      if (this.#sink === null) throw new TypeError("the writer was released");
      return this.#sink;
    }
  }

  const released = () => host.quiet(Promise.reject(new TypeError("the writer was released")));

  host.expose(WritableStream);
  host.expose(WritableStreamDefaultWriter);
  host.expose(WritableStreamDefaultController);
})
