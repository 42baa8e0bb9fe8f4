// Two histories of the ledger come out by one message; what a member invents accuses nobody but that member.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newSigningKey, sign } from "../../src/e2ee/signing.ts";
import { encodeContent } from "../../src/member/content.ts";
import { MemberError } from "../../src/member/failure.ts";
import { verifyEvidence } from "../../src/member/ledger/evidence.ts";
import { type By, GRACE_MS, type LedgerStore } from "../../src/member/ledger/kept.ts";
import { type LogWord, withWord, wordIn } from "../../src/member/ledger/word.ts";
import { type Bytes, random, utf8 } from "../../src/wire/bytes.ts";
import { newId } from "../../src/wire/ids.ts";
import { formatCheckpoint } from "../../src/wire/ledger/checkpoint.ts";
import { Clock, followerOf, ORIGIN, TestLog } from "./logs.ts";

const TEXT = { t: "message", text: "We agree.", lang: "en", mentions: [], files: [] } as const;

function somebody(): By {
  return { room: newId(), account: newId(), device: newId(), item: newId() };
}

/** What arrives of a word by a message. */
function saidIn(word: LogWord | null): LogWord {
  const plaintext = new Uint8Array(encodeContent({ ...TEXT, mentions: [], files: [] }, 1));
  const word_ = wordIn(withWord(plaintext, word));
  assert.ok(word_ && word_ !== "garbled");
  return word_;
}

async function wordOf(log: TestLog, size: number): Promise<LogWord> {
  return { ...(await log.signed(size)), key: log.signer.publicKey };
}

function kinds(ledger: LedgerStore): string[] {
  return ledger.state.findings.map(({ kind }) => kind);
}

/** Numbers that are the same in each run. */
function drawn(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("a forked log is found by the first message from the other side, 100 of 100, with evidence that stands alone", async () => {
  const draw = drawn(7);
  let [found, later] = [0, 0];
  for (let round = 0; round < 100; round++) {
    const common = draw(40);
    const one = await TestLog.make(common, "common");
    const other = one.forkedAt(common);
    one.grow(1 + draw(30), "shown to A");
    other.grow(1 + draw(30), "shown to B");
    const [a, b] = [await followerOf(one), await followerOf(other)];
    // Both may have followed their own side for a while.
    for (const [{ follower }, log] of [[a, one], [b, other]] as const) {
      log.shownSize = common + 1 + draw(log.history.length - common);
      await follower.advance();
      log.shownSize = null;
    }
    await b.follower.hear(saidIn(a.ledger.word()), somebody());
    await b.follower.advance();
    assert.deepEqual(kinds(b.ledger), ["split"], `round ${round}`);
    const evidence = async () => verifyEvidence(utf8(b.ledger.state.findings[0]!.evidence!));
    // The log signed both. Without asking it, the contradiction can be shown once B's side is as long as A's was.
    if ((await evidence()) === "signed") later++;
    other.grow(40, "shown to B");
    await b.follower.advance();
    assert.equal(await evidence(), "proven", `round ${round}`);
    found++;
  }
  assert.equal(found, 100);
  assert.ok(later > 0 && later < 100, "both cases occur");
});

test("a server that hides the fork by refusing, by a false proof or by silence is found as well", async () => {
  const common = 11;
  const one = (await TestLog.make(common, "common")).grow(5, "shown to A");
  const clock = new Clock();
  const lies: [string, (log: TestLog) => void][] = [
    ["refuses", (log) => (log.before = (request) => refuse(request, new MemberError("ledger.absent")))],
    ["invents", (log) => (log.consistency = async () => [random(32), random(32)])],
    ["is silent", (log) => (log.before = (request) => refuse(request, new MemberError("server.busy")))],
  ];
  for (const [name, lie] of lies) {
    const other = one.forkedAt(common).grow(3, "shown to B");
    const { follower, ledger } = await followerOf(other, clock);
    await follower.advance();
    lie(other);
    await follower.hear(saidIn(await wordOf(one, 16)), somebody());
    if (name === "is silent") {
      await assert.rejects(follower.advance(), { code: "server.busy" });
      assert.deepEqual(kinds(ledger), [], "nobody is accused for being slow");
      clock.now_ms += GRACE_MS + 1;
    }
    await follower.advance();
    assert.deepEqual(kinds(ledger), ["split"], name);
    assert.notEqual(await verifyEvidence(utf8(ledger.state.findings[0]!.evidence!)), "none", name);
  }
});

test("what a member invents is that member's fault, and no split", async () => {
  const log = await TestLog.make(20, "one");
  const { follower, ledger } = await followerOf(log);
  await follower.advance();
  const true_ = await wordOf(log, 20);
  const forger = await newSigningKey();
  const root = random(32);
  const text = utf8(formatCheckpoint({ origin: ORIGIN, size: 20, root }));
  const invented: [string, LogWord | "garbled"][] = [
    ["garbled", { ...true_, root }],
    ["garbled", { ...true_, size: 19 }],
    ["garbled", { ...true_, size: Number.MAX_SAFE_INTEGER }],
    ["garbled", { ...true_, signature: random(64) }],
    ["garbled", { ...true_, signature: new Uint8Array(64) }],
    ["garbled", { ...true_, root, signature: await sign(forger, text) }],
    ["garbled", { ...true_, key: new Uint8Array(32) }],
    ["garbled", "garbled"],
    ["other-key", { ...true_, root, signature: await sign(forger, text), key: forger.publicKey }],
  ];
  for (const [kind, word] of invented) {
    const by = somebody();
    await follower.hear(word, by);
    await follower.hear(word, by);
    await follower.advance();
    const mine = ledger.state.findings.filter(({ account }) => account === by.account);
    assert.deepEqual(mine.map((one) => one.kind), [kind]);
  }
  assert.ok(!kinds(ledger).includes("split"));
  assert.deepEqual(ledger.state.newest, await log.signed(20));
});

test("older and newer words of one history are no news, and lead on", async () => {
  const log = await TestLog.make(30, "one");
  const { follower, ledger } = await followerOf(log);
  log.shownSize = 12;
  await follower.advance();
  log.before = (request) => refuse(request, new MemberError("network.offline"));
  for (const size of [1, 5, 12, 29]) await follower.hear(saidIn(await wordOf(log, size)), somebody());
  await assert.rejects(follower.advance(), { code: "network.offline" });
  assert.equal(ledger.state.pending.length, 3);
  log.before = () => {};
  await follower.advance();
  assert.deepEqual([kinds(ledger), ledger.state.pending.length], [[], 0]);
  assert.equal(ledger.state.newest!.size, 29);
});

test("a log that goes back, or signs with another key, is reported", async () => {
  const log = await TestLog.make(30, "one");
  const { follower, ledger } = await followerOf(log);
  await follower.advance();
  const before = log.history.splice(20);
  await follower.advance();
  assert.deepEqual(kinds(ledger), ["split"], "the log does not know its own checkpoint any more");
  log.history.push(...before);

  const anew = await TestLog.make(30, "anew");
  const second = await followerOf(log);
  await second.follower.advance();
  log.checkpoint = () => anew.checkpoint();
  await second.follower.advance();
  assert.deepEqual(kinds(second.ledger), ["key"]);
});

test("words are bounded and read without trust", () => {
  const base = `{"v":1,"at":1,"t":"message","text":"x","lang":"en"`;
  const b43 = "A".repeat(43);
  const log = (fields: string): Bytes => new Uint8Array(utf8(`${base},"log":${fields}}`));
  const whole = (size: string): string => `{"size":${size},"root":"${b43}","signature":"${"A".repeat(86)}","key":"${b43}"}`;
  assert.equal(wordIn(new Uint8Array(utf8(`${base}}`))), null);
  assert.equal(wordIn(utf8("no JSON")), null);
  for (const size of ["1", "9007199254740991", "5.0", "1e3"]) assert.notEqual(wordIn(log(whole(size))), "garbled", size);
  for (const size of ["0", "-1", "1.5", "9007199254740992", "1e999", '"1"', "true", "null"])
    assert.equal(wordIn(log(whole(size))), "garbled", size);
  for (const fields of ["null", "[]", "{}", "5", whole("1").replace(b43, "A".repeat(42)), whole("1").replace(b43, `${b43}=`)])
    assert.equal(wordIn(log(fields)), "garbled", fields);
  const long = new Uint8Array(utf8(JSON.stringify({ v: 1, text: "x".repeat(65_400) })));
  const word = { size: 1, root: new Uint8Array(32), signature: new Uint8Array(64), key: new Uint8Array(32) };
  assert.equal(withWord(long, word), long, "what would not fit goes out without it");
});

function refuse(request: string, error: MemberError): void {
  if (request !== "checkpoint" && request !== "key") throw error;
}
