// Which private notes there are on a draft: looked for in the own delegation's rooms, and again when there may be more.

import { type FoundAnnex, annexTemplate, chosenAnnex } from "../../draft/negotiation/annex.ts";
import type { DraftApi, DraftEvent } from "../../member/drafts/api.ts";
import { Gathered } from "../../member/serial.ts";
import type { Id } from "../../wire/ids.ts";
import { Desk } from "../draft/desk.ts";

/** How long until a draft that can not be read yet is looked at again: it may hold notes. */
const WAIT_MS = 3000;

export interface Annexes {
  /** The one that is written to; null where there is none. */
  written: Desk | null;
  /** Begun at the same time, or by somebody who had not heard of the first: read only. */
  others: readonly Desk[];
}

interface Parts {
  drafts: DraftApi;
  /** Of this draft. */
  draft: Id;
  /** The rooms to look in, as they are now. */
  rooms: () => readonly Id[];
  onDraft: (take: (event: DraftEvent) => void) => () => void;
  tell: (annexes: Annexes) => void;
  /** A look that nobody asked for is due. */
  due: () => void;
}

interface Found extends FoundAnnex {
  room: Id;
}

/** Keeps every annex that it finds open, until it is closed itself. */
export class AnnexWatch {
  readonly #parts: Parts;
  readonly #desks = new Map<Id, { desk: Desk; stop: () => void }>();
  readonly #looks = new Gathered(() => this.#look());
  /** Made here; the list of rooms may not have them yet. */
  readonly #made = new Set<Id>();
  readonly #stop: () => void;
  #annexes: Annexes = { written: null, others: [] };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#stop = parts.onDraft((event) => {
      if (event.type === "drafts" && this.#rooms().includes(event.room)) parts.due();
    });
  }

  get annexes(): Annexes {
    return this.#annexes;
  }

  /** Look for what there is now. Rejects with a Failure; then what was found before stays. */
  async look(): Promise<void> {
    if (!this.#closed) await this.#looks.run();
  }

  /** As look(), in a room, too, that was made just now. */
  async lookIn(room: Id): Promise<void> {
    this.#made.add(room);
    await this.look();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stop();
    for (const draft of [...this.#desks.keys()]) this.#drop(draft);
  }

  #rooms(): Id[] {
    return [...new Set([...this.#parts.rooms(), ...this.#made])];
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    const { found, unread } = await this.#find();
    await this.#hold(found);
    if (this.#closed) return;
    const { written, others } = chosenAnnex(found);
    const deskOf = ({ draft }: Found): Desk[] => {
      const held = this.#desks.get(draft);
      return held === undefined ? [] : [held.desk];
    };
    this.#annexes = { written: written === null ? null : (deskOf(written)[0] ?? null), others: others.flatMap(deskOf) };
    this.#parts.tell(this.#annexes);
    if (unread) this.#timer = setTimeout(this.#parts.due, WAIT_MS);
  }

  /** The annexes that can be read; whether there are drafts of which it is not known yet what they are. */
  async #find(): Promise<{ found: Found[]; unread: boolean }> {
    const { drafts, draft: about } = this.#parts;
    const found: Found[] = [];
    let unread = false;
    for (const room of this.#rooms()) {
      for (const { draft, title, template, created_ms } of await drafts.drafts(room)) {
        unread ||= title === null;
        if (template === annexTemplate(about)) found.push({ room, draft, created_ms });
      }
    }
    return { found, unread };
  }

  /** Open what is new, and close what is not there any more. */
  async #hold(found: readonly Found[]): Promise<void> {
    const wanted = new Set(found.map(({ draft }) => draft));
    for (const draft of [...this.#desks.keys()]) if (!wanted.has(draft)) this.#drop(draft);
    for (const { room, draft } of found) {
      if (this.#closed || this.#desks.has(draft)) continue;
      let stop: () => void = () => undefined;
      const desk = await Desk.open(this.#parts.drafts, room, draft, (take) => {
        stop = this.#parts.onDraft(take);
      });
      this.#desks.set(draft, { desk, stop });
      if (this.#closed) this.#drop(draft);
    }
  }

  #drop(draft: Id): void {
    const held = this.#desks.get(draft);
    this.#desks.delete(draft);
    held?.stop();
    held?.desk.close();
  }
}
