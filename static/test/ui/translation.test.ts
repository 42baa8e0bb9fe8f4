// What a reader gets of a message in another language, and where in it she is told to look twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InterpreterView, MessageEntry, Person, RoomView, TranslationView } from "../../src/member/api.ts";
import { askable, confidant, standingOf } from "../../src/ui/translation/interpreters.ts";
import { languagesOfOthers, sameLanguage } from "../../src/ui/translation/languages.ts";
import { MOST_PLACES, cut, placesOf, warningsOf } from "../../src/ui/translation/pieces.ts";
import { WAITING_MS, leftAsWritten, shownOf } from "../../src/ui/translation/shown.ts";
import { growsAsItsSize } from "../growth.ts";

const NOW_MS = 1_800_000_000_000;
const READER = { account: "weber", languages: ["de", "en"] };

function view(change: Partial<TranslationView> = {}): TranslationView {
  return {
    from: "ko",
    to: "de",
    via: null,
    text: "Dreißig Tage.",
    sentences: [],
    by: "interpreter",
    person: false,
    complete: true,
    problem: null,
    models: [],
    glossary: "",
    onlyDelegation: false,
    at_ms: NOW_MS,
    ...change,
  };
}

function message(change: Partial<MessageEntry> = {}): MessageEntry {
  return {
    kind: "message",
    item: "item",
    number: 7,
    account: "kim",
    device: "device",
    at_ms: NOW_MS - 1000,
    text: "30일입니다.",
    lang: "ko",
    reply: null,
    mentions: [],
    files: [],
    earlier: [],
    withdrawn: null,
    reactions: [],
    sending: "sent",
    failure: null,
    translations: [],
    differ: false,
    ...change,
  };
}

function interpreter(change: Partial<InterpreterView> = {}, card: Partial<InterpreterView["card"]> = {}): InterpreterView {
  const full = { owner: "kim", ownerName: "Kim", for: "room", vouched: true, ...card } as const;
  return { account: "one", name: "KR interpreter", card: full, online: true, own: false, ...change };
}

const room = (interpreters: InterpreterView[], translations: "on" | "off" = "on"): RoomView =>
  ({ interpreters, translations, members: ["weber", "kim", "lee", "omar", "one"] }) as unknown as RoomView;

test("a translation is shown, the first that says something", () => {
  const second = view({ by: "another" });
  const entry = message({ translations: [view({ problem: "no_model", text: "" }), second] });
  assert.deepEqual(shownOf(entry, READER, "away", NOW_MS), { kind: "translated", view: second });
});

test("a person's translation that names no language is from the writer's", () => {
  const shown = shownOf(message({ translations: [view({ from: "", person: true })] }), READER, "none", NOW_MS);
  assert.equal(shown.kind === "translated" && shown.view.from, "ko");
});

test("one's own words, and words in one's first language, stay as they are", () => {
  const translations = [view()];
  for (const change of [{ account: "weber" }, { lang: "de-CH" }, { text: "" }]) {
    assert.equal(shownOf(message({ ...change, translations }), READER, "online", NOW_MS).kind, "as-written", `${change}`);
  }
  const german = message({ translations: [view({ from: "de" })] });
  assert.equal(shownOf(german, READER, "online", NOW_MS).kind, "as-written");
  const sign = message({ text: "👍", translations: [view({ text: "👍" })] });
  assert.equal(shownOf(sign, READER, "online", NOW_MS).kind, "as-written");
});

test("what is not translated says why, unless it is read without help or the room says it", () => {
  const why = (standing: "off" | "none" | "away" | "online", change: Partial<MessageEntry> = {}): string => {
    const shown = shownOf(message(change), READER, standing, NOW_MS);
    return shown.kind === "untranslated" ? shown.why : shown.kind;
  };
  assert.equal(why("online"), "waiting");
  assert.equal(why("online", { at_ms: NOW_MS - WAITING_MS }), "missing");
  assert.equal(why("away"), "away");
  assert.equal(why("none"), "as-written");
  assert.equal(why("off"), "as-written");
  assert.equal(why("away", { lang: "en" }), "as-written");
  assert.equal(why("none", { translations: [view({ problem: "no_model", text: "" })] }), "no_model");
});

test("a sentence that could not be translated is told from one that needs no translation", () => {
  const sentence = { source: [0, 1], target: [0, 1], origin: "original", warnings: [], problem: null } as const;
  const sentences = [sentence, { ...sentence, problem: "failed" }].map((each) => ({
    ...each,
    source: [...each.source] as [number, number],
    target: [...each.target] as [number, number],
    warnings: [],
  }));
  assert.deepEqual(leftAsWritten({ sentences }), [sentences[1]]);
});

test("regions do not part languages, scripts do", () => {
  assert.ok(sameLanguage("en-GB", "en"));
  assert.ok(sameLanguage("zh-TW", "zh-Hant"));
  assert.ok(!sameLanguage("zh-TW", "zh-CN"));
  assert.ok(!sameLanguage("ko", "en"));
  assert.ok(sameLanguage("not a tag", "not a tag"));
});

test("nobody's word counts for an interpreter that its owner has not vouched for", () => {
  assert.equal(standingOf(room([])), "none");
  assert.equal(standingOf(room([interpreter({}, { vouched: false })])), "none");
  assert.equal(standingOf(room([interpreter({}, { for: "delegation" })])), "none");
  assert.equal(standingOf(room([interpreter({ own: true }, { for: "delegation" })])), "online");
  assert.equal(standingOf(room([interpreter({ online: false })])), "away");
  assert.equal(standingOf(room([interpreter()], "off")), "off");
});

test("an unsent text goes to the own delegation's interpreter even if it is away; what is said, to whoever is there", () => {
  const own = interpreter({ account: "own", own: true, online: false });
  const others = interpreter({ account: "others" });
  assert.equal(confidant(room([others, own]))?.account, "own");
  assert.equal(askable(room([others, own]), "own")?.account, "others");
  const back = interpreter({ account: "own", own: true });
  assert.equal(askable(room([others, back]), "others")?.account, "others");
  assert.equal(askable(room([others, back]), null)?.account, "own");
  assert.equal(askable(room([own]), null), null);
});

test("a preview is made in the languages of people, the most read first", () => {
  const reads = (account: string, languages: string[], change: Partial<Person> = {}): [string, Person] => [
    account,
    { account, languages, interpreter: null, ...change } as Person,
  ];
  const people = new Map([
    reads("weber", ["de"]),
    reads("kim", ["ko", "en"]),
    reads("lee", ["ko"]),
    reads("omar", ["ar"]),
    reads("one", ["fr"], { interpreter: interpreter().card }),
  ]);
  assert.deepEqual(languagesOfOthers(room([]), people, "weber", "de"), [
    { lang: "ko", readers: ["kim", "lee"] },
    { lang: "ar", readers: ["omar"] },
  ]);
  assert.deepEqual(languagesOfOthers(room([]), people, "weber", "ko"), [{ lang: "ar", readers: ["omar"] }]);
});

test("a text is cut at the edges of what is to be seen in it, and loses nothing", () => {
  const text = "We propose 13 days, as Annex II says.";
  const sentences = [
    {
      source: [0, 9] as [number, number],
      target: [0, text.length] as [number, number],
      origin: "model" as const,
      problem: null,
      warnings: [
        { kind: "number_added", detail: "13", source: [], target: [[11, 13]] as [number, number][] },
        { kind: "unit", detail: "", source: [[2, 4]] as [number, number][], target: [[11, 18]] as [number, number][] },
      ],
    },
  ];
  const warnings = warningsOf(sentences);
  assert.deepEqual(
    warnings.map(({ index, kind }) => [index, kind]),
    [
      [0, "number_added"],
      [1, "unit"],
    ],
  );
  assert.deepEqual(placesOf(warnings, "source"), [{ span: [2, 4], of: 1 }]);
  const places = placesOf(warnings, "target", [[20, 22]]);
  const pieces = cut(text, 0, places);
  assert.equal(pieces.map((piece) => piece.text).join(""), text);
  assert.deepEqual(
    pieces.filter(({ warnings: here, foreign }) => here.length > 0 || foreign),
    [
      { text: "13", warnings: [0, 1], foreign: false },
      { text: " days", warnings: [1], foreign: false },
      { text: "as", warnings: [], foreign: true },
    ],
  );
  // A part of a text, such as what stands between two mentions, knows where it begins.
  assert.deepEqual(
    cut(text.slice(12, 20), 12, places).map((piece) => piece.text),
    ["3", " days", ", "],
  );
});

test("an interpreter that points at thousands of places holds nobody up", () => {
  const text = "word ".repeat(12_000);
  const spans = Array.from({ length: 18_000 }, (_, at): [number, number] => [at * 3, at * 3 + 20]);
  const warnings = [{ index: 0, kind: "unit", detail: "", source: [], target: spans }];
  const places = placesOf(warnings, "target", spans.slice(0, 20));
  assert.equal(places.length, MOST_PLACES);
  const pieces = cut(text, 0, places);
  assert.equal(pieces.map((piece) => piece.text).join(""), text);
  assert.ok(pieces.length <= 2 * MOST_PLACES + 1);
  // Were there ever so many, a text would still be cut in one walk: 18,000 took 22 seconds when each edge asked each.
  const cutting = (count: number) => (): void => {
    const all = spans.slice(0, count).map((span) => ({ span, of: 0 }));
    const whole = text.slice(0, 3 * count);
    const cuts = cut(whole, 0, all);
    assert.equal(cuts.map((piece) => piece.text).join(""), whole);
  };
  assert.ok(growsAsItsSize(cutting, spans.length / 4));
});
