// What send takes, and bufferedAmount.

const sends = (name, data, type, size, check) =>
  checkEvents((t) => {
    const ws = new WebSocket(ECHO);
    if (type) ws.binaryType = type;
    ws.onopen = t.step(() => {
      same(ws.send(typeof data === "function" ? data() : data), undefined);
      same(ws.bufferedAmount, size, "bufferedAmount");
    });
    ws.onmessage = t.step((e) => {
      holds(e instanceof MessageEvent);
      same(e.origin, WS);
      same(e.source, null);
      same(e.lastEventId, "");
      same(e.ports.length, 0);
      same(e.bubbles, false);
      same(e.cancelable, false);
      Promise.resolve(check(e.data)).then(
        () => {
          setTimeout(
            t.step(() => {
              same(ws.bufferedAmount, 0, "later");
              ws.close();
            }),
          );
        },
        (x) =>
          t.step(() => {
            throw x;
          })(),
      );
    });
    ws.onerror = t.never("error");
    ws.onclose = t.step((e) => {
      holds(e.wasClean);
      t.done();
    });
  }, name);

const text = (d) => (x) => same(x, d);

const bytes = (want) => (x) => {
  holds(x instanceof ArrayBuffer);
  same(String(new Uint8Array(x)), String(new Uint8Array(want)));
};
sends("data", "Message to send", "", 15, text("Message to send"));
sends("65K", "c".repeat(65000), "", 65000, text("c".repeat(65000)));
sends("0byte", "", "", 0, text(""));
sends("null", null, "", 4, text("null"));
sends("undefined", undefined, "", 9, text("undefined"));
sends("number", 5, "", 1, text("5"));
sends("unicode", "¥¥¥¥¥¥", "", 12, text("¥¥¥¥¥¥"));
sends("unpaired", "\uD807", "", 3, text("\uFFFD"));
sends("unpaired2", "\uDC7Fx\uD800", "", 7, text("\uFFFDx\uFFFD"));
sends("paired", "\uD801\uDC7E", "", 4, text("\uD801\uDC7E"));
sends("combining", "\u00E5 a\u030A \uD801\uDC7E", "", 11, text("\u00E5 a\u030A \uD801\uDC7E"));
sends(
  "object",
  {
    toString() {
      return "o";
    },
  },
  "",
  1,
  text("o"),
);
sends("array", [1, 2], "", 3, text("1,2"));

for (const n of [125, 126, 0xffff, 0x10000]) sends("length " + n, "a".repeat(n), "", n, text("a".repeat(n)));

const buf = new Uint8Array(15).map((_, i) => i * 17).buffer;
sends("arraybuffer", buf, "arraybuffer", 15, bytes(buf));
sends("arraybuffer 65K", new ArrayBuffer(65000), "arraybuffer", 65000, (x) => same(x.byteLength, 65000));
sends("arraybuffer empty", new ArrayBuffer(0), "arraybuffer", 0, (x) => same(x.byteLength, 0));

const big = new Uint8Array(64).map((_, i) => i).buffer;

for (const [V, ...a] of [
  [Int8Array],
  [Uint8Array, 2],
  [Uint8Array, 2, 4],
  [Int16Array, 2],
  [Uint16Array, 4, 2],
  [Int32Array],
  [Uint32Array, 8],
  [Float32Array],
  [Float64Array],
  [Float16Array],
  [BigInt64Array],
  [DataView, 1, 5],
  [Uint8ClampedArray, 3],
]) {
  const v = new V(big, ...a);
  sends(
    "view " + V.name + a,
    v,
    "arraybuffer",
    v.byteLength,
    bytes(big.slice(v.byteOffset, v.byteOffset + v.byteLength)),
  );
}
sends(
  "blob",
  () => new Blob([buf]),
  "",
  15,
  async (b) => {
    holds(b instanceof Blob);
    same(b.size, 15);
    same(b.type, "");
    same(String(new Uint8Array(await b.arrayBuffer())), String(new Uint8Array(buf)));
  },
);
sends(
  "blob empty",
  () => new Blob([]),
  "",
  0,
  (b) => same(b.size, 0),
);
sends(
  "blob back as arraybuffer",
  () => new Blob(["hello"]),
  "arraybuffer",
  5,
  (x) => same(x.byteLength, 5),
);
sends("large", "x".repeat(1 << 20), "", 1 << 20, (x) => same(x.length, 1 << 20));

check(() => {
  const ws = new WebSocket(ECHO);
  throwsDOM("InvalidStateError", () => ws.send("x"));
  throws(TypeError, () => ws.send());
  same(ws.bufferedAmount, 0);
  throws(TypeError, () => ws.send(Symbol()));
  ws.close();
}, "send before open");

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  ws.onopen = t.step(() => {
    throws(TypeError, () => ws.send());
    ws.close();
    same(ws.bufferedAmount, 0);
    ws.send("a");
    ws.send(new ArrayBuffer(3));
    ws.send(new Blob(["bb"]));
    same(ws.bufferedAmount, 6);
  });
  ws.onclose = t.step(() => {
    same(ws.bufferedAmount, 6);
    ws.send("cc");
    same(ws.bufferedAmount, 8);
    t.done();
  });
  ws.onmessage = t.never("m");
}, "bufferedAmount grows when closed");

checkEvents((t) => {
  const ws = new WebSocket(WS + "/empty-message");
  ws.onopen = () => ws.send("");
  ws.onmessage = t.step((e) => {
    same(e.data, "0");
    ws.close();
    t.done();
  });
}, "empty message");

checkEvents((t) => {
  const ws = new WebSocket(WS + "/send-backpressure");
  let n = 0;
  ws.onopen = () => {
    for (let i = 0; i < 50; i++) ws.send(new Uint8Array(65536));
  };
  ws.onmessage = t.step((e) => {
    same(e.data, "65536");
    if (++n === 50) {
      same(ws.bufferedAmount, 0);
      ws.close();
      t.done();
    }
  });
  ws.onerror = t.never("e");
}, "send many with backpressure");

check(() => {
  const ws = new WebSocket(ECHO);
  ws.bufferedAmount = 5;
  same(ws.bufferedAmount, 0);
  same(delete ws.bufferedAmount, true);
  same(ws.bufferedAmount, 0);
  ws.url = "x";
  same(ws.url, ECHO);
  same(delete ws.url, true);
  ws.readyState = 4;
  same(ws.readyState, 0);
  ws.protocol = "x";
  same(ws.protocol, "");
  ws.extensions = "x";
  same(ws.extensions, "");
  ws.close();
}, "readonly");
