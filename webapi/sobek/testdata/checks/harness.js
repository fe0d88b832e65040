// What the checks of this directory stand on. A check is a sentence of WHATWG
// WebSockets, Web IDL or DOM: a function that throws, a promise, or events that end
// in done(). The page that they would be on has ?wss in its address for TLS.
"use strict";

const secure = location.search === "?wss";
const WS = (secure ? "wss://" : "ws://") + location.host;
const ECHO = `${WS}/echo`;

const same = (got, want, what = "") => {
  if (!Object.is(got, want)) throw new Error(`${what} got ${String(got)}, want ${String(want)}`);
};
const holds = (value, what = "not true") => {
  if (!value) throw new Error(what);
};

// thrown is what f throws.
function thrown(f) {
  try {
    f();
  } catch (e) {
    return e;
  }
  throw new Error("nothing was thrown");
}
const throws = (Constructor, f) => same(thrown(f).constructor, Constructor);
function throwsDOM(name, f) {
  const e = thrown(f);
  same(e.constructor, DOMException);
  same(e.name, name);
  same(e.code, { SyntaxError: 12, InvalidAccessError: 15, InvalidStateError: 11 }[name]);
}

const checks = [];
const check = (f, name) => checks.push({ name, run: async () => f() });
const checkPromise = (f, name) => checks.push({ name, run: f });

// checkEvents gives f the functions done, step, which makes what a listener throws
// the check's failure, and never, a listener that must not be called.
function checkEvents(f, name) {
  const run = () => new Promise((done, fail) => {
    const step = (g) => function (...args) {
      try {
        return g.apply(this, args);
      } catch (e) {
        fail(e);
      }
    };
    step(f)({ done, step, never: (what) => () => fail(new Error(`${what} came`)) });
  });
  checks.push({ name, run });
}

// runChecks runs one after the other, and prints the failures and a count.
async function runChecks() {
  let passed = 0;
  for (const { name, run } of checks) {
    let timer;
    const late = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error("it takes too long")), 20000); });
    try {
      await Promise.race([run(), late]);
      passed++;
    } catch (e) {
      print(`FAIL ${name}: ${e}`);
    }
    clearTimeout(timer);
  }
  print(`${passed} of ${checks.length} passed`);
}
