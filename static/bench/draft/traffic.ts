// Bytes that this process has exchanged over TCP, whichever library opened the connection.

import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

export interface Traffic {
  sent: number;
  received: number;
}

const open = new Set<Socket>();
const closed: Traffic = { sent: 0, received: 0 };

/** Begin to count; connections that were opened before are left out. */
export function countTraffic(): void {
  subscribe("net.client.socket", (message) => {
    const { socket } = message as { socket: Socket };
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      closed.sent += socket.bytesWritten;
      closed.received += socket.bytesRead;
    });
  });
}

/** All so far. */
export function traffic(): Traffic {
  const total = { ...closed };
  for (const socket of open) {
    total.sent += socket.bytesWritten;
    total.received += socket.bytesRead;
  }
  return total;
}
