// Entry of the process that has the editors of `portal bench draft`. It tells of each step in a line of JSON and waits
// for a line before it goes on, so that what the server used can be read in between.
//
// Arguments: one JSON object, Wish.

import { createInterface } from "node:readline";

import * as Y from "yjs";

import { COALESCE_MS } from "../../src/member/drafts/sending.ts";
import { closeAll } from "../../test/member/profile.ts";
import { type Desk, OWN, play, quantile, Watch } from "./desks.ts";
import { connect, type Connection, type PeerName } from "./peers.ts";
import { PortalTable } from "./portal.ts";
import { type Edit, editsOf, firstText } from "./trace.ts";
import { countTraffic, traffic } from "./traffic.ts";

interface Wish {
  subject: "portal" | PeerName;
  port: number;
  edits: number;
  editors: number;
  rate_per_s: number;
  seed: number;
  /** For the portal alone. */
  invitation?: { id: string; secret: string };
  /** For the others: whether they gather edits as the portal does. */
  coalescing?: boolean;
}

const wish = JSON.parse(process.argv[2]!) as Wish;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function tell(step: string, figures: Record<string, number> = {}): Promise<void> {
  process.stdout.write(`${JSON.stringify({ step, ...figures })}\n`);
  await lines.next();
}

/** Play all edits between two lines, "begin" and "end", and say in the second what was seen. */
async function measured(desks: readonly Desk[], edits: readonly Edit[], coalesce_ms: number): Promise<void> {
  const watch = new Watch(desks);
  await tell("begin");
  const [before, cpu, begun_ms] = [traffic(), process.cpuUsage(), performance.now()];
  const late_ms = await play(desks, edits, watch);
  const took_ms = performance.now() - begun_ms;
  const [after, used] = [traffic(), process.cpuUsage(cpu)];
  const { each, oldest } = watch.found;
  const flushed = oldest.map((ms) => Math.max(0, ms - coalesce_ms));
  await tell("end", {
    took_ms,
    late_ms,
    cpu_s: (used.user + used.system) / 1e6,
    sent: after.sent - before.sent,
    received: after.received - before.received,
    key_p50: quantile(each, 0.5),
    key_p99: quantile(each, 0.99),
    flush_p50: quantile(flushed, 0.5),
    flush_p99: quantile(flushed, 0.99),
    screens: oldest.length,
    state_bytes: Y.encodeStateAsUpdate(desks[0]!.doc).length,
  });
}

async function portal({ port, invitation, edits, editors, rate_per_s, seed }: Wish): Promise<void> {
  const server = { origin: `http://localhost:${port}`, invitation: invitation! };
  const table = await PortalTable.set(server, firstText(seed), editors, 2);
  await measured(table.desks, editsOf(seed, edits, editors, rate_per_s), COALESCE_MS);
  await tell("log", { items: await table.check(), load_ms: await table.load(0) });
  await tell("compacted", { compact_ms: await table.compact() });
  await tell("snapshot", { load_ms: await table.load(1) });
  closeAll();
}

async function peer({ subject, port, edits, editors, rate_per_s, seed, coalescing }: Wish): Promise<void> {
  const coalesce_ms = coalescing ? COALESCE_MS : 0;
  const name = subject as PeerName;
  const connections: Connection[] = [];
  for (let at = 0; at < editors; at++) {
    const connection = connect(name, port, coalesce_ms);
    await connection.synced;
    connections.push(connection);
    if (at === 0) Y.applyUpdate(connection.doc, firstText(seed), OWN);
  }
  await new Watch(connections).settled();
  await measured(connections, editsOf(seed, edits, editors, rate_per_s), coalesce_ms);
  const text = Y.snapshot(connections[0]!.doc);
  for (const connection of connections) connection.close();
  // Once nobody is there the server forgets the text: who comes next has it from what was stored.
  await tell("left");
  for (const step of ["log", "snapshot"]) {
    const begun_ms = performance.now();
    const newcomer = connect(name, port, 0);
    await newcomer.synced;
    await arrived(newcomer, text);
    const load_ms = performance.now() - begun_ms;
    newcomer.close();
    await tell(step, { load_ms });
  }
}

/** Resolves when a document has a text; it is looked at after everything that comes. */
async function arrived({ doc }: Desk, text: Y.Snapshot): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (Y.equalSnapshots(Y.snapshot(doc), text)) resolve();
  };
  doc.on("update", look);
  look();
  await promise;
}

countTraffic();
await (wish.subject === "portal" ? portal(wish) : peer(wish));
process.exit(0);
