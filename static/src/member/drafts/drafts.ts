// The drafts of all rooms: what the page calls, what the server pushes.

// So that what every visit loads stays in as few scripts: what the worker shares with drafts, it shares with this, too.
import "../later.ts";

import { type Bytes, MalformedError, unb64 } from "../../wire/bytes.ts";
import { makeDraftItem } from "../../e2ee/draft.ts";
import type { ActContent } from "../../wire/drafts/acts.ts";
import { firstDraftHead } from "../../wire/drafts/envelope.ts";
import { writeAct } from "../../wire/drafts/reading.ts";
import { includes, rightsBody } from "../../wire/drafts/rights.ts";
import { SILENCE_MIN_MS } from "../../wire/drafts/state.ts";
import { DraftItemKind, streamOf } from "../../wire/drafts/streams.ts";
import { DRAFT_CURSOR, DRAFT_ITEM, DRAFTS_CHANGED, type ServerEvents } from "../../wire/events.ts";
import { type Id, newId } from "../../wire/ids.ts";
import type { Answer, MemberEvent } from "../api.ts";
import { hasCode, MemberError } from "../failure.ts";
import { isPassing } from "../http.ts";
import type { Row } from "../record.ts";
import type { Room } from "../room.ts";
import type { Rooms } from "../rooms.ts";
import type { Socket } from "../socket.ts";
import { fetchAgain, goOn } from "./answers.ts";
import type {
  DocumentName,
  DraftApi,
  DraftRight,
  DraftSummary,
  DraftView,
  Instrument,
  Right,
  SignWish,
  TalkContent,
} from "./api.ts";
import { bundleOf } from "./bundles.ts";
import { Cursors } from "./cursors.ts";
import { Draft, type DraftData, newDraft } from "./draft.ts";
import { evidenceOf } from "./evidence.ts";
import { METHODS } from "./methods.ts";
import { names } from "./rows.ts";
import { revisionState } from "./revisions.ts";
import type { DraftAnswer } from "./serving.ts";
import { objectionFile, signedAct } from "./signing.ts";
import { writeTalk } from "./talkstream.ts";
import { summaryOf, viewOf } from "./views.ts";

export interface DraftsParts {
  rooms: Rooms;
  socket: Socket;
  emit: (event: MemberEvent) => void;
}

/** The shortest time for an objection in a demonstration: long enough to be seen. */
const DEMONSTRATION_MS = 10_000;

export class Drafts implements DraftApi {
  private readonly parts: DraftsParts;
  private readonly cursors: Cursors;
  private readonly known = new Map<Id, Promise<Draft>>();
  private minimum: Promise<number> | null = null;
  private stopped = false;

  constructor(parts: DraftsParts) {
    this.parts = parts;
    this.cursors = new Cursors(parts.rooms, parts.socket);
  }

  /** Answer a call of the page. */
  async call(method: keyof DraftApi, args: unknown[]): Promise<unknown> {
    if (!Object.hasOwn(METHODS, method)) throw new MemberError("client.fault", { method: String(method) });
    return (this[method] as (...given: unknown[]) => Promise<unknown>)(...args);
  }

  // what the page calls

  async drafts(room: Id): Promise<DraftSummary[]> {
    const listed = await this.listed(room);
    const drafts = await Promise.all(listed.map(({ draft }) => this.enter(room, draft)));
    const stale = drafts.filter(({ live }) => !live);
    await Promise.all(stale.map((draft) => this.parts.rooms.quietly(() => draft.sync())));
    await Promise.all(drafts.map((draft, at) => draft.wasCreated(listed[at]?.created_ms)));
    return drafts.map(summaryOf).sort((a, b) => b.changed_ms - a.changed_ms);
  }

  async createDraft(
    id: Id,
    { update, rights, default: otherwise }: { update: Uint8Array; rights: DraftRight[]; default: Right },
  ): Promise<Id> {
    const { room } = this.parts.rooms.get(id);
    if (!this.parts.rooms.online()) throw new MemberError("network.offline");
    const draft = newId();
    const body = this.table(id, draft, rights, otherwise);
    const data = {
      ...newDraft(id, draft, this.parts.rooms.now_ms()),
      founding: await this.founding(room, draft, body),
    };
    await this.parts.rooms.store.put(names.draft(draft), data);
    const made = await this.load(data);
    this.known.set(draft, Promise.resolve(made));
    const problem = await made.text.edit(update, this.parts.rooms.now_ms());
    if (problem) throw new MemberError("draft.malformed", { reason: problem });
    await made.sync();
    await made.sender("text").flush();
    return draft;
  }

  async openDraft(room: Id, id: Id): Promise<DraftView> {
    const draft = await this.enter(room, id);
    draft.open = true;
    await this.parts.rooms.quietly(() => draft.sync());
    if (draft.acts.founder === "")
      throw new MemberError(this.parts.rooms.online() ? "draft.not_found" : "network.offline");
    return viewOf(draft);
  }

  async closeDraft(room: Id, id: Id): Promise<void> {
    const draft = await this.enter(room, id);
    await this.parts.rooms.quietly(() => draft.close());
  }

  async draftState(room: Id, id: Id, name: DocumentName): Promise<Uint8Array> {
    const draft = await this.enter(room, id);
    return (await draft.document(name)).state();
  }

  async draftUpdate(room: Id, id: Id, name: DocumentName, update: Uint8Array): Promise<void> {
    const draft = await this.enter(room, id);
    const stream = await draft.document(name);
    this.requireWrite(draft, name);
    const problem = await stream.edit(update, this.parts.rooms.now_ms());
    if (problem) throw new MemberError("draft.malformed", { reason: problem });
    draft.sender(name).pump();
    draft.changed();
  }

  async draftAct(room: Id, id: Id, content: ActContent): Promise<number | null> {
    const draft = await this.enter(room, id);
    const plaintext = encoded(() => writeAct(content));
    const { item } = await draft.send({ stream: "acts", kind: DraftItemKind.entry, plaintext });
    return this.settled(draft, "acts", item);
  }

  async draftTalk(room: Id, id: Id, content: TalkContent): Promise<void> {
    const draft = await this.enter(room, id);
    await draft.send({ stream: "talk", kind: DraftItemKind.entry, plaintext: encoded(() => writeTalk(content)) });
  }

  async setDraftRights(room: Id, id: Id, members: DraftRight[], otherwise: Right): Promise<void> {
    const draft = await this.enter(room, id);
    const plaintext = this.table(room, id, members, otherwise);
    const { item } = await draft.send({ stream: "acts", kind: DraftItemKind.rights, plaintext });
    await this.settled(draft, "acts", item);
  }

  async draftCursor(room: Id, draft: Id, cursor: Uint8Array | null): Promise<void> {
    await this.cursors.send(room, draft, cursor);
  }

  async reviseDraft(room: Id, id: Id, name: string): Promise<void> {
    const draft = await this.enter(room, id);
    if (!this.parts.rooms.online()) throw new MemberError("network.offline");
    const { item } = await draft.send({ stream: "text", kind: DraftItemKind.revision, plaintext: null });
    const number = await this.settled(draft, "text", item);
    if (number === null) throw new MemberError("network.offline");
    await this.draftAct(room, id, { v: 1, t: "revision", at: this.parts.rooms.now_ms(), name, item });
  }

  async draftRevision(room: Id, id: Id, item: Id): Promise<Uint8Array> {
    return revisionState(await this.enter(room, id), item);
  }

  async signDraft(room: Id, id: Id, wish: SignWish): Promise<number | null> {
    const draft = await this.enter(room, id);
    return this.draftAct(room, id, await signedAct(draft, wish));
  }

  async offlineObjection(room: Id, id: Id, silence: Id): Promise<{ file: Blob; qr: string }> {
    return objectionFile(await this.enter(room, id), silence);
  }

  async draftBundle(room: Id, id: Id, grade: "audit" | "public" = "public"): Promise<Blob> {
    return bundleOf(await this.enter(room, id), grade);
  }

  async draftInstruments(room: Id, draft: Id): Promise<Instrument[]> {
    return this.parts.rooms.http.get(`/api/rooms/${room}/drafts/${draft}/instruments`);
  }

  async publishDraft(room: Id, id: Id, wish: { title: string; bundle: string }): Promise<Instrument> {
    const { acts } = await this.enter(room, id);
    const signatures = (acts.state.signing?.signatures ?? []).map(({ statement, sig }) => ({ statement, sig }));
    return this.parts.rooms.http.post(`/api/rooms/${room}/drafts/${id}/instruments`, { ...wish, signatures });
  }

  async answerDraftProblem(room: Id, id: Id, answer: Answer): Promise<void> {
    const draft = await this.enter(room, id);
    const now_ms = this.parts.rooms.now_ms();
    if (answer === "reread") throw new MemberError("room.blocked", { problem: draft.data.problem?.kind ?? null });
    await (answer === "fetch" ? fetchAgain(draft, now_ms) : goOn(draft, now_ms));
  }

  async draftEvidence(room: Id, id: Id): Promise<Blob> {
    return evidenceOf(await this.enter(room, id));
  }

  // what happens

  /** What the server pushes. */
  async hear<Name extends keyof ServerEvents>(name: Name, payload: ServerEvents[Name]): Promise<void> {
    if (name === DRAFT_ITEM) await this.heardItem(...(payload as ServerEvents[typeof DRAFT_ITEM]));
    else if (name === DRAFT_CURSOR) {
      const cursor = await this.cursors.open(...(payload as ServerEvents[typeof DRAFT_CURSOR]));
      if (cursor) this.parts.emit({ type: "draft-cursor", ...cursor });
    } else if (name === DRAFTS_CHANGED)
      this.parts.emit({ type: "drafts", room: (payload as ServerEvents[typeof DRAFTS_CHANGED])[0] });
  }

  /** Drafts that were worked on here before: what waits in them is sent, and what is due is done. */
  async connected(): Promise<void> {
    for (const draft of await Promise.all(this.known.values())) draft.live = false;
    for (const [, { room, draft }] of await this.parts.rooms.store.list<DraftData>(names.draft(""))) {
      if (!this.isRoom(room)) continue;
      const entered = await this.enter(room, draft);
      await this.parts.rooms.quietly(() => entered.sync());
    }
  }

  /** Items of a room's record were processed. */
  async roomMoved(room: Id, rows: readonly Row[]): Promise<void> {
    if (!rows.some(({ kind }) => kind === "commit") && !(await this.anyWaits(room))) return;
    for (const draft of await this.inRoom(room)) await this.parts.rooms.quietly(() => draft.roomMoved());
  }

  /** Somebody's key was looked at, or changed. */
  async peopleChanged(): Promise<void> {
    for (const draft of await Promise.all(this.known.values())) await this.parts.rooms.quietly(() => draft.roomMoved());
  }

  stop(): void {
    this.stopped = true;
    for (const entering of this.known.values()) void entering.then((draft) => draft.stop());
  }

  // inside

  private async anyWaits(room: Id): Promise<boolean> {
    const drafts = await this.inRoom(room);
    return drafts.some((draft) => draft.streams().some(({ waiting }) => waiting) || draft.outgoing.all().length > 0);
  }

  private async inRoom(room: Id): Promise<Draft[]> {
    const drafts = await Promise.all(this.known.values());
    return drafts.filter((draft) => draft.room.id === room);
  }

  private async heardItem(
    ...[room, id, stream, number, at_ms, envelope, receipt]: ServerEvents[typeof DRAFT_ITEM]
  ): Promise<void> {
    const draft = await this.known.get(id);
    if (draft?.room.id !== room) return;
    // Long ones are not pushed.
    if (envelope === "") await draft.fetch(stream);
    else await draft.receive(stream, { number, at_ms, raw: unb64(envelope), receipt });
  }

  /** The one object of a draft, however many ask for it at once. */
  private enter(room: Id, draft: Id): Promise<Draft> {
    const known = this.known.get(draft) ?? this.fromStore(room, draft);
    this.known.set(draft, known);
    known.catch(() => this.known.delete(draft));
    return known;
  }

  private async fromStore(room: Id, draft: Id): Promise<Draft> {
    const kept = await this.parts.rooms.store.get<DraftData>(names.draft(draft));
    if (kept && kept.room !== room) throw new MemberError("draft.not_found");
    return this.load(kept ?? newDraft(room, draft, 0));
  }

  private async load(data: DraftData): Promise<Draft> {
    const { rooms, socket, emit } = this.parts;
    const { room, sender } = rooms.get(data.room);
    const context = { draft: data.draft, silence_min_ms: await this.silenceMinimum() };
    const draft = new Draft(data, { room, roomSender: sender, host: rooms, socket, context, emit });
    await draft.load();
    if (this.stopped) draft.stop();
    return draft;
  }

  /** The rooms' server says whether it is a demonstration; kept, so that it is known without a network. */
  private silenceMinimum(): Promise<number> {
    this.minimum ??= this.askMinimum();
    return this.minimum;
  }

  private async askMinimum(): Promise<number> {
    const { http, store } = this.parts.rooms;
    const kept = await store.get<number>("drafts-minimum");
    if (kept !== undefined) return kept;
    try {
      const { demonstration } = await http.get<{ demonstration?: boolean }>("/healthz");
      const minimum = demonstration === true ? DEMONSTRATION_MS : SILENCE_MIN_MS;
      await store.put("drafts-minimum", minimum);
      return minimum;
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.minimum = null;
      return SILENCE_MIN_MS;
    }
  }

  /** The drafts of a room, by the server or, without a network, by what is kept. */
  private async listed(room: Id): Promise<Pick<DraftData, "draft" | "created_ms">[]> {
    const { http, store } = this.parts.rooms;
    try {
      return await http.get<DraftAnswer[]>(`/api/rooms/${room}/drafts`);
    } catch (error) {
      if (!isPassing(error) && !hasCode(error, "room.not_found")) throw error;
      const kept = await store.list<DraftData>(names.draft(""));
      return kept.map(([, data]) => data).filter((data) => data.room === room);
    }
  }

  private isRoom(room: Id): boolean {
    return this.parts.rooms.all().some(({ id }) => id === room);
  }

  private table(room: Id, draft: Id, members: readonly DraftRight[], otherwise: Right): Bytes {
    const sorted = [...members].sort((a, b) => (a.account < b.account ? -1 : 1));
    return encoded(() => rightsBody({ default: otherwise, draft, members: sorted, room, v: 1 }));
  }

  private async founding(room: Room, draft: Id, body: Bytes): Promise<Bytes> {
    const { sender } = this.parts.rooms.get(room.id);
    if (room.needsCommit()) await sender.change({ rotate: true });
    await room.ensureShares([room.data.bucket]);
    const gate = room.gate();
    const key = room.ring.key(room.data.epoch);
    if (gate || !key) throw new MemberError(gate?.code ?? "room.no_key");
    const { device, key: signer } = this.parts.rooms.keyholder.device;
    const stream = streamOf("acts")!;
    const seen = { seenNumber: 0, seenHead: firstDraftHead(draft, stream) };
    const place = { kind: DraftItemKind.founding, draft, stream, device, sequence: 1, item: newId(), ...seen };
    return makeDraftItem(key, place, body, signer);
  }

  private requireWrite(draft: Draft, name: DocumentName): void {
    const { right, delegation } = draft.self;
    const allowed =
      name === "text" ? includes(right, "pen") : includes(right, "propose") && name === `proposals/${delegation}`;
    if (!allowed) throw new MemberError("draft.right_required", { right });
  }

  /** The number of what was just handed over, or null if it has to wait. MemberError with the code of a refusal. */
  private async settled(draft: Draft, name: "acts" | "text", item: Id): Promise<number | null> {
    await draft.sender(name).flush();
    const failure = draft.outgoing.find(item)?.failure ?? null;
    if (failure !== null) {
      await draft.outgoing.discard(item);
      draft.changed();
      throw new MemberError(failure);
    }
    const stream = name === "acts" ? draft.acts : draft.text;
    if (name === "acts") await draft.acts.serial.run(() => draft.acts.settle());
    return stream.ownNumber(item) ?? null;
  }
}

/** MemberError "draft.malformed" where the page has handed over what is none. */
function encoded(write: () => Bytes): Bytes {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new MemberError("draft.malformed", { reason: error.message }, { cause: error });
  }
}
