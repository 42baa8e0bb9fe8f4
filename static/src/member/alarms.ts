// Alarms of a room, and what a person can answer to one. Nothing is ever answered by the program itself.
//
// | alarm                         | taken in behind it? | answers                                                     |
// |-------------------------------|---------------------|-------------------------------------------------------------|
// | forged: the item is refused   | yes                 | continue: it stays refused, its place stays marked · reread |
// | forged: what is no item here  | no: stopped         | reread                                                      |
// | dropped: a sequence is missing| yes                 | continue: its place stays marked · reread                   |
// | dropped: numbers are missing  | no                  | fetch: cured if they come, else the alarm stands            |
// | fork                          | yes                 | reread · a new room                                         |
// | commit-refused                | no: stopped         | rejoin                                                      |
// | no-key                        | yes                 | rejoin                                                      |
//
// continue: the record goes on as this browser has it. Sound only where it holds everything that was delivered: the
// heads that this person signs from then on cover the refused item too, so whoever has another record is told.
// reread: this browser forgets its record of the room and reads the server's, as a browser that is new to the room
// does. The one it had is kept as evidence, and where the two part is said. A fork can not be continued: nobody could
// tell which of two histories is agreed to.
//
// Of two alarms the first one stands; but a fork takes the place of what could be answered more mildly, and what stops
// the room takes the place of everything. Rejoining does not answer a fork: it stands again afterwards.
//
// What does not stand any more stays with the room for good: "past" in its data.

import { b64, type Bytes, concat, equal } from "../wire/bytes.ts";
import type { Answer, Outcome, RoomProblem } from "./api.ts";
import { MemberError } from "./failure.ts";
import type { Host } from "./host.ts";
import { later } from "./loading.ts";
import type { Room } from "./room.ts";
import { newRoom, type RoomData } from "./roomdata.ts";

/** A record that this browser had before it read the room anew, kept under "former:<room>:<time>". */
interface Former {
  at_ms: number;
  bundle: Bytes;
}

/** Another item than the one that stands at a number, kept under "witness:<room>:<number>". */
export type Witness = Bytes;

const HEAD_BYTES = 32;
const TIME_DIGITS = 15;

/** What can be answered to a room's alarm; empty without one. */
export function answersTo({ problem, stopped, number }: RoomData): Answer[] {
  if (!problem || problem.kind === "commit-refused" || problem.kind === "no-key") return [];
  if (problem.kind === "fork" || stopped) return ["reread"];
  if (problem.kind === "dropped" && problem.number > number) return ["fetch"];
  return ["continue", "reread"];
}

/** The alarm, if there is one, stands among the past ones now. */
export function answered(data: RoomData, answer: Outcome, at_ms: number): RoomData {
  if (!data.problem) return data;
  const { kind, number, evidence } = data.problem;
  return { ...data, problem: null, past: [...data.past, { kind, number, evidence, answer, at_ms, parted: null }] };
}

/** `data` with this alarm, or `data` itself if the one that stands is not outweighed by it. */
export function raised(data: RoomData, problem: RoomProblem, at_ms: number): RoomData {
  const outweighs = problem.kind === "fork" && data.problem?.kind !== "fork" && !data.stopped;
  if (data.problem && !outweighs) return data;
  return { ...answered(data, "outweighed", at_ms), problem };
}

/** `data` with an alarm behind which nothing can be followed. */
export function stoppedBy(data: RoomData, problem: RoomProblem, at_ms: number): RoomData {
  return { ...answered(data, "outweighed", at_ms), problem, stopped: true };
}

/** `data` after this device was let in again: what stopped it is over. A fork that it outweighed is not. */
export function resumed(data: RoomData, at_ms: number): RoomData {
  const before = data.past.findLastIndex(({ kind }) => kind === "fork");
  const fork = data.past[before];
  const over = { ...answered(data, "rejoin", at_ms), stopped: false };
  if (fork?.answer !== "outweighed" || wasReadAnew(data, before)) return over;
  const { kind, number, evidence } = fork;
  return { ...over, problem: { kind, number, evidence }, past: over.past.toSpliced(before, 1) };
}

/** Go on with the record as it is. MemberError room.blocked if the alarm is not one that allows it. */
export async function goOn(room: Room, host: Host): Promise<void> {
  await room.serial.run(async () => {
    requireAnswer(room, "continue");
    await room.replace(answered(room.data, "continue", host.now_ms()));
  });
}

/** Fetch what was missing. The alarm is over if it has come, and stands again if it has not. */
export async function fetchAgain(room: Room, host: Host): Promise<void> {
  requireAnswer(room, "fetch");
  const missing = room.data.problem;
  await room.sync();
  await room.serial.run(async () => {
    const { problem, number } = room.data;
    // What came may have brought another alarm, which nobody has seen yet.
    if (problem && problem === missing && problem.number <= number)
      await room.replace(answered(room.data, "fetch", host.now_ms()));
  });
}

/**
 * Forget the record that this browser has of a room, keep it as evidence, and begin as one that is new to the room.
 * Resolves with the heads that it had, for `partingOf`. The caller has the server's record fetched.
 */
export async function readAnew(room: Room, host: Host): Promise<Heads> {
  requireAnswer(room, "reread");
  const at_ms = host.now_ms();
  const { sealedBundle } = await later();
  const bundle = await sealedBundle(room, host);
  return room.serial.run(async () => {
    const before = room.data;
    const heads = headsOf(room);
    const { kind, state, role, members, cursor, visibleFrom } = before;
    const word = { room: room.id, kind, state, role, members, cursor, visible_from: visibleFrom };
    const fresh: RoomData = { ...newRoom(word), name: before.name, past: answered(before, "reread", at_ms).past };
    const former: Former = { at_ms, bundle };
    await room.restart(fresh, new Map([[`former:${room.id}:${String(at_ms).padStart(TIME_DIGITS, "0")}`, former]]));
    return heads;
  });
}

/** Heads of consecutive items, 32 bytes each; the first is item `first`'s. */
export interface Heads {
  first: number;
  heads: Bytes;
}

/** Keep where the record that was read anew parts from the one before: the first number that differs. */
export async function keepParting(room: Room, { first, heads }: Heads): Promise<number | null> {
  return room.serial.run(async () => {
    const from = Math.max(first, (room.data.base?.number ?? 0) + 1);
    let parted: number | null = null;
    for (let number = from; parted === null && number < first + heads.length / HEAD_BYTES; number++) {
      const at = (number - first) * HEAD_BYTES;
      const now = room.log.row(number)?.head;
      if (!now || !equal(now, heads.subarray(at, at + HEAD_BYTES))) parted = number;
    }
    const past = room.data.past.map((one, at, all) => (at === all.length - 1 ? { ...one, parted } : one));
    await room.replace({ ...room.data, past });
    return parted;
  });
}

/**
 * Everything about a room's alarms, for whoever investigates, as JSON lines: the alarms, items that contradict the
 * record, and the signed envelopes of the record and of those before it as bundles without keys (docs/protocol.md §8).
 * It shows who wrote when, and not what.
 */
export async function evidenceOf(room: Room, host: Host): Promise<Blob> {
  const { id, data } = room;
  const { sealedBundle } = await later();
  const witnesses = await host.store.list<Witness>(`witness:${id}:`);
  const formers = await host.store.list<Former>(`former:${id}:`);
  const first = {
    evidence: "portal room evidence",
    v: 1,
    room: id,
    problem: room.problem,
    past: data.past,
    witnesses: witnesses.map(([name, raw]) => ({ number: Number(name.split(":")[2]), envelope: b64(raw) })),
    formers: formers.map(([, { at_ms }]) => at_ms),
  };
  const bundles = [...formers.map(([, { bundle }]) => bundle), await sealedBundle(room, host)];
  return new Blob([`${JSON.stringify(first)}\n`, ...bundles], { type: "application/jsonl" });
}

function requireAnswer(room: Room, answer: Answer): void {
  if (answersTo(room.data).includes(answer)) return;
  throw new MemberError("room.blocked", { problem: room.data.problem?.kind ?? null });
}

/** Whether the record was read anew behind the past alarm at this index. */
function wasReadAnew({ past }: RoomData, at: number): boolean {
  return past.some(({ answer }, index) => index > at && answer === "reread");
}

function headsOf({ log }: Room): Heads {
  const rows = log.all();
  return { first: rows[0]?.number ?? 1, heads: concat(...rows.map((row) => row.head)) };
}
