// An open draft in the page: its Yjs documents, kept equal with the worker's, and what is drawn from them.

import * as Y from "yjs";
import { type DraftOps, opsOn } from "../../draft/model/ops.ts";
import { EDIT, bracketsOf, metaOf, nodesOf } from "../../draft/model/doc.ts";
import { type WordsBefore, readText } from "../../draft/model/read.ts";
import type { DocumentName, DraftApi, DraftEvent, DraftView, Failure, Id } from "../../member/api.ts";
import { type Projection, type StandingActs, project } from "../../wire/drafts/projection.ts";
import type { Run, TextDocument, TextNode } from "../../wire/drafts/text.ts";
import { isFailure } from "../failure-words.ts";
import { Store } from "../store.ts";

/** Origin of edits that came from the worker: it has them. */
const WORKER = Symbol("worker");
/** What follows from the text is worked out this long after an edit, or four times as long as it last took. */
const CALM_MS = 60;
const CALM_FACTOR = 4;
/** Typing that goes on without a longer pause is one edit for undo. */
const ONE_EDIT_MS = 600;

/** Where another person's cursor is: offsets as Yjs relative positions. */
export interface Cursor {
  node: Id;
  lang: string;
  anchor: string;
  head: string;
}

export interface DeskState {
  view: DraftView;
  document: TextDocument;
  projection: Projection;
  /** By delegation. */
  proposals: ReadonlyMap<Id, Y.Doc>;
  /** Grows with every change of a proposals document. */
  round: number;
  /** Of the others who have the draft open, by account. */
  cursors: ReadonlyMap<Id, Cursor>;
  /** Why the worker did not take an edit that was made here; from then on what is shown is not what others have. */
  refused: Failure | null;
}

/** A place to go back to after an undo. */
export interface Place {
  node: Id;
  lang: string;
}

export class Desk {
  readonly room: Id;
  readonly draft: Id;
  readonly drafts: DraftApi;
  readonly text = new Y.Doc();
  readonly ops: DraftOps = opsOn(this.text);
  readonly undo: Y.UndoManager;
  readonly store: Store<DeskState>;
  /** Where the person writes now; kept with each edit, so that undo can go back there. */
  place: Place | null = null;
  /** Called when undo or redo has changed something there. */
  onUndone: (place: Place) => void = () => undefined;
  readonly #docs = new Map<DocumentName, Y.Doc>();
  /** Edits that are to go to the worker, by stream; it takes one at a time. */
  readonly #outgoing = new Map<DocumentName, Uint8Array[]>();
  readonly #changed = new Set<string>();
  #words: WordsBefore = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #took_ms = 0;

  private constructor(drafts: DraftApi, view: DraftView) {
    this.drafts = drafts;
    this.room = view.room;
    this.draft = view.draft;
    const { text } = this;
    this.undo = new Y.UndoManager([metaOf(text), nodesOf(text), bracketsOf(text)], {
      trackedOrigins: new Set([EDIT]),
      captureTimeout: ONE_EDIT_MS,
    });
    this.undo.on("stack-item-added", ({ stackItem }) => void stackItem.meta.set("place", this.place));
    this.undo.on("stack-item-popped", ({ stackItem }) => {
      const place = stackItem.meta.get("place") as Place | null;
      this.flush();
      if (place !== null) this.onUndone(place);
    });
    nodesOf(text).observeDeep((events) => this.#noteChanged(events));
    const document = readText(text);
    const projection = project(document, standing(view), view.draft);
    this.store = new Store<DeskState>({ view, document, projection, proposals: new Map(), round: 0, cursors: new Map(), refused: null });
  }

  /** Open a draft. Rejects with a Failure. `listen` is told the function that takes in the worker's events. */
  static async open(
    drafts: DraftApi,
    room: Id,
    draft: Id,
    listen: (take: (event: DraftEvent) => void) => void,
  ): Promise<Desk> {
    const early: DraftEvent[] = [];
    let desk: Desk | null = null;
    listen((event) => (desk === null ? void early.push(event) : desk.take(event)));
    const view = await drafts.openDraft(room, draft);
    const opened = new Desk(drafts, view);
    await opened.#load("text", opened.text);
    await opened.#loadProposals(view);
    desk = opened;
    for (const event of early) opened.take(event);
    opened.flush();
    return opened;
  }

  async #load(stream: DocumentName, doc: Y.Doc): Promise<void> {
    this.#docs.set(stream, doc);
    Y.applyUpdate(doc, await this.drafts.draftState(this.room, this.draft, stream), WORKER);
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (stream === "text") this.#touch();
      else this.store.set({ round: this.store.get().round + 1 });
      if (origin !== WORKER) this.#send(stream, update);
    });
  }

  #send(stream: DocumentName, update: Uint8Array): void {
    const waiting = this.#outgoing.get(stream);
    if (waiting !== undefined) return void waiting.push(update);
    this.#outgoing.set(stream, [update]);
    void this.#sendAll(stream);
  }

  /** One call after the other; what came meanwhile goes as one. */
  async #sendAll(stream: DocumentName): Promise<void> {
    for (let next = this.#outgoing.get(stream) ?? []; next.length > 0; next = this.#outgoing.get(stream) ?? []) {
      this.#outgoing.set(stream, []);
      try {
        await this.drafts.draftUpdate(this.room, this.draft, stream, Y.mergeUpdates(next));
      } catch (error) {
        if (!isFailure(error)) throw error;
        this.store.set({ refused: error });
      }
    }
    this.#outgoing.delete(stream);
  }

  /** Every delegation's proposals that there are, and the own one's, which may have none yet. */
  async #loadProposals(view: DraftView): Promise<void> {
    const streams = new Set<DocumentName>();
    for (const stream of view.streams) if (stream.startsWith("proposals/")) streams.add(stream as DocumentName);
    if (view.delegation !== "") streams.add(`proposals/${view.delegation}`);
    const missing = [...streams].filter((stream) => !this.#docs.has(stream));
    if (missing.length === 0) return;
    await Promise.all(missing.map((stream) => this.#load(stream, new Y.Doc())));
    const named = [...this.#docs].filter(([stream]) => stream !== "text");
    const proposals = new Map(named.map(([stream, doc]) => [stream.slice("proposals/".length), doc]));
    this.store.set({ proposals, round: this.store.get().round + 1 });
  }

  /** Take in an event of the worker; those of other drafts are left alone. */
  take(event: DraftEvent): void {
    if (event.type === "drafts") return;
    if (event.type === "draft") {
      if (event.view.draft === this.draft) this.#takeView(event.view);
      return;
    }
    if (event.draft !== this.draft) return;
    if (event.type === "draft-update") {
      const doc = this.#docs.get(event.stream);
      if (doc !== undefined) Y.applyUpdate(doc, event.update, WORKER);
    } else {
      this.#takeCursor(event.account, event.cursor);
    }
  }

  #takeView(view: DraftView): void {
    this.store.set({ view });
    void this.#loadProposals(view);
    this.#touch();
  }

  #takeCursor(account: Id, raw: Uint8Array | null): void {
    const cursors = new Map(this.store.get().cursors);
    const cursor = raw === null ? null : readCursor(raw);
    if (cursor === null) cursors.delete(account);
    else cursors.set(account, cursor);
    this.store.set({ cursors });
  }

  #noteChanged(events: readonly Y.YEvent<Y.AbstractType<unknown>>[]): void {
    for (const event of events) {
      if (event.path.length > 0) this.#changed.add(String(event.path[0]));
      else for (const key of event.changes.keys.keys()) this.#changed.add(key);
    }
  }

  #touch(): void {
    this.#timer ??= setTimeout(() => this.flush(), Math.max(CALM_MS, CALM_FACTOR * this.#took_ms));
  }

  /** Work out at once what follows from the text as it is now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const begun = performance.now();
    const { view, document: before } = this.store.get();
    const known = new Map([...this.#words].filter(([id]) => !this.#changed.has(id)));
    this.#changed.clear();
    const read = readText(this.text, known);
    const document = { ...read, nodes: sameObjects(before.nodes, read.nodes) };
    this.#words = new Map(document.nodes.map(({ id, text }) => [id, text as Readonly<Record<string, readonly Run[]>>]));
    const projection = project(document, standing(view), view.draft);
    this.#took_ms = performance.now() - begun;
    this.store.set({ document, projection });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.undo.destroy();
    for (const doc of this.#docs.values()) doc.destroy();
    void this.drafts.closeDraft(this.room, this.draft);
  }
}

function standing(view: DraftView): StandingActs {
  return view.acts as unknown as StandingActs;
}

/** Nodes that are what they were, as the objects that they were: what is drawn of them need not be drawn again. */
function sameObjects(before: readonly TextNode[], nodes: readonly TextNode[]): TextNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  return nodes.map((node) => {
    const old = known.get(node.id);
    const same = old?.text === node.text && old.kind === node.kind && old.parent === node.parent;
    return same && old.order === node.order ? old : node;
  });
}

/** A cursor as it was sealed; null if it is none. Relative positions are checked where they are used. */
function readCursor(raw: Uint8Array): Cursor | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(raw)) as Partial<Record<keyof Cursor, unknown>> | null;
    const { node, lang, anchor, head } = value ?? {};
    const all = [node, lang, anchor, head].every((each) => typeof each === "string");
    return all ? ({ node, lang, anchor, head } as Cursor) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
