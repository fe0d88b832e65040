// WebSocketStream and WebSocketError.
"use strict";

const rejects = async (p, name) => {
  try {
    await p;
  } catch (e) {
    if (e.name !== name || !(e instanceof DOMException)) throw new Error("rejected with " + e.name);
    return e;
  }
  throw new Error("did not reject");
};

for (const [name, info, want] of [
  ["code", { closeCode: 3456, reason: "pizza" }, [3456, "pizza"]],
  ["none", undefined, [1005, ""]],
  ["{}", {}, [1005, ""]],
  ["empty reason", { reason: "" }, [1005, ""]],
  ["reason only", { reason: "non-empty" }, [1000, "non-empty"]],
])
  checkPromise(async () => {
    const s = new WebSocketStream(ECHO);
    await s.opened;
    s.close(info);
    const { closeCode, reason } = await s.closed;
    same(closeCode, want[0]);
    same(reason, want[1]);
  }, "stream close " + name);

checkPromise(async () => {
  const s = new WebSocketStream(ECHO);
  await s.opened;
  throws(TypeError, () => s.close(true));
  throwsDOM("SyntaxError", () => s.close({ reason: ".".repeat(124) }));
  for (const closeCode of [999, 1001, 2999, 5000]) throwsDOM("InvalidAccessError", () => s.close({ closeCode }));
  for (const closeCode of [-1, 65536, NaN, "x"]) throws(TypeError, () => s.close({ closeCode }));
  s.close();
  await s.closed;
}, "stream close misuse");

checkPromise(async () => {
  const s = new WebSocketStream(ECHO);
  s.close();
  const e = await rejects(s.opened, "WebSocketError");
  holds(e instanceof WebSocketError);
  await rejects(s.closed, "WebSocketError");
}, "stream close during handshake");

checkPromise(async () => {
  const s = new WebSocketStream(ECHO);
  const { writable } = await s.opened;
  writable.getWriter().close();
  const c = await s.closed;
  same(c.closeCode, 1005);
}, "stream writer close");

checkPromise(async () => {
  const s = new WebSocketStream(WS + "/delayed-passive-close");
  const { writable } = await s.opened;
  const start = performance.now();
  await writable.getWriter().close();
  holds(performance.now() - start > 900);
}, "stream writer close waits");

for (const [side, method] of [
  ["writable", "abort"],
  ["readable", "cancel"],
])
  for (const [arg, want] of [
    [[], [1005, ""]],
    [[{ closeCode: 3456, reason: "set" }], [1005, ""]],
    [[new WebSocketError("", { closeCode: 3333, reason: "obsolete" })], [3333, "obsolete"]],
    [[new WebSocketError("", { reason: "r" })], [1000, "r"]],
    [[new WebSocketError("m")], [1005, ""]],
    [[new DOMException("yes", "DataCloneError")], [1005, ""]],
    [["str"], [1005, ""]],
    [[null], [1005, ""]],
  ])
    checkPromise(async () => {
      const s = new WebSocketStream(ECHO);
      const info = await s.opened;
      await info[side][method](...arg);
      const c = await s.closed;
      same(c.closeCode, want[0]);
      same(c.reason, want[1]);
    }, `stream ${method} ${arg}`);

checkPromise(async () => {
  throws(TypeError, () => new WebSocketStream());
  throwsDOM("SyntaxError", () => new WebSocketStream("invalid:"));
  throws(TypeError, () => new WebSocketStream(ECHO, true));
  throws(TypeError, () => new WebSocketStream(ECHO, { protocols: "hi" }));
  throwsDOM("SyntaxError", () => new WebSocketStream(ECHO, { protocols: ["a", "a"] }));
}, "stream constructor misuse");

checkPromise(async () => {
  const s = new WebSocketStream(ECHO);
  const i = await s.opened;
  same(s.url, ECHO);
  holds(i.readable instanceof ReadableStream);
  holds(i.writable instanceof WritableStream);
  same(typeof i.protocol, "string");
  same(typeof i.extensions, "string");
  ReadableStream.prototype.getReader.call(i.readable);
  WritableStream.prototype.getWriter.call(i.writable);
  s.close();
  await s.closed;
}, "stream types");

checkPromise(async () => {
  const s = new WebSocketStream(WS + "/protocol_array", { protocols: ["alpha", "beta"] });
  const { readable, protocol } = await s.opened;
  same(protocol, "alpha");
  const { value } = await readable.getReader().read();
  same(value, "alpha");
  s.close();
}, "stream protocols");

checkPromise(async () => {
  const s = new WebSocketStream(WS + "/404");
  await Promise.all([rejects(s.opened, "WebSocketError"), rejects(s.closed, "WebSocketError")]);
}, "stream 404");

checkPromise(async () => {
  const c = new AbortController();
  c.abort();
  const s = new WebSocketStream(ECHO, { signal: c.signal });
  await rejects(s.opened, "AbortError");
  await rejects(s.closed, "AbortError");
}, "stream abort before");

checkPromise(async () => {
  const c = new AbortController();
  const s = new WebSocketStream(WS + "/handshake_sleep_2", { signal: c.signal });
  await new Promise((r) => setTimeout(r, 0));
  c.abort();
  await rejects(s.opened, "AbortError");
  await rejects(s.closed, "AbortError");
}, "stream abort during");

checkPromise(async () => {
  const c = new AbortController();
  const s = new WebSocketStream(WS + "/handshake_sleep_2", { signal: c.signal });
  c.abort("why");
  for (const p of [s.opened, s.closed]) same(await p.catch((e) => e), "why");
}, "stream abort with a reason");

checkPromise(async () => {
  const c = new AbortController();
  const s = new WebSocketStream(ECHO, { signal: c.signal });
  const { readable, writable } = await s.opened;
  c.abort();
  writable.getWriter().write("connected");
  same((await readable.getReader().read()).value, "connected");
  s.close();
}, "stream abort after");

checkPromise(async () => {
  const s = new WebSocketStream(ECHO);
  const { readable, writable } = await s.opened;
  const w = writable.getWriter(),
    r = readable.getReader();
  for (const [out, want] of [
    ["text", "text"],
    [new Uint8Array([1, 2]), "1,2"],
    [new ArrayBuffer(2), "0,0"],
    [5, "5"],
    [null, "null"],
    [new DataView(new ArrayBuffer(1)), "0"],
  ]) {
    await w.write(out);
    const { value } = await r.read();
    if (typeof out !== "object" || out === null) same(value, want);
    else {
      holds(value instanceof Uint8Array);
      same(String(value), want);
    }
  }
  w.close();
  same((await r.read()).done, true);
  await s.closed;
}, "stream messages");

for (const [q, code, reason] of [
  ["?code=1000", 1000, ""],
  ["", 1005, ""],
  ["?code=4000&reason=robot", 4000, "robot"],
])
  checkPromise(async () => {
    const s = new WebSocketStream(WS + "/remote-close" + q);
    const { readable, writable } = await s.opened;
    const r = readable.getReader();
    const w = writable.getWriter();
    w.closed.catch(() => {});
    same((await r.read()).done, true);
    await r.closed;
    const c = await s.closed;
    same(c.closeCode, code);
    same(c.reason, reason);
    await rejects(w.write("x"), "InvalidStateError");
    await rejects(w.closed, "InvalidStateError");
  }, "stream remote close " + q);

checkPromise(async () => {
  const s = new WebSocketStream(WS + "/remote-close?abrupt=1");
  const { readable, writable } = await s.opened;
  const r = readable.getReader(),
    w = writable.getWriter();
  const failure = await s.closed.catch((e) => e);
  for (const p of [r.read(), r.closed, w.closed, s.closed]) {
    const e = await rejects(p, "WebSocketError");
    same(e, failure);
    same(e.closeCode, 1006);
    same(e.reason, "");
  }
  await rejects(w.write("x"), "WebSocketError");
}, "stream abrupt");

checkPromise(async () => {
  const s = new WebSocketStream(WS + "/send-backpressure");
  const { readable, writable } = await s.opened;
  const w = writable.getWriter();
  same(w.desiredSize, 1);
  const p = w.write(new Uint8Array(8 << 20));
  same(w.desiredSize, 0);
  await p;
  await w.ready;
  s.close();
  await s.closed;
}, "stream send backpressure");

checkPromise(
  async () => {
    const s = new WebSocketStream(WS + "/receive-backpressure");
    const { readable } = await s.opened;
    await new Promise((r) => setTimeout(r, 500));
    const r = readable.getReader();
    const a = await r.read();
    same(a.value.byteLength, 8 << 20);
    const b = await r.read();
    same(typeof b.value, "string");
    s.close();
  },
  "stream receive backpressure"
);

for (const f of [
  () => {
    const e = new WebSocketError();
    same(e.name, "WebSocketError");
    same(e.message, "");
    same(e.code, 0);
    same(e.closeCode, null);
    same(e.reason, "");
    holds(e instanceof DOMException);
    holds(e instanceof Error);
  },
  () => {
    const e = new WebSocketError("m", { closeCode: 3456 });
    same(e.closeCode, 3456);
    same(e.message, "m");
  },
  () => {
    for (const c of [999, 1001, 2999, 5000]) throwsDOM("InvalidAccessError", () => new WebSocketError("", { closeCode: c }));
  },
  () => throwsDOM("SyntaxError", () => new WebSocketError("", { reason: "x".repeat(124) })),
  () => same(new WebSocketError("", { reason: "r" }).closeCode, 1000),
  () => same(new WebSocketError("", { closeCode: 3000, reason: "\ud800" }).reason, "\ufffd"),
  () => throws(TypeError, () => new WebSocketError("", 1)),
  () => same(new WebSocketError("", { closeCode: 3000.9 }).closeCode, 3000),
  () => throws(TypeError, () => new WebSocketError("", { closeCode: 65536 + 3000 })),
  () => same(new WebSocketError("", { closeCode: undefined, reason: undefined }).closeCode, null),
  () => same(new WebSocketError("", { closeCode: 1000 }).closeCode, 1000),
])
  check(f, "WebSocketError " + f);
