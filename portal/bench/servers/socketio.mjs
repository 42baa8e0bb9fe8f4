// Node's socket.io as it comes, WebSocket only.
// Arguments: the port, and the folder whose node_modules holds the library.
import { createRequire } from "node:module";

const { Server } = createRequire(`${process.argv[3]}/`)("socket.io");
const io = new Server(Number(process.argv[2]), { transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  if (socket.handshake.query.listen) socket.join("r");
  socket.on("msg", (payload) => io.to("r").emit("msg", payload));
});
