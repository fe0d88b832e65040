// What the constructor takes, and what it asks a server for.
"use strict";

check(() => throws(TypeError, () => new WebSocket()), "no argument");

for (const u of [
  "ws://foo bar.com/",
  "wss://foo bar.com/",
  "ftp://" + location.host + "/",
  "mailto:example@example.org",
  "about:blank",
  WS + "/#",
  WS + "/#test",
  "#test",
  "invalid-scheme://localhost/echo",
  "ws://web platform.test/",
  "wss:///",
  "data:text/plain,x",
  "javascript:1",
  "http://%/",
])
  check(() => throwsDOM("SyntaxError", () => new WebSocket(u)), "invalid url " + u);

for (const c of [
  "(",
  ")",
  "<",
  ">",
  "@",
  ",",
  ";",
  ":",
  "\\",
  '"',
  "/",
  "[",
  "]",
  "?",
  "=",
  "{",
  "}",
  " ",
  "\t",
  "\x7f",
  "é",
  "/echo",
  "ec ho",
  "\0",
  "\u0080",
  "",
  "\r\n",
  "\ud800",
])
  check(() => throwsDOM("SyntaxError", () => new WebSocket(ECHO, c)), "protocol " + JSON.stringify(c));

check(() => throwsDOM("SyntaxError", () => new WebSocket(ECHO, ["echo", "echo"])), "repeated");
check(() => throwsDOM("SyntaxError", () => new WebSocket(ECHO, ["echo", "eCho"])), "repeated case");

for (const p of [
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])
  checkEvents((t) => {
    const ws = new WebSocket((secure ? "wss" : "ws") + "://localhost:" + p + "/echo");
    let err = false;
    ws.onopen = t.never("open");
    ws.onerror = () => {
      err = true;
    };
    ws.onclose = t.step((e) => {
      holds(err);
      same(e.code, 1006);
      t.done();
    });
  }, "blocked port " + p);

const opens = (name, make, check) =>
  checkEvents((t) => {
    const ws = make();
    same(ws.readyState, 0);
    same(ws.extensions, "");
    same(ws.protocol, "");
    same(ws.bufferedAmount, 0);
    same(ws.binaryType, "blob");
    ws.onopen = t.step((e) => {
      same(ws.readyState, 1);
      holds(e instanceof Event);
      same(String(e), "[object Event]");
      check(ws);
      ws.close();
    });
    ws.onerror = t.never("error");
    ws.onclose = t.step((e) => {
      holds(e.wasClean);
      holds(e instanceof CloseEvent);
      t.done();
    });
  }, name);

opens(
  "valid url",
  () => new WebSocket(ECHO),
  (ws) => {
    same(ws.url, ECHO);
    same(ws.protocol, "");
  },
);

opens(
  "valid url http",
  () => new WebSocket(WS.replace("ws", "http") + "/echo"),
  (ws) => same(ws.url, ECHO),
);

opens(
  "relative",
  () => new WebSocket("/echo"),
  (ws) => same(ws.url, ECHO),
);

opens(
  "relative dots",
  () => new WebSocket("../echo"),
  (ws) => same(ws.url, ECHO),
);

opens(
  "scheme-relative",
  () => new WebSocket("//" + location.host + "/echo"),
  (ws) => same(ws.url, ECHO),
);

opens(
  "URL object",
  () => new WebSocket(new URL("/echo", location)),
  (ws) => same(ws.url, ECHO),
);

opens(
  "uppercase",
  () => new WebSocket(ECHO.replace("ws", "WS").replace("localhost", "LOCALHOST")),
  (ws) => same(ws.url, ECHO),
);

opens(
  "no path",
  () => new WebSocket(WS),
  (ws) => same(ws.url, WS + "/"),
);

opens(
  "protocol string",
  () => new WebSocket(ECHO, "echo"),
  (ws) => same(ws.protocol, "echo"),
);

opens(
  "protocols",
  () => new WebSocket(ECHO, ["echo", "chat"]),
  (ws) => same(ws.protocol, "echo"),
);

opens(
  "protocols empty",
  () => new WebSocket(ECHO, []),
  (ws) => same(ws.protocol, ""),
);

opens(
  "stray",
  () => new WebSocket(ECHO, "echo", "stray"),
  (ws) => holds(ws instanceof WebSocket),
);

opens(
  "protocols iterable",
  () => new WebSocket(ECHO, new Set(["echo"])),
  (ws) => same(ws.protocol, "echo"),
);

opens(
  "binaryType",
  () => new WebSocket(ECHO),
  (ws) => {
    same(ws.binaryType, "blob");
    ws.binaryType = "notBlobOrArrayBuffer";
    same(ws.binaryType, "blob");
    ws.binaryType = "arraybuffer";
    same(ws.binaryType, "arraybuffer");
    for (const b of ["ArrayBuffer", "", null, 1]) {
      ws.binaryType = b;
      same(ws.binaryType, "arraybuffer");
    }
  },
);

checkEvents((t) => {
  const ws = new WebSocket(ECHO, "chat");
  ws.onopen = t.never("open");
  ws.onclose = t.step((e) => {
    same(e.code, 1006);
    same(ws.protocol, "");
    t.done();
  });
}, "protocol not acknowledged");

for (const path of ["/404", "/wrong_accept_key", "/invalid", "/basic_auth"])
  checkEvents((t) => {
    const ws = new WebSocket(WS + path);
    const log = [];
    ws.onopen = t.never("open");
    ws.onerror = (e) => {
      holds(e instanceof Event);
      log.push("error");
    };
    ws.onclose = t.step((e) => {
      same(log.join(), "error");
      same(e.code, 1006);
      same(e.wasClean, false);
      same(ws.extensions + ws.protocol, "");
      t.done();
    });
  }, "fails " + path);

checkEvents((t) => {
  const ws = new WebSocket(WS.replace("://", "://foo:bar@") + "/basic_auth");
  ws.onopen = () => ws.close();
  ws.onerror = t.never("e");
  ws.onclose = t.step((e) => {
    holds(e.wasClean);
    t.done();
  });
}, "basic auth");

for (const [path, want] of [
  ["/pa th?que ry", "/pa%20th?que%20ry"],
  ["/target?\"<>'|^`", "/target?%22%3C%3E%27|^`"],
  ["/target?%zz%", "/target?%zz%"],
  ["/target?", "/target?"],
  ["/target?é", "/target?%C3%A9"],
  ["/origin", location.origin],
  ["/referrer", "[]"],
])
  checkEvents((t) => {
    const ws = new WebSocket(WS + path);
    ws.onmessage = t.step((e) => {
      same(e.data, want);
      ws.close();
      t.done();
    });
    ws.onerror = t.never("e");
  }, "request " + path);

checkEvents((t) => {
  const ws = new WebSocket(WS + "/protocol_array", ["foobar", "foobar2"]);
  ws.onmessage = t.step((e) => {
    same(ws.protocol, "foobar");
    same(e.data, "foobar");
    ws.close();
  });
  ws.onclose = t.step((e) => {
    same(ws.protocol, "foobar");
    t.done();
  });
}, "protocol_array");
