// A WebSocket server with the ws package: /echo answers every message with
// itself, /close?code=&reason= closes at once (no code: an empty Close frame).
//
// Standard output: {"port": N} first, then one JSON line a connection that
// ended, {url, code, reason}, as the ws server saw it. It ends with its
// standard input, so that it cannot outlive whoever started it.
import process from "node:process";
import { WebSocketServer } from "ws";

const print = (value) => process.stdout.write(JSON.stringify(value) + "\n");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
server.on("listening", () => print({ port: server.address().port }));
server.on("connection", (socket, request) => {
  const { pathname, searchParams } = new URL(request.url, "http://host");
  socket.on("error", () => {}); // reported by the close event behind it
  socket.on("close", (code, reason) => print({ url: request.url, code, reason: String(reason) }));
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  if (pathname !== "/close") return;
  if (!searchParams.has("code")) return socket.close();
  socket.close(Number(searchParams.get("code")), searchParams.get("reason") ?? "");
});

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
