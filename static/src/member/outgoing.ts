// What waits to be sent in one room, kept before anything is sent.
//
// | state   | envelope | meaning                                                    | next                                  |
// | ------- | -------- | ---------------------------------------------------------- | ------------------------------------- |
// | waiting | none     | nothing went out                                           | sealed, kept, sent                    |
// | waiting | kept     | sent at least once, no answer yet: it may be in the record | the same bytes again; found in record |
// | waiting | none     | the server refused the envelope for good                   | sealed anew, same item id             |
// | failed  | any      | refused for a reason that waiting does not cure            | retry or discard by the person        |
// | (gone)  |          | it stands in the record                                    |                                       |

import type { Bytes } from "../wire/bytes.ts";
import { type Id, newId } from "../wire/ids.ts";
import { type Content, encodeContent } from "./content.ts";
import { MemberError } from "./failure.ts";
import type { Waiting } from "./record.ts";
import { type LogWord, withWord } from "./ledger/word.ts";
import type { Changes, Store } from "./store.ts";

/** Kept under "out:<room>:<order>". */
export interface Out extends Waiting {
  order: number;
  /** Sealed once, so that whatever is sent again is the same. */
  plaintext: Bytes;
  raw: Bytes | null;
}

const ORDER_DIGITS = 12;

export class Outgoing {
  private readonly room: Id;
  private readonly store: Store;
  private outs: Out[] = [];

  private constructor(room: Id, store: Store) {
    this.room = room;
    this.store = store;
  }

  static async load(room: Id, store: Store): Promise<Outgoing> {
    const outgoing = new Outgoing(room, store);
    outgoing.outs = (await store.list<Out>(`out:${room}:`)).map(([, out]) => out);
    return outgoing;
  }

  /** All, in the order of sending. */
  all(): readonly Out[] {
    return this.outs;
  }

  firstWaiting(): Out | undefined {
    return this.outs.find((out) => out.failure === null);
  }

  find(item: Id): Out {
    const out = this.outs.find((other) => other.item === item);
    if (!out) throw new MemberError("item.unknown", { item });
    return out;
  }

  /** Keep `content` for sending, with what this device says of the public ledger. */
  async add(content: Content, now_ms: number, word: LogWord | null = null): Promise<Out> {
    const order = (this.outs.at(-1)?.order ?? 0) + 1;
    const plaintext = withWord(new Uint8Array(encodeContent(content, now_ms)), word);
    const out: Out = { order, item: newId(), content, plaintext, created_ms: now_ms, failure: null, raw: null };
    await this.store.put(this.nameOf(out), out);
    this.outs.push(out);
    return out;
  }

  /** Change one and keep it so before anything else happens. */
  async change(out: Out, change: Partial<Pick<Out, "failure" | "raw">>): Promise<Out> {
    const changed = { ...out, ...change };
    await this.store.put(this.nameOf(changed), changed);
    this.outs = this.outs.map((other) => (other.item === out.item ? changed : other));
    return changed;
  }

  async discard(item: Id): Promise<void> {
    const out = this.find(item);
    await this.store.put(this.nameOf(out), undefined);
    this.outs = this.outs.filter((other) => other !== out);
  }

  /** What to change in the store because these items stand in the record. */
  arrivals(items: readonly Id[]): Changes {
    return new Map(this.outs.filter((out) => items.includes(out.item)).map((out) => [this.nameOf(out), undefined]));
  }

  /** Forget these items after the store did. */
  arrived(items: readonly Id[]): void {
    this.outs = this.outs.filter((out) => !items.includes(out.item));
  }

  private nameOf({ order }: Out): string {
    return `out:${this.room}:${String(order).padStart(ORDER_DIGITS, "0")}`;
  }
}
