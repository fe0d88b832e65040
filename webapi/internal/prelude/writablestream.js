// WritableStream: Streams Standard, section 5. The names of Sink's methods are those
// of the standard's operations, without their prefixes.
(function (host) {
  "use strict";

  // Sink is the state that a stream, its writer and its controller share.
  class Sink {
    state = "writable"; // then closed, or erroring and errored
    error = undefined;
    queue = []; // of writes, the first of which may be under way
    queued = 0; // the sum of their sizes
    started = false;
    busy = false; // a write or the close is under way
    writer = null;
    closeRequest = null;
    closeUnderWay = null;
    abortRequest = null;
    whenReady = host.deferred();
    whenClosed = host.deferred();
    whenErroring = host.deferred();
    abortion = new AbortController();

    constructor(underlying, { highWaterMark, size }) {
      this.methods = host.methodsOf(underlying, "start", "write", "close", "abort");
      this.highWaterMark = highWaterMark;
      this.size = size;
      this.controller = new WritableStreamDefaultController(this);
      this.updateBackpressure();
      const begun = this.methods.start?.(this.controller);
      Promise.resolve(begun).then(() => {
        this.started = true;
        this.advance();
      }, (error) => {
        this.started = true;
        this.dealWithRejection(error);
      });
    }

    get closing() { return this.closeRequest !== null || this.closeUnderWay !== null; }
    get accepting() { return this.state === "writable" && !this.closing; }

    get desiredSize() {
      if (this.state === "errored" || this.state === "erroring") return null;
      return this.state === "closed" ? 0 : this.highWaterMark - this.queued;
    }

    // updateBackpressure settles ready, or makes it pending again.
    updateBackpressure() {
      if (!this.accepting || this.desiredSize > 0) this.whenReady.resolve();
      else if (this.whenReady.settled) this.whenReady = host.deferred();
    }

    write(chunk) {
      const size = this.sizeOf(chunk);
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.closing || this.state === "closed") return Promise.reject(new TypeError("write: the stream is closing"));
      if (this.state === "erroring") return Promise.reject(this.error);
      const write = Object.assign(host.deferred(), { chunk, size });
      this.queue.push(write);
      this.queued += size;
      this.updateBackpressure();
      this.advance();
      return write.promise;
    }

    sizeOf(chunk) {
      try {
        return this.size(chunk);
      } catch (error) {
        if (this.state === "writable") this.startErroring(error);
        return 1;
      }
    }

    close() {
      if (this.state === "closed" || this.state === "errored") return Promise.reject(new TypeError("close: the stream has ended"));
      if (this.closing) return Promise.reject(new TypeError("close: the stream is closing"));
      this.closeRequest = host.deferred();
      const { promise } = this.closeRequest;
      if (this.state === "writable") this.whenReady.resolve();
      this.advance();
      return promise;
    }

    abort(reason) {
      if (this.state === "closed" || this.state === "errored") return Promise.resolve();
      this.abortion.abort(reason);
      if (this.state === "closed" || this.state === "errored") return Promise.resolve();
      if (this.abortRequest === null) {
        const late = this.state === "erroring";
        this.abortRequest = Object.assign(host.deferred(), { reason, late });
        const { promise } = this.abortRequest;
        if (!late) this.startErroring(reason);
        return promise;
      }
      return this.abortRequest.promise;
    }

    fail(error) {
      if (this.state === "writable") this.startErroring(error);
    }

    // advance does the next thing when nothing is under way.
    advance() {
      if (!this.started || this.busy) return;
      if (this.state === "erroring") this.finishErroring();
      else if (this.queue.length > 0) this.processWrite(this.queue[0]);
      else if (this.closeRequest !== null) this.processClose();
    }

    processWrite(write) {
      this.busy = true;
      host.promised(() => this.methods.write?.(write.chunk, this.controller)).then(() => {
        this.busy = false;
        this.dequeue();
        write.resolve();
        if (this.accepting) this.updateBackpressure();
        this.advance();
      }, (error) => {
        this.busy = false;
        this.dequeue();
        write.reject(error);
        this.dealWithRejection(error);
      });
    }

    dequeue() {
      const { size } = this.queue.shift();
      this.queued = this.queue.length === 0 ? 0 : this.queued - size;
    }

    processClose() {
      const close = this.closeRequest;
      this.closeRequest = null;
      this.closeUnderWay = close;
      this.busy = true;
      host.promised(() => this.methods.close?.()).then(() => {
        this.busy = false;
        this.closeUnderWay = null;
        close.resolve();
        this.abortRequest?.resolve();
        this.abortRequest = null;
        this.state = "closed";
        this.whenClosed.resolve();
      }, (error) => {
        this.busy = false;
        this.closeUnderWay = null;
        close.reject(error);
        this.abortRequest?.reject(error);
        this.abortRequest = null;
        this.dealWithRejection(error);
      });
    }

    dealWithRejection(error) {
      if (this.state === "writable") this.startErroring(error);
      else this.finishErroring();
    }

    startErroring(reason) {
      this.state = "erroring";
      this.error = reason;
      if (this.whenReady.settled) this.whenReady = host.deferred();
      this.whenReady.reject(reason);
      this.whenErroring.resolve();
      if (this.started && !this.busy) this.finishErroring();
    }

    finishErroring() {
      this.state = "errored";
      for (const write of this.queue.splice(0)) write.reject(this.error);
      this.queued = 0;
      const request = this.abortRequest;
      this.abortRequest = null;
      if (request === null) {
        this.rejectClosed();
        return;
      }
      if (request.late) {
        request.reject(this.error);
        this.rejectClosed();
        return;
      }
      host.promised(() => this.methods.abort?.(request.reason)).then(() => {
        request.resolve();
        this.rejectClosed();
      }, (error) => {
        request.reject(error);
        this.rejectClosed();
      });
    }

    rejectClosed() {
      this.closeRequest?.reject(this.error);
      this.closeRequest = null;
      this.whenClosed.reject(this.error);
    }

    // release takes the stream from its writer, whose promises are then these.
    release() {
      const released = new TypeError("the writer was released");
      this.writer = null;
      for (const name of ["whenReady", "whenClosed"]) {
        if (this[name].settled) continue;
        this[name].reject(released);
        this[name] = host.deferred();
      }
      return host.quiet(Promise.reject(released));
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

    constructor(underlyingSink = undefined, strategy = undefined) {
      const underlying = host.object(underlyingSink, "the sink");
      if (underlying.type !== undefined) throw new RangeError("type is reserved");
      this.#sink = new Sink(underlying, host.measure(strategy, 1));
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
    #released = null;
    constructor(stream) {
      host.required(arguments, 1, "WritableStreamDefaultWriter");
      const sink = sinkOf(stream);
      if (sink.writer !== null) throw new TypeError("the stream is locked");
      this.#sink = sink;
      sink.writer = this;
    }
    get closed() { return !(#released in this) ? host.illegal() : this.#released ?? this.#sink.whenClosed.promise; }
    get ready() { return !(#released in this) ? host.illegal() : this.#released ?? this.#sink.whenReady.promise; }
    get desiredSize() { return this.#attached().desiredSize; }
    write(chunk = undefined) { return host.promised(() => this.#attached().write(chunk)); }
    close() { return host.promised(() => this.#attached().close()); }
    abort(reason = undefined) { return host.promised(() => this.#attached().abort(reason)); }
    releaseLock() {
      if (this.#released === null) this.#released = this.#sink.release();
    }
    #attached() {
      if (this.#released !== null) throw new TypeError("the writer was released");
      return this.#sink;
    }
  }

  host.sinkOf = sinkOf;
  host.isWritableStream = function (value) {
    try {
      return sinkOf(value) !== undefined;
    } catch {
      return false;
    }
  };
  host.expose(WritableStream);
  host.expose(WritableStreamDefaultWriter);
  host.expose(WritableStreamDefaultController);
})
