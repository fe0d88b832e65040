// What joins streams: pipeTo, pipeThrough, tee, iteration: Streams Standard, section 4.2.
(function (host) {
  "use strict";

  // pipeOptions reads StreamPipeOptions.
  function pipeOptions(options) {
    const { preventAbort, preventCancel, preventClose, signal } = host.dictionary(options, "StreamPipeOptions");
    if (signal !== undefined) host.signalHandle(signal);
    return { preventAbort: Boolean(preventAbort), preventCancel: Boolean(preventCancel), preventClose: Boolean(preventClose), signal };
  }

  host.pipeTo = function (stream, destination, options) {
    const source = host.sourceOf(stream);
    if (!host.isWritableStream(destination)) throw new TypeError("pipeTo: not a WritableStream");
    const given = pipeOptions(options);
    if (stream.locked || destination.locked) throw new TypeError("pipeTo: a stream is locked");
    return new Pipe(source, stream, destination, given).run();
  };

  host.pipeThrough = function (stream, transform, options) {
    const { readable, writable } = host.dictionary(transform, "ReadableWritablePair");
    if (!host.isReadableStream(readable)) throw new TypeError("pipeThrough: readable is not a ReadableStream");
    if (!host.isWritableStream(writable)) throw new TypeError("pipeThrough: writable is not a WritableStream");
    const given = pipeOptions(options);
    if (stream.locked || writable.locked) throw new TypeError("pipeThrough: a stream is locked");
    host.quiet(new Pipe(host.sourceOf(stream), stream, writable, given).run());
    return readable;
  };

  class Pipe {
    written = Promise.resolve(); // the last write

    constructor(source, stream, destination, options) {
      this.source = source;
      this.sink = host.sinkOf(destination);
      this.options = options;
      this.reader = new ReadableStreamDefaultReader(stream);
      this.writer = new WritableStreamDefaultWriter(destination);
      source.disturbed = true;
    }

    async run() {
      const { signal } = this.options;
      const stirred = new Promise((stir) => {
        this.source.whenClosed.promise.then(undefined, stir);
        this.sink.whenClosed.promise.then(stir, stir);
        this.sink.whenErroring.promise.then(stir);
        signal?.addEventListener("abort", stir, { once: true });
      });
      try {
        let end;
        while ((end = this.end()) === undefined) {
          await Promise.race([this.writer.ready, stirred]).catch(() => {});
          if (this.end() === undefined) await Promise.race([this.move(), stirred]);
        }
        await this.shutDown(end);
      } finally {
        this.reader.releaseLock();
        this.writer.releaseLock();
      }
    }

    // move reads a chunk and begins to write it. What it is too late for is dropped.
    async move() {
      let chunk;
      try {
        chunk = await this.reader.read();
      } catch {
        return;
      }
      if (!chunk.done && this.sink.accepting) this.written = host.quiet(this.writer.write(chunk.value));
    }

    // end is why there is nothing more to move, or undefined: what to do then, and
    // the error that the pipe ends with. The order is that of the standard.
    end() {
      const { preventAbort, preventCancel, preventClose, signal } = this.options;
      const { source, sink } = this;
      if (signal?.aborted) {
        const error = signal.reason;
        return { failed: true, error, act: () => Promise.all([
          preventAbort ? undefined : sink.abort(error),
          preventCancel || source.state !== "readable" ? undefined : source.cancel(error),
        ]) };
      }
      if (source.state === "errored") {
        return { failed: true, error: source.error, act: () => (preventAbort ? undefined : sink.abort(source.error)) };
      }
      if (sink.state === "errored" || sink.state === "erroring") {
        return { failed: true, error: sink.error, act: () => (preventCancel ? undefined : source.cancel(sink.error)) };
      }
      if (source.state === "closed") {
        return { failed: false, act: () => (preventClose || !sink.accepting ? undefined : sink.close()) };
      }
      if (!sink.accepting) {
        const error = new TypeError("pipeTo: the destination is closed");
        return { failed: true, error, act: () => (preventCancel ? undefined : source.cancel(error)) };
      }
      return undefined;
    }

    // shutDown acts once what was read has been written.
    async shutDown({ failed, error, act }) {
      if (this.sink.accepting) await this.written.catch(() => {});
      await act();
      if (failed) throw error;
    }
  }

  // tee makes two streams of one, which is pulled when either wants something. It is
  // canceled when both are, with both reasons.
  host.tee = function (stream) {
    const reader = stream.getReader();
    const bytes = host.sourceOf(stream) instanceof host.ByteSource;
    const branches = [];
    const canceled = host.deferred();
    let reading = false;
    let again = false;

    function pull() {
      if (reading) {
        again = true;
        return;
      }
      reading = true;
      reader.read().then(({ value, done }) => {
        again = false;
        const copies = [value, bytes && !done ? new Uint8Array(value) : value];
        branches.forEach(({ canceled, controller }, i) => {
          if (canceled) return;
          if (done) controller.close();
          else controller.enqueue(copies[i]);
        });
        if (done && !branches.every((branch) => branch.canceled)) canceled.resolve();
        reading = false;
        if (again) pull();
      }, () => { reading = false; });
    }

    const branch = () => {
      const state = { canceled: false };
      branches.push(state);
      return new ReadableStream({
        type: bytes ? "bytes" : undefined,
        start(controller) { state.controller = controller; },
        pull,
        cancel(reason) {
          Object.assign(state, { canceled: true, reason });
          if (branches.every((other) => other.canceled)) {
            reader.cancel(branches.map((other) => other.reason)).then(canceled.resolve, canceled.reject);
          }
          return canceled.promise;
        },
      });
    };
    const pair = [branch(), branch()];
    reader.closed.catch((error) => {
      for (const { controller } of branches) controller.error(error);
      canceled.resolve();
    });
    return pair;
  };

  // The engine has no syntax for asynchronous iteration, but its protocol can be used.
  if (Symbol.asyncIterator === undefined) {
    Object.defineProperty(Symbol, "asyncIterator", { value: Symbol("Symbol.asyncIterator") });
  }

  class ReadableStreamAsyncIterator {
    #reader;
    #preventCancel;
    #ongoing = Promise.resolve();
    #finished = false;

    constructor(stream, preventCancel) {
      this.#reader = stream.getReader();
      this.#preventCancel = preventCancel;
    }

    next() { return this.#after(() => this.#next()); }

    async #next() {
      if (this.#finished) return { value: undefined, done: true };
      try {
        const chunk = await this.#reader.read();
        if (chunk.done) this.#finish();
        return chunk;
      } catch (error) {
        this.#finish();
        throw error;
      }
    }

    return(value = undefined) {
      return this.#after(async () => {
        if (!this.#finished) {
          const canceled = this.#preventCancel ? undefined : this.#reader.cancel(value);
          this.#finish();
          await canceled;
        }
        return { value, done: true };
      });
    }

    [Symbol.asyncIterator]() { return this; }

    #finish() {
      this.#finished = true;
      this.#reader.releaseLock();
    }

    // after runs an operation behind those before it.
    #after(operation) {
      const result = this.#ongoing.then(operation, operation);
      this.#ongoing = host.quiet(result);
      return result;
    }
  }

  host.valuesOf = (stream, preventCancel) => new ReadableStreamAsyncIterator(stream, preventCancel);

  Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
    value: ReadableStream.prototype.values, enumerable: false, writable: true, configurable: true,
  });

  // streamFrom is a stream of what an iterable or asynchronous iterable gives.
  host.streamFrom = function (iterable) {
    const method = iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator];
    if (typeof method !== "function") throw new TypeError("ReadableStream.from: not iterable");
    const iterator = method.call(iterable);
    if (Object(iterator) !== iterator) throw new TypeError("ReadableStream.from: the iterator is no object");
    return new ReadableStream({
      async pull(controller) {
        const result = await iterator.next();
        if (Object(result) !== result) throw new TypeError("ReadableStream.from: the iterator's result is no object");
        if (result.done) controller.close();
        else controller.enqueue(await result.value);
      },
      async cancel(reason) {
        const result = await iterator.return?.(reason);
        if (iterator.return !== undefined && Object(result) !== result) throw new TypeError("ReadableStream.from: return() gave no object");
      },
    }, { highWaterMark: 0 });
  };
})
