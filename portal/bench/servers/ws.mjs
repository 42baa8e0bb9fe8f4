// Node's ws as it comes, without compression: the frame is made for each recipient by the library.
// Arguments: the port, and the folder whose node_modules holds the library.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(`${process.argv[3]}/`)("ws");
const server = new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1", perMessageDeflate: false });
const members = new Set();
server.on("connection", (socket, request) => {
  if (request.url === "/listen") members.add(socket);
  socket.on("message", (data) => {
    for (const member of members) member.send(data, { binary: false });
  });
  socket.on("close", () => members.delete(socket));
});
