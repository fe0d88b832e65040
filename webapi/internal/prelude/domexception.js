// DOMException: Web IDL, section 2.8.1.
(function (host) {
  "use strict";

  class DOMException {
    #name;
    #message;

    constructor(message = "", name = "Error") {
      this.#message = host.string(message);
      this.#name = host.string(name);
      const stack = new Error().stack.replace(/^Error/, `${this.#name}: ${this.#message}`);
      Object.defineProperty(this, "stack", { value: stack, writable: true, configurable: true, enumerable: false });
    }

    get name() { return this.#name; }
    get message() { return this.#message; }
    get code() { return host.legacyCode(this.#name); }
  }

  Object.setPrototypeOf(DOMException.prototype, Error.prototype);
  host.expose(DOMException, {
    INDEX_SIZE_ERR: 1, DOMSTRING_SIZE_ERR: 2, HIERARCHY_REQUEST_ERR: 3, WRONG_DOCUMENT_ERR: 4,
    INVALID_CHARACTER_ERR: 5, NO_DATA_ALLOWED_ERR: 6, NO_MODIFICATION_ALLOWED_ERR: 7, NOT_FOUND_ERR: 8,
    NOT_SUPPORTED_ERR: 9, INUSE_ATTRIBUTE_ERR: 10, INVALID_STATE_ERR: 11, SYNTAX_ERR: 12,
    INVALID_MODIFICATION_ERR: 13, NAMESPACE_ERR: 14, INVALID_ACCESS_ERR: 15, VALIDATION_ERR: 16,
    TYPE_MISMATCH_ERR: 17, SECURITY_ERR: 18, NETWORK_ERR: 19, ABORT_ERR: 20, URL_MISMATCH_ERR: 21,
    QUOTA_EXCEEDED_ERR: 22, TIMEOUT_ERR: 23, INVALID_NODE_TYPE_ERR: 24, DATA_CLONE_ERR: 25,
  });
  host.DOMException = DOMException;

  // exception makes what Go throws.
  host.exception = (name, message) => (name === "TypeError" ? new TypeError(message) : new DOMException(message, name));
})
