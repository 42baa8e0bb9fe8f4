// The Socket.IO connection (docs/protocol.md §7): WebSocket only, signed in with a ticket, always coming back.
//
// Reconnecting is done here and not by the library: every attempt needs a fresh ticket, and a refused handshake must
// be tried again too, which the library never does.

import { io, type Socket as IoSocket } from "socket.io-client";

import type { Acknowledgement, ServerEvents } from "../wire/events.ts";
import { SERVER_EVENTS } from "../wire/events.ts";
import { MemberError } from "./failure.ts";
import { backoff_ms } from "./http.ts";

export interface SocketSettings {
  origin: string;
  headers?: () => Record<string, string>;
  /** A fresh ticket; a failure to get one counts as a failed attempt. */
  ticket: () => Promise<string>;
  onConnection: (online: boolean) => void;
  onEvent: <Name extends keyof ServerEvents>(name: Name, payload: ServerEvents[Name]) => void;
}

const FIRST_PAUSE_MS = 300;
/** So that a line is back within 3 s of its server, handshake included; `portal bench faults` measures its twin. */
const LONGEST_PAUSE_MS = 2_000;
const HANDSHAKE_MS = 8_000;
const ANSWER_MS = 15_000;

export class Socket {
  private readonly settings: SocketSettings;
  private io: IoSocket | null = null;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;

  constructor(settings: SocketSettings) {
    this.settings = settings;
  }

  get connected(): boolean {
    return this.io?.connected === true;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    void this.attempt();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.drop();
  }

  /** The network came back: try now instead of after the pause. */
  hurry(): void {
    if (this.stopped || this.connected || this.timer === undefined) return;
    clearTimeout(this.timer);
    void this.attempt();
  }

  /**
   * Send an event and return what the server acknowledged; rejects with the server's code, or as offline or timed
   * out.
   */
  async call<T>(event: string, ...args: unknown[]): Promise<T> {
    const { io: socket } = this;
    if (!socket?.connected) throw new MemberError("network.offline");
    let answer: Acknowledgement<T>;
    try {
      answer = (await socket.timeout(ANSWER_MS).emitWithAck(event, ...args)) as Acknowledgement<T>;
    } catch (error) {
      throw new MemberError(socket.connected ? "network.timeout" : "network.offline", {}, { cause: error });
    }
    if ("error" in answer) throw new MemberError(answer.error.code, answer.error.detail);
    return answer.ok;
  }

  private async attempt(): Promise<void> {
    this.timer = undefined;
    try {
      const ticket = await this.settings.ticket();
      if (!this.stopped) this.connect(ticket);
    } catch {
      this.again();
    }
  }

  private connect(ticket: string): void {
    this.drop();
    const socket = io(this.settings.origin, {
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      timeout: HANDSHAKE_MS,
      auth: { ticket },
      ...(this.settings.headers && { extraHeaders: this.settings.headers() }),
    });
    this.io = socket;
    const failed = (): void => {
      if (this.io !== socket) return;
      this.drop();
      this.settings.onConnection(false);
      this.again();
    };
    socket.on("connect", () => {
      this.failures = 0;
      this.settings.onConnection(true);
    });
    socket.on("connect_error", failed);
    socket.on("disconnect", failed);
    for (const name of SERVER_EVENTS) {
      socket.on(name, (...payload: unknown[]) => this.settings.onEvent(name, payload as ServerEvents[typeof name]));
    }
  }

  private drop(): void {
    const socket = this.io;
    this.io = null;
    socket?.removeAllListeners();
    socket?.disconnect();
  }

  private again(): void {
    if (this.stopped || this.timer !== undefined) return;
    this.failures++;
    const wait_ms = backoff_ms(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => void this.attempt(), wait_ms);
  }
}
