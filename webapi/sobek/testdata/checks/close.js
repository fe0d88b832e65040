// How connections close: WHATWG WebSockets, sections 3.1, "close", and 4.
"use strict";

const closes = (name, args, want) => {
  checkEvents((t) => {
    const ws = new WebSocket(ECHO);
    let opened = false;
    ws.onopen = t.step(() => {
      opened = true;
      ws.close(...args);
      same(ws.readyState, 2);
    });
    ws.onmessage = ws.onerror = t.never("event");
    ws.onclose = t.step((e) => {
      holds(opened);
      same(ws.readyState, 3);
      same(e.wasClean, true);
      same(e.code, want[0]);
      same(e.reason, want[1]);
      t.done();
    });
  }, name);
};
closes("a code and a reason", [1000, "Clean Close"], [1000, "Clean Close"]);
closes("a code", [1000], [1000, ""]);
closes("the first code of libraries", [3000, "r"], [3000, "r"]);
closes("the last code", [4999, "r"], [4999, "r"]);
closes("an undefined code", [undefined], [1005, ""]);
closes("no code", [], [1005, ""]);
closes("a lone high surrogate in the reason", [1000, "\uD807"], [1000, "\uFFFD"]);
closes("a lone low surrogate in the reason", [1000, "a\uDC7Fb"], [1000, "a\uFFFDb"]);
closes("a pair of surrogates in the reason", [1000, "\uD801\uDC7E"], [1000, "\u{1047E}"]);
closes("a code that is a string", ["3001"], [3001, ""]);
closes("the longest reason", [1000, "x".repeat(123)], [1000, "x".repeat(123)]);
closes("an undefined reason", [1000, undefined], [1000, ""]);
closes("a null reason", [1000, null], [1000, "null"]);
closes("an empty reason", [1000, ""], [1000, ""]);
closes("a reason that is a number", [3000, 12], [3000, "12"]);
closes("a code that is rounded", [2999.7], [3000, ""]);

for (const c of [
  0,
  500,
  NaN,
  "string",
  null,
  0x10000 + 1000,
  1001,
  1005,
  2999,
  5000,
  "Close with only reason",
  999,
  -1,
  Infinity,
])
  checkEvents(
    (t) => {
      const ws = new WebSocket(ECHO);
      throwsDOM("InvalidAccessError", () => ws.close(c));
      ws.onopen = t.step(() => {
        throwsDOM("InvalidAccessError", () => ws.close(c));
        same(ws.readyState, 1);
        ws.close();
      });
      ws.onclose = t.step((e) => {
        holds(e.wasClean);
        t.done();
      });
      ws.onerror = t.never("error");
    },
    "a code that a page may not send: " + String(c),
  );

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  ws.onopen = t.step(() => {
    throwsDOM("SyntaxError", () => ws.close(1000, "x".repeat(124)));
    throwsDOM("SyntaxError", () => ws.close(1000, "é".repeat(62)));
    same(ws.readyState, 1);
    ws.close();
  });
  ws.onclose = t.step((e) => {
    holds(e.wasClean);
    t.done();
  });
}, "a reason that is too long");

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  ws.onopen = t.step(() => {
    ws.close();
    ws.close();
    ws.close(4000, "x");
    same(ws.send("late"), undefined);
  });
  let n = 0;
  ws.onclose = t.step((e) => {
    same(++n, 1);
    ws.close();
    same(ws.readyState, 3);
    same(e.code, 1005);
    setTimeout(t.done, 50);
  });
  ws.onmessage = ws.onerror = t.never("m");
}, "close again, and send behind it");

checkEvents((t) => {
  const ws = new WebSocket(WS + "/");
  let n = 0;
  ws.onopen = t.never("open");
  ws.onclose = t.step((e) => {
    n++;
    same(ws.readyState, 3);
    ws.close();
    same(e.wasClean, false);
    same(e.code, 1006);
    setTimeout(
      t.step(() => {
        same(n, 1);
        t.done();
      }),
      50,
    );
  });
  ws.close();
  same(ws.readyState, 2);
}, "close at once");

checkEvents((t) => {
  const ws = new WebSocket(WS + "/sleep_10_v13");
  const log = [];
  ws.onerror = () => log.push("error " + ws.readyState);
  ws.onclose = t.step((e) => {
    log.push("close " + ws.readyState);
    same(log.join(), "error 3,close 3");
    same(e.wasClean, false);
    t.done();
  });
  ws.onopen = t.never("open");
  setTimeout(
    t.step(() => {
      same(ws.readyState, 0);
      ws.close();
      same(ws.readyState, 2);
    }),
    300,
  );
}, "close while the server keeps it waiting");

checkEvents((t) => {
  const ws = new WebSocket(ECHO);
  ws.onopen = () => ws.send("Goodbye");
  let got = false;
  ws.onmessage = t.step((e) => {
    same(e.data, "Goodbye");
    got = true;
  });
  ws.onerror = t.never("e");
  ws.onclose = t.step((e) => {
    holds(got);
    holds(e.wasClean);
    same(ws.readyState, 3);
    same(e.code, 1000);
    t.done();
  });
}, "the server closes");

checkEvents((t) => {
  const ws = new WebSocket(WS + "/delayed-passive-close");
  let start;
  ws.onopen = () => {
    start = performance.now();
    ws.close();
  };
  ws.onclose = t.step((e) => {
    holds(e.wasClean);
    holds(performance.now() - start > 950, "too soon");
    t.done();
  });
}, "the server answers late");

for (const [path, code, reason, clean] of [
  ["/remote-close", 1005, "", true],
  ["/remote-close?code=1000", 1000, "", true],
  ["/remote-close?code=4000&reason=robot", 4000, "robot", true],
  ["/remote-close?code=1012", 1012, "", true],
  ["/remote-close?abrupt=1", 1006, "", false],
  ["/simple_handshake", 1000, "", true],
])
  checkEvents((t) => {
    const ws = new WebSocket(WS + path);
    const log = [];
    for (const k of ["open", "message", "error", "close"]) ws.addEventListener(k, (e) => log.push(k));
    ws.addEventListener(
      "close",
      t.step((e) => {
        same(e.code, code);
        same(e.reason, reason);
        same(e.wasClean, clean);
        same(log.filter((x) => x !== "message").join(), clean ? "open,close" : "open,error,close");
        t.done();
      }),
    );
  }, "remote " + path);

for (const [raw, code, data] of [
  ["\x81\x04test\x83\x03LOL", 1006, "test"],
  ["\x88\x02\x03\xe8", 1000],
  ["\x88\x01x", 1006],
  ["\x81\x02\xc3\x28", 1006],
  ["\x89\x00\x81\x01a\x88\x00", 1005, "a"],
  ["\x01\x01a\x80\x01b\x88\x02\x0f\xa1", 4001, "ab"],
  ["\xc1\x01a", 1006],
  ["\x81\x81aaaab", 1006],
  ["\x88\x05\x03\xe8\xef\xbb\xbf", 1000],
])
  checkEvents(
    (t) => {
      const ws = new WebSocket(WS + "/echo_raw");
      ws.onopen = () => ws.send(raw);
      let got;
      ws.onmessage = (e) => {
        got = e.data;
      };
      let errors = 0;
      ws.onerror = () => errors++;
      ws.onclose = t.step((e) => {
        if (raw === "\x88\x03\x03\xe8") {
          same(e.code, 1000 + 6);
        } else same(e.code, code);
        same(got, data);
        same(errors, code === 1006 ? 1 : 0);
        if (code === 1000 && raw.length > 4) same(e.reason, "\ufeff");
        t.done();
      });
    },
    "raw " + JSON.stringify(raw),
  );
