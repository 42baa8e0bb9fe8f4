// Mentions, links, excerpts, transfer rates.

import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt } from "../../src/ui/record/excerpt.ts";
import { complete, mentioned, splitText, typedMention } from "../../src/ui/record/mentions.ts";
import { TransferRate } from "../../src/ui/record/transfer-rate.ts";

test("a mention begins at @ after a space or at the beginning, not inside of an address", () => {
  assert.deepEqual(typedMention("hello @ki", 9), { start: 6, query: "ki" });
  assert.deepEqual(typedMention("@", 1), { start: 0, query: "" });
  assert.equal(typedMention("mail me at a@b", 14), null);
  assert.equal(typedMention("hello @kim and then", 19), null);
});

test("picking a name replaces what was typed and leaves the rest", () => {
  const typed = typedMention("to @ki, please", 6);
  assert.ok(typed);
  assert.deepEqual(complete("to @ki, please", 6, typed, "Kim S."), { text: "to @Kim S. , please", caret: 11 });
});

test("mentions are found by whole names, the longer ones first", () => {
  const names = new Map([["Kim", "1"], ["Kim Seo", "2"], ["김서연", "3"]]); // prettier-ignore
  assert.deepEqual(mentioned("@Kim Seo and @김서연", names), ["2", "3"]);
  assert.deepEqual(mentioned("@Kim, yes", names), ["1"]);
  assert.deepEqual(mentioned("nobody", names), []);
});

test("links end before the punctuation of the sentence, and only http makes one", () => {
  const parts = splitText("see (https://a.example/x_(1)), javascript:alert(1).", []);
  assert.deepEqual(
    parts.map((part) => part.kind),
    ["text", "link", "text"],
  );
  assert.equal(parts[1]?.text, "https://a.example/x_(1)");
});

test("a name with characters of patterns is only a name", () => {
  assert.deepEqual(
    splitText("@A.* @Abc", ["A.*"]).map((part) => part.text),
    ["@A.*", " @Abc"],
  );
});

test("what is put together again is the text, whatever it holds", () => {
  for (const text of ["", "a\n\nb", "https://", "@@ @a@b", "안녕 @김 https://x.example/가?b=1。"]) {
    assert.equal(
      splitText(text, ["김", "a"])
        .map((part) => part.text)
        .join(""),
      text,
    );
  }
});

test("an excerpt marks what was found, without regard to case, accents and half-typed syllables", () => {
  const marked = (text: string, query: string): string[] =>
    excerpt(text, query).flatMap((piece) => (piece.found ? piece.text : []));
  assert.deepEqual(marked("Die Prüfung der Prufung", "prufung"), ["Prüfung", "Prufung"]);
  assert.deepEqual(marked("검증 조항", "검즈"), ["검증"]);
  assert.deepEqual(marked("nothing", "else"), []);
});

test("an excerpt of a long text begins near the find", () => {
  const pieces = excerpt(`${"x ".repeat(300)}needle ${"y ".repeat(300)}`, "needle");
  const text = pieces.map((piece) => piece.text).join("");
  assert.ok(text.startsWith("…") && text.endsWith("…") && text.includes("needle") && text.length < 250);
});

test("the remaining time comes from the recent rate, and is unknown at first", () => {
  const rate = new TransferRate();
  rate.add(0, 0);
  assert.equal(rate.remaining_s(1000), null);
  rate.add(2000, 200);
  assert.equal(rate.remaining_s(1000), 8);
  rate.add(12_500, 200);
  assert.equal(rate.remaining_s(1000), null, "it stands still");
  rate.add(13_000, 0);
  assert.equal(rate.remaining_s(1000), null, "it began anew");
});
