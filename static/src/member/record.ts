// A room's timeline: rows of the record turned into what the page shows, and the indices for windows, dates and search.

import type { Bytes } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { Entry, EventEntry, FileView, Mark, MessageEntry, SearchHit, TermView } from "./api.ts";
import { type Content, type FileContent, mayWrite, parseContent } from "./content.ts";
import { readsAs } from "./interpreters/languages.ts";
import { Privates } from "./interpreters/privates.ts";
import { Terms } from "./interpreters/terms.ts";
import { type Reader, Translations, UNTRANSLATED } from "./interpreters/translations.ts";

/** One item of the record as this browser keeps it. */
export interface Row {
  number: number;
  /** The server's clock when it took the item. */
  at_ms: number;
  kind: "content" | "commit" | "founding";
  device: Id;
  /** Whose device it is, or null if nobody could be made out. */
  account: Id | null;
  item: Id;
  epoch: number;
  /** The record's head after this item, 32 bytes. */
  head: Bytes;
  /**
   * open: read · sealed: its epoch's key is missing yet · refused: `code` says why · earlier: of an epoch before this
   * account was let in, never to be read here · replayed: an item that the record held before.
   */
  state: "open" | "sealed" | "refused" | "earlier" | "replayed";
  code: string | null;
  plaintext: Bytes | null;
  /** Its device is an interpreter's. */
  interpreter?: true;
  /** What was opened of something private; see privates.ts. */
  inner?: Bytes;
  /** Of a commit or a founding: its device was listed under a changed key that was not acknowledged then. */
  doubtful?: boolean;
  /** Accounts that a commit let in and put out. */
  change: { added: Id[]; removed: Id[] } | null;
}

/** A content of this account that waits to be sent. */
export interface Waiting {
  item: Id;
  content: Content;
  created_ms: number;
  failure: string | null;
}

interface Message {
  row: Row;
  text: string;
  lang: string;
  reply: Id | null;
  mentions: Id[];
  files: FileContent[];
  earlier: { text: string; at_ms: number }[];
  withdrawn: { at_ms: number; reason: string | null } | null;
  reactions: Map<Mark, Id[]>;
}

type Slot = { number: number; message: Message } | { number: number; event: EventEntry };

const HITS_MAX = 200;
const EXCERPT_CHARACTERS = 200;

/** Contents that have no line of their own and name no message openly. */
type Beside = Exclude<Content, { target: Id } | { t: "message" | "name" | "notice" }>;

export class Timeline {
  readonly translations = new Translations();
  readonly privates: Privates;
  private readonly reader: Reader;
  private readonly messages = new Map<Id, Message>();
  private readonly slots: Slot[] = [];
  private readonly glossary = new Terms();
  /** What each account said last, in the order in which they said it: some have no say. */
  private readonly switches = new Map<Id, boolean>();
  private waiting: Waiting[] = [];
  name: string | null = null;

  constructor(room: Id, reader: Reader) {
    this.reader = reader;
    this.privates = new Privates(room, reader.own);
  }

  /** Take in the row that follows all others; returns the numbers of entries that are new or look different now. */
  apply(row: Row): number[] {
    if (row.state === "refused") return this.event(row, "refused", [], row.code);
    if (row.state !== "open") return [];
    if (row.kind === "founding") return this.event(row, "founded", [], null);
    if (row.kind === "commit") return this.applyChange(row);
    const content = row.plaintext && parseContent(row.plaintext);
    return content ? this.applyContent(row, content) : this.event(row, "refused", [], "item.malformed");
  }

  /** What the reader makes of an interpreter in this room; see Reader. */
  interpreter(account: Id): ReturnType<Reader["interpreter"]> {
    return this.reader.interpreter(account);
  }

  /** Whether interpreters are to translate, as the newest word of somebody who may decide it says. */
  translates(mayDecide: (account: Id) => boolean): boolean {
    return [...this.switches].findLast(([by]) => mayDecide(by))?.[1] ?? true;
  }

  /** The room's glossary, oldest line first. */
  terms(): TermView[] {
    const waiting = this.waiting.flatMap(({ content, created_ms, failure }) =>
      content.t === "term" && failure === null ? [{ ...content, by: this.reader.own, at_ms: created_ms }] : [],
    );
    return this.glossary.all(waiting);
  }

  /** Rises with every change of the glossary in the record. */
  get termsVersion(): number {
    return this.glossary.version;
  }

  /** Numbers of the messages of which there are translations. */
  translated(): number[] {
    return [...this.translations.targets()].flatMap((item) => this.messages.get(item)?.row.number ?? []);
  }

  /** What waits to be sent; shown behind the newest entry, or upon the entry that it changes. */
  setWaiting(waiting: Waiting[]): void {
    this.waiting = waiting;
  }

  /** The entries of a window, oldest first, and whether there are more on the side that it reaches towards. */
  entries(window: { before?: number; after?: number; limit: number }): { entries: Entry[]; more: boolean } {
    const limit = Math.max(1, window.limit);
    if (window.after !== undefined) {
      const from = this.firstAbove(window.after);
      const slots = this.slots.slice(from, from + limit);
      const more = from + limit < this.slots.length;
      return { entries: [...slots.map((slot) => this.view(slot)), ...(more ? [] : this.unsent())], more };
    }
    const to = window.before === undefined ? this.slots.length : this.firstAbove(window.before - 1);
    const from = Math.max(0, to - limit);
    const entries = this.slots.slice(from, to).map((slot) => this.view(slot));
    return { entries: window.before === undefined ? [...entries, ...this.unsent()] : entries, more: from > 0 };
  }

  /** The entries with these numbers, in order. */
  at(numbers: Iterable<number>): Entry[] {
    const found: Entry[] = [];
    for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
      for (let i = this.firstAbove(number - 1); this.slots[i]?.number === number; i++)
        found.push(this.view(this.slots[i]!));
    }
    return found;
  }

  /** Messages that wait to be sent or could not be. */
  unsent(): MessageEntry[] {
    return this.waiting.flatMap((item) => (item.content.t === "message" ? [this.unsentEntry(item, item.content)] : []));
  }

  /** The number of the first entry at or after a time, or null if all are older. */
  numberAt(at_ms: number): number | null {
    // Not a binary search: the server's clock may have stepped back.
    return this.slots.find((slot) => atOf(slot) >= at_ms)?.number ?? null;
  }

  /** The message with this id, if it was sent and can be read. */
  message(item: Id): { account: Id; number: number; files: FileContent[]; withdrawn: boolean } | null {
    const message = this.messages.get(item);
    if (!message) return null;
    const { row, files, withdrawn } = message;
    return { account: row.account ?? "", number: row.number, files, withdrawn: withdrawn !== null };
  }

  /** The text of a message as it looks now, or null if there is no such message. */
  textOf(item: Id): string | null {
    const message = this.messages.get(item);
    const entry = message && this.view({ number: message.row.number, message });
    return entry?.kind === "message" ? entry.text : null;
  }

  /** Others' messages above `cursor`, and whether one of them names this account. */
  unread(cursor: number): { unread: number; mentioned: boolean } {
    let unread = 0;
    let mentioned = false;
    for (let i = this.slots.length - 1; i >= 0 && this.slots[i]!.number > cursor; i--) {
      const slot = this.slots[i]!;
      if (!("message" in slot) || slot.message.row.account === this.reader.own || slot.message.withdrawn) continue;
      unread++;
      mentioned ||= slot.message.mentions.includes(this.reader.own);
    }
    return { unread, mentioned };
  }

  /** The newest message, shortened; others' in the reader's language, if there is a whole translation. */
  newest(): { at_ms: number; account: Id; text: string } | null {
    for (let i = this.slots.length - 1; i >= 0; i--) {
      const slot = this.slots[i]!;
      if (!("message" in slot)) continue;
      const { row, files, withdrawn } = slot.message;
      const shown = withdrawn ? "" : this.readText(slot.message) || (files[0]?.name ?? "");
      return { at_ms: row.at_ms, account: row.account ?? "", text: shown.slice(0, EXCERPT_CHARACTERS) };
    }
    return null;
  }

  /** Messages that hold every word of `query`, newest first. */
  search(query: string, room: Id): SearchHit[] {
    const words = folded(query).split(/\s+/u).filter(Boolean);
    if (words.length === 0) return [];
    const hits: SearchHit[] = [];
    for (let i = this.slots.length - 1; i >= 0 && hits.length < HITS_MAX; i--) {
      const slot = this.slots[i]!;
      if (!("message" in slot)) continue;
      const { row, text, files } = slot.message;
      const { translations } = this.translations.of(row.item, slot.message, this.reader);
      const read = [text, ...translations.map((one) => one.text), ...files.map((file) => file.name)];
      const haystack = folded(read.join("\n"));
      if (!words.every((word) => haystack.includes(word))) continue;
      hits.push({ room, number: row.number, item: row.item, account: row.account ?? "", at_ms: row.at_ms, text });
    }
    return hits;
  }

  /** All entries, oldest first. */
  all(): Entry[] {
    return this.slots.map((slot) => this.view(slot));
  }

  private applyContent(row: Row, content: Content): number[] {
    if (!mayWrite(row.interpreter === true, content)) return this.event(row, "refused", [], "item.interpreter");
    if (content.t === "message") return this.applyMessage(row, content);
    if (content.t === "name") return this.applyName(row, content.name);
    if (content.t === "notice") return this.event(row, content.notice, [], null);
    if (!("target" in content)) return this.applyBeside(row, content);
    const target = this.messages.get(content.target);
    // Targets from before this account was let in are unknown here, which is nobody's fault.
    if (!target) return [];
    if (content.t === "translation" || content.t === "rendering") return this.applyTranslated(row, target, content);
    if (content.t === "reaction") {
      react(target.reactions, content.mark, row.account ?? "", content.on);
      return [target.row.number];
    }
    if (target.row.account !== row.account) return this.event(row, "refused", [], "item.not_yours");
    if (content.t === "correction") {
      target.earlier.push({ text: target.text, at_ms: target.row.at_ms });
      target.text = content.text;
      target.lang = content.lang;
    } else {
      target.withdrawn ??= { at_ms: row.at_ms, reason: content.reason ?? null };
    }
    return [target.row.number];
  }

  private applyBeside(row: Row, content: Beside): number[] {
    if (content.t === "private_key") this.privates.take(row, content);
    if (content.t === "term") this.glossary.add(content, writingOf(row));
    if (content.t === "translations") this.switch(row.account ?? "", content.on);
    const inner = content.t === "private" && row.inner ? parseContent(row.inner) : null;
    const target = inner?.t === "translation" && this.messages.get(inner.target);
    return target ? this.applyTranslated(row, target, inner, true) : [];
  }

  private switch(by: Id, on: boolean): void {
    this.switches.delete(by); // so that it comes last
    this.switches.set(by, on);
  }

  private applyTranslated(
    row: Row,
    target: Message,
    content: Extract<Content, { t: "translation" | "rendering" }>,
    onlyDelegation = false,
  ): number[] {
    if (content.t === "rendering") this.translations.addRendering(content, writingOf(row));
    else this.translations.add(content, writingOf(row), onlyDelegation);
    return [target.row.number];
  }

  private applyMessage(row: Row, content: Extract<Content, { t: "message" }>): number[] {
    const { text, lang, mentions, files, reply } = content;
    const shown = { row, text, lang, mentions, files, reply: reply ?? null };
    const message: Message = { ...shown, earlier: [], withdrawn: null, reactions: new Map() };
    this.messages.set(row.item, message);
    this.slots.push({ number: row.number, message });
    return [row.number];
  }

  private applyName(row: Row, name: string): number[] {
    // The name is said again for newcomers who may not read the past; that is no renaming.
    if (name === this.name) return [];
    this.name = name;
    return this.event(row, "renamed", [], name);
  }

  private applyChange(row: Row): number[] {
    const { added, removed } = row.change ?? { added: [], removed: [] };
    if (added.length + removed.length === 0) return this.event(row, "rotated", [], null);
    if (added.length > 0) this.event(row, "added", added, null);
    if (removed.length > 0) this.event(row, "removed", removed, null);
    return [row.number];
  }

  private event(row: Row, event: EventEntry["event"], accounts: Id[], text: string | null): number[] {
    const { number, at_ms, account } = row;
    this.slots.push({ number, event: { kind: "event", number, at_ms, account, event, accounts, text } });
    return [number];
  }

  private view(slot: Slot): Entry {
    if ("event" in slot) return slot.event;
    const { message } = slot;
    const { row, text, lang, mentions, files, earlier, withdrawn } = message;
    const entry: MessageEntry = {
      kind: "message",
      item: row.item,
      number: row.number,
      account: row.account ?? "",
      device: row.device,
      at_ms: row.at_ms,
      text,
      lang,
      reply: this.quote(message.reply),
      mentions,
      files: files.map(fileView),
      earlier: [...earlier],
      withdrawn,
      reactions: views(message.reactions),
      sending: "sent",
      failure: null,
      ...UNTRANSLATED,
    };
    return this.withTranslations(this.withWaiting(entry, message));
  }

  /** The entry as it will look once this account's waiting corrections, withdrawals and reactions are sent. */
  private withWaiting(entry: MessageEntry, message: Message): MessageEntry {
    for (const { content, created_ms, failure } of this.waiting) {
      if (!("target" in content) || content.target !== entry.item || failure) continue;
      if (content.t === "translation" || content.t === "rendering") continue;
      if (content.t === "reaction") {
        const reactions = new Map([...message.reactions].map(([mark, accounts]) => [mark, [...accounts]]));
        react(reactions, content.mark, this.reader.own, content.on);
        entry.reactions = views(reactions);
      } else if (content.t === "correction") {
        entry.earlier.push({ text: entry.text, at_ms: entry.at_ms });
        entry.text = content.text;
        entry.lang = content.lang;
      } else {
        entry.withdrawn ??= { at_ms: created_ms, reason: content.reason ?? null };
      }
    }
    return entry;
  }

  /** Last of all: translations are of the text as it will look. */
  private withTranslations(entry: MessageEntry): MessageEntry {
    const waiting = this.waiting.flatMap(({ content, created_ms, failure }) =>
      content.t === "rendering" && content.target === entry.item && failure === null
        ? [{ ...content, by: this.reader.own, at_ms: created_ms }]
        : [],
    );
    return { ...entry, ...this.translations.of(entry.item, entry, this.reader, waiting) };
  }

  private readText(message: Message): string {
    const { row, text, lang } = message;
    const language = this.reader.language();
    if (row.account === this.reader.own || language === undefined || readsAs(lang, language)) return text;
    const { translations } = this.translations.of(row.item, message, this.reader);
    return translations.find(({ complete, problem }) => complete && problem === null)?.text ?? text;
  }

  private unsentEntry(
    { item, created_ms, failure }: Waiting,
    content: Extract<Content, { t: "message" }>,
  ): MessageEntry {
    return {
      kind: "message",
      item,
      number: null,
      account: this.reader.own,
      device: "",
      at_ms: created_ms,
      text: content.text,
      lang: content.lang,
      reply: this.quote(content.reply ?? null),
      mentions: content.mentions,
      files: content.files.map(fileView),
      earlier: [],
      withdrawn: null,
      reactions: [],
      sending: failure ? "failed" : "waiting",
      failure,
      ...UNTRANSLATED,
    };
  }

  private quote(item: Id | null): MessageEntry["reply"] {
    const message = item === null ? undefined : this.messages.get(item);
    if (!message) return null;
    const text = message.withdrawn ? "" : message.text || (message.files[0]?.name ?? "");
    return { item: message.row.item, account: message.row.account ?? "", text: text.slice(0, EXCERPT_CHARACTERS) };
  }

  /** Index of the first slot whose number is above `number`. */
  private firstAbove(number: number): number {
    let low = 0;
    let high = this.slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.slots[middle]!.number > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function writingOf({ account, at_ms }: Row): { by: Id; at_ms: number } {
  return { by: account ?? "", at_ms };
}

function react(reactions: Map<Mark, Id[]>, mark: Mark, account: Id, on: boolean): void {
  const others = (reactions.get(mark) ?? []).filter((other) => other !== account);
  const accounts = on ? [...others, account] : others;
  if (accounts.length > 0) reactions.set(mark, accounts);
  else reactions.delete(mark);
}

function views(reactions: Map<Mark, Id[]>): MessageEntry["reactions"] {
  return [...reactions].map(([mark, accounts]) => ({ mark, accounts: [...accounts] }));
}

function fileView({ blob, name, type, size_bytes, width, height }: FileContent): FileView {
  return { blob, name, type, size_bytes, ...(width !== undefined && height !== undefined && { width, height }) };
}

function atOf(slot: Slot): number {
  return "event" in slot ? slot.event.at_ms : slot.message.row.at_ms;
}

/** Text in the form in which it is compared: compatibility forms made equal, case removed. */
function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
