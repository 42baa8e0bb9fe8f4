// Acts come to what was agreed on: the scripts of tests/wire/drafts/act_scripts.py, played in the browser's language.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { hex, MalformedError, utf8 } from "../../../src/wire/bytes.ts";
import { type ActContent, type ActLine, type Refusal, REFUSALS } from "../../../src/wire/drafts/acts.ts";
import { jcs } from "../../../src/wire/drafts/jcs.ts";
import { stageOf } from "../../../src/wire/drafts/lifecycle.ts";
import { readAct, writeAct } from "../../../src/wire/drafts/reading.ts";
import { reduce, step } from "../../../src/wire/drafts/reducer.ts";
import {
  type Author,
  authorOf,
  mayWrite,
  parseRights,
  partiesOf,
  rightsBody,
} from "../../../src/wire/drafts/rights.ts";
import { type ActsContext, type ActsState, emptyState } from "../../../src/wire/drafts/state.ts";
import {
  detachedIn,
  type ObjectionStatement,
  objectionStatement,
  readObjection,
  receiptBytes,
} from "../../../src/wire/drafts/statements.ts";
import { readState, stateBytes } from "../../../src/wire/drafts/stored.ts";
import { DraftItemKind, type StreamKind } from "../../../src/wire/drafts/streams.ts";
import { lineOf, type WrittenLine } from "./lines.ts";
import { growsAsItsSize } from "../../growth.ts";

interface Vectors {
  scripts: {
    name: string;
    context: ActsContext;
    lines: WrittenLine[];
    verdicts: (Refusal | null)[];
    detached: Record<string, { device: string; message: string; sig: string }>;
    state: ActsState;
    state_hash: string;
  }[];
  receipt: { room: string; draft: string; item: string; number: number; head: string; at_ms: number; bytes: string };
  writers: (Author & { stream: StreamKind; owner: string; items: DraftItemKind[] })[];
  tables: { body: string; good: boolean }[];
}

const file = new URL("../../../../tests/vectors/drafts/acts.json", import.meta.url);
const { scripts, receipt, writers, tables } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const DRAFT = receipt.draft;
const ROOM = receipt.room;

for (const { name, context, lines: written, verdicts, detached, state, state_hash } of scripts) {
  const lines = written.map(lineOf);

  test(`${name}: each act counts, or does not, as in Python`, () => {
    const here = emptyState();
    assert.deepEqual(lines.map((line) => step(here, line, context)), verdicts);
    assert.deepEqual(here, state);
    assert.deepEqual(reduce(lines, context), state);
  });

  test(`${name}: going on from a stored state comes to the same, and leaves that state alone`, () => {
    for (let place = 0; place <= lines.length; place++) {
      const stored = reduce(lines.slice(0, place), context);
      const before = structuredClone(stored);
      assert.deepEqual(reduce(lines.slice(place), context, stored), state);
      assert.deepEqual(stored, before);
    }
  });

  test(`${name}: a stored state is read to the last field, and has the same hash`, () => {
    const whole = JSON.stringify(state);
    const read = readState(JSON.parse(whole), context.draft, lines.length);
    assert.deepEqual(read, state);
    assert.equal(createHash("sha256").update(stateBytes(read)).digest("hex"), state_hash);
    for (let place = 1; place < lines.length; place++) {
      const before = reduce(lines.slice(0, place), context);
      assert.deepEqual(readState(structuredClone(before), context.draft, place), before);
    }
    const copy: unknown = JSON.parse(whole);
    for (const spoil of spoilt(copy)) {
      const restore = spoil();
      assert.throws(() => readState(copy, context.draft, lines.length), MalformedError);
      restore();
    }
    assert.deepEqual(readState(copy, context.draft, lines.length), state);
    assert.throws(() => readState(copy, context.draft, lines.length - 1), MalformedError);
    assert.throws(() => readState(copy, ROOM, lines.length), MalformedError);
  });

  test(`${name}: the signatures inside acts cover the same bytes`, () => {
    for (const line of lines) {
      const signed = detachedIn(line, context.draft);
      const here = signed && { device: signed.device, message: hex(signed.message), sig: hex(signed.sig) };
      assert.deepEqual(here, detached[line.number] ?? null);
    }
  });
}

/** Ways to put another thing in place of each field and element of `value`, each of which gives back how to undo it. */
function* spoilt(value: unknown): Generator<() => () => void> {
  const fields = value as Record<string, unknown>;
  for (const [key, inner] of Object.entries(fields)) {
    yield () => {
      fields[key] = { another: "thing" };
      return () => {
        fields[key] = inner;
      };
    };
    if (typeof inner === "object" && inner !== null) yield* spoilt(inner);
  }
}

test("a state in which the reducer would stumble is none", () => {
  const running = structuredClone(scripts.find(({ name }) => name === "silence kept")!.state);
  for (const silence of Object.values(running.silences)) silence.closed = null;
  assert.throws(() => readState(running, DRAFT, 999), /no tail/);
  const signed = structuredClone(scripts.find(({ name }) => name === "signatures")!.state);
  signed.signing!.order.pop();
  assert.throws(() => readState(signed, DRAFT, 999), /more signatures/);
});

test("every reason is met", () => {
  const met = new Set(scripts.flatMap(({ verdicts }) => verdicts));
  assert.deepEqual([...met].filter((verdict) => verdict !== null).sort(), [...REFUSALS].sort());
});

test("a line of before is a fault of whoever feeds it", () => {
  const { lines, context, state } = scripts[0]!;
  assert.throws(() => step(structuredClone(state), lineOf(lines[0]!), context), RangeError);
});

test("a receipt covers the same bytes", () => {
  assert.equal(hex(receiptBytes(ROOM, DRAFT, receipt.item, receipt)), receipt.bytes);
});

test("who may write what is the same table", () => {
  const nameOf = (author: Author, stream: number, owner: string): string =>
    [author.interpreter, author.right, stream, owner].join();
  const named = new Map(writers.map((writer) => [nameOf(writer, writer.stream, writer.owner), writer]));
  const owners = new Set(writers.map(({ owner }) => owner));
  assert.ok(named.size > 20);
  for (const { items, stream, owner, ...author } of named.values()) {
    for (const item of Object.values(DraftItemKind)) {
      assert.equal(mayWrite(author, stream, owner, item), items.includes(item));
    }
    for (const other of owners) {
      const may = Object.values(DraftItemKind).some((item) => mayWrite(author, stream, other, item));
      assert.equal(may, named.has(nameOf(author, stream, other)));
    }
  }
});

test("a table of rights is read strictly", () => {
  for (const { body, good } of tables) {
    if (good) assert.deepEqual(rightsBody(parseRights(utf8(body), DRAFT, ROOM)), utf8(body));
    else assert.throws(() => parseRights(utf8(body), DRAFT, ROOM), MalformedError, body);
  }
});

test("who is not listed has the default, and interpreters read", () => {
  const table = parseRights(utf8(tables[0]!.body), DRAFT, ROOM);
  const listed = table.members.find(({ right }) => right === "pen")!;
  assert.equal(authorOf(table, listed.account, "", false).right, "pen");
  assert.equal(authorOf(table, listed.account, ROOM, false).delegation, listed.delegation);
  assert.equal(authorOf(table, listed.account, "", true).right, "read");
  assert.deepEqual(authorOf(table, DRAFT, ROOM, false), {
    account: DRAFT,
    delegation: ROOM,
    right: "read",
    interpreter: false,
  });
  assert.equal(authorOf(null, listed.account, "", false).right, "read");
  assert.equal(partiesOf(table).length, 3);
});

test("an objection is no larger than any other act", () => {
  const act: ActContent = { v: 1, t: "silence_break", at: 1, silence: ROOM, reason: "😀".repeat(400) };
  assert.deepEqual(readAct(writeAct(act)), act);
  assert.deepEqual(readAct(jcs({ ...act, reason: "x".repeat(401) })), { t: "unread", reason: "malformed" });
});

test("what is written is read again, and nothing else is", () => {
  const act: ActContent = { v: 1, t: "reopen", at: 1, nodes: [ROOM], reason: "نص 한국어" };
  assert.deepEqual(readAct(writeAct(act)), act);
  const spoilt = [{ at: -1 }, { v: 2 }, { nodes: [] }, { nodes: [ROOM, ROOM] }, { reason: "a\u202eb" }, { x: 1 }];
  for (const changed of spoilt) {
    const other: unknown = { ...act, ...changed };
    assert.deepEqual(readAct(jcs(other)), { t: "unread", reason: "malformed" });
    assert.throws(() => writeAct(other as ActContent), MalformedError);
  }
  for (const plain of ["", "null", "{", '{"t":"reopen"} ', '{"at":1.0}', '{"t":NaN}', "[".repeat(9999)]) {
    assert.deepEqual(readAct(utf8(plain)), { t: "unread", reason: "malformed" });
  }
  assert.deepEqual(readAct(new Uint8Array([0xff])), { t: "unread", reason: "malformed" });
  for (const plain of ["[]", "{}", '{"t":[]}', '{"t":"__proto__"}']) {
    assert.deepEqual(readAct(utf8(plain)), { t: "unread", reason: "unknown_type" });
  }
});

test("no statement is made of other fields, and none is read in other words", () => {
  assert.throws(() => objectionStatement({ account: ROOM } as unknown as ObjectionStatement), MalformedError);
  assert.equal(readObjection("{}"), null);
  assert.equal(readObjection("nonsense"), null);
});

test("the text tells when all is agreed", () => {
  const state = emptyState();
  assert.equal(stageOf(state, { clauses: 0, agreed: 0, adRef: 0 }), "draft");
  assert.equal(stageOf(state, { clauses: 3, agreed: 2, adRef: 0 }), "draft");
  assert.equal(stageOf(state, { clauses: 3, agreed: 2, adRef: 1 }), "ad_ref");
  assert.equal(stageOf(state, { clauses: 3, agreed: 3, adRef: 0 }), "package");
});

test("ten thousand acts are reduced one by one, each at the same cost", () => {
  const { lines, context } = scripts[0]!;
  const founding = lineOf(lines[0]!);
  const { account, delegation } = founding;
  const acts = Array.from({ length: 10_000 }, (_, place): ActLine => {
    const node = `${String(place % 400).padStart(21, "A")}A`;
    const items = [{ node, lang: "en", hash: receipt.head, stance: "accept" as const }];
    const content: ActContent = { v: 1, t: "position", at: 1, items };
    return { ...founding, number: place + 2, account, delegation, right: "propose", content };
  });
  const reducing = (count: number) => (): void => {
    const state = emptyState();
    step(state, founding, context);
    for (const line of acts.slice(0, count)) step(state, line, context);
    assert.deepEqual(state.refused, {});
  };
  assert.ok(growsAsItsSize(reducing, acts.length / 4));
});
