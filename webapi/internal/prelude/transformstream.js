// TransformStream: Streams Standard, section 6.
(function (host) {
  "use strict";

  // Transform is the state that a TransformStream and its controller share.
  class Transform {
    wanted = host.deferred(); // resolved while the readable side wants chunks
    ended = host.deferred(); // of flush or cancel, the first of which is the only one
    ending = false;

    constructor(transformer, writableStrategy, readableStrategy) {
      this.methods = host.methodsOf(transformer, "start", "transform", "flush", "cancel");
      const begun = host.deferred();
      this.readable = new ReadableStream({
        start: (controller) => { this.out = controller; return begun.promise; },
        pull: () => { this.wanted.resolve(); },
        cancel: (reason) => this.end("cancel", [reason], () => host.sinkOf(this.writable).fail(reason)),
      }, { highWaterMark: 0, ...strategyOf(readableStrategy) });
      this.writable = new WritableStream({
        start: (controller) => { this.in = controller; return begun.promise; },
        write: (chunk) => this.write(chunk),
        close: () => this.end("flush", [this.controller], () => this.closeReadable()),
        abort: (reason) => this.end("cancel", [reason], () => this.out.error(reason)),
      }, strategyOf(writableStrategy));
      this.controller = new TransformStreamDefaultController(this);
      Promise.resolve(this.methods.start?.(this.controller)).then(begun.resolve, begun.reject);
    }

    // write waits until the readable side wants something.
    async write(chunk) {
      const sink = host.sinkOf(this.writable);
      await Promise.race([this.wanted.promise, sink.whenErroring.promise]);
      if (sink.state === "erroring") throw sink.error;
      try {
        if (this.methods.transform === undefined) this.enqueue(chunk);
        else await this.methods.transform(chunk, this.controller);
      } catch (error) {
        this.fail(error);
        throw error;
      }
    }

    enqueue(chunk) {
      this.out.enqueue(chunk);
      if (this.wanted.settled && !host.sourceOf(this.readable).wanted()) this.wanted = host.deferred();
    }

    // end calls one of the transformer's last methods, and then ends the other side.
    async end(method, args, other) {
      if (this.ending) return this.ended.promise;
      this.ending = true;
      try {
        await this.methods[method]?.(...args);
        if (host.sourceOf(this.readable).state === "errored") throw host.sourceOf(this.readable).error;
        other();
        this.ended.resolve();
      } catch (error) {
        this.fail(error);
        this.ended.reject(error);
      }
      return this.ended.promise;
    }

    fail(error) {
      this.out.error(error);
      host.sinkOf(this.writable).fail(error);
      this.wanted.resolve();
    }

    closeReadable() {
      const source = host.sourceOf(this.readable);
      if (source.state === "readable" && !source.closing) this.out.close();
    }

    terminate() {
      this.closeReadable();
      host.sinkOf(this.writable).fail(new TypeError("the transform was terminated"));
      this.wanted.resolve();
    }
  }

  const strategyOf = (strategy) => {
    const { highWaterMark, size } = host.dictionary(strategy, "QueuingStrategy");
    return { ...(highWaterMark === undefined ? {} : { highWaterMark }), ...(size === undefined ? {} : { size }) };
  };

  class TransformStreamDefaultController {
    #transform;
    constructor(transform) {
      if (!(transform instanceof Transform)) throw new TypeError("Illegal constructor");
      this.#transform = transform;
    }
    get desiredSize() { return this.#transform.out.desiredSize; }
    enqueue(chunk = undefined) { this.#transform.enqueue(chunk); }
    error(reason = undefined) { this.#transform.fail(reason); }
    closeReadable() {
      const source = host.sourceOf(this.readable);
      if (source.state === "readable" && !source.closing) this.out.close();
    }

    terminate() { this.#transform.terminate(); }
  }

  class TransformStream {
    #transform;
    constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
      const given = host.object(transformer, "the transformer");
      for (const type of ["readableType", "writableType"]) {
        if (given[type] !== undefined) throw new RangeError(`${type} is reserved`);
      }
      this.#transform = new Transform(given, writableStrategy, readableStrategy);
    }
    get readable() { return this.#transform.readable; }
    get writable() { return this.#transform.writable; }
  }

  host.expose(TransformStream);
  host.expose(TransformStreamDefaultController);
})
