// The package ws on Node.js.
import { WebSocketServer } from "ws";
import { control, maxMessage, setting } from "./control.mjs";

const { Compress, Takeover, Bye, Broadcast } = setting;
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  maxPayload: maxMessage,
  perMessageDeflate: Compress && {
    threshold: 0,
    serverNoContextTakeover: !Takeover,
    clientNoContextTakeover: !Takeover,
  },
});
server.on("listening", () => control(server.address().port));
server.on("connection", (socket) => {
  socket.on("error", () => {}); // the load sees how it ended
  socket.on("message", (data, binary) => {
    if (Bye) return socket.close(1000);
    if (!Broadcast) return socket.send(data, { binary });
    for (const one of server.clients) one.send(data, { binary });
  });
});
