// A room's record as a page to read, to print, to hand in: no scripts, nothing from elsewhere, all text escaped.
// Times are UTC, so that readers in two countries hold the same page. The words come from the reader's catalogue.

import type { Id } from "../wire/ids.ts";
import type { Entry, EventEntry, ExportWords, MessageEntry } from "./api.ts";
import type { People } from "./people.ts";
import type { Room } from "./room.ts";

/** Who takes the record along, and when (Unix milliseconds). */
export interface Export {
  account: Id;
  at_ms: number;
}

const STYLE = `
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #191d21 }
body { font: 1rem/1.55 system-ui, "Noto Sans", sans-serif }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.3 }
h2 { margin: 2rem 0 0.5rem; padding-bottom: 0.25rem; border-bottom: 1px solid #bbb; font-size: 1rem }
ol, ul { list-style: none; margin: 0; padding: 0 }
li { margin-block: 0.85rem }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.members { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-block: 0.75rem }
.members li { margin: 0 }
.event { margin-block: 0.4rem }
.meta, .event, .trace { color: #525b64; font-size: 0.85rem }
.number { font-variant-numeric: tabular-nums }
b { color: #191d21; font-size: 1rem }
abbr { padding: 0 0.25rem; border: 1px solid #838c96; border-radius: 4px; font-size: 0.75rem; font-weight: 700 }
abbr { text-decoration: none }
blockquote, .trace { margin: 0.15rem 0; padding-inline-start: 0.6rem; border-inline-start: 3px solid #ccc }
blockquote { color: #525b64 }
:lang(ko) { word-break: keep-all }
@media print { body { max-width: none; margin: 0; font-size: 11pt } li { break-inside: avoid } }
`;

/** `words`: see ExportWords; a key that it lacks is written as it is called. */
export async function readableRecord(room: Room, people: People, words: ExportWords, made: Export): Promise<Blob> {
  return new Blob(new Page(people, words).whole(room, made), { type: "text/html" });
}

type Html = string;

class Page {
  readonly #people: People;
  readonly #words: ExportWords;
  readonly #days: Intl.DateTimeFormat;

  constructor(people: People, words: ExportWords) {
    this.#people = people;
    this.#words = words;
    this.#days = new Intl.DateTimeFormat(words.lang || "en", { dateStyle: "full", timeZone: "UTC" });
  }

  whole(room: Room, made: Export): Html[] {
    const title = escaped(room.data.name ?? room.id);
    const members = Object.keys(room.data.membership.accounts).map((account) => `<li>${this.#person(account)}</li>`);
    const by = this.#sentence("made", { name: this.#person(made.account), time: `${timeOf(made.at_ms, true)} UTC` });
    return [
      `<!doctype html><html lang="${escaped(this.#words.lang)}"><head><meta charset="utf-8"><title>${title}</title>`,
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
      `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>`,
      `<body><h1 dir="auto">${title}</h1><p class="meta">${by} ${this.#sentence("about")}</p>`,
      `<ul class="members" aria-label="${this.#sentence("members")}">${members.join("")}</ul><ol>\n`,
      ...this.#record(room.timeline.all()),
      "</ol></body></html>\n",
    ];
  }

  *#record(entries: Iterable<Entry>): Generator<Html> {
    let before = "";
    for (const entry of entries) {
      const day = new Date(entry.at_ms).toISOString().slice(0, 10);
      if (day !== before) yield `<li><h2>${escaped(this.#days.format(entry.at_ms))} · UTC</h2></li>\n`;
      before = day;
      yield entry.kind === "message" ? this.#message(entry) : this.#event(entry);
    }
  }

  #message(entry: MessageEntry): Html {
    const { reply, withdrawn } = entry;
    const parts = [`<p class="meta">${place(entry)} · <b>${this.#person(entry.account)}</b></p>`];
    if (reply) parts.push(`<blockquote dir="auto">${this.#person(reply.account)}: ${escaped(reply.text)}</blockquote>`);
    const text = escaped(entry.text);
    if (withdrawn === null) parts.push(`<p dir="auto" lang="${escaped(entry.lang)}">${text}</p>`);
    else parts.push(this.#withdrawal(entry, withdrawn), `<p class="trace" dir="auto"><s>${text}</s></p>`);
    if (withdrawn === null) parts.push(...this.#translation(entry));
    for (const { text: earlier, at_ms } of entry.earlier) {
      const label = this.#sentence("earlier", { time: timeOf(at_ms) });
      parts.push(`<p class="trace" dir="auto">${label} ${escaped(earlier)}</p>`);
    }
    for (const { name, size_bytes } of entry.files) {
      parts.push(`<p class="meta">${this.#sentence("file")} <bdi>${escaped(name)}</bdi> (${size(size_bytes)})</p>`);
    }
    for (const { mark, accounts } of entry.reactions) {
      const names = accounts.map((account) => this.#person(account)).join(", ");
      parts.push(`<p class="meta">${this.#sentence(mark)}: ${names}</p>`);
    }
    return `<li id="n${entry.number}">${parts.join("")}</li>\n`;
  }

  /** How the reader read it: the best whole translation, and whose it is. */
  *#translation({ translations }: MessageEntry): Generator<Html> {
    const best = translations.find(({ complete, problem }) => complete && problem === null);
    if (!best) return;
    const key = best.onlyDelegation ? "translatedForUs" : "translated";
    const label = this.#sentence(key, { name: this.#person(best.by) });
    yield `<p class="trace" dir="auto" lang="${escaped(best.to)}">${label} ${escaped(best.text)}</p>`;
  }

  #withdrawal({ account }: MessageEntry, { at_ms, reason }: NonNullable<MessageEntry["withdrawn"]>): Html {
    const said = this.#sentence("withdrawn", { name: this.#person(account), time: timeOf(at_ms) });
    const why = reason ? ` ${this.#sentence("reason", { reason: `<bdi>${escaped(reason)}</bdi>` })}` : "";
    return `<p class="meta">${said}${why}</p>`;
  }

  #event(entry: EventEntry): Html {
    const values = {
      who: this.#person(entry.account),
      people: entry.accounts.map((account) => this.#person(account)).join(", "),
      text: `<bdi>${escaped(entry.text ?? "")}</bdi>`,
      number: String(entry.number),
    };
    return `<li class="event"><p>${place(entry)} · ${this.#sentence(keyOf(entry), values)}</p></li>\n`;
  }

  #person(account: Id | null): Html {
    const person = this.#people.person(account ?? "");
    const delegation = person?.delegation;
    const code = delegation ? `<abbr title="${escaped(delegation.name)}">${escaped(delegation.code)}</abbr> ` : "";
    return `${code}<bdi>${escaped(person?.name ?? account ?? "")}</bdi>`;
  }

  /** A sentence of the catalogue; the values of its {placeholders} are HTML. */
  #sentence(key: string, values: Readonly<Record<string, Html>> = {}): Html {
    return escaped(this.#words.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  }
}

function keyOf({ event, account, accounts }: EventEntry): string {
  if (event === "removed" && (account === null || (accounts.length === 1 && accounts[0] === account))) return "left";
  return event === "rotated" && account === null ? "rotatedAlone" : event;
}

function place({ number, at_ms }: Entry): Html {
  const at = `<time datetime="${new Date(at_ms).toISOString()}">${timeOf(at_ms)}</time>`;
  return `<span class="number">${number}</span> · ${at}`;
}

function timeOf(at_ms: number, dated = false): Html {
  const at = new Date(at_ms).toISOString();
  return dated ? at.slice(0, 16).replace("T", " ") : at.slice(11, 19);
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): Html {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
