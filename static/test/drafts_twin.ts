// The browser's side of drafts for the tests of its Python twin: one JSON request a line in, one answer a line out.
// tests/member/drafts/test_twins.py drives it.

import { createInterface } from "node:readline";
import * as Y from "yjs";

import { newAnnex, writeNote } from "../src/draft/negotiation/annex.ts";
import { createText } from "../src/draft/model/create.ts";
import { languagesOf } from "../src/draft/model/doc.ts";
import { lengthOfRuns } from "../src/draft/model/inline.ts";
import { opsOn } from "../src/draft/model/ops.ts";
import { readText } from "../src/draft/model/read.ts";
import { isDraftItemSigned, makeDraftItem, openDraftItem } from "../src/e2ee/draft.ts";
import { deriveRecordKey } from "../src/e2ee/record.ts";
import { Refusal } from "../src/e2ee/refusal.ts";
import { signingKeyFromSeed } from "../src/e2ee/signing.ts";
import { CleanDocument, type ClaimLine } from "../src/member/drafts/cleandoc.ts";
import { encodeSnapshot, parseSnapshot } from "../src/member/drafts/snapshots.ts";
import { b64, MalformedError, unb64 } from "../src/wire/bytes.ts";
import { documentHash } from "../src/wire/drafts/clauses.ts";
import { decodeDraftItem } from "../src/wire/drafts/envelope.ts";
import { type DraftItemKind, streamOf } from "../src/wire/drafts/streams.ts";
import type { Run } from "../src/wire/drafts/text.ts";
import { newId, type Id } from "../src/wire/ids.ts";

interface KeyJson {
  exporter: string;
  share: string;
  room: string;
  epoch: number;
  bucket: number;
}
interface ItemJson {
  kind: DraftItemKind;
  draft: Id;
  stream: string;
  device: Id;
  sequence: number;
  item: Id;
  seen_number: number;
  seen_head: string;
}

const WORDS = ["shall ", "제12조 ", "يلتزم ", "🕊️", "e\u0301", "合意 ", "may not ", "\n", "\u200d"];
const LANGS = ["en", "ko", "ar"];
const ME = { account: "", device: "browser" };

const keyOf = ({ exporter, share, room, epoch, bucket }: KeyJson) =>
  deriveRecordKey(unb64(exporter), unb64(share), room, epoch, bucket);

/** mulberry32: the same numbers in each run. */
function chanceOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A place in a text that is not within a letter: as an editor has them. */
function between(runs: readonly Run[], offset: number): number {
  const units = runs.map(({ text, atom }) => (atom === undefined ? text : "\ufffc")).join("");
  const code = units.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}

/** A dozen edits as a page makes them: words, brackets that overlap, options, clauses, notes. */
function edit(doc: Y.Doc, seed: number): void {
  const [chance, ops] = [chanceOf(seed), opsOn(doc)];
  const words = () => Array.from({ length: chance(5) }, () => WORDS[chance(WORDS.length)]!).join("");
  if (languagesOf(doc).length === 0) createText(doc, { id: "", nodes: [] }, LANGS, { en: "Treaty", ko: "조약" });
  for (let step = 0; step < 12; step++) {
    const { nodes, brackets } = readText(doc);
    const node = nodes[chance(nodes.length || 1)];
    const lang = LANGS[chance(LANGS.length)]!;
    const runs = node?.text[lang] ?? [];
    const length = lengthOfRuns(runs);
    const bracket = brackets[chance(brackets.length || 1)];
    const act = node ? chance(10) : 0;
    if (act <= 1 || !node)
      ops.addClause({ kind: "paragraph", parent: act === 1 && node ? node.id : "", after: null, text: {} });
    else if (act <= 4) ops.setWords(node.id, lang, words());
    else if (act === 5 && length > 1) {
      const from = between(runs, chance(length - 1));
      const to = between(runs, from + 2 + chance(length - from - 1));
      ops.bracketSpan([{ node: node.id, lang, from, to }], { by: "", reason: words() });
    } else if (act === 6 && bracket) ops.addOption(bracket.id, { node: node.id, words: { [lang]: words() } }, { by: "" });
    else if (act === 7) ops.moveClause(node.id, { parent: "", after: null });
    else if (act === 9 && length > 1) {
      const from = between(runs, chance(length - 1));
      ops.cite({ node: node.id, lang, from, to: between(runs, from + 1 + chance(length - from)) }, words());
    } else if (act === 8 && length > 0) ops.addNote(node.id, lang, between(runs, chance(length)));
  }
}

function told(doc: Y.Doc) {
  const document = readText(doc);
  return { document, hash: b64(documentHash(document)), state: b64(Y.encodeStateAsUpdate(doc)) };
}

const operations = {
  /** What a page adds to a document in random edits. */
  async edit({ state, seed }: { state: string; seed: number }) {
    const doc = new Y.Doc();
    doc.clientID = seed + 1;
    Y.applyUpdate(doc, unb64(state));
    const before = Y.encodeStateVector(doc);
    edit(doc, seed);
    return { update: b64(Y.encodeStateAsUpdate(doc, before)), ...told(doc) };
  },
  /** A delegation's private notes on a clause that stands in another document. */
  async annex({ draft, clause, notes }: { draft: Id; clause: Id; notes: [lang: string, words: string][] }) {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, newAnnex(draft, "en", "Private"));
    for (const [lang, words] of notes) writeNote(doc, clause, { id: newId(), lang, words });
    return told(doc);
  },
  /** What a clean document says after these updates, or why one of them is refused. */
  async read({ updates }: { updates: string[] }) {
    const clean = new CleanDocument();
    const refused = updates.map((update) => clean.apply(unb64(update), ME));
    return { refused, claims: clean.claimLines().map(([client]) => client), ...told(clean.doc) };
  },
  async seal({ key, place, plaintext, seed }: { key: KeyJson; place: ItemJson; plaintext: string; seed: string }) {
    const { seen_number: seenNumber, seen_head, stream, ...rest } = place;
    const stands = { ...rest, stream: streamOf(stream)!, seenNumber, seenHead: unb64(seen_head) };
    return b64(await makeDraftItem(keyOf(key), stands, unb64(plaintext), await signingKeyFromSeed(unb64(seed))));
  },
  async open({ key, raw, public: device }: { key: KeyJson; raw: string; public: string }) {
    const envelope = decodeDraftItem(unb64(raw));
    if (!(await isDraftItemSigned(envelope, unb64(device)))) throw new Refusal("item.forged");
    return b64(await openDraftItem(keyOf(key), envelope));
  },
  async pack(asked: { stream: string; through: number; hash: string; claims: ClaimLine[]; state: string }) {
    return b64(encodeSnapshot({ ...asked, state: unb64(asked.state) } as never));
  },
  async unpack({ raw }: { raw: string }) {
    const snapshot = parseSnapshot(unb64(raw));
    return snapshot && { ...snapshot, state: b64(snapshot.state) };
  },
};

async function outcome(line: string): Promise<object> {
  const { op, ...asked } = JSON.parse(line) as { op: keyof typeof operations };
  try {
    return { ok: await (operations[op] as (fields: object) => Promise<unknown>)(asked) };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    if (error instanceof MalformedError) return { refused: "malformed" };
    return { refused: `threw ${String(error)}` }; // no answer that any test waits for
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await outcome(line))}\n`);
}
