// One draft: its streams, what waits to be sent in them, and what the page sees of all that.

import type { Bytes } from "../../wire/bytes.ts";
import { DRAFT_CLOSE, DRAFT_OPEN } from "../../wire/events.ts";
import { DraftItemKind, streamOf } from "../../wire/drafts/streams.ts";
import type { Author } from "../../wire/drafts/rights.ts";
import type { ActsContext } from "../../wire/drafts/state.ts";
import type { Id } from "../../wire/ids.ts";
import { MemberError } from "../failure.ts";
import type { Host } from "../host.ts";
import type { ListedOwner } from "../people.ts";
import type { Room } from "../room.ts";
import type { Sender } from "../sender.ts";
import { Gathered } from "../serial.ts";
import type { Socket } from "../socket.ts";
import type { Changes } from "../store.ts";
import { ActStream } from "./actstream.ts";
import { isStopping } from "./answers.ts";
import type { DocumentName, DraftEvent, DraftProblem, PastDraftProblem, StreamName } from "./api.ts";
import { DocumentStream } from "./documentstream.ts";
import { Duties } from "./duties.ts";
import { isDocument } from "./hashes.ts";
import { loggedLines } from "./logged.ts";
import { MachineStream } from "./machinestream.ts";
import { PastMembers } from "./members.ts";
import { DraftOutgoing, type Out } from "./outgoing.ts";
import { ownersOf } from "./owners.ts";
import { type DraftRow, type Incoming, names } from "./rows.ts";
import { DraftSender, type Sendable } from "./sending.ts";
import { type DraftAck, reachOf, type StreamAnswer } from "./serving.ts";
import { Tables } from "./tables.ts";
import { TalkStream } from "./talkstream.ts";
import { viewOf } from "./views.ts";
import type { Works } from "./works.ts";

/** Kept under "drafts:<draft>". */
export interface DraftData {
  v: 1;
  room: Id;
  draft: Id;
  /** The founding, until the server has acknowledged it. */
  founding: Bytes | null;
  streams: StreamName[];
  problem: DraftProblem | null;
  /** Alarms that do not stand any more, and what was answered to them. */
  past?: PastDraftProblem[];
  witnesses: number;
  /** For the list while nothing is loaded. */
  changed_ms: number;
  /** When the server took it; not there until it has said so. */
  created_ms?: number;
}

export interface DraftParts {
  room: Room;
  roomSender: Sender;
  host: Host;
  socket: Socket;
  context: ActsContext;
  emit: (event: DraftEvent) => void;
}

interface Followed {
  stream: Sendable;
  sender: DraftSender;
}

const WITNESSES_MAX = 64;
/** Changes that come close together are told once. */
const GATHER_MS = 60;
const ALWAYS: readonly StreamName[] = ["acts", "text", "talk"];
/** Graver first: one is replaced only by what comes before it. */
const GRAVITY: readonly DraftProblem["kind"][] = [
  "fork",
  "forged",
  "dropped",
  "snapshot",
  "foreign-client",
  "right",
  "malformed",
];

export class Draft implements Works {
  readonly draft: Id;
  readonly room: Room;
  readonly host: Host;
  readonly tables: Tables;
  readonly outgoing: DraftOutgoing;
  readonly actsContext: ActsContext;
  readonly duties: Duties;
  data: DraftData;
  /** The page shows it. */
  open = false;
  /** This connection's socket is told of its items. */
  live = false;
  readonly members: PastMembers;
  private readonly parts: DraftParts;
  private readonly followed = new Map<StreamName, Followed>();
  private readonly following = new Gathered(() => this.follow());
  private tellTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private isKept = false;

  constructor(data: DraftData, parts: DraftParts) {
    this.data = data;
    this.parts = parts;
    this.draft = data.draft;
    this.room = parts.room;
    this.host = parts.host;
    this.actsContext = parts.context;
    this.members = new PastMembers(parts.room);
    this.tables = new Tables((account) => this.host.people.person(account)?.delegation?.id ?? "");
    this.outgoing = new DraftOutgoing(data.draft, parts.host.store);
    const streams = (): [DocumentStream | ActStream, DraftSender][] => [...this.shortened()];
    this.duties = new Duties({ works: this, newestEntry: () => this.members.newestEntry, streams });
  }

  /** Take up what this browser has kept: the acts first, since they say who may write the rest. */
  async load(): Promise<void> {
    await this.outgoing.load();
    for (const name of new Set([...ALWAYS, ...this.data.streams])) await this.add(name).load();
  }

  get acts(): ActStream {
    return this.followed.get("acts")!.stream as ActStream;
  }

  get text(): DocumentStream {
    return this.followed.get("text")!.stream as DocumentStream;
  }

  get talk(): TalkStream {
    return this.followed.get("talk")!.stream as TalkStream;
  }

  streams(): Sendable[] {
    return [...this.followed.values()].map(({ stream }) => stream);
  }

  sender(name: StreamName): DraftSender {
    return this.followed.get(name)!.sender;
  }

  /** A document's stream; one that nobody has written in yet is empty. */
  async document(name: DocumentName): Promise<DocumentStream> {
    if (!isDocument(name) || !streamOf(name)) throw new MemberError("draft.not_found");
    return (await this.ensure(name)) as DocumentStream;
  }

  /** What this person may do: an observer of the room whom the table does not list only reads. */
  get self(): Author {
    const { account } = this.host.keyholder.device;
    const author = this.tables.authorNow(account, false);
    const listed = this.tables.newest?.members.some((member) => member.account === account);
    return listed || this.room.data.role !== "observer" ? author : { ...author, right: "read" };
  }

  /** Have items pushed, and take in everything that the server has. */
  sync(): Promise<void> {
    return this.following.run();
  }

  async reach(): Promise<void> {
    const { streams } = await this.parts.socket.call<{ streams: StreamAnswer[] }>(DRAFT_OPEN, this.room.id, this.draft);
    this.live = true;
    for (const answer of streams) (await this.ensure(answer.stream)).heard(reachOf(answer));
  }

  async receive(name: StreamName, incoming: Incoming): Promise<void> {
    if (!streamOf(name)) return;
    await (await this.ensure(name)).receive(incoming);
  }

  /** There is something new in a stream. */
  async fetch(name: StreamName): Promise<void> {
    if (streamOf(name)) await (await this.ensure(name)).sync();
  }

  /** Keep something for sending, and send it as soon as may be. */
  async send(fields: Pick<Out, "stream" | "kind" | "plaintext">): Promise<Out> {
    await this.ensure(fields.stream);
    const out = await this.outgoing.add(fields, this.host.now_ms());
    this.changed();
    this.sender(fields.stream).pump();
    return out;
  }

  /** Send what waits. */
  pump(): void {
    for (const { sender } of this.followed.values()) sender.pump();
  }

  /** The room has moved on: what waited for a key or a right may go on. */
  async roomMoved(): Promise<void> {
    if (this.room.gate(true) === null)
      await this.forgive((code) => code.startsWith("room.") || code.startsWith("person."));
    if (this.streams().some(({ waiting }) => waiting)) await this.sync();
    this.pump();
    this.duties.tend();
    this.changed();
  }

  async close(): Promise<void> {
    this.open = false;
    this.live = false;
    if (this.parts.socket.connected) await this.parts.socket.call(DRAFT_CLOSE, this.room.id, this.draft);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.tellTimer);
    this.duties.stop();
    for (const { stream, sender } of this.followed.values()) {
      stream.stop();
      sender.stop();
    }
  }

  /** The server has said when it took this draft; what it says first stays. */
  async wasCreated(created_ms: number | undefined): Promise<void> {
    if (created_ms !== undefined && this.data.created_ms === undefined) await this.change({ created_ms });
  }

  async change(change: Partial<DraftData>): Promise<void> {
    this.data = { ...this.data, ...change };
    this.isKept = true;
    await this.host.store.put(names.draft(this.draft), this.data);
  }

  // what streams ask

  owners(devices: readonly Id[]): Promise<Map<Id, ListedOwner>> {
    return ownersOf(this.room, this.host, devices);
  }

  async refreshTables(): Promise<void> {
    if (this.host.online()) await this.acts.sync();
  }

  wasMember(account: Id, epoch: number): boolean | undefined {
    return this.members.wasIn(account, epoch);
  }

  endOf(epoch: number): number | undefined {
    return this.members.endOf(epoch);
  }

  ledgerKey(): Uint8Array | null {
    return this.host.ledger.key;
  }

  /** The ledger's verifier key as text, as bundles name it. */
  ledgerVerifier(): string | null {
    return this.host.ledger.state.vkey;
  }

  /** Lines of a bundle: which heads of this draft stand in the public ledger. */
  loggedLines(): Promise<Record<string, unknown>[]> {
    return loggedLines(this);
  }

  get blocked(): boolean {
    return isStopping(this.data.problem); // the gravest comes first: none that does not stop takes its place
  }

  /** An alarm was answered: what waited for that goes out. */
  resumed(): void {
    this.pump();
    this.duties.tend();
    this.changed();
  }

  alarm(problem: DraftProblem, witness: Bytes | null): Changes {
    const before = this.data.problem;
    const graver = !before || GRAVITY.indexOf(problem.kind) < GRAVITY.indexOf(before.kind);
    const keeps = witness !== null && this.data.witnesses < WITNESSES_MAX;
    const witnesses = this.data.witnesses + (keeps ? 1 : 0);
    this.data = { ...this.data, problem: graver ? problem : before, witnesses };
    const changes: Changes = new Map([[names.draft(this.draft), this.data]]);
    if (keeps) changes.set(names.witness(this.draft, problem.stream, problem.number), { problem, raw: witness });
    this.changed();
    return changes;
  }

  kept(rows: readonly DraftRow[]): void {
    const newest = Math.max(this.data.changed_ms, ...rows.map(({ at_ms }) => at_ms));
    this.data = { ...this.data, changed_ms: newest };
    void this.host.quietly(() => this.conclude(rows));
  }

  changed(): void {
    if (this.open && !this.stopped) this.tellTimer ??= setTimeout(() => this.tell(), GATHER_MS);
  }

  edited(stream: DocumentName, update: Uint8Array): void {
    if (this.open) this.parts.emit({ type: "draft-update", room: this.room.id, draft: this.draft, stream, update });
  }

  private tell(): void {
    this.tellTimer = undefined;
    if (this.open && !this.stopped) this.parts.emit({ type: "draft", view: viewOf(this) });
  }

  /** What follows from items once they are kept. */
  private async conclude(rows: readonly DraftRow[]): Promise<void> {
    const { acts } = this;
    await acts.serial.run(async () => {
      await acts.settle();
      await acts.judgeSnapshots();
    });
    if (rows.some(({ kind }) => kind === DraftItemKind.rights)) {
      await this.forgive((code) => code === "draft.right_required");
      this.pump();
    }
    if (rows.some(({ kind }) => kind === DraftItemKind.countersign))
      for (const { stream } of this.followed.values())
        if (stream instanceof DocumentStream) await stream.serial.run(() => stream.compact());
    this.duties.tend();
    this.changed();
  }

  /** Try again what was refused for a reason that is gone. */
  private async forgive(isGone: (code: string) => boolean): Promise<void> {
    for (const { item, failure } of this.outgoing.all())
      if (failure !== null && isGone(failure)) await this.outgoing.change(item, { failure: null });
  }

  private async follow(): Promise<void> {
    if (!this.parts.socket.connected) return;
    try {
      await this.followNow();
    } finally {
      // Also if the server does not know the room any more: then what waits is refused, and the page says so.
      this.pump();
      this.changed();
    }
  }

  private async followNow(): Promise<void> {
    if (this.data.founding) await this.found(this.data.founding);
    await this.reach();
    // Now it is known that there is such a draft: from here on it is looked after without being opened.
    if (!this.isKept) await this.change({});
    await this.acts.sync();
    await Promise.all(this.streams().map((stream) => stream.sync()));
    this.duties.tend();
  }

  private async found(founding: Bytes): Promise<void> {
    const path = `/api/rooms/${this.room.id}/drafts`;
    const ack = await this.host.http.sendBytes<DraftAck>("POST", path, founding, { idempotent: true });
    const { number, at_ms, receipt } = ack;
    await this.acts.receive({ number, at_ms, raw: founding, receipt: receipt ?? null });
    await this.change({ founding: null });
  }

  private async ensure(name: StreamName): Promise<Sendable> {
    const known = this.followed.get(name);
    if (known) return known.stream;
    const stream = this.add(name);
    await stream.load();
    await this.change({ streams: [...new Set([...this.data.streams, name])] });
    return stream;
  }

  private add(name: StreamName): Sendable {
    const stream = this.make(name);
    const { socket, roomSender } = this.parts;
    this.followed.set(name, { stream, sender: new DraftSender(stream, this, socket, roomSender) });
    return stream;
  }

  private make(name: StreamName): Sendable {
    if (name === "acts") return new ActStream(name, this);
    if (name === "talk") return new TalkStream(name, this);
    return isDocument(name) ? new DocumentStream(name, this) : new MachineStream(name, this);
  }

  private *shortened(): Generator<[DocumentStream | ActStream, DraftSender]> {
    for (const { stream, sender } of this.followed.values())
      if (stream instanceof DocumentStream || stream instanceof ActStream) yield [stream, sender];
  }
}

/** A draft of which nothing is known yet. */
export function newDraft(room: Id, draft: Id, changed_ms: number): DraftData {
  return { v: 1, room, draft, founding: null, streams: [], problem: null, witnesses: 0, changed_ms };
}
