// structuredClone: HTML Standard, section 2.7, for the types of the language and
// Blob.
(function (host) {
  "use strict";

  function clone(value, seen) {
    if (typeof value === "symbol" || typeof value === "function") throw refusal(value);
    if (Object(value) !== value) return value;
    if (seen.has(value)) return seen.get(value);
    const copy = shell(value, seen);
    seen.set(value, copy);
    fill(copy, value, seen);
    return copy;
  }

  // shell is the copy without what it contains.
  function shell(value, seen) {
    if (host.isArrayBuffer(value)) return value.slice(0);
    if (ArrayBuffer.isView(value)) {
      const size = value.BYTES_PER_ELEMENT ? value.length : value.byteLength;
      return new value.constructor(clone(value.buffer, seen), value.byteOffset, size);
    }
    if (host.isBlob(value)) return value.slice(0, value.size, value.type);
    if (value instanceof Boolean || value instanceof Number || value instanceof String) return Object(value.valueOf());
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (value instanceof Map) return new Map();
    if (value instanceof Set) return new Set();
    if (value instanceof host.DOMException) return new host.DOMException(value.message, value.name);
    if (value instanceof Error) return errorLike(value);
    if (Array.isArray(value)) return new Array(value.length);
    if (host.isEvent(value) || host.isTarget(value) || value instanceof Promise || value instanceof WeakMap) throw refusal(value);
    return {};
  }

  function errorLike(error) {
    const types = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
    const copy = new (types[error.name] ?? Error)(error.message);
    Object.defineProperty(copy, "stack", { value: error.stack, writable: true, configurable: true });
    return copy;
  }

  function fill(copy, value, seen) {
    if (copy instanceof Map) for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen));
    else if (copy instanceof Set) for (const item of [...value]) copy.add(clone(item, seen));
    else if (Array.isArray(copy) || Object.getPrototypeOf(copy) === Object.prototype) {
      for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    }
  }

  function refusal(value) {
    return new host.DOMException(`${String(value)} cannot be cloned`, "DataCloneError");
  }

  host.operations({
    structuredClone(value, options = undefined) {
      host.required(arguments, 1, "structuredClone");
      const { transfer = [] } = host.dictionary(options, "StructuredSerializeOptions");
      const copy = clone(value, new Map());
      for (const buffer of transfer) host.detach(buffer);
      return copy;
    },
  });
})
