// The ledger's hashes, proofs and texts against RFC 6962's and C2SP's own examples.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromUtf8, hex, MalformedError, utf8 } from "../../src/wire/bytes.ts";
import { base64, unbase64 } from "../../src/wire/ledger/base64.ts";
import { formatCheckpoint, parseCheckpoint } from "../../src/wire/ledger/checkpoint.ts";
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  leafHash,
  ProofError,
  rootOf,
  verifyConsistency,
  verifyInclusion as verify,
} from "../../src/wire/ledger/merkle.ts";
import { formatNote, formatVkey, parseNote, parseVkey } from "../../src/wire/ledger/note.ts";
import { isQuorum, parsePolicy } from "../../src/wire/ledger/policy.ts";
import { formatProof, parseProof } from "../../src/wire/ledger/proof.ts";
import { entriesPath, splitBundle, tilePath } from "../../src/wire/ledger/tiles.ts";
import { NoteError, openCheckpoint, openNote } from "../../src/tlog/verifiers.ts";

/** The entries of RFC 6962's reference code, and the root of the first n of them. */
const ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAVES = ENTRIES.map((entry) => leafHash(Uint8Array.from(Buffer.from(entry, "hex"))));

const EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE_NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

test("roots are those of RFC 6962's reference code, and the frontier comes to the same", () => {
  const frontier = new Frontier();
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(hex(rootOf(LEAVES.slice(0, size))), root);
    assert.equal(hex(frontier.root()), root);
    assert.equal(hex(Frontier.of(frontier.size, frontier.hashes).root()), root);
    const next = LEAVES[size];
    if (next !== undefined) frontier.append(next);
  }
});

test("every proof of every tree up to 40 leaves holds, and none holds for another size, place or root", () => {
  const leaves = Array.from({ length: 40 }, (_, number) => leafHash(Uint8Array.of(number)));
  for (let size = 1; size <= leaves.length; size++) {
    const root = rootOf(leaves.slice(0, size));
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(leaves.slice(0, size), index);
      const shown = { index, size, leaf: leaves[index]!, root, proof };
      verify(shown);
      assert.throws(() => verify({ ...shown, leaf: leafHash(utf8("other")) }), ProofError);
      assert.throws(() => verify({ ...shown, proof: [...proof, root] }), ProofError);
      if (size > 1) assert.throws(() => verify({ ...shown, proof: proof.slice(1) }), ProofError);
    }
    for (let oldSize = 0; oldSize <= size; oldSize++) {
      const proof = consistencyProof(leaves.slice(0, size), oldSize);
      const shown = { oldSize, newSize: size, oldRoot: rootOf(leaves.slice(0, oldSize)), newRoot: root, proof };
      verifyConsistency(shown);
      assert.throws(() => verifyConsistency({ ...shown, oldRoot: leafHash(utf8("other")) }), ProofError);
      assert.throws(() => verifyConsistency({ ...shown, proof: [...proof, root] }), ProofError);
    }
  }
});

test("a tree never shrinks, and one size has one root", () => {
  const [two, three] = [rootOf(LEAVES.slice(0, 2)), rootOf(LEAVES.slice(0, 3))];
  const shrunk = { oldSize: 3, newSize: 2, oldRoot: three, newRoot: two, proof: [] };
  assert.throws(() => verifyConsistency(shrunk), ProofError);
  assert.throws(() => verifyConsistency({ ...shrunk, newSize: 3 }), ProofError);
});

test("the example of the signed note's specification is read, written and verified", async () => {
  const key = parseVkey(EXAMPLE_KEY);
  assert.equal(formatVkey(key), EXAMPLE_KEY);
  assert.equal(formatNote(parseNote(EXAMPLE_NOTE)), EXAMPLE_NOTE);
  assert.equal(await openNote(EXAMPLE_NOTE, key), "This is an example message.\n");
  await assert.rejects(openNote(EXAMPLE_NOTE.replace("an example", "no example"), key), NoteError);
  await assert.rejects(openNote(EXAMPLE_NOTE.replace("foo Uw2Q", "bar Uw2Q"), key), NoteError);
});

test("texts that are no note, key or checkpoint are refused", async () => {
  const unsigned = ["", "text\n", "text\n\n", "a\tb\n\n— k AAAAAAA=\n"];
  for (const note of [...unsigned, EXAMPLE_NOTE.trimEnd(), EXAMPLE_NOTE.replace("— ", "- ")]) {
    assert.throws(() => parseNote(note), MalformedError, JSON.stringify(note));
  }
  const [id, material] = [EXAMPLE_KEY.replace("530d", "530e"), EXAMPLE_KEY.replace("+Aek", "+Bek")];
  for (const key of ["", "a+b", id, material, ` ${EXAMPLE_KEY}`]) {
    assert.throws(() => parseVkey(key), MalformedError, key);
  }
  const text = formatCheckpoint({ origin: "example.com/log", size: 2, root: rootOf(LEAVES.slice(0, 2)) });
  assert.equal(parseCheckpoint(text).size, 2);
  const sizes = ["02", "-2", "0", "2.0", "9007199254740993"].map((size) => text.replace("\n2\n", `\n${size}\n`));
  for (const other of [...sizes, `${text}more\n`, `${text}\n`, text.trimEnd(), text.replace("/log", "/log\n")]) {
    assert.throws(() => parseCheckpoint(other), MalformedError, other);
  }
  await assert.rejects(openCheckpoint(EXAMPLE_NOTE, parseVkey(EXAMPLE_KEY)), MalformedError);
});

test("base64 is canonical only", () => {
  assert.equal(base64(Uint8Array.of(0xfb, 0xff)), "+/8=");
  assert.deepEqual(unbase64("+/8="), Uint8Array.of(0xfb, 0xff));
  for (const text of ["+/8", "+/9=", "-_8=", "+/8==", "=", "A===", "+/8=\n"]) {
    assert.throws(() => unbase64(text), MalformedError, text);
  }
});

test("tiles have the addresses of the specification", () => {
  assert.equal(tilePath(0, 1234067), "tile/0/x001/x234/067");
  assert.equal(tilePath(2, 0, 1), "tile/2/000.p/1");
  assert.equal(entriesPath(273, 112), "tile/entries/273.p/112");
  const bundle = Uint8Array.of(0, 2, 65, 66, 0, 0, 0, 1, 67);
  assert.deepEqual(splitBundle(bundle, 3).map(fromUtf8), ["AB", "", "C"]);
  assert.throws(() => splitBundle(bundle, 2), MalformedError);
  assert.throws(() => splitBundle(bundle.subarray(0, 8), 3), MalformedError);
});

test("a proof's text is read as it was written", () => {
  const text = formatCheckpoint({ origin: "example.com/foo", size: 8, root: rootOf(LEAVES) });
  const checkpoint = formatNote({ text, signatures: parseNote(EXAMPLE_NOTE).signatures });
  const proof = { index: 3, hashes: inclusionProof(LEAVES, 3), checkpoint };
  assert.deepEqual(parseProof(formatProof(proof)), proof);
  assert.deepEqual(parseProof(formatProof(proof).replace("@v1\n", "@v1\nextra AAAA\n")), proof);
  assert.throws(() => parseProof(formatProof(proof).replace("@v1", "@v2")), MalformedError);
  assert.throws(() => parseProof(formatProof({ ...proof, checkpoint: EXAMPLE_NOTE })), MalformedError);
  assert.throws(() => parseProof(formatProof(proof).replace("index 3", "index 03")), MalformedError);
});

test("a policy tells whose cosignatures are enough", () => {
  const keys = Array.from({ length: 3 }, (_, number) =>
    formatVkey({ name: `witness.example/${number}`, type: 4, key: new Uint8Array(32).fill(number + 1) }),
  );
  const witnesses = keys.map((key, number) => `witness W${number} ${key}\n`).join("");
  const policy = parsePolicy(`# two of three\n${witnesses}\tgroup two 2 W0 W1 W2 \n\nquorum two\n`);
  assert.equal(isQuorum(policy, new Set(["W0"])), false);
  assert.equal(isQuorum(policy, new Set(["W0", "two"])), false);
  assert.equal(isQuorum(policy, new Set(["W0", "W2"])), true);
  assert.equal(isQuorum(parsePolicy("quorum none"), new Set()), true);
  for (const wrong of [
    witnesses,
    `${witnesses}quorum W3`,
    `${witnesses}quorum W0\nquorum W1`,
    `${witnesses}group g 4 W0 W1 W2\nquorum g`,
    `${witnesses}group g any W0\ngroup h any W0\nquorum g`,
    `${witnesses}group W0 any W1\nquorum W0`,
    `${witnesses}witness W9 ${keys[0]}\nquorum W0`,
    `log ${keys[0]}\nquorum none`,
    "witness none x\nquorum none",
    "quorum none\r\n",
  ]) {
    assert.throws(() => parsePolicy(wrong), MalformedError, wrong);
  }
});
