// What every server here shares: its setting, an object in JSON as the last
// argument, and the talk with the program that measures it. Standard output gets
// the address, then one line of JSON for every line of standard input: what the
// process has used until now, processor time in nanoseconds and memory in bytes.
// It ends with its standard input.
import process from "node:process";

export const setting = JSON.parse(process.argv.at(-1));
export const maxMessage = 16 << 20;

const print = (line) => process.stdout.write(line + "\n");

function usage() {
  const { user, system } = process.cpuUsage();
  return { CPU: Math.round((user + system) * 1000), Allocs: 0, RSS: process.memoryUsage().rss, Heap: 0, Stack: 0 };
}

export function control(port) {
  print(`127.0.0.1:${port}`);
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "settle") globalThis.Bun ? Bun.gc(true) : globalThis.gc?.();
      print(JSON.stringify(usage()));
    }
  });
  process.stdin.on("end", () => process.exit(0));
}
