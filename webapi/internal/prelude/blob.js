// Blob: File API, section 3.
(function (host) {
  "use strict";

  class Blob {
    #blob; // Go's

    static {
      host.isBlob = (value) => Object(value) === value && #blob in value;
      host.blobHandle = (blob) => blob.#blob;
    }

    constructor(parts = undefined, options = undefined) {
      if (host.isHandle(parts)) {
        this.#blob = parts;
        return;
      }
      const list = parts === undefined ? [] : sequence(parts);
      const given = host.dictionary(options, "BlobPropertyBag");
      if (given.endings !== undefined && !["transparent", "native"].includes(host.string(given.endings))) {
        throw new TypeError("Blob: endings is transparent or native");
      }
      this.#blob = host.newBlob(list, given.type === undefined ? "" : host.string(given.type));
    }

    get size() { return this.#blob.Size(); }
    get type() { return this.#blob.Type(); }

    slice(start = 0, end = this.#blob.Size(), contentType = "") {
      return new Blob(host.sliceBlob(this.#blob, clampedLong(start), clampedLong(end), host.string(contentType)));
    }

    stream() {
      const blob = this.#blob;
      return new ReadableStream({
        type: "bytes",
        start(controller) {
          if (blob.Size() > 0) controller.enqueue(new Uint8Array(host.blobBytes(blob)));
          controller.close();
        },
      });
    }

    text() { return host.promised(() => this.#blob.Text()); }
    arrayBuffer() { return host.promised(() => host.blobBytes(this.#blob)); }
    bytes() { return host.promised(() => new Uint8Array(host.blobBytes(this.#blob))); }
  }

  function sequence(parts) {
    if (Object(parts) !== parts || typeof parts[Symbol.iterator] !== "function") {
      throw new TypeError("Blob: the parts are not a sequence");
    }
    return Array.from(parts, (part) => host.bytes(part) ?? (host.isBlob(part) ? host.blobHandle(part) : host.string(part)));
  }

  function clampedLong(value) {
    const number = Math.trunc(+value);
    return number !== number ? 0 : Math.min(Math.max(number, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  }

  host.expose(Blob);
  host.makeBlob = (blob) => new Blob(blob);
})
