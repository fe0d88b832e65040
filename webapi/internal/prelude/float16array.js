// Float16Array, where the engine has none: good enough to make, fill, read and send
// one. It is a proxy of a Uint16Array, whose numbers it converts.
(function (host) {
  "use strict";

  if (globalThis.Float16Array !== undefined) return;

  const stores = new WeakMap(); // the Uint16Array behind each proxy

  function decode(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  // encode rounds to the nearest half, to the even one of two.
  function encode(value) {
    const number = +value;
    if (number !== number) return 0x7e00;
    const sign = number < 0 || Object.is(number, -0) ? 0x8000 : 0;
    const size = Math.abs(number);
    if (size >= 65520) return sign | 0x7c00;
    const exponent = Math.max(Math.floor(Math.log2(size || 2 ** -24)), -14);
    const scaled = size / 2 ** (exponent - 10);
    let whole = Math.floor(scaled);
    if (scaled - whole > 0.5 || (scaled - whole === 0.5 && whole % 2 === 1)) whole++;
    return sign | (exponent === -14 && whole < 1024 ? whole : ((exponent + 15) << 10) + whole - 1024);
  }

  const index = (key) => (typeof key === "string" && /^(0|[1-9][0-9]*)$/.test(key) ? +key : undefined);

  class Float16Array {
    constructor(source = 0, ...place) {
      const store = Object(source) !== source || host.isArrayBuffer(source)
        ? new Uint16Array(source, ...place)
        : Uint16Array.from(source, encode);
      const proxy = new Proxy(this, {
        get(target, key) {
          const at = index(key);
          if (at === undefined) return Reflect.get(target, key, proxy);
          return at < store.length ? decode(store[at]) : undefined;
        },
        set(target, key, value) {
          const at = index(key);
          if (at === undefined) return Reflect.set(target, key, value);
          store[at] = encode(value);
          return true;
        },
      });
      stores.set(proxy, store);
      return proxy;
    }

    static from(source, map = (value) => value) { return new Float16Array(Array.from(source, map)); }
    static of(...values) { return new Float16Array(values); }

    get buffer() { return stores.get(this).buffer; }
    get byteOffset() { return stores.get(this).byteOffset; }
    get byteLength() { return stores.get(this).byteLength; }
    get length() { return stores.get(this).length; }
    set(source, offset = 0) { stores.get(this).set(Array.from(source, encode), offset); }
    *[Symbol.iterator]() { for (let i = 0; i < this.length; i++) yield this[i]; }
  }

  for (const object of [Float16Array, Float16Array.prototype]) {
    Object.defineProperty(object, "BYTES_PER_ELEMENT", { value: 2 });
  }
  Object.defineProperty(Float16Array.prototype, Symbol.toStringTag, { value: "Float16Array", configurable: true });
  host.global("Float16Array", Float16Array);

  const { isView } = ArrayBuffer;
  Object.defineProperty(ArrayBuffer, "isView", {
    value: { isView: (value) => isView(value) || stores.has(value) }.isView,
    writable: true, configurable: true,
  });
})
