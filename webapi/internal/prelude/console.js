// console: Console Standard, as far as a terminal has it.
(function (host) {
  "use strict";

  const counts = new Map();
  const timers = new Map();
  let indentation = "";

  // inspect shows a value, three levels of objects deep.
  function inspect(value, depth = 0, seen = []) {
    if (typeof value === "string") return depth === 0 ? value : JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "function") return `[${value.name ? `Function ${value.name}` : "Function"}]`;
    if (Object(value) !== value) return Object.is(value, -0) ? "-0" : String(value);
    if (value instanceof Error) return `${value.stack ?? value}`.trimEnd();
    if (seen.includes(value)) return "[Circular]";
    if (depth > 2) return Array.isArray(value) ? "[Array]" : "[Object]";
    const inner = (v) => inspect(v, depth + 1, [...seen, value]);
    if (Array.isArray(value)) return `[ ${Array.from(value, inner).join(", ")} ]`.replace("[  ]", "[]");
    const items = ArrayBuffer.isView(value) ? [Array.from(value, String).join(", ")] : Object.keys(value).map((key) => `${key}: ${inner(value[key])}`);
    const name = value.constructor === Object || value.constructor === undefined ? "" : `${value.constructor.name} `;
    return `${name}{ ${items.join(", ")} }`.replace("{  }", "{}");
  }

  // format replaces %s, %d, %i, %f, %o, %O and %c by the values that follow.
  function format(values) {
    if (typeof values[0] !== "string" || !values[0].includes("%")) return values.map((value) => inspect(value)).join(" ");
    const rest = values.slice(1);
    const text = values[0].replace(/%([sdifoOc%])/g, function (directive, kind) {
      if (kind === "%") return "%";
      if (rest.length === 0) return directive;
      const value = rest.shift();
      if (kind === "c") return "";
      if (kind === "s") return typeof value === "symbol" ? String(value) : inspect(value);
      if (kind === "d" || kind === "i") return typeof value === "symbol" ? "NaN" : String(parseInt(value, 10));
      if (kind === "f") return typeof value === "symbol" ? "NaN" : String(parseFloat(value));
      return inspect(value, 1);
    });
    return [text, ...rest.map((value) => inspect(value))].join(" ");
  }

  const write = (print, values) => print((indentation + format(values)).replaceAll("\n", `\n${indentation}`));
  const out = (...values) => write(host.print, values);
  const err = (...values) => write(host.printError, values);
  const elapsed = (label) => `${label}: ${(performance.now() - timers.get(label)).toFixed(3)} ms`;

  host.global("performance", { now: host.now, timeOrigin: Date.now() - host.now() }, true);
  host.global("console", {
    log: out, info: out, debug: out, dir: (value) => out(inspect(value, 1)), table: out,
    error: err, warn: err,
    trace(...values) { err(...values); err(new Error("trace").stack); },
    assert(condition = false, ...values) { if (!condition) err("Assertion failed", ...values); },
    clear() {},
    count(label = "default") {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      out(`${label}: ${counts.get(label)}`);
    },
    countReset(label = "default") { counts.delete(label); },
    group(...values) { if (values.length > 0) out(...values); indentation += "  "; },
    groupCollapsed(...values) { this.group(...values); },
    groupEnd() { indentation = indentation.slice(2); },
    time(label = "default") { timers.set(label, performance.now()); },
    timeLog(label = "default") { out(elapsed(label)); },
    timeEnd(label = "default") { out(elapsed(label)); timers.delete(label); },
  });
})
