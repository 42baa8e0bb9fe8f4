// Files that are traps are refused with a reason, at once; drafts of any shape come back as they went.

import assert from "node:assert/strict";
import { test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { docxOf } from "../../src/draft/exports/docx/docx.ts";
import { ImportRefusedError, LIMITS } from "../../src/draft/imports/limits.ts";
import { manuscript, randomDraft } from "./samples.ts";
import { W, canonical, docx, imported, p, read } from "./word_files.ts";

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ImportRefusedError) return error.code;
    throw error;
  }
  return "taken";
}

test("traps are refused with a reason, at once", () => {
  const started = process.cpuUsage();
  const zeros = new Uint8Array(LIMITS.part_bytes + 1);
  const bomb = zipSync({ "[Content_Types].xml": strToU8("<a/>"), "word/document.xml": zeros }, { level: 9 });
  assert.ok(bomb.length < 100_000);
  assert.equal(
    refusal(() => read("a.docx", bomb)),
    "unpacks-too-large",
  );
  assert.equal(
    refusal(() => read("a.docx", new Uint8Array(LIMITS.file_bytes + 1))),
    "too-large",
  );
  const deep = "<w:sdt><w:sdtContent>".repeat(3000) + p("x") + "</w:sdtContent></w:sdt>".repeat(3000);
  assert.equal(
    refusal(() => read("a.docx", docx(deep))),
    "too-deep",
  );
  assert.equal(
    refusal(() => read("a.docx", docx("<w:p/>".repeat(LIMITS.elements + 1)))),
    "too-many-elements",
  );
  const entity = `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document ${W}><w:body>${p("&x;")}</w:body></w:document>`;
  assert.equal(
    refusal(() => read("a.docx", docx("", { "word/document.xml": entity }))),
    "doctype",
  );
  assert.equal(
    refusal(() => read("a.docx", docx(p("&undefined;")))),
    "damaged",
  );
  const entries = Object.fromEntries(
    Array.from({ length: LIMITS.entries + 1 }, (_, index) => [`a${index}`, new Uint8Array(0)]),
  );
  assert.equal(
    refusal(() => read("a.docx", zipSync(entries))),
    "too-many-parts",
  );
  assert.equal(
    refusal(() => read("a.docx", docx(p("whole")).slice(0, 200))),
    "damaged",
  );
  assert.equal(
    refusal(() => read("a.docx", zipSync({ mimetype: strToU8("application/epub+zip") }))),
    "no-docx",
  );
  assert.equal(
    refusal(() => read("a.doc", new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0]))),
    "old-doc",
  );
  assert.equal(
    refusal(() => read("a.txt", new Uint8Array([0x61, 0xff, 0xfe, 0x00]))),
    "not-text",
  );
  assert.equal(
    refusal(() => read("a.txt", strToU8("  \n \n"))),
    "empty",
  );
  assert.equal(
    refusal(() => read("a.txt", strToU8("1. x\n".repeat(LIMITS.nodes + 1)))),
    "too-many-clauses",
  );
  assert.equal(
    refusal(() => read("a.txt", strToU8(`1. ${"x".repeat(LIMITS.clause + 1)}`))),
    "too-long",
  );
  assert.ok(process.cpuUsage(started).user < 10_000_000, "microseconds of this process");
});

test("random drafts come back with every clause's canonical text", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const draft = randomDraft(seed, { conventional: true });
    for (const lang of draft.meta.langs.slice(0, 2)) {
      const back = read("a.docx", await docxOf(manuscript({ after: draft }, [], [lang])));
      assert.deepEqual(canonical(imported(back, lang), lang), canonical(draft, lang), `seed ${seed}, ${lang}`);
    }
  }
});

test("texts made to make a reader slow are read at once", () => {
  const hostile = [
    `1. [${" ".repeat(90_000)}x`, `1. ${"[".repeat(40_000)}${"]".repeat(40_000)}`, `1. ${"[a]".repeat(4000)}`, `1. x${" ".repeat(90_000)}y`,
    `Article ${" ".repeat(90_000)}`, `${"(".repeat(90_000)}`, `第${"一".repeat(90_000)}`, `1. ${"[a / ".repeat(10_000)}`,
  ]; // prettier-ignore
  for (const text of hostile) {
    const started = process.cpuUsage();
    read("a.txt", strToU8(text), { square: true });
    assert.ok(process.cpuUsage(started).user < 1_500_000, `${text.slice(0, 12)}: microseconds of this process`);
  }
});
