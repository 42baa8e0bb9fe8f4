// What Python wrote of the ledger (tests/wire/ledger/make_vectors.py) is read, made and verified the same here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { NoteError, openCheckpoint } from "../../src/tlog/verifiers.ts";
import { b64, fromUtf8, hex, MalformedError, unb64, utf8 } from "../../src/wire/bytes.ts";
import { type CanonicalObject, canonicalJson } from "../../src/wire/canonical.ts";
import { base64, unbase64 } from "../../src/wire/ledger/base64.ts";
import { parseCheckpoint } from "../../src/wire/ledger/checkpoint.ts";
import { cosignedMessage } from "../../src/wire/ledger/cosignature.ts";
import { commitmentOf, decodeEntry, deviceListTag, encodeEntry, EntryKind } from "../../src/wire/ledger/entries.ts";
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "../../src/wire/ledger/merkle.ts";
import { parseNote, parseVkey } from "../../src/wire/ledger/note.ts";
import { isQuorum, parsePolicy } from "../../src/wire/ledger/policy.ts";
import { formatProof, parseProof } from "../../src/wire/ledger/proof.ts";
import { entriesPath, splitBundle, tilePath } from "../../src/wire/ledger/tiles.ts";

interface Vectors {
  rfc6962: {
    leaves: string[];
    roots: string[];
    inclusions: { index: number; size: number; hashes: string[] }[];
    consistencies: { old: number; new: number; hashes: string[] }[];
  };
  tree: {
    size: number;
    roots: { size: number; root: string }[];
    inclusions: { index: number; size: number; hashes: string[] }[];
    consistencies: { old: number; new: number; hashes: string[] }[];
  };
  entries: {
    kind: EntryKind;
    name: keyof typeof EntryKind;
    statement: CanonicalObject;
    canonical: string;
    nonce: string;
    tag: string;
    commitment: string;
    entry: string;
    leaf: string;
  }[];
  device_list_tag: { account: string; tag: string };
  notes: {
    origin: string;
    vkey: string;
    witnesses: { name: string; kind: 4 | 6; vkey: string; at: number; message: string }[];
    cosigned: string;
    proof: { entry: string; index: number; text: string };
  };
  tiles: {
    paths: { path: string; level: number | null; index: number; width: number }[];
    bundle: { entries: string[]; raw: string };
  };
  policies: { policies: { text: string; met: string[][]; unmet: string[][] }[]; refused: string[] };
}

interface Peer {
  roots: Record<string, string>;
  inclusions: { old: number; new: number; hashes: string[] }[];
  consistencies: { old: number; new: number; hashes: string[] }[];
  vkey: string;
  note: string;
}

const file = new URL("../../../tests/vectors/ledger.json", import.meta.url);
const { rfc6962, tree, entries, device_list_tag, notes, tiles, policies } = JSON.parse(
  readFileSync(file, "utf8"),
) as Vectors;

test("published roots and proofs are made and hold", () => {
  const leaves = rfc6962.leaves.map((leaf) => leafHash(Uint8Array.from(Buffer.from(leaf, "hex"))));
  rfc6962.roots.forEach((root, at) => assert.equal(hex(rootOf(leaves.slice(0, at + 1))), root));
  for (const { index, size, hashes } of rfc6962.inclusions) {
    assert.deepEqual(inclusionProof(leaves.slice(0, size), index).map(hex), hashes);
  }
  for (const { old, new: size, hashes } of rfc6962.consistencies) {
    assert.deepEqual(consistencyProof(leaves.slice(0, size), old).map(hex), hashes);
  }
});

test("roots and proofs of a larger tree are those that Python's oracle made", () => {
  const leaves = Array.from({ length: tree.size }, (_, index) => leafHash(utf8(`entry ${index}`)));
  const roots = new Map(tree.roots.map(({ size, root }) => [size, unbase64(root, 32)]));
  const frontier = new Frontier();
  for (let size = 0; size <= tree.size; size++) {
    const root = roots.get(size);
    if (root !== undefined) assert.deepEqual([rootOf(leaves.slice(0, size)), frontier.root()], [root, root]);
    if (size < tree.size) frontier.append(leaves[size]!);
  }
  for (const { index, size, hashes } of tree.inclusions) {
    const proof = hashes.map((hash) => unbase64(hash));
    assert.deepEqual(inclusionProof(leaves.slice(0, size), index), proof);
    verifyInclusion({ index, size, leaf: leaves[index]!, root: roots.get(size)!, proof });
  }
  for (const { old, new: size, hashes } of tree.consistencies) {
    const proof = hashes.map((hash) => unbase64(hash));
    assert.deepEqual(consistencyProof(leaves.slice(0, size), old), proof);
    const [oldRoot, newRoot] = [roots.get(old)!, roots.get(size)!];
    verifyConsistency({ oldSize: old, newSize: size, oldRoot, newRoot, proof });
  }
});

test("roots and proofs that the Go project's packages made are the same here", async () => {
  const peer = JSON.parse(readFileSync(new URL("ledger_peer.json", file), "utf8")) as Peer;
  const roots = new Map(Object.entries(peer.roots).map(([size, root]) => [Number(size), unbase64(root, 32)]));
  const leaves = Array.from({ length: Math.max(...roots.keys()) }, (_, index) => leafHash(utf8(`entry ${index}`)));
  const frontier = new Frontier();
  for (const leaf of leaves) {
    frontier.append(leaf);
    const root = roots.get(frontier.size);
    if (root !== undefined) assert.deepEqual(frontier.root(), root);
  }
  for (const { old: index, new: size, hashes } of peer.inclusions) {
    const proof = hashes.map((hash) => unbase64(hash));
    verifyInclusion({ index, size, leaf: leaves[index]!, root: roots.get(size)!, proof });
  }
  for (const { old: oldSize, new: newSize, hashes } of peer.consistencies) {
    const [oldRoot, newRoot] = [roots.get(oldSize)!, roots.get(newSize)!];
    verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: hashes.map((hash) => unbase64(hash)) });
  }
  assert.equal((await openCheckpoint(peer.note, parseVkey(peer.vkey))).checkpoint.size, leaves.length);
});

test("entries of every kind are committed to alike", () => {
  for (const one of entries) {
    assert.equal(EntryKind[one.name], one.kind);
    assert.equal(fromUtf8(canonicalJson(one.statement)), one.canonical);
    const commitment = commitmentOf(one.kind, unb64(one.nonce), one.statement);
    assert.equal(b64(commitment), one.commitment);
    const raw = encodeEntry({ kind: one.kind, tag: unb64(one.tag), commitment });
    assert.equal(b64(raw), one.entry);
    assert.equal(b64(leafHash(raw)), one.leaf);
    assert.deepEqual(decodeEntry(raw), { kind: one.kind, tag: unb64(one.tag), commitment });
  }
  assert.equal(b64(deviceListTag(device_list_tag.account)), device_list_tag.tag);
});

test("a checkpoint with cosignatures of both kinds is opened; what a witness signed is what Python signed", async () => {
  const keys = notes.witnesses.map(({ vkey }) => parseVkey(vkey));
  const { checkpoint, cosigned } = await openCheckpoint(notes.cosigned, parseVkey(notes.vkey), keys);
  assert.equal(checkpoint.origin, notes.origin);
  assert.deepEqual(
    cosigned.map(({ key, time_s }) => [key.name, time_s]),
    notes.witnesses.map(({ name, at }) => [name, at]),
  );
  for (const { kind, name, at, message } of notes.witnesses) {
    assert.equal(base64(cosignedMessage(kind, name, at, checkpoint)), message);
  }
});

test("one changed byte in any signature of a known key refuses the note", async () => {
  const [log, keys] = [parseVkey(notes.vkey), notes.witnesses.map(({ vkey }) => parseVkey(vkey))];
  const { signatures } = parseNote(notes.cosigned);
  for (const [at, { raw }] of signatures.entries()) {
    for (const place of [0, 7, 8, raw.length - 1]) {
      const changed = raw.slice();
      changed[place]! ^= 1;
      const note = notes.cosigned.split("\n");
      const line = note.findIndex((text) => text.startsWith("— ")) + at;
      const [dash, name, encoded] = note[line]!.split(" ");
      const id = unbase64(encoded!).slice(0, 4);
      note[line] = `${dash} ${name} ${base64(Buffer.concat([id, changed]))}`;
      await assert.rejects(openCheckpoint(note.join("\n"), log, keys), NoteError);
    }
  }
});

test("a proof leads from its entry to the checkpoint's root", () => {
  const { index, hashes, checkpoint } = parseProof(notes.proof.text);
  assert.equal(formatProof({ index, hashes, checkpoint }), notes.proof.text);
  assert.equal(index, notes.proof.index);
  const { size, root } = parseCheckpoint(parseNote(checkpoint).text);
  verifyInclusion({ index, size, leaf: leafHash(utf8(notes.proof.entry)), root, proof: hashes });
});

test("tiles lie where Python puts them", () => {
  for (const { path, level, index, width } of tiles.paths) {
    assert.equal(level === null ? entriesPath(index, width) : tilePath(level, index, width), `tile/${path}`);
  }
  const { raw, entries: held } = tiles.bundle;
  assert.deepEqual(splitBundle(unbase64(raw), held.length).map(fromUtf8), held);
});

test("policies are met, unmet and refused alike", () => {
  for (const { text, met, unmet } of policies.policies) {
    const policy = parsePolicy(text);
    for (const names of met) assert.equal(isQuorum(policy, new Set(names)), true, text);
    for (const names of unmet) assert.equal(isQuorum(policy, new Set(names)), false, text);
  }
  for (const text of policies.refused) assert.throws(() => parsePolicy(text), MalformedError, text);
});
