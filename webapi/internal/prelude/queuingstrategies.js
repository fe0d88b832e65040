// The two queuing strategies, and how chunks are measured: Streams Standard, section 7.
(function (host) {
  "use strict";

  const one = Object.defineProperty(() => 1, "name", { value: "size" });
  const bytes = Object.defineProperty((chunk) => chunk.byteLength, "name", { value: "size" });

  function markOf(init, what) {
    host.required([init], init === undefined ? 2 : 1, what);
    const { highWaterMark } = host.dictionary(init, "QueuingStrategyInit");
    if (highWaterMark === undefined) throw new TypeError(`${what}: highWaterMark is required`);
    return +highWaterMark;
  }

  class CountQueuingStrategy {
    #mark;
    constructor(init) { this.#mark = markOf(init, "CountQueuingStrategy"); }
    get highWaterMark() { return this.#mark; }
    get size() { return this.#mark, one; }
  }

  class ByteLengthQueuingStrategy {
    #mark;
    constructor(init) { this.#mark = markOf(init, "ByteLengthQueuingStrategy"); }
    get highWaterMark() { return this.#mark; }
    get size() { return this.#mark, bytes; }
  }

  host.expose(CountQueuingStrategy);
  host.expose(ByteLengthQueuingStrategy);

  // measure is a strategy's highWaterMark and size, as functions of a stream.
  host.measure = function (strategy, mark) {
    const { highWaterMark, size } = host.dictionary(strategy, "QueuingStrategy");
    if (size !== undefined && typeof size !== "function") throw new TypeError("size is not a function");
    return {
      highWaterMark: highWaterMark === undefined ? mark : host.highWaterMark(highWaterMark),
      sized: size !== undefined,
      size: (chunk) => (size === undefined ? 1 : host.size(size(chunk))),
    };
  };

  host.size = function (value) {
    const size = +value;
    if (!(size >= 0 && size < Infinity)) throw new RangeError("a chunk's size is not a finite number");
    return size;
  };
})
