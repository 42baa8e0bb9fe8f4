// What a room's timeline makes of translations: which are shown, in which order, with what missing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newBoxKey } from "../../src/e2ee/box.ts";
import { sealPrivate, sealPrivateKey } from "../../src/e2ee/private.ts";
import type { MessageEntry } from "../../src/member/api.ts";
import { compose, hashOf } from "../../src/member/interpreters/composing.ts";
import { type Content, encodeContent, parseContent } from "../../src/member/content.ts";
import { readsAs } from "../../src/member/interpreters/languages.ts";
import { type Row, Timeline } from "../../src/member/record.ts";
import type { Sentence, TranslationContent } from "../../src/member/interpreters/translated.ts";
import type { Reader } from "../../src/member/interpreters/translations.ts";
import { b64, random } from "../../src/wire/bytes.ts";
import { type Id, newId } from "../../src/wire/ids.ts";
import { sentence, translation } from "./interpreter.ts";

const [own, author, ours, theirs, stranger] = [newId(), newId(), newId(), newId(), newId()];
const TEXT = "첫째. 둘째. 셋째.";
const PLACES: [number, number][] = [[0, 3], [4, 7], [8, 11]]; // prettier-ignore
const READS = ["First.", "Second.", "Third."];
const all = READS.map((reads, i) => sentence(TEXT, reads, { at: PLACES[i]!, lead: i === 0 ? "" : " " }));

/** A room in which one message stands, and what is written of it. */
class Written {
  readonly id = newId();
  readonly item = newId();
  /** Everybody's device. */
  readonly machine = newId();
  readonly rows: Row[] = [];
  readonly timeline: Timeline;
  readonly reader: Reader;
  language = "en";
  /** Whom the interpreters are to write for. */
  readers: "room" | "delegation" = "room";

  constructor(text = TEXT) {
    const interpreter = (account: Id) =>
      account === ours || account === theirs ? { own: account === ours, for: this.readers } : null;
    this.reader = { own, language: () => this.language, interpreter };
    this.timeline = new Timeline(this.id, this.reader);
    this.row({ t: "message", text, lang: "ko", mentions: [], files: [] }, author, this.item);
  }

  row(content: Content, account: Id, item = newId()): number[] {
    const number = this.rows.length + 1;
    const plaintext = new Uint8Array(encodeContent(content, number));
    const by = [ours, theirs, stranger].includes(account) && { interpreter: true as const };
    const place = { number, at_ms: number * 1000, kind: "content", device: this.machine, item, epoch: 0 } as const;
    const state = { head: new Uint8Array(32), state: "open", code: null, change: null } as const;
    const row: Row = { ...place, ...state, ...by, account, plaintext };
    this.rows.push(row);
    return this.timeline.apply(row);
  }

  says(account: Id, sentences: Sentence[], more: Partial<TranslationContent> = {}): number[] {
    return this.row(translation(this.item, TEXT, "", { sentences, of: 3, ...more }), account);
  }

  get entry(): MessageEntry {
    return this.timeline.at([1])[0] as MessageEntry;
  }

  get texts(): string[] {
    return this.entry.translations.map(({ text }) => text);
  }
}

test("a long text's parts are put together in their order; a gap stays open", () => {
  const room = new Written();
  assert.deepEqual(room.says(ours, [all[0]!]), [1]);
  assert.equal(room.entry.translations[0]!.complete, false);
  room.says(ours, [all[2]!], { first: 2, models: [{ pair: "ko-en", sha256: "1".repeat(64) }] });
  assert.deepEqual(room.texts, ["First."]);
  room.says(ours, [all[1]!], { first: 1 });
  assert.deepEqual(room.texts, ["First. Second. Third."]);
  const [view] = room.entry.translations;
  assert.equal(view!.complete, true);
  assert.deepEqual(
    view!.sentences.map(({ target }) => view!.text.slice(...target)),
    READS,
  );
  assert.equal(view!.models.length, 2);
  // With another glossary it is another translation, which begins anew.
  room.says(ours, [all[0]!], { glossary: "ab".repeat(32) });
  assert.deepEqual(room.texts, ["First."]);
});

test("a sentence that names a place where another one stands is not shown, but that it is missing is", () => {
  const room = new Written();
  const elsewhere = { ...all[1]!, hash: all[2]!.hash };
  const outside: Sentence = { ...all[2]!, at: [8, 99] };
  room.says(ours, [all[0]!, elsewhere, outside]);
  const { text, sentences } = room.entry.translations[0]!;
  assert.equal(text, "First.");
  assert.deepEqual(
    sentences.map(({ problem, target }) => [problem, text.slice(...target)]),
    [
      [null, "First."],
      ["failed", ""],
      ["failed", ""],
    ],
  );
});

test("what is said of another text, in another language, or by nobody's interpreter is not shown", () => {
  const room = new Written();
  room.says(ours, all, { source: hashOf("another text") });
  room.says(ours, all, { to: "fr" });
  room.says(stranger, all);
  room.says(ours, all, { from: "en", to: "en-GB" });
  assert.deepEqual(room.texts, []);
  room.row({ t: "correction", target: room.item, text: "another text", lang: "en" }, author);
  room.says(ours, [sentence("another text", "an other text")], { source: hashOf("another text"), of: 1 });
  assert.deepEqual(room.texts, ["an other text"]);
});

test("the own delegation's interpreter comes first, a person before it, and who could not translate last", () => {
  const room = new Written();
  room.says(theirs, all);
  room.says(ours, all.map((one) => ({ ...one, text: one.text.toUpperCase() })));
  assert.deepEqual(room.texts, ["FIRST. SECOND. THIRD.", "First. Second. Third."]);
  assert.equal(room.entry.differ, true);
  const rendering = { t: "rendering", target: room.item, source: hashOf(TEXT), to: "en" } as const;
  room.row({ ...rendering, text: "One. Two. Three." }, author);
  room.row({ ...rendering, text: "One, two, three." }, own);
  assert.deepEqual(room.texts.slice(0, 1), ["One, two, three."]);
  assert.deepEqual([room.entry.translations.length, room.entry.translations[0]!.by], [3, own]);
  room.says(ours, [], { of: 0, problem: "no_model" });
  assert.deepEqual(
    room.entry.translations.map(({ problem }) => problem),
    [null, null, "no_model"],
  );
  assert.equal(room.entry.differ, false);
});

test("tags that the same people read are one translation", () => {
  const room = new Written();
  room.says(ours, all);
  room.says(ours, all.map((one) => ({ ...one, text: "again" })), { to: "en-GB" });
  assert.deepEqual(room.texts, ["again again again"]);
});

test("what is sealed to a key that comes later is opened later", async () => {
  const room = new Written();
  room.readers = "delegation";
  const [old, fresh] = [await newBoxKey(), await newBoxKey()];
  const [key, value] = [newId(), random(32)];
  const sealed = b64(await sealPrivateKey(value, { room: room.id, key, account: own }, fresh.publicKey));
  room.row({ t: "private_key", key, for: [{ account: own, sealed }] }, ours);
  const said = encodeContent(translation(room.item, TEXT, "", { sentences: all, of: 3 }), 1);
  const inner = await sealPrivate(value, { room: room.id, device: room.machine, key }, said);
  room.row({ t: "private", key, sealed: b64(inner) }, ours);
  const { privates } = room.timeline;
  assert.deepEqual([privates.isWaiting, room.texts], [true, []]);
  assert.deepEqual(await privates.openLate(room.rows, { boxes: async () => [old] }), []);
  // Somebody else's keys that open for nobody do not keep it from being tried.
  for (let i = 0; i < 9; i++) {
    room.row({ t: "private_key", key: newId(), for: [{ account: own, sealed: b64(random(1168)) }] }, theirs);
  }
  const opened = await privates.openLate(room.rows, { boxes: async () => [old, fresh] });
  assert.deepEqual(
    opened.map(({ number }) => number),
    [2, 3],
  );
  // A room takes opened rows in by beginning anew with all of them.
  const rows = room.rows.map((row) => opened.find(({ number }) => number === row.number) ?? row);
  const again = new Timeline(room.id, room.reader);
  for (const row of rows) again.apply(row);
  const [entry] = again.at([1]) as MessageEntry[];
  assert.deepEqual(
    entry!.translations.map(({ text, onlyDelegation }) => [text, onlyDelegation]),
    [["First. Second. Third.", true]],
  );
});

test("what one delegation alone can read counts from its own interpreter that is to write so", () => {
  for (const [account, readers, shown] of [
    [ours, "delegation", 1],
    [ours, "room", 0],
    [theirs, "delegation", 0],
  ] as const) {
    const room = new Written();
    room.readers = readers;
    const inner = encodeContent(translation(room.item, TEXT, "", { sentences: all, of: 3 }), 1);
    room.timeline.apply({
      ...room.rows[0]!,
      ...{ number: 2, account, interpreter: true, inner: new Uint8Array(inner) },
      plaintext: new Uint8Array(encodeContent({ t: "private", key: newId(), sealed: "" }, 1)),
    });
    assert.equal(room.entry.translations.length, shown, `${account === ours ? "ours" : "theirs"} for the ${readers}`);
    // What it says openly is not what its owner has vouched for.
    room.says(account, all);
    assert.equal(room.entry.translations.some(({ onlyDelegation }) => !onlyDelegation), readers === "room");
  }
});

test("a translation of any length costs no more than a long one", () => {
  const room = new Written();
  assert.deepEqual(room.says(ours, [all[0]!], { of: 1001 }), [2], "refused, as an event of its own");
  assert.deepEqual(room.texts, []);
  const huge = (one: Sentence): Sentence => ({ ...one, text: "x".repeat(3000) });
  room.says(ours, all.map(huge));
  const { text, sentences } = room.entry.translations[0]!;
  assert.equal(text.length, 3000);
  assert.deepEqual(
    sentences.map(({ problem }) => problem),
    [null, "failed", "failed"],
  );
  for (let i = 0; i < 30; i++) {
    const models = [{ pair: "ko-en", sha256: String(i).padStart(64, "0") }];
    room.says(ours, [all[2]!], { first: 2, models });
  }
  assert.equal(room.entry.translations[0]!.models.length, 16);
});

test("waiting renderings and corrections are shown as they will be", () => {
  const room = new Written();
  room.says(ours, all);
  const base = { item: newId(), created_ms: 5, failure: null };
  const rendering = { t: "rendering", target: room.item, source: hashOf(TEXT), to: "en", text: "mine" } as const;
  room.timeline.setWaiting([{ ...base, content: rendering }]);
  assert.deepEqual(room.texts, ["mine", "First. Second. Third."]);
  assert.equal(room.entry.withdrawn, null);
  room.timeline.setWaiting([{ ...base, content: { t: "correction", target: room.item, text: "새 글", lang: "ko" } }]);
  assert.deepEqual(room.texts, []);
});

test("translations are found by search, in the language that is read", () => {
  const room = new Written();
  room.says(ours, all);
  assert.equal(room.timeline.search("second", newId()).length, 1);
  room.language = "fr";
  assert.equal(room.timeline.search("second", newId()).length, 0);
});

test("the room's switch counts from who may turn it, whoever turned it later", () => {
  const room = new Written();
  const chair = (account: Id): boolean => account === author;
  assert.equal(room.timeline.translates(chair), true);
  room.row({ t: "translations", on: false }, author);
  room.row({ t: "translations", on: true }, own);
  assert.equal(room.timeline.translates(chair), false);
  for (let i = 0; i < 50; i++) room.row({ t: "translations", on: true }, own);
  let asked = 0;
  room.timeline.translates((account) => ++asked > 0 && chair(account));
  assert.ok(asked <= 2, "everybody is asked about once, however often they said it");
  room.row({ t: "translations", on: true }, author);
  assert.equal(room.timeline.translates(chair), true);
});

test("places are counted in characters, shown in UTF-16 units", () => {
  const text = "🙂🙂 a 🙂";
  const target = [[1, 2], [0, 1]]; // prettier-ignore
  const warns = { kind: "unit", detail: "", source: [[2, 9]], target };
  const of = sentence(text, "🇰🇷x", { at: [3, 6], warnings: [warns as never] });
  const { sentences } = compose(text, [of]);
  assert.equal(text.slice(...sentences[0]!.source), "a 🙂");
  assert.deepEqual(sentences[0]!.warnings[0]!.source, [], "a place that is not there is left out");
  assert.deepEqual(sentences[0]!.warnings[0]!.target, [
    [2, 4],
    [0, 2],
  ]);
});

test("the oldest lines of a glossary count, as many as everybody's programs look up", () => {
  const room = new Written();
  const line = (term: Id, on = true): number[] => room.row({ t: "term", term, words: [], note: "", on }, author);
  const terms = Array.from({ length: 1001 }, () => newId());
  for (const term of terms) line(term);
  assert.equal(room.timeline.terms().length, 1000);
  line(terms[0]!, false);
  line(terms[1000]!);
  const shown = room.timeline.terms().map(({ term }) => term);
  assert.deepEqual(shown, terms.slice(1));
});

test("languages that the same people read are one", () => {
  assert.equal(readsAs("en", "en-GB"), true);
  assert.equal(readsAs("zh-TW", "zh-Hant"), true);
  assert.equal(readsAs("zh-Hans", "zh-Hant"), false);
  assert.equal(readsAs("no such tag!", "en"), false);
});

test("malformed contents about languages are nothing", () => {
  const good = translation(newId(), TEXT, "", { sentences: all, of: 3 }) as TranslationContent;
  const read = (change: object): unknown =>
    parseContent(new TextEncoder().encode(JSON.stringify({ v: 1, at: 1, ...good, ...change })));
  assert.ok(read({}));
  const broken: object[] = [
    { target: "x" },
    { source: "short" },
    { to: "" },
    { to: "en\n" },
    { first: 1 },
    { of: 2 },
    { sentences: [] },
    { sentences: Array(1001).fill(all[0]), of: 5000 },
    { problem: "no_model" },
    { problem: "made_up" },
    { sentences: [{ ...all[0], at: [3, 0] }], of: 1 },
    { sentences: [{ ...all[0], at: [-1, 0] }], of: 1 },
    { sentences: [{ ...all[0], at: [0, 0] }], of: 1 },
    { sentences: [all[1], all[0]], of: 2 },
    { sentences: [{ ...all[0], tail: "!" }, all[1]], of: 2 },
    { sentences: [{ ...all[0], hash: "" }], of: 1 },
    { sentences: [{ ...all[0], origin: "god" }], of: 1 },
    { sentences: [{ ...all[0], warnings: Array(33).fill({ kind: "unit", detail: "", source: [], target: [] }) }] },
    { models: undefined },
    { models: [{ pair: "../..", sha256: "0".repeat(64) }] },
    { glossary: "<b>" },
  ];
  for (const change of broken) assert.equal(read(change), null, JSON.stringify(change).slice(0, 80));
  const words = [{ lang: "en", text: "tariff", status: "holy" }];
  const term = { t: "term", term: newId(), words, note: "", on: true };
  assert.equal(parseContent(new TextEncoder().encode(JSON.stringify({ v: 1, ...term }))), null);
});
