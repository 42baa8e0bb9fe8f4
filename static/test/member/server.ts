// The real server as a process of its own, on a data folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Not PORTAL_…: the server would take it for a setting.
const COMMAND = process.env["TESTED_PORTAL"] ?? fileURLToPath(new URL("../../../.venv/bin/portal", import.meta.url));
const READY_MS = 60_000;
const ATTEMPTS = 5;
const LINK = /#\/invitation\/([\w-]{22})\.([\w-]{43})/;

export class Server {
  readonly port: number;
  readonly data: string;
  /** The first administrator's invitation, as the server printed it. */
  invitation: { id: string; secret: string } | null = null;
  private child: ChildProcess | null = null;
  private output = "";

  private constructor(port: number, data: string) {
    this.port = port;
    this.data = data;
  }

  static async start(): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), "portal-member-"));
    for (let attempt = 1; ; attempt++) {
      const server = new Server(20_000 + Math.floor(Math.random() * 12_000), data);
      try {
        await server.run();
        return server;
      } catch (error) {
        // Somebody else has this port.
        if (attempt === ATTEMPTS || !server.output.includes("Address already in use")) throw error;
      }
    }
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** Start the process on the same data; resolves when it answers. */
  async run(): Promise<void> {
    const child = spawn(COMMAND, ["run", "--data", this.data, "--port", String(this.port)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PORTAL_WORKER: "false" },
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (this.output += text.toString()));
    const deadline = Date.now() + READY_MS;
    while (!(await this.isReady())) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`the server did not start:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const [, id, secret] = LINK.exec(this.output) ?? [];
    this.invitation = id && secret ? { id, secret } : this.invitation;
  }

  /** End the process without giving it a chance to tidy up. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** End the process and remove its data. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }

  /** What the server has printed so far. */
  log(): string {
    return this.output;
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}
