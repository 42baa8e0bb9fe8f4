// Node's socket.io as it comes, WebSocket only.
import { Server } from "socket.io";

const io = new Server(Number(process.argv[2]), { transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  if (socket.handshake.query.listen) socket.join("r");
  socket.on("msg", (payload) => io.to("r").emit("msg", payload));
});
