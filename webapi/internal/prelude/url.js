// URL and URLSearchParams: URL Standard, section 6.
(function (host) {
  "use strict";

  class URL {
    #url; // Go's
    #query;

    constructor(url, base = undefined) {
      host.required(arguments, 1, "URL");
      this.#url = host.parseURL(host.scalar(url), base === undefined ? undefined : host.scalar(base));
      this.#query = new URLSearchParams(this.#url.Search());
      host.onQuery(this.#query, (query) => this.#url.SetSearch(query));
    }

    static canParse(url, base = undefined) {
      host.required(arguments, 1, "URL.canParse");
      return URL.parse(url, base) !== null;
    }

    static parse(url, base = undefined) {
      host.required(arguments, 1, "URL.parse");
      const parts = [host.scalar(url), base === undefined ? undefined : host.scalar(base)];
      try {
        return new URL(...parts);
      } catch {
        return null;
      }
    }

    get href() { return this.#url.Href(false); }
    set href(value) {
      this.#url = host.parseURL(host.scalar(value), undefined);
      host.resetQuery(this.#query, this.#url.Search());
    }
    toString() { return this.#url.Href(false); }
    toJSON() { return this.#url.Href(false); }
    get origin() { return host.originOf(this.#url); }
    get protocol() { return this.#url.Protocol(); }
    set protocol(value) { this.#url.SetProtocol(host.scalar(value)); }
    get username() { return this.#url.Username(); }
    set username(value) { this.#url.SetUsername(host.scalar(value)); }
    get password() { return this.#url.Password(); }
    set password(value) { this.#url.SetPassword(host.scalar(value)); }
    get host() { return this.#url.Host(); }
    set host(value) { this.#url.SetHost(host.scalar(value)); }
    get hostname() { return this.#url.Hostname(); }
    set hostname(value) { this.#url.SetHostname(host.scalar(value)); }
    get port() { return this.#url.Port(); }
    set port(value) { this.#url.SetPort(host.scalar(value)); }
    get pathname() { return this.#url.Pathname(); }
    set pathname(value) { this.#url.SetPathname(host.scalar(value)); }
    get search() { return this.#url.Search(); }
    set search(value) {
      this.#url.SetSearch(host.scalar(value));
      host.resetQuery(this.#query, this.#url.Search());
    }
    get searchParams() { return this.#query; }
    get hash() { return this.#url.Hash(); }
    set hash(value) { this.#url.SetHash(host.scalar(value)); }
  }

  class URLSearchParams {
    #pairs;
    #changed = () => {};

    static {
      host.onQuery = (params, changed) => { params.#changed = changed; };
      host.resetQuery = (params, query) => { params.#pairs = host.parseForm(query.replace(/^\?/, "")); };
    }

    constructor(init = "") {
      this.#pairs = pairsOf(init);
    }

    get size() { return this.#pairs.length; }
    append(name, value) {
      host.required(arguments, 2, "append");
      this.#pairs.push([host.scalar(name), host.scalar(value)]);
      this.#update();
    }
    delete(name, value = undefined) {
      host.required(arguments, 1, "delete");
      this.#pairs = this.#pairs.filter((pair) => !matches(pair, name, value));
      this.#update();
    }
    get(name) {
      host.required(arguments, 1, "get");
      return this.#pairs.find((pair) => matches(pair, name))?.[1] ?? null;
    }
    getAll(name) {
      host.required(arguments, 1, "getAll");
      return this.#pairs.filter((pair) => matches(pair, name)).map((pair) => pair[1]);
    }
    has(name, value = undefined) {
      host.required(arguments, 1, "has");
      return this.#pairs.some((pair) => matches(pair, name, value));
    }
    set(name, value) {
      host.required(arguments, 2, "set");
      const first = this.#pairs.findIndex((pair) => matches(pair, name));
      if (first < 0) this.#pairs.push([host.scalar(name), host.scalar(value)]);
      else {
        this.#pairs[first][1] = host.scalar(value);
        this.#pairs = this.#pairs.filter((pair, i) => i <= first || !matches(pair, name));
      }
      this.#update();
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#update();
    }
    forEach(callback, thisArg = undefined) {
      host.required(arguments, 1, "forEach");
      for (const [name, value] of this) callback.call(thisArg, value, name, this);
    }
    *entries() { for (let i = 0; i < this.#pairs.length; i++) yield [...this.#pairs[i]]; }
    *keys() { for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][0]; }
    *values() { for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][1]; }
    toString() { return host.formatForm(this.#pairs); }

    #update() {
      this.#changed(host.formatForm(this.#pairs));
    }
  }

  function matches([name, value], wantedName, wantedValue = undefined) {
    return name === host.scalar(wantedName) && (wantedValue === undefined || value === host.scalar(wantedValue));
  }

  // pairsOf is a (sequence<sequence<USVString>> or record<USVString, USVString> or USVString).
  function pairsOf(init) {
    if (Object(init) !== init) return host.parseForm(host.scalar(init).replace(/^\?/, ""));
    if (init[Symbol.iterator] === undefined || init[Symbol.iterator] === null) {
      return Object.entries(init).map(([name, value]) => [host.scalar(name), host.scalar(value)]);
    }
    return Array.from(init, (pair) => {
      const list = host.strings(pair).map(host.scalar);
      if (list.length !== 2) throw new TypeError("URLSearchParams: a pair has two items");
      return list;
    });
  }

  host.expose(URL);
  host.enumerable(URL, "prototype", "length", "name");
  host.expose(URLSearchParams);
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, enumerable: false, writable: true, configurable: true,
  });
})
