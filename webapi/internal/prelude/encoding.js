// TextEncoder and TextDecoder: Encoding Standard, section 7. The only encoding is
// UTF-8.
(function (host) {
  "use strict";

  class TextEncoder {
    #brand;

    get encoding() { return this.#brand ?? "utf-8"; }
    encode(input = "") {
      this.#brand;
      return new Uint8Array(host.encode(host.string(input)));
    }
    encodeInto(source, destination) {
      this.#brand;
      host.required(arguments, 2, "encodeInto");
      if (!(destination instanceof Uint8Array)) throw new TypeError("encodeInto: not a Uint8Array");
      let read = 0;
      let written = 0;
      for (const character of host.string(source)) {
        const bytes = new Uint8Array(host.encode(character));
        if (written + bytes.length > destination.length) break;
        destination.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #decoder; // Go's

    constructor(label = "utf-8", options = undefined) {
      const name = host.string(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase();
      if (!["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"].includes(name)) {
        throw new RangeError(`TextDecoder: no encoding ${name}`);
      }
      const { fatal, ignoreBOM } = host.dictionary(options, "TextDecoderOptions");
      this.#decoder = host.newDecoder(Boolean(fatal), Boolean(ignoreBOM));
    }

    get encoding() { this.#decoder; return "utf-8"; }
    get fatal() { return this.#decoder.Fatal; }
    get ignoreBOM() { return this.#decoder.IgnoreBOM; }
    decode(input = undefined, options = undefined) {
      const bytes = input === undefined ? [new ArrayBuffer(0), 0, 0] : host.bytes(input);
      if (bytes === undefined) throw new TypeError("decode: not a BufferSource");
      const { stream } = host.dictionary(options, "TextDecodeOptions");
      return host.decode(this.#decoder, ...bytes, Boolean(stream));
    }
  }

  host.expose(TextEncoder);
  host.expose(TextDecoder);
})
