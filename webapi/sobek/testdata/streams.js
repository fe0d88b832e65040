// Scenarios of the Streams Standard, each a line of what it noted, in the order in
// which it happened. Node prints the same: streams.golden.
"use strict";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const bytes = (value) => (value instanceof Uint8Array ? `[${value}]` : String(value));

// show is a value in a line: an error's name, a chunk in braces.
function show(value) {
  if (value instanceof Error) return value.name;
  if (Object(value) === value && "done" in value) return `{${bytes(value.value)} ${value.done}}`;
  return bytes(value);
}

async function scenario(name, f) {
  const log = [];
  try {
    await f((...values) => log.push(values.map(show).join(" ")));
  } catch (e) {
    log.push(`threw ${show(e)} ${e?.message}`);
  }
  await wait(5);
  print(`${name}: ${log.join(", ")}`);
}

// collect reads a stream to its end, and of is a stream of some chunks.
const collect = async (s) => {
  const out = [];
  const r = s.getReader();
  for (;;) {
    const c = await r.read();
    if (c.done) return out;
    out.push(c.value);
  }
};
const of = (...v) =>
  new ReadableStream({
    start(c) {
      for (const x of v) c.enqueue(x);
      c.close();
    },
  });
(async () => {
  await scenario("pipe", async (say) => {
    const got = [];
    await of(1, 2, 3).pipeTo(
      new WritableStream({
        write(x) {
          got.push(x);
        },
        close() {
          got.push("close");
        },
      }),
    );
    say(got);
  });
  await scenario("pipe preventClose", async (say) => {
    const got = [];
    const w = new WritableStream({
      write(x) {
        got.push(x);
      },
      close() {
        got.push("close");
      },
    });
    await of(1).pipeTo(w, { preventClose: true });
    say(got, w.locked);
    const wr = w.getWriter();
    await wr.write(9);
    await wr.close();
    say(got);
  });
  await scenario("pipe source error", async (say) => {
    const e = new RangeError("x");
    const w = new WritableStream({
      abort(r) {
        say("abort", r);
      },
    });
    const s = new ReadableStream({
      start(c) {
        c.enqueue(1);
      },
      pull(c) {
        c.error(e);
      },
    });
    await s.pipeTo(w).catch((x) => say("rej", x));
    await w.getWriter().closed.catch((x) => say("closed", x));
  });
  await scenario("pipe source error preventAbort", async (say) => {
    const w = new WritableStream({
      abort(r) {
        say("abort", r);
      },
    });
    const s = new ReadableStream({
      start(c) {
        c.error("bad");
      },
    });
    await s.pipeTo(w, { preventAbort: true }).catch((x) => say("rej", x));
    await w.getWriter().write(1);
    say("ok");
  });
  await scenario("pipe dest error", async (say) => {
    const s = new ReadableStream({
      pull(c) {
        c.enqueue(1);
      },
      cancel(r) {
        say("cancel", r);
      },
    });
    await s
      .pipeTo(
        new WritableStream({
          write() {
            throw "wbad";
          },
        }),
      )
      .catch((x) => say("rej", x));
  });
  await scenario("pipe dest error preventCancel", async (say) => {
    const s = new ReadableStream({
      pull(c) {
        c.enqueue(1);
      },
      cancel(r) {
        say("cancel", r);
      },
    });
    await s
      .pipeTo(
        new WritableStream({
          write() {
            throw "wbad";
          },
        }),
        { preventCancel: true },
      )
      .catch((x) => say("rej", x));
    say(s.locked);
  });
  await scenario("pipe dest closed", async (say) => {
    const w = new WritableStream();
    await w.close();
    const s = new ReadableStream({
      cancel(r) {
        say("cancel", r);
      },
    });
    await s.pipeTo(w).catch((x) => say("rej", x));
  });
  await scenario("pipe abort", async (say) => {
    const a = new AbortController();
    const s = new ReadableStream({
      cancel(r) {
        say("cancel", r);
      },
    });
    const w = new WritableStream({
      abort(r) {
        say("abort", r);
      },
    });
    const p = s.pipeTo(w, { signal: a.signal });
    a.abort("why");
    await p.catch((x) => say("rej", x));
  });
  await scenario("pipe aborted before", async (say) => {
    const a = new AbortController();
    a.abort("why");
    const s = new ReadableStream(
      {
        pull() {
          say("pull");
        },
        cancel(r) {
          say("cancel", r);
        },
      },
      { highWaterMark: 0 },
    );
    await s.pipeTo(new WritableStream(), { signal: a.signal, preventCancel: true }).catch((x) => say("rej", x));
  });
  await scenario("pipe locked", async (say) => {
    const s = of(1);
    s.getReader();
    await s.pipeTo(new WritableStream()).catch((x) => say(x));
    await of(1)
      .pipeTo({})
      .catch((x) => say(x));
    await of(1)
      .pipeTo(new WritableStream(), { signal: 1 })
      .catch((x) => say(x));
  });
  await scenario("pipe backpressure", async (say) => {
    let pulls = 0;
    let go;
    const s = new ReadableStream(
      {
        pull(c) {
          c.enqueue(pulls++);
          if (pulls === 20) c.close();
        },
      },
      { highWaterMark: 0 },
    );
    const p = s.pipeTo(
      new WritableStream(
        {
          write() {
            return new Promise((r) => {
              go = r;
            });
          },
        },
        { highWaterMark: 3 },
      ),
    );
    await wait(5);
    say(pulls);
    go();
    await wait(5);
    say(pulls);
    for (let i = 0; i < 30; i++) {
      go();
      await wait(1);
    }
    await p;
    say(pulls);
  });
  await scenario("pipeThrough", async (say) => {
    const up = new TransformStream({
      transform(x, c) {
        c.enqueue(x * 2);
        c.enqueue(".");
      },
      flush(c) {
        c.enqueue("end");
      },
    });
    say(await collect(of(1, 2).pipeThrough(up)));
  });
  await scenario("transform identity", async (say) => {
    const { readable, writable } = new TransformStream();
    const w = writable.getWriter();
    say(w.desiredSize);
    const p = w.write("a");
    say(w.desiredSize);
    const r = readable.getReader();
    say(await r.read());
    await p;
    w.close();
    say(await r.read());
    await r.closed;
    await w.closed;
  });
  await scenario("transform throws", async (say) => {
    const { readable, writable } = new TransformStream({
      transform() {
        throw new RangeError("t");
      },
    });
    const w = writable.getWriter();
    const r = readable.getReader();
    r.read().catch((e) => say("read", e));
    await w.write(1).catch((e) => say("write", e));
    await w.closed.catch((e) => say("closed", e));
  });
  await scenario("transform cancel", async (say) => {
    const { readable, writable } = new TransformStream({
      cancel(r) {
        say("cancel", r);
      },
    });
    const w = writable.getWriter();
    await readable.cancel("no");
    await w.write(1).catch((e) => say("write", e));
    await w.closed.catch((e) => say("closed", e));
  });
  await scenario("transform abort", async (say) => {
    const { readable, writable } = new TransformStream({
      cancel(r) {
        say("cancel", r);
      },
    });
    const r = readable.getReader();
    await writable.abort("no");
    await r.read().catch((e) => say("read", e));
  });
  await scenario("transform terminate", async (say) => {
    const { readable, writable } = new TransformStream({
      transform(x, c) {
        c.enqueue(x);
        c.terminate();
      },
    });
    const w = writable.getWriter();
    w.closed.catch((e) => say("closed", e));
    const p = w.write(1);
    const got = await collect(readable);
    await p;
    await w.write(2).catch((e) => say("write", e));
    say(got);
  });
  await scenario("transform flush error", async (say) => {
    const { readable, writable } = new TransformStream({
      flush() {
        throw "f";
      },
    });
    const r = readable.getReader();
    r.closed.catch((e) => say("rclosed", e));
    await writable.close().catch((e) => say("close", e));
  });
  await scenario("transform error", async (say) => {
    let c;
    const { readable, writable } = new TransformStream({
      start(x) {
        c = x;
      },
    });
    c.error("e");
    await readable
      .getReader()
      .read()
      .catch((e) => say("read", e));
    await writable
      .getWriter()
      .write(1)
      .catch((e) => say("write", e));
  });
  await scenario("transform start async", async (say) => {
    let go;
    const { readable, writable } = new TransformStream({
      start() {
        return new Promise((r) => {
          go = r;
        });
      },
      transform(x, c) {
        say("t", x);
        c.enqueue(x);
      },
    });
    const w = writable.getWriter();
    w.write(5);
    await wait(3);
    say("go");
    go();
    say(await readable.getReader().read());
  });
  await scenario("transform sizes", async (say) => {
    const ts = new TransformStream({}, { highWaterMark: 5 }, { highWaterMark: 2 });
    const w = ts.writable.getWriter();
    for (let i = 0; i < 4; i++) w.write(i);
    await wait(3);
    say(w.desiredSize);
  });
  await scenario("tee", async (say) => {
    const [a, b] = of(1, 2).tee();
    say(await collect(a), await collect(b));
  });
  await scenario("tee lazily", async (say) => {
    let pulls = 0;
    const s = new ReadableStream(
      {
        pull(c) {
          c.enqueue(pulls++);
        },
      },
      { highWaterMark: 0 },
    );
    const [a, b] = s.tee();
    await wait(3);
    say(pulls);
    const ra = a.getReader();
    say(await ra.read());
    await wait(3);
    say(pulls);
    say(await b.getReader().read());
  });
  await scenario("tee cancel", async (say) => {
    const s = new ReadableStream({
      cancel(r) {
        say("cancel", r);
      },
    });
    const [a, b] = s.tee();
    const p = a.cancel(1);
    await wait(2);
    say("one");
    b.cancel(2);
    await p;
    say("done");
  });
  await scenario("tee error", async (say) => {
    let c;
    const s = new ReadableStream({
      start(x) {
        c = x;
      },
    });
    const [a, b] = s.tee();
    const p = [a.getReader().read(), b.getReader().closed];
    c.error("e");
    for (const x of p) await x.catch((e) => say(e));
  });
  await scenario("tee close", async (say) => {
    let c;
    const s = new ReadableStream({
      start(x) {
        c = x;
      },
    });
    const [a, b] = s.tee();
    const pa = a.getReader().closed,
      pb = b.getReader().closed;
    c.close();
    await pa;
    await pb;
    say("closed");
  });
  await scenario("iterate", async (say) => {
    const it = of(1, 2).values();
    say(await it.next(), await it.next(), await it.next(), await it.next());
  });
  await scenario("iterate return", async (say) => {
    const s = new ReadableStream({
      pull(c) {
        c.enqueue(1);
      },
      cancel(r) {
        say("cancel", r);
      },
    });
    const it = s[Symbol.asyncIterator]();
    await it.next();
    say(await it.return("r"), s.locked, await it.next());
  });
  await scenario("iterate preventCancel", async (say) => {
    const s = of(1, 2);
    const it = s.values({ preventCancel: true });
    await it.next();
    await it.return();
    say(s.locked, await collect(s));
  });
  await scenario("iterate error", async (say) => {
    const s = new ReadableStream({
      start(c) {
        c.error("e");
      },
    });
    const it = s.values();
    await it.next().catch((e) => say(e));
    say(await it.next(), s.locked);
  });
  await scenario("iterate concurrently", async (say) => {
    const it = of(1, 2).values();
    say(...(await Promise.all([it.next(), it.next(), it.next(), it.return("x")])));
  });
  await scenario("from", async (say) => {
    say(await collect(ReadableStream.from([1, Promise.resolve(2), "c"])));
    say(await collect(ReadableStream.from(new Set("ab"))));
    try {
      ReadableStream.from(1);
    } catch (e) {
      say(e);
    }
  });
  await scenario("read release", async (say) => {
    const s = new ReadableStream();
    const r = s.getReader();
    const p = r.read();
    const c = r.closed;
    r.releaseLock();
    await p.catch((e) => say(e));
    await c.catch((e) => say(e));
    say(s.locked);
    await r.read().catch((e) => say(e));
    await r.closed.catch((e) => say(e));
  });
  await scenario("cancel", async (say) => {
    const s = new ReadableStream({
      start(c) {
        c.enqueue(1);
      },
      cancel(r) {
        say("cancel", r);
      },
    });
    const r = s.getReader();
    await r.cancel("z");
    say(await r.read());
    await r.closed;
    await s.cancel().catch((e) => say(e));
  });
  await scenario("cancel throws", async (say) => {
    const s = new ReadableStream({
      cancel() {
        throw "c";
      },
    });
    await s.cancel().catch((e) => say(e));
  });
  await scenario("start throws", async (say) => {
    try {
      new ReadableStream({
        start() {
          throw "s";
        },
      });
    } catch (e) {
      say(e);
    }
    try {
      new WritableStream({
        start() {
          throw "s";
        },
      });
    } catch (e) {
      say(e);
    }
  });
  await scenario("start rejects", async (say) => {
    await new ReadableStream({
      start() {
        return Promise.reject("s");
      },
    })
      .getReader()
      .closed.catch((e) => say(e));
    await new WritableStream({
      start() {
        return Promise.reject("s");
      },
    })
      .getWriter()
      .closed.catch((e) => say(e));
  });
  await scenario("pull throws", async (say) => {
    await new ReadableStream({
      pull() {
        throw "p";
      },
    })
      .getReader()
      .read()
      .catch((e) => say(e));
  });
  await scenario("controller", async (say) => {
    let c;
    new ReadableStream(
      {
        start(x) {
          c = x;
        },
      },
      { highWaterMark: 4, size: (x) => x.length },
    );
    say(c.desiredSize);
    c.enqueue("abc");
    say(c.desiredSize);
    c.enqueue("defg");
    say(c.desiredSize);
    c.close();
    say(c.desiredSize);
    for (const f of ["enqueue", "close"])
      try {
        c[f](1);
      } catch (e) {
        say(e);
      }
    c.error("x");
    say(c.desiredSize);
  });
  await scenario("bad size", async (say) => {
    let c;
    const s = new ReadableStream(
      {
        start(x) {
          c = x;
        },
      },
      { size: () => -1 },
    );
    try {
      c.enqueue(1);
    } catch (e) {
      say(e);
    }
    await s.getReader().closed.catch((e) => say(e));
    const w = new WritableStream(
      {},
      {
        size() {
          throw "sz";
        },
      },
    ).getWriter();
    await w.write(1).catch((e) => say(e));
    await w.closed.catch((e) => say(e));
  });
  await scenario("strategies", async (say) => {
    say(
      new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark,
      new CountQueuingStrategy({ highWaterMark: 3 }).size("abc"),
      new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size(new Uint8Array(7)),
      new CountQueuingStrategy({ highWaterMark: 3 }).size.name,
      new CountQueuingStrategy({ highWaterMark: 3 }).size === new CountQueuingStrategy({ highWaterMark: 1 }).size,
    );
    for (const x of [undefined, null, {}, 1])
      try {
        new CountQueuingStrategy(x);
        say("ok");
      } catch (e) {
        say(e);
      }
    for (const m of [-1, NaN, "x"])
      try {
        new ReadableStream({}, { highWaterMark: m });
        say("ok");
      } catch (e) {
        say(e);
      }
  });
  await scenario("writer", async (say) => {
    let go;
    const ws = new WritableStream({
      write(x) {
        say("write", x);
        return new Promise((r) => {
          go = r;
        });
      },
      close() {
        say("close");
      },
    });
    const w = ws.getWriter();
    await w.ready;
    say(w.desiredSize);
    const p = w.write(1);
    say(w.desiredSize);
    const ready = w.ready;
    const q = w.write(2);
    const c = w.close();
    say(w.desiredSize);
    await ready;
    say("ready");
    await w.write(3).catch((e) => say(e));
    await w.close().catch((e) => say(e));
    await wait(1);
    go();
    await p;
    await wait(1);
    go();
    await q;
    await c;
    await w.closed;
    say(w.desiredSize);
    await w.close().catch((e) => say(e));
    await w.abort();
    say("done");
  });
  await scenario("writer error", async (say) => {
    let c;
    const ws = new WritableStream({
      start(x) {
        c = x;
      },
    });
    const w = ws.getWriter();
    c.error("e");
    say(w.desiredSize);
    await w.ready.catch((e) => say("ready", e));
    await w.closed.catch((e) => say("closed", e));
    await w.write().catch((e) => say("write", e));
    await w.close().catch((e) => say("close", e));
  });
  await scenario("writer abort", async (say) => {
    let go;
    let sig;
    const ws = new WritableStream({
      start(c) {
        sig = c.signal;
      },
      write() {
        return new Promise((r) => {
          go = r;
        });
      },
      abort(r) {
        say("abort", r);
      },
    });
    const w = ws.getWriter();
    await w.ready;
    const p = w.write(1);
    const q = w.write(2);
    await wait(1);
    const a = w.abort("why");
    say(sig.aborted, sig.reason);
    await w.ready.catch((e) => say("ready", e));
    go();
    await p;
    await q.catch((e) => say("q", e));
    await a;
    await w.closed.catch((e) => say("closed", e));
  });
  await scenario("writer abort twice", async (say) => {
    const ws = new WritableStream({
      abort() {
        return wait(3);
      },
    });
    const w = ws.getWriter();
    const a = w.abort(1),
      b = w.abort(2);
    await a;
    await b;
    say("both");
    w.closed.catch((e) => say(e));
  });
  await scenario("abort rejects", async (say) => {
    const ws = new WritableStream({
      abort() {
        throw "ab";
      },
    });
    await ws.abort("x").catch((e) => say(e));
    await ws.getWriter().closed.catch((e) => say(e));
  });
  await scenario("write rejects", async (say) => {
    const ws = new WritableStream({
      write() {
        return Promise.reject("w");
      },
    });
    const w = ws.getWriter();
    await w.write(1).catch((e) => say(e));
    await w.closed.catch((e) => say(e));
    await w.write(1).catch((e) => say(e));
    await w.abort().then(() => say("abort ok"));
  });
  await scenario("close rejects", async (say) => {
    const ws = new WritableStream({
      close() {
        throw "c";
      },
    });
    const w = ws.getWriter();
    await w.close().catch((e) => say(e));
    await w.closed.catch((e) => say(e));
  });
  await scenario("writer release", async (say) => {
    const ws = new WritableStream({
      write() {
        return wait(2);
      },
    });
    const w = ws.getWriter();
    const c = w.closed;
    const p = w.write(1);
    const r = w.ready;
    w.releaseLock();
    await r.catch((e) => say("ready", e));
    await c.catch((e) => say("closed", e));
    await p;
    await w.write(1).catch((e) => say(e));
    try {
      w.desiredSize;
    } catch (e) {
      say(e);
    }
    const v = ws.getWriter();
    await v.close();
    say("closed");
  });
  await scenario("types", async (say) => {
    for (const f of [
      () => new ReadableStream({ type: "x" }),
      () => new WritableStream({ type: "bytes" }),
      () => new ReadableStream({ pull: 1 }),
      () => new ReadableStream(null),
      () => new TransformStream({ readableType: "bytes" }),
      () => new ReadableStream().getReader({ mode: "x" }),
      () => new ReadableStream().getReader({ mode: "byob" }),
      () => new ReadableStreamDefaultReader({}),
      () => new ReadableStreamDefaultController(),
      () => new ReadableStream({ type: "bytes" }, { size() {} }),
      () => new ReadableStream({}, { size: 1 }),
      () => of(1).pipeThrough({}),
      () => of(1).pipeThrough({ readable: 1, writable: 1 }),
      () => ReadableStream.prototype.locked,
      () => new ReadableStream({ type: "bytes", autoAllocateChunkSize: 0 }),
    ])
      try {
        f();
        say("ok");
      } catch (e) {
        say(e);
      }
  });
  const u8 = (...a) => new Uint8Array(a);
  await scenario("bytes", async (say) => {
    const s = new ReadableStream({
      type: "bytes",
      start(c) {
        c.enqueue(u8(1, 2, 3));
        c.enqueue(u8(4));
        c.close();
      },
    });
    const r = s.getReader();
    say(await r.read(), await r.read(), await r.read());
  });
  await scenario("byob", async (say) => {
    const s = new ReadableStream({
      type: "bytes",
      start(c) {
        c.enqueue(u8(1, 2, 3));
        c.enqueue(u8(4));
        c.close();
      },
    });
    const r = s.getReader({ mode: "byob" });
    const v = new Uint8Array(2);
    const x = await r.read(v);
    say(x, v.byteLength, x.value.buffer.byteLength);
    say(await r.read(new Uint8Array(5)), await r.read(new Uint8Array(5)));
  });
  await scenario("byob min", async (say) => {
    let c;
    const s = new ReadableStream({
      type: "bytes",
      start(x) {
        c = x;
      },
    });
    const r = s.getReader({ mode: "byob" });
    const p = r.read(new Uint8Array(4), { min: 3 });
    c.enqueue(u8(1, 2));
    await wait(1);
    say("not yet");
    c.enqueue(u8(3, 4, 5));
    say(await p);
    say(await r.read(new Uint8Array(9)));
  });
  await scenario("byob elements", async (say) => {
    let c;
    const s = new ReadableStream({
      type: "bytes",
      start(x) {
        c = x;
      },
    });
    const r = s.getReader({ mode: "byob" });
    const p = r.read(new Uint16Array(2));
    c.enqueue(u8(1, 0, 2));
    const x = await p;
    say(x.value.constructor.name, x.value.length, x.value[0]);
    const q = r.read(new Uint8Array(9));
    say(await q);
  });
  await scenario("byob request", async (say) => {
    const s = new ReadableStream({
      type: "bytes",
      pull(c) {
        const v = c.byobRequest.view;
        v[0] = 7;
        v[1] = 8;
        c.byobRequest.respond(2);
      },
    });
    const r = s.getReader({ mode: "byob" });
    say(await r.read(new Uint8Array(4)));
    say(await r.read(new Uint8Array(4)));
  });
  await scenario("byob auto", async (say) => {
    const s = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: 6,
      pull(c) {
        say(c.byobRequest.view.byteLength);
        c.byobRequest.view[0] = 9;
        c.byobRequest.respond(1);
      },
    });
    say(await s.getReader().read());
  });
  await scenario("byob cancel", async (say) => {
    const s = new ReadableStream({
      type: "bytes",
      cancel(r) {
        say("cancel", r);
      },
    });
    const r = s.getReader({ mode: "byob" });
    const p = r.read(new Uint8Array(1));
    await r.cancel("x");
    say(await p);
  });
  await scenario("byob error", async (say) => {
    let c;
    const s = new ReadableStream({
      type: "bytes",
      start(x) {
        c = x;
      },
    });
    const r = s.getReader({ mode: "byob" });
    const p = r.read(new Uint8Array(1));
    c.error("e");
    await p.catch((e) => say(e));
    await r.closed.catch((e) => say(e));
  });
  await scenario("byob misuse", async (say) => {
    const s = new ReadableStream({ type: "bytes" });
    const r = s.getReader({ mode: "byob" });
    for (const f of [
      () => r.read(),
      () => r.read(1),
      () => r.read(new Uint8Array(0)),
      () => r.read(new Uint8Array(2), { min: 0 }),
      () => r.read(new Uint8Array(2), { min: 3 }),
    ])
      await f().catch((e) => say(e));
    r.releaseLock();
    await r.read(new Uint8Array(1)).catch((e) => say(e));
  });
  await scenario("bytes enqueue misuse", async (say) => {
    let c;
    new ReadableStream({
      type: "bytes",
      start(x) {
        c = x;
      },
    });
    for (const f of [() => c.enqueue(), () => c.enqueue(1), () => c.enqueue(new Uint8Array(0))])
      try {
        f();
        say("ok");
      } catch (e) {
        say(e);
      }
    say(c.byobRequest, c.desiredSize);
    const b = u8(1);
    c.enqueue(b);
    say(b.byteLength, c.desiredSize);
  });
  await scenario("bytes tee", async (say) => {
    const s = new ReadableStream({
      type: "bytes",
      start(c) {
        c.enqueue(u8(1, 2));
        c.close();
      },
    });
    const [a, b] = s.tee();
    const x = await a.getReader().read(),
      y = await b.getReader().read();
    say(x, y, x.value.buffer === y.value.buffer);
  });
  await scenario("blob stream", async (say) => {
    const r = new Blob(["ab"]).stream().getReader();
    say(await r.read(), await r.read());
  });
  await scenario("pipe chain", async (say) => {
    const seen = [];
    const a = new AbortController();
    const ts = new TransformStream({
      transform(x, c) {
        c.enqueue(x + 1);
      },
    });
    const p = new ReadableStream({
      pull(c) {
        c.enqueue(1);
      },
    })
      .pipeThrough(ts)
      .pipeTo(
        new WritableStream({
          write(x) {
            seen.push(x);
            if (seen.length === 3) a.abort("stop");
          },
        }),
        { signal: a.signal },
      );
    await p.catch((e) => say(e));
    say(seen.length >= 3);
  });
})();
