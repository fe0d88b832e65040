// A WebSocket server with the ws package: /echo answers every message with
// itself, /close?code=&reason= closes at once (no code: an empty Close frame).
// With ?deflate= it wants these parameters of permessage-deflate, in JSON with
// the names of RFC 7692; without, none in particular.
//
// Standard output: {"port": N} first, then one JSON line a connection that
// ended, {url, code, reason, extensions}, as the ws server saw it. It ends with
// its standard input, so that it cannot outlive whoever started it.
import { createServer } from "node:http";
import process from "node:process";
import { WebSocketServer } from "ws";
import { perMessageDeflate } from "./deflate.mjs";

const print = (value) => process.stdout.write(JSON.stringify(value) + "\n");

function converse(socket, request) {
  const { pathname, searchParams } = new URL(request.url, "http://host");
  const { extensions } = socket; // gone at the end
  socket.on("error", () => {}); // reported by the close event behind it
  socket.on("close", (code, reason) => print({ url: request.url, code, reason: String(reason), extensions }));
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  if (pathname !== "/close") return;
  if (!searchParams.has("code")) return socket.close();
  socket.close(Number(searchParams.get("code")), searchParams.get("reason") ?? "");
}

const listener = createServer();
listener.on("upgrade", (request, socket, head) => {
  const wanted = new URL(request.url, "http://host").searchParams.get("deflate");
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: wanted === null || perMessageDeflate(JSON.parse(wanted)),
  });
  server.handleUpgrade(request, socket, head, converse);
});
listener.listen(0, "127.0.0.1", () => print({ port: listener.address().port }));

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
