// A room's record to take away: as a bundle that others can verify, and as a page to read.

import { type BundleItem, writeBundle } from "../e2ee/bundle.ts";
import type { DeviceIdentity } from "../e2ee/identity.ts";
import type { RecordKey } from "../e2ee/record.ts";
import { type Bytes, utf8 } from "../wire/bytes.ts";
import { decodeEnvelope } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import type { Entry, EventEntry, ExportWords, MessageEntry } from "./api.ts";
import { MemberError } from "./failure.ts";
import type { Host } from "./host.ts";
import type { People } from "./people.ts";
import type { Room } from "./room.ts";

/** The record from this account's base on, with the keys of the epochs that it can read, signed by this device. */
export async function recordBundle(
  room: Room,
  people: People,
  exporter: DeviceIdentity,
  exported_s: number,
): Promise<Blob> {
  const keys = room.ring.all().flatMap(({ epoch }) => room.ring.key(epoch) ?? []);
  return new Blob(await bundleOf(room, people, exporter, exported_s, keys), { type: "application/jsonl" });
}

/** The same without keys: who wrote when, as signed, and nothing of what. UTF-8. */
export async function sealedBundle(room: Room, host: Host): Promise<Bytes> {
  if (!room.data.base) return new Uint8Array();
  const exported_s = Math.floor(host.now_ms() / 1000);
  return utf8((await bundleOf(room, host.people, host.keyholder.device, exported_s, [])).join(""));
}

async function bundleOf(
  room: Room,
  people: People,
  exporter: DeviceIdentity,
  exported_s: number,
  keys: RecordKey[],
): Promise<string[]> {
  const { base } = room.data;
  if (!base) throw new MemberError("room.no_key");
  const authors = new Set([exporter.account, ...room.log.all().flatMap((row) => row.account ?? [])]);
  const lists = [...authors].map((account) => ({ account, statements: people.statements(account) }));
  const input = { room: room.id, base, exported_s, exporter, lists, keys, items: itemsOf(room, base.number) };
  const lines: string[] = [];
  for await (const line of writeBundle(input)) lines.push(line);
  return lines;
}

/** A page without scripts or anything from elsewhere; all text escaped. */
export async function readableRecord(room: Room, people: People, { lang, words }: ExportWords): Promise<Blob> {
  const nameOf = (account: Id | null): string => people.person(account ?? "")?.name ?? account ?? "";
  const title = room.data.name ?? room.id;
  const entries = room.timeline
    .all()
    .map((entry) => (entry.kind === "message" ? message(entry, nameOf, words) : event(entry, nameOf, words)));
  const page = [
    `<!doctype html><html lang="${escaped(lang)}"><head><meta charset="utf-8"><title>${escaped(title)}</title>`,
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>`,
    `<body><h1 dir="auto">${escaped(title)}</h1><ol>\n`,
    ...entries,
    "</ol></body></html>\n",
  ];
  return new Blob(page, { type: "text/html" });
}

const STYLE =
  "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:16px/1.6 system-ui,sans-serif}" +
  "ol{list-style:none;padding:0}li{margin-block:.75rem}p{margin:0;white-space:pre-wrap}" +
  ".event,.meta,.earlier{color:#555;font-size:.85rem}blockquote{margin:0;border-inline-start:3px solid #ccc;padding-inline-start:.5rem}";

type Naming = (account: Id | null) => string;

function message(entry: MessageEntry, nameOf: Naming, words: ExportWords["words"]): string {
  const parts = [meta(entry, nameOf(entry.account))];
  if (entry.reply)
    parts.push(
      `<blockquote dir="auto">${escaped(nameOf(entry.reply.account))}: ${escaped(entry.reply.text)}</blockquote>`,
    );
  parts.push(`<p dir="auto" lang="${escaped(entry.lang)}">${escaped(entry.text)}</p>`);
  for (const { text } of entry.earlier)
    parts.push(`<p class="earlier" dir="auto">${word(words, "corrected")}: ${escaped(text)}</p>`);
  for (const { name, size_bytes } of entry.files) parts.push(`<p dir="auto">${escaped(name)} (${size_bytes} B)</p>`);
  for (const { mark, accounts } of entry.reactions) {
    parts.push(
      `<p class="meta" dir="auto">${word(words, mark)}: ${accounts.map((account) => escaped(nameOf(account))).join(", ")}</p>`,
    );
  }
  if (entry.withdrawn)
    parts.push(`<p class="meta" dir="auto">${word(words, "withdrawn")} ${escaped(entry.withdrawn.reason ?? "")}</p>`);
  return `<li id="n${entry.number}">${parts.join("")}</li>\n`;
}

function event(entry: EventEntry, nameOf: Naming, words: ExportWords["words"]): string {
  const accounts = entry.accounts.map((account) => escaped(nameOf(account))).join(", ");
  const what = [word(words, entry.event), accounts, escaped(entry.text ?? "")].filter(Boolean).join(" ");
  return `<li class="event">${meta(entry, nameOf(entry.account))}<p dir="auto">${what}</p></li>\n`;
}

function meta(entry: Entry, name: string): string {
  const at = new Date(entry.at_ms).toISOString();
  return `<p class="meta">${entry.number} · <time datetime="${at}">${at.replace("T", " ").slice(0, 19)} UTC</time> · <bdi>${escaped(name)}</bdi></p>`;
}

function word(words: ExportWords["words"], key: string): string {
  return escaped(words[key] ?? key);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

async function* itemsOf(room: Room, after: number): AsyncGenerator<BundleItem> {
  for await (const [number, raw] of room.log.raws()) {
    if (number > after) yield { number, at_ms: room.log.row(number)?.at_ms ?? 0, envelope: decodeEnvelope(raw) };
  }
}
