// All rooms of the account: kept up with the server, opened, founded; and what they tell the page.

import { b64, type Bytes, unb64 } from "../wire/bytes.ts";
import {
  CURSOR,
  DEVICE_LIST_CHANGED,
  ITEM,
  ITEM_SUBMIT,
  PRESENCE,
  ROOM_CHANGED,
  ROOM_OPEN,
  ROOMS_CHANGED,
  type ServerEvents,
  TYPING,
} from "../wire/events.ts";
import type { Id } from "../wire/ids.ts";
import type { Place, RoomAnswer } from "./answers.ts";
import { fetchAgain, goOn, keepParting, readAnew } from "./alarms.ts";
import type { Answer, History, Me, MemberEvent, RoomKind, RoomSummary, RoomView } from "./api.ts";
import type { Batch } from "./batch.ts";
import { Company } from "./company.ts";
import { hasCode, MemberError } from "./failure.ts";
import { type Http, isPassing } from "./http.ts";
import type { Keyholder } from "./keyholder.ts";
import { revokedSeats, seatOf } from "./membership.ts";
import type { LedgerStore } from "./ledger/kept.ts";
import { Making, type Workshop } from "./making.ts";
import type { People } from "./people.ts";
import { SignedInReader } from "./interpreters/reader.ts";
import type { Row } from "./record.ts";
import { Room } from "./room.ts";
import { newRoom, type RoomData } from "./roomdata.ts";
import { Sender } from "./sender.ts";
import { Background, Gathered } from "./serial.ts";
import type { Socket } from "./socket.ts";
import type { Store } from "./store.ts";
import { type Presence, summaryOf, viewOf } from "./views.ts";

export interface RoomsParts {
  http: Http;
  store: Store;
  people: People;
  /** Who is signed in, as of now. */
  me: () => Me;
  keyholder: Keyholder;
  ledger: LedgerStore;
  /** These items of a room were opened just now. */
  onSaid: (room: Room, rows: readonly Row[]) => void;
  socket: Socket;
  now_ms: () => number;
  patience_ms: () => number;
  emit: (event: MemberEvent) => void;
  /** Something went wrong in the background that is no fault of the network. */
  onFault: (error: unknown) => void;
  /** The server says that somebody's device list changed. */
  onDeviceList: (account: Id) => Promise<void>;
}

interface Entry {
  room: Room;
  sender: Sender;
}

/** Changes that come close together are told once. */
const GATHER_MS = 30;

export class Rooms implements Workshop {
  readonly http: Http;
  readonly store: Store;
  readonly people: People;
  readonly keyholder: Keyholder;
  readonly reader: SignedInReader;
  readonly ledger: LedgerStore;
  private readonly parts: RoomsParts;
  private readonly entries = new Map<Id, Entry>();
  private readonly entering = new Map<Id, Promise<Entry>>();
  private readonly open = new Set<Id>();
  private readonly company: Company;
  private readonly background = new Background();
  private readonly making = new Making(this);
  private readonly refreshing = new Gathered(() => this.refreshAll());
  private readonly untold = new Set<Id>();
  private readonly toldTerms = new Map<Id, number>();
  private shownTo: string;
  private tellTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(parts: RoomsParts) {
    this.parts = parts;
    this.http = parts.http;
    this.store = parts.store;
    this.people = parts.people;
    this.keyholder = parts.keyholder;
    this.ledger = parts.ledger;
    this.reader = new SignedInReader(parts.people, parts.me);
    this.shownTo = this.reader.standing();
    this.company = new Company((room) => this.tell(room));
  }

  async load(): Promise<void> {
    for (const [, data] of await this.store.list<RoomData>("room:")) await this.enter(data);
  }

  /** The connection stands: learn what was missed, open every room, send what waits. */
  async connected(): Promise<void> {
    for (const { room } of this.entries.values()) room.mayBeInvited = true;
    await this.refresh();
  }

  disconnected(): void {
    this.company.clear();
    for (const id of this.open) this.tell(id);
  }

  /** Take up the server's list of rooms. */
  refresh(): Promise<void> {
    return this.refreshing.run();
  }

  get(id: Id): Entry {
    const entry = this.entries.get(id);
    if (!entry) throw new MemberError("room.not_found");
    return entry;
  }

  all(): Room[] {
    return [...this.entries.values()].map(({ room }) => room);
  }

  summaries(): RoomSummary[] {
    return this.all()
      .filter((room) => room.data.epoch >= 0 || room.data.standing === "member")
      .map(summaryOf);
  }

  /** The room from now on with its entries; its code is missing while MLS can not be loaded. */
  async openRoom(id: Id): Promise<RoomView> {
    const { room } = this.get(id);
    const code = await this.codeOf(room);
    this.open.add(id);
    return viewOf(room, code, this);
  }

  get presence(): Presence {
    return this.company;
  }

  closeRoom(id: Id): void {
    this.open.delete(id);
  }

  /** Found a room, let the members in, name it. */
  create(kind: RoomKind, name: string, members: Id[], history: History): Promise<Id> {
    return this.background.before(() => this.making.create(kind, name, members, history));
  }

  addMembers(id: Id, accounts: Id[]): Promise<void> {
    return this.background.before(() => this.making.letIn(id, accounts));
  }

  async removeMember(id: Id, account: Id): Promise<void> {
    await this.background.before(() => this.get(id).sender.change({ removeAccounts: [account] }));
  }

  async leave(id: Id): Promise<void> {
    await this.http.post(`/api/rooms/${id}/leave`, {}, { idempotent: true });
    await this.get(id).room.leave();
  }

  async archive(id: Id, archived: boolean): Promise<void> {
    const { room, sender } = this.get(id);
    const state = async (): Promise<void> => {
      await this.http.post(`/api/rooms/${id}/state`, { state: archived ? "archived" : "active" }, { idempotent: true });
      await this.refreshOne(id);
    };
    // The notice must go out while the room takes items.
    if (!archived) await state();
    const item = await sender.add({ t: "notice", notice: archived ? "archived" : "reopened" });
    await sender.idle();
    if (room.outgoing.all().some((out) => out.item === item)) throw new MemberError("network.offline");
    if (archived) await state();
  }

  /** Ask the others to let this device in anew. */
  async rejoin(id: Id): Promise<void> {
    const { room } = this.get(id);
    await room.serial.run(() => room.replace({ ...room.data, rejoining: true }));
    room.mayBeInvited = true;
    await this.http.post(`/api/rooms/${id}/rejoin`, {}, { idempotent: true });
  }

  /** Answer a room's alarm; after "reread" where the record parts from the one before (see PastProblem). */
  async answer(id: Id, answer: Answer): Promise<number | null> {
    const { room, sender } = this.get(id);
    if (answer === "continue") await goOn(room, this);
    else if (answer === "fetch") await fetchAgain(room, this);
    else return this.readAnew(room);
    sender.pump();
    return null;
  }

  /** The server must be there before anything is forgotten. */
  private async readAnew(room: Room): Promise<number | null> {
    await this.http.get(`/api/rooms/${room.id}`);
    const heads = await readAnew(room, this);
    await this.refreshOne(room.id);
    const parted = await keepParting(room, heads);
    await this.rejoin(room.id);
    return parted;
  }

  async markRead(id: Id, number: number): Promise<void> {
    const { room } = this.get(id);
    const moved = await room.serial.run(async () => {
      // In turn: an item that can be read already may still be on its way into the store.
      const cursor = Math.min(number, room.data.number);
      if (cursor <= room.data.cursor) return null;
      await room.replace({ ...room.data, cursor });
      return cursor;
    });
    if (moved !== null) await this.quietly(() => this.http.put(`/api/rooms/${id}/cursor`, { number: moved }));
  }

  /** What the server pushes. */
  async hear<Name extends keyof ServerEvents>(name: Name, payload: ServerEvents[Name]): Promise<void> {
    if (name === ITEM) {
      const [id, number, at_ms, envelope] = payload as ServerEvents[typeof ITEM];
      const entry = this.entries.get(id);
      if (entry) await entry.room.receive({ number, at_ms, raw: unb64(envelope) });
    } else if (name === ROOM_CHANGED) await this.refreshOne((payload as ServerEvents[typeof ROOM_CHANGED])[0]);
    else if (name === ROOMS_CHANGED) await this.refresh();
    else if (name === CURSOR) await this.cursorMoved(...(payload as ServerEvents[typeof CURSOR]));
    else if (name === TYPING) this.company.setTyping(...(payload as ServerEvents[typeof TYPING]));
    else if (name === PRESENCE) this.presenceChanged(...(payload as ServerEvents[typeof PRESENCE]));
    else if (name === DEVICE_LIST_CHANGED)
      await this.parts.onDeviceList((payload as ServerEvents[typeof DEVICE_LIST_CHANGED])[0]);
  }

  /** Keys or people changed: what was held back may go, and the page sees it. */
  peopleChanged(): void {
    for (const [id, { room, sender }] of this.entries) {
      sender.pump();
      this.tell(id);
      const closed = room.log.sealed().length > 0 || room.timeline.privates.isWaiting;
      if (closed && this.online()) void this.quietly(() => room.sync());
    }
    this.readerChanged();
  }

  /** Another first language, or others' translations that count: open rooms' entries look different. */
  readerChanged(): void {
    const standing = this.reader.standing();
    if (standing === this.shownTo) return;
    this.shownTo = standing;
    for (const id of this.open) {
      const { timeline } = this.get(id).room;
      const changed = timeline.at(timeline.translated());
      if (changed.length > 0) this.parts.emit({ type: "entries", room: id, changed, removed: [] });
    }
  }

  /**
   * Take revoked devices out of the groups that this device is in, even if the server does not say that it is
   * wanted.
   */
  putOutRevoked(): void {
    for (const { room, sender } of this.entries.values()) {
      const seated = room.group !== null && revokedSeats(room.data.membership, this.people).length > 0;
      if (seated && room.gate() === null) void this.quietly(() => sender.change({}));
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.tellTimer);
    this.company.clear();
    this.making.stop();
    for (const { room, sender } of this.entries.values()) {
      room.stop();
      sender.stop();
    }
  }

  now_ms(): number {
    return this.parts.now_ms();
  }

  patience_ms(): number {
    return this.parts.patience_ms();
  }

  online(): boolean {
    return !this.stopped && this.parts.socket.connected;
  }

  submit(room: Room, raw: Bytes): Promise<Place> {
    return this.parts.socket.call<Place>(ITEM_SUBMIT, room.id, b64(raw));
  }

  inBackground<T>(work: () => Promise<T>): Promise<T> {
    return this.background.run(work);
  }

  tellLeftOut(room: Id, accounts: Id[]): void {
    this.parts.emit({ type: "left-out", room, accounts });
  }

  async quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Out of a room between two calls: the list of rooms says so in a moment. A full disk is told by the status.
      const told = isPassing(error) || hasCode(error, "room.not_found", "client.storage_full");
      if (!told && !this.stopped) this.parts.onFault(error);
    }
  }

  roomChanged(room: Room, numbers: number[], fresh: Row[]): void {
    this.tell(room.id);
    if (this.open.has(room.id)) {
      const targets = room.outgoing.all().flatMap(({ content }) => {
        const target = "target" in content ? room.timeline.message(content.target) : null;
        return target ? [target.number] : [];
      });
      const changed = [...room.timeline.at([...numbers, ...targets]), ...room.timeline.unsent()];
      if (changed.length > 0) this.parts.emit({ type: "entries", room: room.id, changed, removed: [] });
    }
    this.tellTerms(room);
    this.notify(room, fresh);
  }

  private tellTerms({ id, timeline }: Room): void {
    const version = timeline.termsVersion;
    if ((this.toldTerms.get(id) ?? 0) !== version) this.parts.emit({ type: "terms", room: id });
    this.toldTerms.set(id, version);
  }

  /** An unsent message was discarded. */
  discarded(room: Id, item: Id): void {
    if (this.open.has(room)) this.parts.emit({ type: "entries", room, changed: [], removed: [item] });
  }

  said(room: Room, rows: readonly Row[]): void {
    this.parts.onSaid(room, rows);
  }

  batchKept(room: Room, batch: Batch): void {
    const { sender } = this.get(room.id);
    if (batch.joinRefusal) void this.quietly(() => this.askAnew(room));
    if (batch.joinedWith) void this.quietly(() => this.http.delete(`/api/rooms/${room.id}/welcome`));
    if (room.group && (batch.commits.length > 0 || batch.joinedWith)) {
      void this.quietly(() => this.people.meet(Object.keys(room.data.membership.accounts)));
      const epochs = batch.rows
        .filter((row) => row.kind === "commit" && row.state === "open")
        .map((row) => row.epoch + 1);
      sender.mend(Math.min(room.data.epoch, ...epochs));
    }
    sender.pump();
  }

  /** A welcome can not be used: ask for another, once; if that fails too, the person is to ask. */
  private async askAnew(room: Room): Promise<void> {
    await this.http.delete(`/api/rooms/${room.id}/welcome`);
    if (!room.data.rejoining) await this.rejoin(room.id);
  }

  /** The one object of a room, however many ask for it at once: two would each believe that they hold its state. */
  enter(data: RoomData): Promise<Entry> {
    const known = this.entering.get(data.room) ?? this.loadRoom(data);
    this.entering.set(data.room, known);
    return known;
  }

  private async loadRoom(data: RoomData): Promise<Entry> {
    const room = await Room.load(data, this);
    const entry = { room, sender: new Sender(room, this) };
    this.entries.set(data.room, entry);
    return entry;
  }

  async drop(id: Id): Promise<void> {
    const { room, sender } = this.get(id);
    room.stop();
    sender.stop();
    this.entries.delete(id);
    this.entering.delete(id);
    const names = ["room", "group", "ring", "pending", "wish"].map((kind) => `${kind}:${id}`);
    const kept = [...(await this.store.list(`rows:${id}:`)), ...(await this.store.list(`raw:${id}:`))].map(
      ([name]) => name,
    );
    await this.store.write(new Map([...names, ...kept].map((name) => [name, undefined])));
    this.parts.emit({ type: "rooms" });
  }

  private async refreshAll(): Promise<void> {
    const answers = await this.http.get<RoomAnswer[]>("/api/rooms");
    const listed = new Set(answers.map((answer) => answer.room));
    for (const [id, { room }] of this.entries) {
      // The list may be older than the room, and giving it up destroys its keys: ask for it by name first.
      const missing = !listed.has(id) && !room.pending && room.data.standing === "member";
      if (missing) await this.quietly(() => this.refreshOne(id));
    }
    const failures = await Promise.all(answers.map((answer) => this.attempted(() => this.takeAnswer(answer))));
    // A room whose founding never reached the server.
    for (const [id, { sender }] of this.entries) if (!listed.has(id)) sender.pump();
    void this.quietly(() => this.making.resume());
    const passing = failures.find((error) => error !== null);
    if (passing) throw passing;
  }

  /** Like quietly, but for a failure that may pass, which it returns: the other rooms come first. */
  private async attempted(work: () => Promise<void>): Promise<unknown> {
    try {
      await work();
    } catch (error) {
      if (isPassing(error)) return error;
      await this.quietly(() => Promise.reject(error));
    }
    return null;
  }

  async refreshOne(id: Id): Promise<void> {
    try {
      const { room } = this.entries.get(id) ?? {};
      if (room) room.mayBeInvited = true;
      await this.takeAnswer(await this.http.get<RoomAnswer>(`/api/rooms/${id}`));
    } catch (error) {
      if (!hasCode(error, "room.not_found")) throw error;
      await this.entries.get(id)?.room.vanish();
    }
  }

  private async takeAnswer(answer: RoomAnswer): Promise<void> {
    const known = this.entries.get(answer.room);
    const { room, sender } = known ?? (await this.enter(newRoom(answer)));
    const readHere = room.data.cursor;
    await room.hear(answer);
    await this.follow(room, answer.number);
    if (readHere > answer.cursor) await this.http.put(`/api/rooms/${room.id}/cursor`, { number: readHere });
    sender.pump();
    sender.tend(answer);
    await this.askIn(room);
  }

  /** A device that has a seat, but not the group's state, and for which no welcome lies there: asks for one, once. */
  private async askIn(room: Room): Promise<void> {
    const { data, group, pending, mayBeInvited } = room;
    if (group || pending || mayBeInvited || data.rejoining || data.problem || data.standing === "removed") return;
    if (seatOf(data.membership, this.keyholder.device.device)) await this.rejoin(room.id);
  }

  /** Have the room's items pushed from its present end on, and fetch those before: that is faster than a replay. */
  private async follow(room: Room, end: number): Promise<void> {
    let newest = end;
    if (this.parts.socket.connected) {
      const after = Math.max(end, room.data.number);
      const { number, head } = await this.parts.socket.call<{ number: number; head: string }>(
        ROOM_OPEN,
        room.id,
        after,
      );
      if (number <= room.data.number) await room.checkHead(number, unb64(head));
      newest = Math.max(newest, number);
    }
    if (!room.isComplete(newest)) await room.sync();
  }

  private async cursorMoved(id: Id, number: number): Promise<void> {
    const room = this.entries.get(id)?.room;
    if (!room || number <= room.data.cursor) return;
    await room.serial.run(() => room.replace({ ...room.data, cursor: Math.max(number, room.data.cursor) }));
  }

  private presenceChanged(account: Id, state: "active" | "away" | "off"): void {
    this.company.setPresence(account, state);
    for (const id of this.open)
      if (this.get(id).room.data.members.some((member) => member.account === account)) this.tell(id);
  }

  /** Tell the page that somebody wrote, without what. */
  private notify(room: Room, fresh: Row[]): void {
    const own = this.keyholder.device.account;
    const messages = fresh.filter(
      (row) => row.state === "open" && row.account !== own && row.number > room.data.cursor,
    );
    if (!messages.some((row) => room.timeline.message(row.item))) return;
    const before = Math.min(...messages.map((row) => row.number)) - 1;
    const { mentioned } = room.timeline.unread(Math.max(before, room.data.cursor));
    this.parts.emit({ type: "notify", room: room.id, mentioned });
  }

  private tell(id: Id): void {
    this.untold.add(id);
    this.tellTimer ??= setTimeout(() => {
      this.tellTimer = undefined;
      this.parts.emit({ type: "rooms" });
      for (const room of this.untold) if (this.open.has(room)) void this.quietly(() => this.tellRoom(room));
      this.untold.clear();
    }, GATHER_MS);
  }

  private async tellRoom(id: Id): Promise<void> {
    const { room } = this.get(id);
    const code = await this.codeOf(room);
    if (this.stopped || !this.open.has(id)) return;
    this.parts.emit({ type: "room", room: viewOf(room, code, this) });
  }

  /** The epoch's code, or "" while it can not be known. */
  private async codeOf(room: Room): Promise<string> {
    try {
      return await room.epochCode();
    } catch (error) {
      if (!isPassing(error)) throw error;
      return "";
    }
  }
}
