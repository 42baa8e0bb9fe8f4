// Pieces without a server: the border to the page, seats, merging vaults, contents, waiting in turn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";

import type { MemberApi, MemberEvent } from "../../src/member/api.ts";
import { encodeContent, parseContent } from "../../src/member/content.ts";
import { MemberError } from "../../src/member/failure.ts";
import { missingChunks } from "../../src/member/files.ts";
import { Http } from "../../src/member/http.ts";
import { fromRoster, sameSeats } from "../../src/member/membership.ts";
import { connectMember, type Port, serveMember } from "../../src/member/rpc.ts";
import { Gathered, Serial } from "../../src/member/serial.ts";
import { merge } from "../../src/member/vault.ts";
import { newId } from "../../src/wire/ids.ts";

test("calls cross to the worker and back, failures keep their code and lose their stack, early events are kept", async () => {
  const { port1, port2 } = new MessageChannel();
  const api = {
    async people() {
      return [];
    },
    async draft(room: string) {
      throw new MemberError("room.not_found", { room });
    },
    async rooms() {
      throw new TypeError("what was typed: geheim");
    },
  } as unknown as MemberApi;
  const send = serveMember(port2 as unknown as Port, api);
  const { api: remote, onEvent } = connectMember(port1 as unknown as Port);
  send({ type: "people" });
  assert.deepEqual(await remote.people(), []);
  const events: MemberEvent[] = [];
  const stop = onEvent((event) => events.push(event));
  assert.deepEqual(events, [{ type: "people" }]);
  await assert.rejects(remote.draft("r"), { code: "room.not_found", detail: { room: "r" } });
  await assert.rejects(
    remote.rooms(),
    (error: unknown) => !JSON.stringify(error).includes("geheim") && (error as MemberError).code === "client.fault",
  );
  stop();
  port1.close();
});

test("a name that is no method is refused at the worker", async () => {
  const { port1, port2 } = new MessageChannel();
  serveMember(port2 as unknown as Port, { constructor: () => "escaped" } as unknown as MemberApi);
  const answer = new Promise((resolve) => port1.once("message", resolve));
  port1.postMessage({ call: 1, method: "constructor", args: [] });
  assert.deepEqual(await answer, { call: 1, failure: { code: "client.fault", detail: { method: "constructor" } } });
  port1.close();
});

test("the roster fills the seats by leaf", () => {
  const [a, b] = [newId(), newId()];
  const seat = (account: string, device: string, leaf: number) => ({ account, device, kind: "browser" as const, leaf });
  const membership = fromRoster({ seats: null, accounts: { [b]: { number: 3, head: new Uint8Array(32) } } }, [
    seat(a, "d1", 0),
    seat(b, "d2", 2),
  ]);
  assert.deepEqual(
    membership.seats!.map((one) => one?.device ?? null),
    ["d1", null, "d2"],
  );
  assert.equal(membership.accounts[a], null);
  assert.equal(membership.accounts[b]!.number, 3, "what was known of an account stays");
  assert.ok(sameSeats(membership, { seats: null, accounts: {} }));
  assert.ok(!sameSeats(membership, { seats: [], accounts: {} }));
});

test("what two browsers change in the vault at the same time is kept", () => {
  const seed = new Uint8Array(32);
  const pin = (sign: string, verified = false) => ({ sign, verified, acknowledged: [] });
  const base = { sign: seed, box: [seed], pins: { x: pin("1"), y: pin("2") }, labels: { d: "old" } };
  const mine = { ...base, pins: { ...base.pins, x: pin("1", true) }, labels: { d: "mine" } };
  const theirs = { ...base, box: [seed, seed], pins: { ...base.pins, z: pin("3") }, labels: base.labels };
  const merged = merge(base, mine, theirs);
  assert.deepEqual(merged.pins, { x: pin("1", true), y: pin("2"), z: pin("3") });
  assert.deepEqual(merged.labels, { d: "mine" });
  assert.equal(merged.box.length, 2);
});

test("contents are read with suspicion", () => {
  const id = newId();
  const message = { t: "message", text: "hello", lang: "en", mentions: [id], files: [], reply: id } as const;
  assert.deepEqual(parseContent(encodeContent({ ...message, mentions: [id], files: [] }, 1)), {
    ...message,
    mentions: [id],
    files: [],
  });
  const read = (value: unknown): unknown => parseContent(new TextEncoder().encode(JSON.stringify(value)));
  assert.deepEqual(read({ v: 1, t: "reaction", target: id, mark: "agree", on: true, more: 1 }), {
    t: "reaction",
    target: id,
    mark: "agree",
    on: true,
  });
  for (const bad of [
    null,
    [],
    { v: 2, ...message },
    { v: 1, t: "constructor" },
    { v: 1, ...message, text: 5 },
    { v: 1, ...message, reply: "short" },
    { v: 1, ...message, mentions: ["x"] },
    { v: 1, ...message, files: [{ blob: id }] },
    { v: 1, t: "reaction", target: id, mark: "love", on: true },
    { v: 1, t: "notice", notice: "burnt" },
  ]) {
    assert.equal(read(bad), null, JSON.stringify(bad));
  }
  assert.equal(parseContent(Uint8Array.of(0xff, 0xfe)), null);
});

test("chunks that the server has are not sent again", () => {
  assert.deepEqual(
    missingChunks(6, [
      [0, 1],
      [4, 4],
    ]),
    [2, 3, 5],
  );
  assert.deepEqual(missingChunks(2, []), [0, 1]);
});

test("work is done in turn, and askers share a run that begins after they asked", async () => {
  const serial = new Serial();
  const order: number[] = [];
  const slow = serial.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push(1);
    throw new Error("does not stop the next");
  });
  const next = serial.run(async () => void order.push(2));
  await assert.rejects(slow);
  await next;
  assert.deepEqual(order, [1, 2]);
  let runs = 0;
  const gathered = new Gathered(async () => {
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  await Promise.all([gathered.run(), gathered.run(), gathered.run()]);
  assert.equal(runs, 2);
});

test("only calls that may be made twice are made twice", async () => {
  let calls = 0;
  const failing = (async () => {
    calls++;
    if (calls < 3) throw new TypeError("fetch failed");
    return Response.json({ ok: true });
  }) as typeof fetch;
  const http = new Http({ origin: "http://localhost", fetch: failing, now_ms: () => Date.now() });
  assert.deepEqual(await http.get("/x"), { ok: true });
  assert.equal(calls, 3);
  calls = 0;
  await assert.rejects(http.post("/x"), { code: "network.offline" });
  assert.equal(calls, 1);
});

test("answers become codes: the server's own, and a fault for what is none", async () => {
  const answering = (answer: Response): Http =>
    new Http({ origin: "http://localhost", fetch: (async () => answer) as typeof fetch, now_ms: () => Date.now() });
  const refused = Response.json(
    { error: { code: "handle.taken", message: "…", detail: { handle: "ada" } } },
    { status: 409 },
  );
  await assert.rejects(answering(refused).post("/x"), { code: "handle.taken", detail: { handle: "ada" } });
  await assert.rejects(answering(new Response("<html>", { status: 500 })).post("/x"), { code: "server.fault" });
  await assert.rejects(answering(new Response("<html>", { status: 200 })).post("/x"), { code: "server.fault" });
});
