// Keeps the open room's window of the record: loads pages, takes in what changes, remembers what was read.

import type { Entry, Failure, Id, MemberApi, MessageEntry, RoomView } from "../../member/api.ts";
import { isFailure } from "../failure-words.ts";
import { type RecordState, type Scroll, type State, me } from "../state.ts";
import type { Store } from "../store.ts";
import { type RecordWindow, append, change, keyOf, prepend, span } from "./window.ts";

const PAGE = 60;
const AROUND = 40;
const SEARCHED = 500;
const MARK_READ_AFTER_MS = 400;
const TOGETHER_MS = 16;

interface Page {
  entries: Entry[];
  more: boolean;
}

export class RecordKeeper {
  readonly #api: MemberApi;
  readonly #store: Store<State>;
  /** Called with messages of others that arrive in the open room. */
  onArrival: (entries: MessageEntry[]) => void = () => undefined;
  #read = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;
  #arriving: { room: Id; changed: Entry[]; removed: Id[]; timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(api: MemberApi, store: Store<State>) {
    this.#api = api;
    this.#store = store;
  }

  get #state(): RecordState | null {
    return this.#store.get().record;
  }

  #set(change: Partial<RecordState>): void {
    const record = this.#state;
    if (record !== null) this.#store.set({ record: { ...record, ...change } });
  }

  async open(room: RoomView): Promise<void> {
    this.#read = room.cursor;
    const unreadAfter = room.unread > 0 ? room.cursor : null;
    this.#store.set({
      record: { room: room.room, window: null, unreadAfter, loading: "page", scroll: null, atEnd: true, failure: null },
    });
    if (unreadAfter === null) await this.toNewest();
    else await this.#around(unreadAfter, () => ({ to: "unread" }));
  }

  close(): void {
    this.#round += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#arriving?.timer);
    this.#arriving = null;
    this.#store.set({ record: null });
  }

  /** Show the record's end. */
  async toNewest(): Promise<void> {
    const window = this.#state?.window;
    if (window !== null && window !== undefined && !window.newer) {
      this.#set({ scroll: { to: "newest" } });
      return;
    }
    await this.#load("page", async (room) => {
      const page = await this.#api.entries(room, { limit: PAGE });
      return { window: { entries: page.entries, older: page.more, newer: false }, scroll: { to: "newest" } };
    });
  }

  /** Show the entry with this number, or the next one after it, and mark it. */
  async jumpTo(number: number): Promise<void> {
    const shown = this.#state?.window ?? null;
    const reach = shown === null ? null : span(shown);
    if (shown !== null && reach !== null && number >= reach.first && number <= reach.last) {
      this.#set({ scroll: scrollTo(shown, number) });
      return;
    }
    await this.#around(number, (window) => scrollTo(window, number));
  }

  /** Show a message that is further back, looking for it page by page. */
  async findItem(item: Id): Promise<void> {
    const reach = this.#state?.window ? span(this.#state.window) : null;
    const room = this.#state?.room;
    if (reach === null || room === undefined) return;
    const number = await this.#numberOf(room, item, reach.first);
    if (number !== null && this.#state?.room === room) await this.jumpTo(number);
  }

  async #numberOf(room: Id, item: Id, from: number): Promise<number | null> {
    let before = from;
    for (;;) {
      const page = await this.#page(room, { before, limit: SEARCHED });
      const found = page?.entries.find((entry) => entry.kind === "message" && entry.item === item);
      if (found !== undefined) return found.number;
      const first = page?.entries[0]?.number;
      if (page === null || !page.more || first === null || first === undefined || this.#state?.room !== room)
        return null;
      before = first;
    }
  }

  async #page(room: Id, bounds: { before: number; limit: number }): Promise<Page | null> {
    try {
      return await this.#api.entries(room, bounds);
    } catch (error) {
      if (!isFailure(error)) throw error;
      this.#set({ failure: error });
      return null;
    }
  }

  async #around(number: number, scroll: (window: RecordWindow) => Scroll): Promise<void> {
    await this.#load("page", async (room) => {
      const [before, after] = await Promise.all([
        this.#api.entries(room, { before: number + 1, limit: AROUND }),
        this.#api.entries(room, { after: number, limit: AROUND }),
      ]);
      const window = { entries: [...before.entries, ...after.entries], older: before.more, newer: after.more };
      return { window, scroll: scroll(window) };
    });
  }

  async loadOlder(): Promise<void> {
    await this.#extend("older");
  }

  async loadNewer(): Promise<void> {
    await this.#extend("newer");
  }

  async #extend(side: "older" | "newer"): Promise<void> {
    const record = this.#state;
    const reach = record?.window ? span(record.window) : null;
    if (record === null || reach === null || record.loading !== null || !record.window?.[side]) return;
    await this.#load(side, async (room) => {
      const bound = side === "older" ? { before: reach.first } : { after: reach.last };
      const page: Page = await this.#api.entries(room, { ...bound, limit: PAGE });
      const window = this.#state?.window ?? { entries: [], older: false, newer: false };
      const extended = side === "older" ? prepend : append;
      return { window: extended(window, page.entries, page.more) };
    });
  }

  async #load(
    loading: NonNullable<RecordState["loading"]>,
    work: (room: Id) => Promise<Partial<RecordState>>,
  ): Promise<void> {
    const record = this.#state;
    if (record === null) return;
    const round = ++this.#round;
    this.#set({ loading, failure: null });
    try {
      const loaded = await work(record.room);
      if (round === this.#round) this.#set({ ...loaded, loading: null });
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (round === this.#round) this.#set({ loading: null, failure: error as Failure });
    }
  }

  /** Entries of a room changed; only those of the open room are kept here. What comes together is drawn together. */
  take(room: Id, changed: Entry[], removed: Id[]): void {
    const record = this.#state;
    if (record === null || record.room !== room) return;
    this.#arriving ??= { room, changed: [], removed: [], timer: setTimeout(() => this.#takeIn(), TOGETHER_MS) };
    this.#arriving.changed.push(...changed);
    this.#arriving.removed.push(...removed);
  }

  #takeIn(): void {
    const arriving = this.#arriving;
    this.#arriving = null;
    const record = this.#state;
    if (arriving === null || record === null || record.room !== arriving.room) return;
    if (record.window === null) {
      this.#arriving = { ...arriving, timer: setTimeout(() => this.#takeIn(), TOGETHER_MS) }; // until the page is there
      return;
    }
    const { changed, removed } = arriving;
    const before = span(record.window)?.last ?? 0;
    const window = change(record.window, changed, removed, record.atEnd ? "newest" : "oldest");
    const mine = me(this.#store.get())?.account ?? "";
    const arrived = changed.filter((entry): entry is MessageEntry => {
      return entry.kind === "message" && entry.number !== null && entry.number > before && entry.account !== mine;
    });
    const looking = record.atEnd && document.visibilityState === "visible" && document.hasFocus();
    const fresh = arrived.length > 0 && !looking && this.#read >= before;
    this.#set({ window, ...(fresh && { unreadAfter: before }) });
    if (arrived.length > 0) this.onArrival(arrived);
  }

  /** The reader has seen everything up to this number. */
  seen(number: number): void {
    const record = this.#state;
    if (record === null || number <= this.#read) return;
    this.#read = number;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#markRead(record.room, number), MARK_READ_AFTER_MS);
  }

  async #markRead(room: Id, number: number): Promise<void> {
    try {
      await this.#api.markRead(room, number);
    } catch (error) {
      if (!isFailure(error)) throw error;
      this.#read = Math.min(this.#read, number - 1); // said again at the next scroll
    }
  }

  setAtEnd(atEnd: boolean): void {
    if (this.#state?.atEnd !== atEnd) this.#set({ atEnd });
  }

  /** Take the unread line away, as when the reader answers. */
  clearUnread(): void {
    if (this.#state?.unreadAfter !== null) this.#set({ unreadAfter: null });
  }
}

function scrollTo(window: RecordWindow, number: number): Scroll {
  const entry = window.entries.find((each) => each.number !== null && each.number >= number) ?? window.entries.at(-1);
  return entry === undefined ? { to: "newest" } : { to: "entry", key: keyOf(entry), mark: true };
}
