// The place that the browser gives to this program: its store, opened, emptied, and looked at again while it is full.

import { MemberError } from "./failure.ts";
import { Serial } from "./serial.ts";
import { type Backend, isQuotaExceeded, Store, storageFull } from "./store.ts";

/** How often a full store is looked at again. */
const LOOK_MS = 4_000;

/** What a sign-out, or somebody else's sign-in, would destroy. */
export interface Unsent {
  messages: number;
  drafts: number;
}

export class Space {
  /** Told whenever the store is found full, or to have room again. */
  onFull: (full: boolean) => void = () => {};
  private readonly openBackend: () => Promise<Backend>;
  private store: Store | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** A browser that deletes a database closes whoever opens it meanwhile. */
  private readonly emptying = new Serial();

  constructor(openBackend: () => Promise<Backend>) {
    this.openBackend = openBackend;
  }

  get isFull(): boolean {
    return this.store?.isFull ?? false;
  }

  /** The store that is open. MemberError client.not_ready if none is. */
  get opened(): Store {
    if (!this.store) throw new MemberError("client.not_ready");
    return this.store;
  }

  /** The open store, or a newly opened one. MemberError client.storage_full if there is no room even to begin. */
  async take(): Promise<Store> {
    return this.store ?? this.open();
  }

  /** An empty store in the place of the one that there was. */
  empty(): Promise<Store> {
    return this.emptying.run(async () => {
      await (await this.take()).erase();
      return this.open();
    });
  }

  /** Another tab has the store now, or the page goes. */
  letGo(): void {
    clearTimeout(this.timer);
    this.store = null;
  }

  /** Open the store as its one writer. */
  async open(): Promise<Store> {
    const backend = await this.openBackend().catch((error: unknown) => {
      throw isQuotaExceeded(error) ? storageFull(error) : error;
    });
    const store = await Store.open(backend);
    this.store = store;
    store.onFull = (full) => this.notice(store, full);
    this.notice(store, store.isFull);
    return store;
  }

  private notice(store: Store, full: boolean): void {
    if (store !== this.store) return;
    clearTimeout(this.timer);
    if (full) this.timer = setTimeout(() => void this.look(store), LOOK_MS);
    this.onFull(full);
  }

  private async look(store: Store): Promise<void> {
    // Refused again, or the database was closed meanwhile: who writes next is told, and here it is looked at again.
    await store.lookForRoom().catch(() => {});
    if (store.isFull) this.notice(store, true);
  }
}

/** What is kept in a store and nowhere else. */
export async function unsentIn(store: Store): Promise<Unsent> {
  const lists = await Promise.all(["out:", "drafts.out:", "draft:"].map((prefix) => store.list(prefix)));
  const [messages, edits, drafts] = lists.map(({ length }) => length);
  return { messages: messages! + edits!, drafts: drafts! };
}
