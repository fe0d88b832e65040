// Handlers, listeners, and what a page may do to the interface.
"use strict";

for (const k of ["open", "error", "close", "message"]) {
  check(() => {
    const ws = new WebSocket(ECHO);
    const on = "on" + k;
    same(ws[on], null);
    const f = () => {};
    ws[on] = f;
    same(ws[on], f);
    ws[on] = 2;
    same(ws[on], null);
    ws[on] = undefined;
    same(ws[on], null);
    const o = { handleEvent() {} };
    ws[on] = o;
    same(ws[on], o);
    ws[on] = "x";
    same(ws[on], null);
    holds(on in ws);
    same(delete ws[on], true);
    same(ws[on], null);
    ws.close();
  }, "handler " + k);
  check(() => {
    const ws = new WebSocket(ECHO);
    let n = 0;
    ws["on" + k] = (e) => {
      n++;
      same(e.type, k);
      same(e.target, ws);
      same(e.currentTarget, ws);
      same(e.isTrusted, false);
      ws["on" + k] = null;
    };
    ws.addEventListener(k, () => n++);
    ws.dispatchEvent(new Event(k));
    same(n, 2);
    ws.close();
  }, "dispatch " + k);
}

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  let n = 0;
  const at = (c) => t.step(() => same(++n, c));
  ws.addEventListener("open", at(1));
  ws.onopen = t.step(() => {
    same(++n, 2);
    ws.send("Goodbye");
  });
  ws.addEventListener("open", at(3));
  ws.addEventListener("message", at(4));
  ws.onmessage = at(5);
  ws.addEventListener("message", at(6));
  ws.addEventListener("close", at(7));
  ws.onclose = at(8);
  ws.addEventListener(
    "close",
    t.step(() => {
      same(++n, 9);
      t.done();
    }),
  );
}, "order of listeners");

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  const removed = t.never("removed");
  for (const k of ["open", "message", "close"]) {
    ws.addEventListener(k, removed);
    ws.addEventListener(k, removed, true);
    ws.removeEventListener(k, removed);
    ws.removeEventListener(k, removed, true);
    ws.addEventListener(k, null);
  }
  ws.onopen = function (e) {
    t.step(() => {
      same(this, ws);
      same(e.eventPhase, 2);
      same(e.composedPath().length, 1);
      ws.send("x");
    })();
  };
  ws.onmessage = () => ws.close();
  ws.onclose = t.step((e) => {
    same(String(e), "[object CloseEvent]");
    t.done();
  });
}, "removed listeners");

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  ws.onopen = () => ws.send(new Uint8Array([1]));
  let b;
  ws.onmessage = t.step((e) => {
    if (b === undefined) {
      b = e.data;
      holds(b instanceof Blob);
      ws.binaryType = "arraybuffer";
      ws.send(new Uint8Array([2]));
    } else {
      holds(e.data instanceof ArrayBuffer);
      ws.close();
      t.done();
    }
  });
}, "binaryType changes");

checkPromise(async () => {
  const was = Object.getOwnPropertyDescriptor(WebSocket.prototype, "extensions");
  Object.defineProperty(WebSocket.prototype, "extensions", {
    get() {
      return "foo";
    },
    configurable: true,
  });
  const ws = new WebSocket(ECHO);
  same(ws.extensions, "foo");
  ws.close();
  Object.defineProperty(WebSocket.prototype, "extensions", was);
}, "defineProperty getter");
