// ReadableStream with default readers and controllers: Streams Standard, section 4.
// A source of the type "bytes" is read as any other.
(function (host) {
  "use strict";

  // Source is the state that a stream, its reader and its controller share.
  class Source {
    state = "readable";
    error = undefined;
    queue = [];
    requests = [];
    reader = null;
    started = false;
    pulling = false;
    pullAgain = false;
    closing = false;
    whenClosed = host.deferred();

    constructor(underlying, strategy) {
      this.underlying = underlying;
      const mark = strategy.highWaterMark;
      this.highWaterMark = mark === undefined ? 1 : host.highWaterMark(mark);
      this.controller = new ReadableStreamDefaultController(this);
      const begun = underlying.start?.call(underlying, this.controller);
      Promise.resolve(begun).then(() => { this.started = true; this.pull(); }, (error) => this.fail(error));
    }

    get desiredSize() {
      if (this.state === "errored") return null;
      return this.state === "closed" ? 0 : this.highWaterMark - this.queue.length;
    }

    wanted() {
      return this.started && this.state === "readable" && !this.closing && (this.requests.length > 0 || this.desiredSize > 0);
    }

    pull() {
      if (!this.wanted() || this.underlying.pull === undefined) return;
      if (this.pulling) {
        this.pullAgain = true;
        return;
      }
      this.pulling = true;
      host.promised(() => this.underlying.pull(this.controller)).then(() => {
        this.pulling = false;
        if (this.pullAgain) {
          this.pullAgain = false;
          this.pull();
        }
      }, (error) => this.fail(error));
    }

    enqueue(value) {
      if (this.closing || this.state !== "readable") throw new TypeError("enqueue: the stream has ended");
      if (this.requests.length > 0) this.requests.shift().resolve({ value, done: false });
      else this.queue.push(value);
      this.pull();
    }

    close() {
      if (this.closing || this.state !== "readable") throw new TypeError("close: the stream has ended");
      this.closing = true;
      if (this.queue.length === 0) this.finish();
    }

    finish() {
      this.state = "closed";
      for (const request of this.requests.splice(0)) request.resolve({ value: undefined, done: true });
      this.whenClosed.resolve();
    }

    fail(error) {
      if (this.state !== "readable") return;
      this.state = "errored";
      this.error = error;
      this.queue = [];
      for (const request of this.requests.splice(0)) request.reject(error);
      this.whenClosed.reject(error);
    }

    read() {
      if (this.queue.length > 0) {
        const value = this.queue.shift();
        if (this.closing && this.queue.length === 0) this.finish();
        else this.pull();
        return Promise.resolve({ value, done: false });
      }
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state === "closed") return Promise.resolve({ value: undefined, done: true });
      const request = host.deferred();
      this.requests.push(request);
      this.pull();
      return request.promise;
    }

    cancel(reason) {
      if (this.state === "closed") return Promise.resolve();
      if (this.state === "errored") return Promise.reject(this.error);
      this.queue = [];
      this.finish();
      return host.promised(() => this.underlying.cancel?.call(this.underlying, reason)).then(() => undefined);
    }
  }

  class ReadableStreamDefaultController {
    #source;
    constructor(source) {
      if (!(source instanceof Source)) throw new TypeError("Illegal constructor");
      this.#source = source;
    }
    get desiredSize() { return this.#source.desiredSize; }
    close() { this.#source.close(); }
    enqueue(chunk = undefined) { this.#source.enqueue(chunk); }
    error(e = undefined) { this.#source.fail(e); }
  }

  class ReadableStreamDefaultReader {
    #source;
    #closed;
    constructor(stream) {
      host.required(arguments, 1, "ReadableStreamDefaultReader");
      const source = sourceOf(stream);
      if (source.reader !== null) throw new TypeError("the stream is locked");
      this.#source = source;
      this.#closed = source.whenClosed.promise;
      source.reader = this;
    }
    get closed() { return this.#closed; }
    read() { return host.promised(() => this.#attached().read()); }
    cancel(reason = undefined) { return host.promised(() => this.#attached().cancel(reason)); }
    releaseLock() {
      const source = this.#source;
      if (source === null) return;
      this.#source = null;
      source.reader = null;
      const released = new TypeError("the reader was released");
      for (const request of source.requests.splice(0)) request.reject(released);
      this.#closed = host.quiet(Promise.reject(released));
    }
    #attached() {
      if (this.#source === null) throw new TypeError("the reader was released");
      return this.#source;
    }
  }

  let sourceOf;
  class ReadableStream {
    #source;
    static { sourceOf = (stream) => stream.#source; }

    constructor(underlyingSource = {}, strategy = undefined) {
      this.#source = new Source(underlyingSource ?? {}, host.dictionary(strategy, "QueuingStrategy"));
    }
    get locked() { return this.#source.reader !== null; }
    cancel(reason = undefined) {
      return host.promised(() => {
        if (this.locked) throw new TypeError("the stream is locked");
        return this.#source.cancel(reason);
      });
    }
    getReader() { return new ReadableStreamDefaultReader(this); }

    async pipeTo(destination, options = undefined) {
      const { preventClose, preventAbort, preventCancel, signal } = host.dictionary(options, "StreamPipeOptions");
      const reader = this.getReader();
      const writer = destination.getWriter();
      let stop;
      const stopped = host.quiet(new Promise((_, reject) => { stop = () => reject(signal.reason); }));
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        await pump(reader, writer, stopped, { preventClose, preventAbort, preventCancel });
      } finally {
        reader.releaseLock();
        writer.releaseLock();
      }
    }
    pipeThrough(transform, options = undefined) {
      host.quiet(this.pipeTo(transform.writable, options));
      return transform.readable;
    }
    tee() {
      const reader = this.getReader();
      const controllers = [];
      const pull = () => reader.read().then(({ value, done }) => {
        for (const controller of controllers) done ? controller.close() : controller.enqueue(value);
      }, (error) => controllers.forEach((controller) => controller.error(error)));
      const branch = () => new ReadableStream({ start(controller) { controllers.push(controller); }, pull });
      return [branch(), branch()];
    }
  }

  // pump reads and writes until either side has ended, and ends the other one.
  async function pump(reader, writer, stopped, { preventClose, preventAbort, preventCancel }) {
    const broken = writer.closed.then(() => { throw new TypeError("the destination is closed"); });
    host.quiet(broken);
    for (;;) {
      let chunk;
      try {
        await Promise.race([writer.ready, stopped, broken]);
      } catch (error) {
        if (!preventCancel) await host.quiet(reader.cancel(error));
        if (!preventAbort) await host.quiet(writer.abort(error));
        throw error;
      }
      try {
        chunk = await Promise.race([reader.read(), stopped, broken]);
      } catch (error) {
        if (!preventAbort) await host.quiet(writer.abort(error)).catch(() => {});
        if (!preventCancel) await reader.cancel(error).catch(() => {});
        throw error;
      }
      if (chunk.done) return preventClose ? undefined : writer.close();
      host.quiet(writer.write(chunk.value));
    }
  }

  host.expose(ReadableStream);
  host.expose(ReadableStreamDefaultReader);
  host.expose(ReadableStreamDefaultController);
})
