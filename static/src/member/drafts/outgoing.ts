// What waits to be sent in one draft, kept before anything is sent.
//
// | state   | envelope | meaning                                                    | next                             |
// | ------- | -------- | ---------------------------------------------------------- | -------------------------------- |
// | waiting | none     | nothing went out; an edit may still grow                   | sealed, kept, sent               |
// | waiting | kept     | sent at least once, no answer yet: it may be in the stream | sent again as it is; found there |
// | waiting | none     | the server refused the envelope for good                   | sealed anew, same item id        |
// | failed  | any      | refused for a reason that waiting does not cure            | tried again when rights change   |
// | (gone)  |          | it stands in the stream                                    |                                  |

import * as Y from "yjs";

import { type Bytes, own } from "../../wire/bytes.ts";
import type { ActReceipt } from "../../wire/drafts/acts.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import { type Id, newId } from "../../wire/ids.ts";
import { Serial } from "../serial.ts";
import type { Changes, Store } from "../store.ts";
import type { StreamName } from "./api.ts";
import { names } from "./rows.ts";

/** Kept under "drafts.out:<draft>:<order>". */
export interface Out {
  order: number;
  item: Id;
  stream: StreamName;
  kind: DraftItemKind;
  created_ms: number;
  /** What is sealed: of a snapshot or revision null, since it is made of the stream as it then is. */
  plaintext: Bytes | null;
  raw: Bytes | null;
  failure: string | null;
  /** What the server has signed of it, though it is not seen in the stream: kept as evidence. */
  taken?: ActReceipt;
}

/** An edit grows up to this by what is typed while it waits; merging costs more than in proportion. */
const GROWTH_MAX_BYTES = 32_768;

export class DraftOutgoing {
  private readonly draft: Id;
  private readonly store: Store;
  private outs: Out[] = [];
  /** One change after the other: an edit must not grow while it is sealed. */
  private readonly turn = new Serial();

  constructor(draft: Id, store: Store) {
    this.draft = draft;
    this.store = store;
  }

  async load(): Promise<void> {
    this.outs = (await this.store.list<Out>(names.outs(this.draft))).map(([, out]) => out);
  }

  /** All, in the order of sending. */
  all(stream?: StreamName): readonly Out[] {
    return stream === undefined ? this.outs : this.outs.filter((out) => out.stream === stream);
  }

  find(item: Id): Out | undefined {
    return this.outs.find((out) => out.item === item);
  }

  async add(fields: Pick<Out, "stream" | "kind" | "plaintext">, now_ms: number): Promise<Out> {
    const order = (this.outs.at(-1)?.order ?? 0) + 1;
    const out: Out = { ...fields, order, item: newId(), created_ms: now_ms, raw: null, failure: null };
    this.outs.push(out); // at once, so that the next one gets another order
    try {
      await this.store.put(names.out(this.draft, order), out);
    } catch (error) {
      this.outs = this.outs.filter((other) => other !== out);
      throw error;
    }
    return out;
  }

  /** Keep an edit: with the one before it if that has not gone out, as a new one else. */
  addEdit(stream: StreamName, update: Uint8Array, now_ms: number): Promise<void> {
    return this.turn.run(async () => {
      const last = this.all(stream).at(-1);
      const grows = last?.kind === DraftItemKind.update && last.raw === null && last.failure === null;
      if (!grows || last.plaintext!.length + update.length > GROWTH_MAX_BYTES)
        await this.add({ stream, kind: DraftItemKind.update, plaintext: own(update) }, now_ms);
      else await this.put(last, { plaintext: own(Y.mergeUpdates([last.plaintext!, update])) });
    });
  }

  /** Change one and keep it so before anything else happens; null if it is gone. */
  change(item: Id, change: Partial<Pick<Out, "raw" | "failure" | "taken">>): Promise<Out | null> {
    return this.turn.run(async () => {
      const out = this.find(item);
      return out ? this.put(out, change) : null;
    });
  }

  /** Keep what `sealed` was sealed as; null if it is gone, or an edit that has grown meanwhile. */
  seal(sealed: Out, raw: Bytes): Promise<Out | null> {
    return this.turn.run(async () => {
      const out = this.find(sealed.item);
      return out?.plaintext === sealed.plaintext ? this.put(out, { raw }) : null;
    });
  }

  discard(item: Id): Promise<void> {
    return this.turn.run(async () => {
      const out = this.find(item);
      if (!out) return;
      await this.store.put(names.out(this.draft, out.order), undefined);
      this.arrived([item]);
    });
  }

  private async put(out: Out, change: Partial<Out>): Promise<Out> {
    const changed = { ...out, ...change };
    await this.store.put(names.out(this.draft, out.order), changed);
    this.outs = this.outs.map((other) => (other.item === out.item ? changed : other));
    return changed;
  }

  /** What to change in the store because these items stand in their streams. */
  arrivals(items: readonly Id[]): Changes {
    const gone = this.outs.filter((out) => items.includes(out.item));
    return new Map(gone.map((out) => [names.out(this.draft, out.order), undefined]));
  }

  /** Forget these items after the store did. */
  arrived(items: readonly Id[]): void {
    this.outs = this.outs.filter((out) => !items.includes(out.item));
  }
}
