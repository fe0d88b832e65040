// A WebSocket client: reads a JSON array of jobs (see jobs.mjs) from standard
// input and prints one JSON line a job, as each ends.
//
//   node client.mjs ws 20        the ws package
//   node client.mjs undici 20    the undici package
//   bun client.mjs builtin 20    the runtime's own WebSocket (Bun, Deno)
//
// The second argument is how many jobs run at a time.
import process from "node:process";
import { perMessageDeflate } from "./deflate.mjs";
import { runJobs } from "./jobs.mjs";

const constructors = {
  ws: async () => offering((await import("ws")).WebSocket),
  undici: async () => (await import("undici")).WebSocket,
  builtin: async () => globalThis.WebSocket,
};

// offering is a constructor that takes a job's offer. By itself ws offers
// client_max_window_bits, which the job has not named.
const offering = (WebSocket) =>
  class extends WebSocket {
    constructor(url, protocols, offer) {
      super(url, protocols, offer && {
        perMessageDeflate: { clientMaxWindowBits: false, ...perMessageDeflate(offer) },
      });
    }
  };

let input = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) input += chunk;

const [which, limit] = process.argv.slice(2);
const WebSocket = await constructors[which]();
await runJobs(WebSocket, JSON.parse(input), Number(limit), (result) =>
  new Promise((written) => process.stdout.write(JSON.stringify(result) + "\n", written)),
);
// A socket that never closes must not keep the process.
process.exit(0);
