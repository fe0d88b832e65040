// Deno's own server, which is fastwebsockets. It has no permessage-deflate.
import { control, setting } from "./control.mjs";

const { Bye, Broadcast } = setting;
const everyone = new Set();

function converse(socket) {
  socket.binaryType = "arraybuffer";
  socket.onopen = () => everyone.add(socket);
  socket.onclose = () => everyone.delete(socket);
  socket.onmessage = ({ data }) => {
    if (Bye) return socket.close(1000);
    if (!Broadcast) return socket.send(data);
    for (const one of everyone) one.send(data);
  };
}

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => control(port) }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  converse(socket);
  return response;
});
