// What the tests need of a page beside the scope that is tested: as little as they ask
// for. wpt has the functions of scope.go.
(function () {
  "use strict";
  const scope = globalThis;

  scope.GLOBAL = { isWindow: () => !wpt.worker, isWorker: () => wpt.worker, isShadowRealm: () => false };
  scope.location = new URL(wpt.address);
  scope.close = () => {};
  if (!wpt.worker) scope.window = scope;

  // What says which kind of scope this is comes behind the harness, which would look
  // for scripts and elements in a window, and for a page to talk to in a worker. Its
  // report ends the run.
  wpt.listen = () => {
    if (wpt.worker) {
      scope.DedicatedWorkerGlobalScope = class { static [Symbol.hasInstance](value) { return value === scope; } };
    } else {
      scope.document = document;
    }
    add_completion_callback((tests, status) => {
      wpt.report(JSON.stringify({
        status: status.status,
        message: status.message,
        tests: tests.map(({ name, status, message }) => ({ name, status, message })),
      }));
      quit(0);
    });
  };

  class UIEvent extends Event {
    initUIEvent(type, bubbles, cancelable, view, detail) {
      this.initEvent(type, bubbles, cancelable);
      this.detail = detail;
    }
  }

  const elements = {
    a: () => ({ href: "", toString() { return this.href; } }),
    // A frame loads what its src says; what comes is nobody's business.
    iframe: () => ({
      set src(value) {
        fetch(value).then(() => this.onload?.());
      },
    }),
  };

  const document = {
    title: wpt.title,
    body: { appendChild() {}, toString: () => "[object HTMLBodyElement]" },
    getElementsByTagName: () => [],
    createElement: (name) => elements[name](),
    createEvent: (name) => (name === "UIEvents" ? new UIEvent("") : new Event("")),
    get cookie() { return wpt.cookies(); },
    set cookie(text) { wpt.setCookie(text); },
  };

  scope.XMLHttpRequest = class {
    open(method, url, async = true) { Object.assign(this, { method, url: new URL(url, wpt.address).href, async }); }
    setRequestHeader() {} // the tests set only fields that a page may not set
    send() {
      this.responseText = wpt.ask(this.method, this.url);
      if (this.async) setTimeout(() => this.onload?.());
    }
  };

  const blobs = new Map();
  URL.createObjectURL = (blob) => {
    const url = `blob:${blobs.size}`;
    blobs.set(url, blob);
    return url;
  };
  scope.Worker = class {
    constructor(url) {
      blobs.get(url).text().then((source) => {
        for (const data of wpt.runWorker(source)) this.onmessage?.({ data });
      });
    }
  };
})();
