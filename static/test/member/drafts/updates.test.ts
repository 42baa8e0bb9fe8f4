// Edits that would stop the library, or every program that walks a document; and documents that only look alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

import { CleanDocument, isState } from "../../../src/member/drafts/cleandoc.ts";
import { contentHash } from "../../../src/member/drafts/hashes.ts";
import { isSameContent } from "../../../src/member/drafts/sameness.ts";

const ADA = { account: "ada", device: "hers" };
const BORIS = { account: "boris", device: "his" };

/** A document with an empty text, which is what client 1 put there first. */
function withText(): CleanDocument {
  const page = new Y.Doc();
  page.clientID = 1;
  page.getMap("nodes").set("text", new Y.Text());
  const document = new CleanDocument();
  assert.equal(document.apply(Y.encodeStateAsUpdate(page), { account: "first", device: "first" }), null);
  return document;
}

function wordsOf({ doc }: CleanDocument): string {
  return (doc.getMap("nodes").get("text") as Y.Text).toString();
}

type Struct = (encoder: encoding.Encoder) => void;
interface Block {
  client: number;
  clock?: number;
  structs: Struct[];
}
type Id = [client: number, clock: number];

function update(blocks: Block[], deleted: [client: number, clock: number, length: number][] = []): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, blocks.length);
  for (const { client, clock = 0, structs } of blocks) {
    for (const number of [structs.length, client, clock]) encoding.writeVarUint(encoder, number);
    for (const write of structs) write(encoder);
  }
  encoding.writeVarUint(encoder, deleted.length);
  for (const [client, clock, length] of deleted)
    for (const number of [client, 1, clock, length]) encoding.writeVarUint(encoder, number);
  return encoding.toUint8Array(encoder);
}

function text(
  words: string,
  { origin, right, parent = [1, 0] }: { origin?: Id; right?: Id; parent?: Id } = {},
): Struct {
  return (encoder) => {
    encoding.writeUint8(encoder, 4 | (origin ? 128 : 0) | (right ? 64 : 0));
    for (const id of [origin, right]) for (const number of id ?? []) encoding.writeVarUint(encoder, number);
    if (!origin && !right) for (const number of [0, ...parent]) encoding.writeVarUint(encoder, number);
    encoding.writeVarString(encoder, words);
  };
}

function gone(length: number): Struct {
  return (encoder) => {
    encoding.writeUint8(encoder, 0);
    encoding.writeVarUint(encoder, length);
  };
}

const BAD: Record<string, Uint8Array> = {
  "refers to itself": update([{ client: 7, structs: [text("a", { origin: [7, 0] })] }]),
  "refers forward": update([{ client: 7, structs: [text("a", { origin: [7, 1] }), text("b")] }]),
  "stands in itself": update([{ client: 7, structs: [text("a", { parent: [7, 0] })] }]),
  "stands in letters": update([{ client: 7, structs: [text("a"), text("b", { parent: [7, 0] })] }]),
  "two wait for each other": update([
    { client: 8, structs: [text("a", { origin: [7, 0] })] },
    { client: 7, structs: [text("b", { origin: [8, 0] })] },
  ]),
  "a client twice": update([
    { client: 7, structs: [text("a")] },
    { client: 7, clock: 1, structs: [text("b")] },
  ]),
  "half of a letter": update([{ client: 7, structs: [text("\u{1f41f}"), text("b", { origin: [7, 0] })] }]),
  "a number longer than it need be": new Uint8Array([0x80, 0, 0]),
  "a gap": update([{ client: 7, clock: 1, structs: [text("a")] }]),
  "deletes nothing": update([{ client: 7, structs: [text("a")] }], [[7, 0, 0]]),
  "deletes what is not there": update([], [[7, 0, 1]]),
  "a clock that is none": update([{ client: 7, structs: [gone(2 ** 33)] }]),
  "a client that is none": update([{ client: 2 ** 40, structs: [text("a")] }]),
  "no update": new Uint8Array([1, 2, 3]),
  "more behind its end": new Uint8Array([...update([{ client: 7, structs: [text("a")] }]), 0]),
};

for (const [what, bytes] of Object.entries(BAD))
  test(`an edit that is none is refused, and nothing of it stays: ${what}`, () => {
    const document = withText();
    assert.equal(document.apply(bytes, ADA), "malformed");
    assert.deepEqual(
      [document.claimLines().length, [...Y.decodeStateVector(Y.encodeStateVector(document.doc))]],
      [1, [[1, 1]]],
    );
    assert.equal(document.apply(update([{ client: 7, structs: [text("good")] }]), ADA), null);
    assert.equal(wordsOf(document), "good");
  });

test("a number that is somebody's stays theirs; what is known already may come again", () => {
  const document = withText();
  const first = update([{ client: 7, structs: [text("a")] }]);
  assert.equal(document.apply(first, ADA), null);
  assert.equal(document.apply(first, BORIS), null);
  const more = update([{ client: 7, clock: 1, structs: [text("b", { origin: [7, 0] })] }]);
  assert.equal(document.apply(more, BORIS), "foreign-client");
  assert.equal(document.apply(more, ADA), null);
  assert.equal(document.apply(update([], [[7, 0, 1]]), BORIS), null);
  assert.equal(wordsOf(document), "b");
});

test("nothing is nested deeper than programs can walk", () => {
  const page = new Y.Doc();
  const updates: Uint8Array[] = [];
  page.on("update", (one: Uint8Array) => updates.push(one));
  let inner = new Y.XmlFragment();
  page.getMap("nodes").set("x", inner);
  for (let depth = 0; depth < 20; depth++) {
    const child = new Y.XmlElement("p");
    inner.insert(0, [child]);
    inner = child;
  }
  const document = new CleanDocument();
  const verdicts = updates.map((one) => document.apply(one, ADA));
  assert.equal(verdicts.indexOf("malformed"), 17);
  assert.equal(new CleanDocument().apply(Y.encodeStateAsUpdate(page), ADA), "malformed");
});

test("documents that read alike and part with the next deletion are not the same", () => {
  const build = (words: [string, string]): CleanDocument => {
    const document = withText();
    const [one, other] = words;
    assert.equal(document.apply(update([{ client: 8, structs: [text(one)] }]), ADA), null);
    assert.equal(document.apply(update([{ client: 11, structs: [text(other, { origin: [8, 2] })] }]), BORIS), null);
    return document;
  };
  const [mine, theirs] = [build(["not", "ton"]), build(["not", "ton"])];
  assert.equal(isSameContent(mine.doc, theirs.doc), true);
  assert.equal(isSameContent(mine.doc, build(["ton", "ton"]).doc), false);
  const swapped = withText();
  swapped.apply(update([{ client: 11, structs: [text("not")] }]), BORIS);
  swapped.apply(update([{ client: 8, structs: [text("ton", { origin: [11, 2] })] }]), ADA);
  assert.equal(wordsOf(swapped), wordsOf(mine));
  assert.equal(isSameContent(mine.doc, swapped.doc), false);
});

test("random edits of three pages are all taken; what is kept is a state, the same however it was joined", () => {
  for (const seed of [1, 2, 3]) {
    const next = randomNumbers(seed);
    const pages = [0, 1, 2].map(() => new Y.Doc());
    const document = withText();
    for (const page of pages) Y.applyUpdate(page, Y.encodeStateAsUpdate(document.doc));
    pages[0]!.getMap("nodes").set("parts", new Y.XmlFragment());
    assert.equal(
      document.apply(Y.encodeStateAsUpdate(pages[0]!, Y.encodeStateVector(document.doc)), {
        account: "a0",
        device: "d0",
      }),
      null,
    );
    for (const page of pages) Y.applyUpdate(page, Y.encodeStateAsUpdate(document.doc));
    for (const [at, page] of pages.entries())
      page.on("update", (one: Uint8Array, origin: unknown) => {
        if (origin === "remote") return;
        assert.equal(document.apply(one, { account: `a${at}`, device: `d${at}` }), null);
        for (const other of pages) if (other !== page) Y.applyUpdate(other, one, "remote");
      });
    for (let step = 0; step < 120; step++) edit(pages[next(3)]!, next);
    const kept = document.keep();
    assert.equal(isState(kept), true);
    assert.equal(isSameContent(new CleanDocument(kept).doc, document.doc), true);
    assert.equal(isSameContent(pages[0]!, document.doc), true);
    assert.equal(contentHash("text", pages[0]!), contentHash("text", document.doc));
  }
});

function edit(page: Y.Doc, next: (below: number) => number): void {
  const shelf = page.getMap("nodes");
  const [words, parts] = [shelf.get("text") as Y.Text, shelf.get("parts") as Y.XmlFragment];
  page.transact(() => {
    const what = next(5);
    if (what === 0) words.insert(next(words.length + 1), "abc");
    else if (what === 1 && words.length > 2) words.delete(next(words.length - 2), 2);
    else if (what === 2) shelf.set(`k${next(3)}`, new Y.Map([["a", next(9)]]));
    else if (what === 3 && words.length > 3) words.format(next(words.length - 3), 3, { em: next(2) === 0 ? null : {} });
    else if (parts.length > 2) parts.delete(next(parts.length), 1);
    else parts.insert(next(parts.length + 1), [new Y.XmlElement("p")]);
  });
}

/** Numbers below a bound, the same for the same seed (xorshift32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (below) => {
    state = (state ^ (state << 13)) >>> 0;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % below;
  };
}
