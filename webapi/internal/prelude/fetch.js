// fetch, as far as a test asks its server for something: Fetch Standard, section 5.
(function (host) {
  "use strict";

  class Headers {
    #fields;
    constructor(fields = {}) {
      this.#fields = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), host.string(value)]));
    }
    get(name) { return this.#fields.get(host.string(name).toLowerCase()) ?? null; }
    has(name) { return this.#fields.has(host.string(name).toLowerCase()); }
    set(name, value) { this.#fields.set(host.string(name).toLowerCase(), host.string(value)); }
    forEach(callback) { this.#fields.forEach((value, name) => callback(value, name, this)); }
    entries() { return this.#fields.entries(); }
    [Symbol.iterator]() { return this.#fields.entries(); }
  }

  class Response {
    #response; // Go's
    #headers;
    #used = false;

    constructor(response) {
      if (!host.isResponse(response)) throw new TypeError("Illegal constructor");
      this.#response = response;
      this.#headers = new Headers(response.Fields());
    }

    get ok() { return this.status >= 200 && this.status < 300; }
    get status() { return this.#response.Status(); }
    get statusText() { return this.#response.StatusText(); }
    get url() { return this.#response.URL(); }
    get headers() { return this.#headers; }
    get bodyUsed() { return this.#used; }
    async arrayBuffer() { return host.responseBytes(this.#take()); }
    async text() { return new TextDecoder().decode(host.responseBytes(this.#take())); }
    async json() { return JSON.parse(await this.text()); }
    async blob() { return new Blob([host.responseBytes(this.#take())], { type: this.#headers.get("content-type") ?? "" }); }

    #take() {
      const response = this.#response;
      if (this.#used) throw new TypeError("the body has been used");
      this.#used = true;
      return response;
    }
  }

  host.expose(Headers);
  host.expose(Response);
  host.operations({
    async fetch(input, init = undefined) {
      host.required(arguments, 1, "fetch");
      const { method = "GET", headers = {}, body = "", signal = undefined, credentials = "same-origin" } = host.dictionary(init, "RequestInit");
      signal?.throwIfAborted();
      const url = host.baseURL === "" ? new URL(input) : new URL(input, host.baseURL);
      const own = host.baseURL !== "" && url.origin === new URL(host.baseURL).origin;
      const withCredentials = credentials === "include" || (credentials === "same-origin" && own);
      const fields = Object.fromEntries(headers instanceof Headers ? headers.entries() : Object.entries(headers));
      return new Promise(function (resolve, reject) {
        const cancel = host.fetch(host.string(method), url.href, fields, host.string(body), withCredentials, (response) => resolve(new Response(response)), reject);
        signal?.addEventListener("abort", () => { cancel(); reject(signal.reason); }, { once: true });
      });
    },
  });
})
