// Bun's own server, which is uWebSockets.
import { control, maxMessage, setting } from "./control.mjs";

const { Compress, Takeover, Bye, Broadcast } = setting;
const window = Takeover ? "32KB" : "shared";
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no WebSocket", { status: 400 })),
  websocket: {
    idleTimeout: 0,
    maxPayloadLength: maxMessage,
    perMessageDeflate: Compress && { compress: window, decompress: window },
    open(socket) {
      if (Broadcast) socket.subscribe("all");
    },
    message(socket, data) {
      if (Bye) return socket.close(1000);
      if (Broadcast) return server.publish("all", data);
      socket.send(data, Compress);
    },
  },
});
control(server.port);
