// What Web IDL demands of every interface, and the conversions of its types. Each
// file of this directory is a function of host, which has Go's functions and
// what earlier files have put there.
(function (host) {
  "use strict";

  // checkpoint does nothing: microtasks run behind it.
  host.checkpoint = () => {};

  // required throws unless a call has as many arguments as its IDL demands.
  host.required = function (args, count, what) {
    if (args.length < count) {
      throw new TypeError(`${what}: ${count} argument${count > 1 ? "s" : ""} required, ${args.length} given`);
    }
  };

  // dictionary is the value of a dictionary type.
  host.dictionary = function (value, what) {
    if (value === undefined || value === null) return {};
    if (typeof value !== "object" && typeof value !== "function") {
      throw new TypeError(`${what} is not an object`);
    }
    return value;
  };

  // object is the value of an optional argument of the type object.
  host.object = function (value, what) {
    if (value === undefined) return {};
    if (Object(value) !== value) throw new TypeError(`${what} is not an object`);
    return value;
  };

  // string is a DOMString; a symbol throws.
  host.string = (value) => `${value}`;

  // scalar is a USVString: lone surrogates become U+FFFD on the way through Go.
  host.scalar = (value) => host.toScalar(`${value}`);

  // unsignedShort is an unsigned short: what is left modulo 65,536.
  host.unsignedShort = (value) => +value & 0xffff;

  // clampedShort is a [Clamp] unsigned short: the nearest one, the even one of two.
  host.clampedShort = function (value) {
    const number = Math.min(Math.max(+value, 0), 65535);
    if (number !== number) return 0;
    const floor = Math.floor(number);
    const above = number - floor;
    return floor + (above > 0.5 || (above === 0.5 && floor % 2 === 1) ? 1 : 0);
  };

  // unsignedLongLong is an [EnforceRange] unsigned long long.
  host.unsignedLongLong = function (value, what) {
    const number = Math.trunc(+value);
    if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) throw new TypeError(`${what} is out of range`);
    return number;
  };

  // iterable is a value that a sequence type takes.
  host.iterable = function (value) {
    const method = value[Symbol.iterator];
    if (typeof method !== "function") throw new TypeError("not a sequence");
    return { [Symbol.iterator]: () => method.call(value) };
  };

  // strings is a sequence<DOMString>, of which the iterator's method is known.
  host.strings = function (iterable) {
    const list = [];
    for (const item of iterable) list.push(host.string(item));
    return list;
  };

  // bytes is what a BufferSource holds, as an ArrayBuffer, an offset and a length,
  // or undefined.
  host.bytes = function (value) {
    if (ArrayBuffer.isView(value)) return [value.buffer, value.byteOffset, value.byteLength];
    if (host.isArrayBuffer(value)) return [value, 0, value.byteLength];
    return undefined;
  };

  // expose makes a class an interface: its members enumerable, its constants on
  // interface object and prototype, its class string, its global name.
  host.expose = function (Interface, constants = {}) {
    for (const object of [Interface, Interface.prototype]) {
      for (const [name, value] of Object.entries(constants)) {
        Object.defineProperty(object, name, { value, enumerable: true, writable: false, configurable: false });
      }
    }
    host.enumerable(Interface.prototype, "constructor");
    host.enumerable(Interface, "prototype", "length", "name");
    Object.defineProperty(Interface.prototype, Symbol.toStringTag, {
      value: Interface.name, enumerable: false, writable: false, configurable: true,
    });
    host.global(Interface.name, Interface);
  };

  // enumerable makes the members of an object enumerable, but for some.
  host.enumerable = function (object, ...but) {
    for (const name of Object.getOwnPropertyNames(object)) {
      if (!but.includes(name)) Object.defineProperty(object, name, { enumerable: true });
    }
  };

  // global defines a property of the global object, as interfaces have theirs.
  host.global = function (name, value, enumerable = false) {
    Object.defineProperty(globalThis, name, { value, enumerable, writable: true, configurable: true });
  };

  // operations defines functions of the global scope.
  host.operations = function (functions) {
    for (const [name, f] of Object.entries(functions)) host.global(name, f, true);
  };
})
