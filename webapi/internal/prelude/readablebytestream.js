// Streams of bytes, and readers that bring their own buffers: Streams Standard,
// sections 4.5, 4.7 and 4.8. Bytes are copied into the reader's buffer, where a
// browser may let the source write into it: what scripts see is the same but for
// that.
(function (host) {
  "use strict";

  class ByteSource extends host.Source {
    intos = []; // reads into views

    constructor(underlying, measure) {
      super(underlying, measure);
      const { autoAllocateChunkSize } = underlying;
      if (autoAllocateChunkSize === undefined) return;
      this.allocation = host.unsignedLongLong(autoAllocateChunkSize, "autoAllocateChunkSize");
      if (this.allocation === 0) throw new TypeError("autoAllocateChunkSize is 0");
    }

    get waiting() { return super.waiting || this.intos.length > 0; }

    // room is how many bytes the next read would take, 0 when that is open.
    get room() {
      if (this.state !== "readable") return 0;
      if (this.intos.length > 0) return this.intos[0].bytes.length - this.intos[0].filled;
      return this.requests.length > 0 && this.allocation !== undefined ? this.allocation : 0;
    }

    enqueue(view) {
      if (!ArrayBuffer.isView(view)) throw new TypeError("enqueue: not a view of bytes");
      if (view.byteLength === 0) throw new TypeError("enqueue: no bytes");
      this.checkOpen("enqueue");
      const bytes = taken(view);
      this.push(bytes, bytes.length);
      this.serve();
      this.pull();
    }

    // serve gives what is there to those who wait.
    serve() {
      while (this.queue.length > 0 && this.requests.length > 0) {
        this.requests.shift().resolve({ value: this.shift(), done: false });
      }
      while (this.queue.length > 0 && this.intos.length > 0) {
        const into = this.intos[0];
        this.fill(into);
        if (into.filled < into.least) break;
        this.intos.shift();
        into.settle(false);
      }
      if (this.closing && this.queue.length === 0 && this.state === "readable") this.finish();
    }

    // fill copies from the queue into a view; elements stay whole.
    fill(into) {
      while (this.queue.length > 0 && into.filled < into.bytes.length) {
        const chunk = this.queue[0].chunk;
        const part = chunk.subarray(0, into.bytes.length - into.filled);
        into.bytes.set(part, into.filled);
        into.filled += part.length;
        this.shift();
        if (part.length < chunk.length) this.unshift(chunk.subarray(part.length));
      }
      const odd = into.filled >= into.least ? into.filled % into.element : 0;
      if (odd > 0) {
        this.unshift(into.bytes.slice(into.filled - odd, into.filled));
        into.filled -= odd;
      }
    }

    unshift(bytes) {
      this.queue.unshift({ chunk: bytes, size: bytes.length });
      this.queued += bytes.length;
    }

    close() {
      this.checkOpen("close");
      const into = this.intos[0];
      if (into !== undefined && this.queue.length === 0 && into.filled % into.element > 0) {
        const error = new TypeError("close: an element is not whole");
        this.fail(error);
        throw error;
      }
      super.close();
    }

    finish() {
      super.finish();
      for (const into of this.intos.splice(0)) into.settle(true);
    }

    refuse(error) {
      super.refuse(error);
      for (const into of this.intos.splice(0)) into.deferred.reject(error);
    }

    cancel(reason) {
      if (this.state === "readable") {
        for (const into of this.intos.splice(0)) into.deferred.resolve({ value: undefined, done: true });
      }
      return super.cancel(reason);
    }

    readInto(into) {
      this.disturbed = true;
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state === "closed") into.settle(true);
      else {
        this.intos.push(into);
        this.serve();
        this.pull();
      }
      return into.deferred.promise;
    }
  }

  // Into is a view that is to be filled.
  class Into {
    filled = 0;
    deferred = host.deferred();

    constructor(view, least) {
      const length = view.byteLength;
      this.View = view.constructor;
      this.element = view.BYTES_PER_ELEMENT ?? 1;
      this.least = least * this.element;
      this.offset = view.byteOffset;
      this.bytes = new Uint8Array(moved(view.buffer), this.offset, length);
    }

    settle(done) {
      const value = new this.View(this.bytes.buffer, this.offset, Math.floor(this.filled / this.element));
      this.deferred.resolve({ value, done });
    }
  }

  // moved is a buffer's content in another one, the first being detached.
  function moved(buffer) {
    const copy = buffer.slice(0);
    host.detach(buffer);
    return copy;
  }

  // taken are a view's bytes, its buffer being detached.
  function taken(view) {
    const { byteOffset, byteLength } = view;
    return new Uint8Array(moved(view.buffer), byteOffset, byteLength);
  }

  class ReadableByteStreamController {
    #source;
    #request = null;
    constructor(source) {
      if (!(source instanceof ByteSource)) throw new TypeError("Illegal constructor");
      this.#source = source;
    }
    get byobRequest() {
      const { room } = this.#source;
      if (room === 0) this.#request = null;
      else if (this.#request === null || this.#request.view === null) this.#request = new ReadableStreamBYOBRequest(this.#source, room);
      return this.#request;
    }
    get desiredSize() { return this.#source.desiredSize; }
    close() { this.#source.close(); }
    enqueue(chunk) {
      host.required(arguments, 1, "enqueue");
      this.#request = null;
      this.#source.enqueue(chunk);
    }
    error(e = undefined) { this.#source.fail(e); }
  }

  class ReadableStreamBYOBRequest {
    #source;
    #view;
    constructor(source, room) {
      if (!(source instanceof ByteSource)) throw new TypeError("Illegal constructor");
      this.#source = source;
      this.#view = new Uint8Array(room);
    }
    get view() { return this.#view; }
    respond(bytesWritten) {
      host.required(arguments, 1, "respond");
      const count = host.unsignedLongLong(bytesWritten, "bytesWritten");
      const view = this.#take();
      if (count > view.byteLength) throw new RangeError("respond: more than the view has");
      this.#answer(view.subarray(0, count));
    }
    respondWithNewView(view) {
      host.required(arguments, 1, "respondWithNewView");
      if (!ArrayBuffer.isView(view)) throw new TypeError("respondWithNewView: not a view");
      const { byteLength } = this.#take();
      if (view.byteLength > byteLength) throw new RangeError("respondWithNewView: more than the view had");
      this.#answer(view);
    }
    #take() {
      const view = this.#view;
      if (view === null) throw new TypeError("the request has been answered");
      this.#view = null;
      return view;
    }
    #answer(view) {
      if (view.byteLength > 0) this.#source.enqueue(view);
      else if (this.#source.state === "readable") throw new TypeError("respond: no bytes, and the stream has not ended");
    }
  }

  class ReadableStreamBYOBReader {
    #source;
    #closed;
    constructor(stream) {
      host.required(arguments, 1, "ReadableStreamBYOBReader");
      const source = host.sourceOf(stream);
      if (!(source instanceof ByteSource)) throw new TypeError("the stream is not one of bytes");
      this.#closed = source.attach(this);
      this.#source = source;
    }
    get closed() { return #closed in this ? this.#closed : host.illegal(); }
    read(view, options = undefined) {
      return host.promised(() => {
        if (!ArrayBuffer.isView(view)) throw new TypeError("read: not a view");
        const { min = 1 } = host.dictionary(options, "ReadableStreamBYOBReaderReadOptions");
        const least = host.unsignedLongLong(min, "min");
        if (view.byteLength === 0) throw new TypeError("read: the view has no room");
        if (least === 0) throw new TypeError("read: min is 0");
        if (least > (view.length ?? view.byteLength)) throw new RangeError("read: min is more than the view has");
        return this.#attached().readInto(new Into(view, least));
      });
    }
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

  host.ByteSource = ByteSource;
  host.expose(ReadableByteStreamController);
  host.expose(ReadableStreamBYOBRequest);
  host.expose(ReadableStreamBYOBReader);
})
