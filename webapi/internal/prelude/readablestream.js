// ReadableStream with its default reader and controller: Streams Standard, section 4.
// For byte streams see readablebytestream.js, for piping pipes.js.
(function (host) {
  "use strict";

  // Source is the state that a stream, its reader and its controller share.
  class Source {
    state = "readable"; // then closed or errored
    error = undefined;
    queue = []; // of chunks with their sizes
    queued = 0; // the sum of the sizes
    requests = [];
    reader = null;
    disturbed = false;
    started = false;
    pulling = false;
    pullAgain = false;
    closing = false;
    whenClosed = host.deferred();

    constructor(underlying, { highWaterMark, size }) {
      this.underlying = underlying;
      this.methods = methodsOf(underlying, "start", "pull", "cancel");
      this.highWaterMark = highWaterMark;
      this.size = size;
    }

    // start calls the source's start. What it throws, the constructor throws.
    start(controller) {
      this.controller = controller;
      const begun = this.methods.start?.(controller);
      Promise.resolve(begun).then(() => { this.started = true; this.pull(); }, (error) => this.fail(error));
    }

    get desiredSize() {
      if (this.state === "errored") return null;
      return this.state === "closed" ? 0 : this.highWaterMark - this.queued;
    }

    // waiting reports whether somebody waits for a chunk.
    get waiting() { return this.requests.length > 0; }

    wanted() {
      return this.started && this.state === "readable" && !this.closing && (this.waiting || this.desiredSize > 0);
    }

    pull() {
      if (!this.wanted()) return;
      if (this.pulling) {
        this.pullAgain = true;
        return;
      }
      this.pulling = true;
      host.promised(() => this.methods.pull?.(this.controller)).then(() => {
        this.pulling = false;
        if (this.pullAgain) {
          this.pullAgain = false;
          this.pull();
        }
      }, (error) => this.fail(error));
    }

    checkOpen(what) {
      if (this.closing || this.state !== "readable") throw new TypeError(`${what}: the stream has ended`);
    }

    enqueue(chunk) {
      this.checkOpen("enqueue");
      if (this.requests.length > 0) {
        this.requests.shift().resolve({ value: chunk, done: false });
      } else {
        try {
          this.push(chunk, this.size(chunk));
        } catch (error) {
          this.fail(error);
          throw error;
        }
      }
      this.pull();
    }

    push(chunk, size) {
      this.queue.push({ chunk, size });
      this.queued += size;
    }

    shift() {
      const { chunk, size } = this.queue.shift();
      this.queued = this.queue.length === 0 ? 0 : this.queued - size;
      return chunk;
    }

    close() {
      this.checkOpen("close");
      this.closing = true;
      if (this.queue.length === 0) this.finish();
    }

    finish() {
      this.state = "closed";
      this.drop();
      for (const request of this.requests.splice(0)) request.resolve({ value: undefined, done: true });
      this.whenClosed.resolve();
    }

    fail(error) {
      if (this.state !== "readable") return;
      this.state = "errored";
      this.error = error;
      this.drop();
      this.refuse(error);
      this.whenClosed.reject(error);
    }

    // refuse rejects the reads that wait.
    refuse(error) {
      for (const request of this.requests.splice(0)) request.reject(error);
    }

    drop() {
      this.queue = [];
      this.queued = 0;
    }

    read() {
      this.disturbed = true;
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state === "closed") return Promise.resolve({ value: undefined, done: true });
      if (this.queue.length > 0) {
        const value = this.shift();
        if (this.closing && this.queue.length === 0) this.finish();
        else this.pull();
        return Promise.resolve({ value, done: false });
      }
      const request = host.deferred();
      this.requests.push(request);
      this.pull();
      return request.promise;
    }

    cancel(reason) {
      this.disturbed = true;
      if (this.state === "closed") return Promise.resolve();
      if (this.state === "errored") return Promise.reject(this.error);
      this.finish();
      return host.promised(() => this.methods.cancel?.(reason)).then(() => undefined);
    }

    // attach gives the stream to a reader, which gets the promise of its end.
    attach(reader) {
      if (this.reader !== null) throw new TypeError("the stream is locked");
      this.reader = reader;
      return this.whenClosed.promise;
    }

    // release takes it from the reader, whose promise of the end is then this one.
    release() {
      const released = new TypeError("the reader was released");
      this.reader = null;
      this.refuse(released);
      const pending = !this.whenClosed.settled;
      const rejected = host.quiet(Promise.reject(released));
      if (pending) {
        this.whenClosed.reject(released);
        this.whenClosed = host.deferred();
      }
      return rejected;
    }
  }

  // methodsOf are the functions of an underlying source, sink or transformer.
  function methodsOf(underlying, ...names) {
    const methods = {};
    for (const name of names) {
      const method = underlying[name];
      if (method === undefined) continue;
      if (typeof method !== "function") throw new TypeError(`${name} is not a function`);
      methods[name] = (...args) => method.apply(underlying, args);
    }
    return methods;
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
      this.#closed = source.attach(this);
      this.#source = source;
    }
    get closed() { return #closed in this ? this.#closed : host.illegal(); }
    read() { return host.promised(() => this.#attached().read()); }
    cancel(reason = undefined) { return host.promised(() => this.#attached().cancel(reason)); }
    releaseLock() {
      if (this.#source === null) return;
      this.#closed = this.#source.release();
      this.#source = null;
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

    constructor(underlyingSource = undefined, strategy = undefined) {
      const underlying = host.object(underlyingSource, "the source");
      const { type } = underlying;
      if (type !== undefined && host.string(type) !== "bytes") throw new TypeError('type is "bytes" or nothing');
      const Kind = type === undefined ? Source : host.ByteSource;
      const Controller = type === undefined ? ReadableStreamDefaultController : ReadableByteStreamController;
      const measure = host.measure(strategy, type === undefined ? 1 : 0);
      if (type !== undefined && measure.sized) throw new RangeError("a stream of bytes takes no size");
      this.#source = new Kind(underlying, measure);
      this.#source.start(new Controller(this.#source));
    }

    static from(iterable) {
      host.required(arguments, 1, "ReadableStream.from");
      return host.streamFrom(iterable);
    }

    get locked() { return this.#source.reader !== null; }
    cancel(reason = undefined) {
      return host.promised(() => {
        if (this.locked) throw new TypeError("the stream is locked");
        return this.#source.cancel(reason);
      });
    }
    getReader(options = undefined) {
      const { mode } = host.dictionary(options, "ReadableStreamGetReaderOptions");
      if (mode === undefined) return new ReadableStreamDefaultReader(this);
      if (host.string(mode) !== "byob") throw new TypeError('mode is "byob" or nothing');
      return new ReadableStreamBYOBReader(this);
    }
    pipeThrough(transform, options = undefined) { return host.pipeThrough(this, transform, options); }
    pipeTo(destination, options = undefined) { return host.promised(() => host.pipeTo(this, destination, options)); }
    tee() { return host.tee(this); }
    values(options = undefined) { return host.valuesOf(this, Boolean(host.dictionary(options, "ReadableStreamIteratorOptions").preventCancel)); }
  }

  host.Source = Source;
  host.methodsOf = methodsOf;
  host.isReadableStream = function (value) {
    try {
      return sourceOf(value) !== undefined;
    } catch {
      return false;
    }
  };
  host.sourceOf = sourceOf;
  host.expose(ReadableStream);
  host.enumerable(ReadableStream, "prototype", "length", "name");
  host.expose(ReadableStreamDefaultReader);
  host.expose(ReadableStreamDefaultController);
})
