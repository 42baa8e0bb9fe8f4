// A server that lies: it stands between one browser and the real server, and changes what the record says.

import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

import { concat, readU32, readU64, u32, u64, b64, unb64 } from "../../src/wire/bytes.ts";
import type { Server } from "./server.ts";

export interface Item {
  number: number;
  at_ms: number;
  raw: Uint8Array;
}

/** What the lying server shows in the place of an item: nothing, it, another, several. */
export type Lie = (item: Item) => Item[];

const TEXT = 0x81;

export class LyingServer {
  /** Applied to every item on its way to the browser. */
  lie: Lie = (item) => [item];
  private readonly honest: Server;
  private readonly http: HttpServer;
  private readonly sockets = new Set<Socket>();

  private constructor(honest: Server) {
    this.honest = honest;
    this.http = createServer((request, response) => void this.forward(request, response));
    this.http.on("upgrade", (request, socket: Socket, head) => this.upgrade(request, socket, head));
  }

  static async before(honest: Server): Promise<LyingServer> {
    const lying = new LyingServer(honest);
    await new Promise<void>((resolve) => lying.http.listen(0, "127.0.0.1", resolve));
    return lying;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.http.closeAllConnections();
    this.http.close();
  }

  private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = new Headers(
      Object.entries(request.headers).filter(([name]) => !HOP.has(name)) as [string, string][],
    );
    const body = parts.length > 0 ? { body: Buffer.concat(parts) } : {};
    try {
      const answer = await fetch(this.honest.origin + request.url, { method: request.method!, headers, ...body });
      let raw = new Uint8Array(await answer.arrayBuffer());
      if (answer.ok && /\/record\?/.test(request.url!)) raw = this.recordWithLies(raw) as typeof raw;
      response.writeHead(answer.status, [...answer.headers].filter(([name]) => !HOP.has(name)).flat());
      response.end(raw);
    } catch {
      response.destroy();
    }
  }

  private recordWithLies(raw: Uint8Array): Uint8Array {
    const shown: Uint8Array[] = [];
    for (let at = 0; at < raw.length; ) {
      const length = readU32(raw, at + 16);
      const item = { number: readU64(raw, at), at_ms: readU64(raw, at + 8), raw: raw.slice(at + 20, at + 20 + length) };
      for (const other of this.lie(item))
        shown.push(u64(other.number), u64(other.at_ms), u32(other.raw.length), other.raw);
      at += 20 + length;
    }
    return concat(...shown);
  }

  private upgrade(request: IncomingMessage, browser: Socket, head: Buffer): void {
    const server = connect(this.honest.port, "localhost");
    this.sockets.add(browser).add(server);
    const lines = [`GET ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      const name = request.rawHeaders[i]!;
      const value = name.toLowerCase() === "host" ? `localhost:${this.honest.port}` : request.rawHeaders[i + 1]!;
      lines.push(`${name}: ${value}`);
    }
    server.write(`${lines.join("\r\n")}\r\n\r\n`);
    server.write(head);
    browser.pipe(server);
    const frames = new Frames((text) => this.packetsWithLies(text));
    server.on("data", (chunk: Buffer) => browser.write(frames.take(chunk)));
    for (const [one, other] of [
      [server, browser],
      [browser, server],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  }

  private packetsWithLies(text: string): string[] {
    if (!text.startsWith('42["item",')) return [text];
    const [, room, number, at_ms, envelope] = JSON.parse(text.slice(2)) as [string, string, number, number, string];
    const shown = this.lie({ number, at_ms, raw: unb64(envelope) });
    return shown.map((item) => `42${JSON.stringify(["item", room, item.number, item.at_ms, b64(item.raw)])}`);
  }
}

const HOP = new Set(["host", "connection", "content-length", "content-encoding", "transfer-encoding", "keep-alive"]);

/** Reads a server's WebSocket stream (RFC 6455 §5.2; unmasked, unfragmented text) and writes it with other texts. */
class Frames {
  private rest: Uint8Array = new Uint8Array();
  private greeted = false;
  private readonly change: (text: string) => string[];

  constructor(change: (text: string) => string[]) {
    this.change = change;
  }

  take(chunk: Uint8Array): Uint8Array {
    this.rest = concat(this.rest, chunk);
    const out: Uint8Array[] = [];
    if (!this.greeted) {
      const end = Buffer.from(this.rest).indexOf("\r\n\r\n");
      if (end < 0) return new Uint8Array();
      out.push(this.rest.slice(0, end + 4));
      this.rest = this.rest.slice(end + 4);
      this.greeted = true;
    }
    for (let frame = this.next(); frame; frame = this.next()) out.push(...frame);
    return concat(...out);
  }

  private next(): Uint8Array[] | null {
    const raw = this.rest;
    if (raw.length < 2) return null;
    const short = raw[1]! & 127;
    const prefix = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (raw.length < prefix) return null;
    const length = short === 126 ? (raw[2]! << 8) | raw[3]! : short === 127 ? readU64(raw, 2) : short;
    if (raw.length < prefix + length) return null;
    const whole = raw.slice(0, prefix + length);
    this.rest = raw.slice(prefix + length);
    if (whole[0] !== TEXT) return [whole];
    return this.change(new TextDecoder().decode(whole.subarray(prefix))).map(frameOf);
  }
}

function frameOf(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  const { length } = payload;
  if (length < 126) return concat(Uint8Array.of(TEXT, length), payload);
  if (length < 65_536) return concat(Uint8Array.of(TEXT, 126, length >> 8, length & 255), payload);
  return concat(Uint8Array.of(TEXT, 127), u64(length), payload);
}
