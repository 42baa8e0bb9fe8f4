import assert from "node:assert/strict";
import { test } from "node:test";
import { Translator, chooseLanguage, directionOf, type Key, type PluralKey } from "../../src/ui/i18n.ts";

const ENGLISH = {
  "rooms.unread.one": "{count} unread",
  "rooms.unread.other": "{count} unread ones",
  "action.back": "Back",
  "huddle.with": "Huddle with {name}",
};
const POLISH = {
  "rooms.unread.one": "{count} nieprzeczytana",
  "rooms.unread.few": "{count} nieprzeczytane",
  "rooms.unread.many": "{count} nieprzeczytanych",
  "rooms.unread.other": "{count} nieprzeczytanej",
};
const unread = "rooms.unread" as PluralKey;

test("a plural takes the category of its language", () => {
  const words = new Translator("pl", POLISH, ENGLISH);
  assert.equal(words.plural(unread, 1), "1 nieprzeczytana");
  assert.equal(words.plural(unread, 3), "3 nieprzeczytane");
  assert.equal(words.plural(unread, 25), "25 nieprzeczytanych");
});

test("a language without the category of a number takes the general one", () => {
  const words = new Translator("ko", { "rooms.unread.other": "읽지 않음 {count}" }, ENGLISH);
  assert.equal(words.plural(unread, 1), "읽지 않음 1");
});

test("a key that a language lacks is read in English, plurals by English rules", () => {
  const words = new Translator("ru", {}, ENGLISH);
  assert.equal(words.text("action.back"), "Back");
  assert.equal(words.plural(unread, 21), "21 unread ones");
});

test("English that is lent to a page from right to left keeps its direction", () => {
  assert.equal(new Translator("ar", {}, ENGLISH).text("action.back"), "\u2066Back\u2069");
});

test("names that run the other way are isolated, others are left as they are", () => {
  const words = new Translator("en", ENGLISH, ENGLISH);
  assert.equal(words.text("huddle.with", { name: "Anna" }), "Huddle with Anna");
  assert.equal(words.text("huddle.with", { name: "يوسف" }), "Huddle with \u2068يوسف\u2069");
});

test("numbers are written as in the language, and an unknown placeholder stays visible", () => {
  const words = new Translator("de", { "rooms.unread.other": "{count} von {missing}" }, ENGLISH);
  assert.equal(words.plural(unread, 1234567), "1.234.567 von {missing}");
});

test("a sentence is cut at its placeholders", () => {
  const words = new Translator("en", { "event.added": "{who} let in {people}." }, {});
  assert.deepEqual(words.pieces("event.added" as Key), ["", "who", " let in ", "people", "."]);
});

test("the interface language is the chosen one, else the first of the browser's that there is", () => {
  const offered = ["en", "ko", "ar"];
  assert.equal(chooseLanguage("ar", ["ko-KR"], offered), "ar");
  assert.equal(chooseLanguage(null, ["sv", "ko-KR", "en"], offered), "ko");
  assert.equal(chooseLanguage("xx", ["sv"], offered), "en");
});

test("direction belongs to the language", () => {
  assert.equal(directionOf("ar-MA"), "rtl");
  assert.equal(directionOf("ko"), "ltr");
});
