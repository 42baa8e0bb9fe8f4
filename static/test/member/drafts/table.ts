// People at a table: a room with a draft, a page's document for each of them, and the words in it.

import * as Y from "yjs";

import type { DocumentName, DraftApi, DraftRight, DraftView, Right } from "../../../src/member/drafts/api.ts";
import { draftApi } from "../../../src/member/drafts/calling.ts";
import type { Draft } from "../../../src/member/drafts/draft.ts";
import type { Drafts } from "../../../src/member/drafts/drafts.ts";
import { insideOf } from "../inside.ts";
import { type Profile, until } from "../profile.ts";

export const CLAUSE = "AAAAAAAAAAAAAAAAAAAAAQ";

/** A page with a draft open: its own Yjs document, kept up to date by events as a page does. */
export class Page {
  readonly profile: Profile;
  readonly room: string;
  readonly draft: string;
  readonly doc = new Y.Doc();
  readonly undo: Y.UndoManager;
  readonly name: DocumentName;
  private seen: number;
  private sending: Promise<unknown> = Promise.resolve();

  private constructor(profile: Profile, room: string, draft: string, name: DocumentName) {
    this.profile = profile;
    this.room = room;
    this.draft = draft;
    this.name = name;
    this.undo = new Y.UndoManager(this.doc.getMap("nodes"), { trackedOrigins: new Set(["own"]), captureTimeout: 0 });
    this.seen = profile.events.length;
  }

  static async open(profile: Profile, room: string, draft: string, name: DocumentName = "text"): Promise<Page> {
    const page = new Page(profile, room, draft, name);
    await page.api.openDraft(room, draft);
    Y.applyUpdate(page.doc, await page.api.draftState(room, draft, name), "remote");
    page.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "remote") page.sending = page.sending.then(() => page.api.draftUpdate(room, draft, name, update));
    });
    return page;
  }

  get api(): DraftApi {
    return draftApi(this.profile.engine);
  }

  /** Take in what the worker has told. */
  hear(): void {
    const { events } = this.profile;
    for (const event of events.slice(this.seen)) {
      const ours = event.type === "draft-update" && event.draft === this.draft && event.stream === this.name;
      if (ours) Y.applyUpdate(this.doc, event.update, "remote");
    }
    this.seen = events.length;
  }

  /** Edits that were handed to the worker are kept there. */
  async handed(): Promise<void> {
    await this.sending;
  }

  view(): Promise<DraftView> {
    return this.api.openDraft(this.room, this.draft);
  }

  words(): string {
    this.hear();
    return textIn(this.doc)?.toString() ?? "";
  }

  /** Put words into the clause: own edits, with an undo. */
  insert(at: number, text: string): void {
    this.hear();
    this.doc.transact(() => textIn(this.doc)!.insert(at, text), "own");
  }

  delete(at: number, length: number): void {
    this.hear();
    this.doc.transact(() => textIn(this.doc)!.delete(at, length), "own");
  }

  reads(words: string): Promise<true> {
    return until(
      `words ${JSON.stringify(words)}, there ${JSON.stringify(this.words())}`,
      () => this.words() === words,
      20_000,
    ) as Promise<true>;
  }
}

/** A text of one clause, as a page makes it. */
export function firstText(words: string): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    const meta = doc.getMap("meta");
    meta.set("title", new Y.Map([["en", "On fish"]]));
    meta.set("langs", JSON.stringify(["en"]));
    const clause = new Y.Map<unknown>([
      ["kind", "paragraph"],
      ["parent", ""],
      ["order", "a"],
    ]);
    doc.getMap("nodes").set(CLAUSE, clause);
    const fragment = new Y.XmlFragment();
    clause.set("text", new Y.Map([["en", fragment]]));
    const paragraph = new Y.XmlElement("p");
    fragment.insert(0, [paragraph]);
    const text = new Y.XmlText();
    paragraph.insert(0, [text]);
    text.insert(0, words);
  });
  return Y.encodeStateAsUpdate(doc);
}

function textIn(doc: Y.Doc): Y.XmlText | undefined {
  const node = doc.getMap("nodes").get(CLAUSE) as Y.Map<Y.Map<Y.XmlFragment>> | undefined;
  const paragraph = node?.get("text")?.get("en")?.get(0) as Y.XmlElement | undefined;
  return paragraph?.get(0) as Y.XmlText | undefined;
}

export function right(profile: Profile, right: Right, delegation = ""): DraftRight {
  return { account: profile.account, delegation, right };
}

export async function begin(by: Profile, room: string, words: string, rights: DraftRight[]): Promise<string> {
  const init = { update: firstText(words), rights, default: "read" as Right };
  return draftApi(by.engine).createDraft(room, init);
}

/** The worker's own object of a draft: the attacker's view of a device that was taken. */
export async function draftOf(profile: Profile, room: string, draft: string): Promise<Draft> {
  const drafts = (await insideOf(profile).drafts()) as unknown as Pick<Drafts, never> & {
    enter(room: string, draft: string): Promise<Draft>;
  };
  return drafts.enter(room, draft);
}
