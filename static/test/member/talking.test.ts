// What people say and do with it: replies, corrections, withdrawals, reactions, names, unread, search, drafts, export.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { verifyBundle } from "../../src/e2ee/verify.ts";
import { roomOf } from "./inside.ts";
import { closeAll, type Character, company, type Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
let people: Character[];
let [ada, boris]: Profile[] = [];
let room: string;

before(async () => {
  server = await Server.start();
  people = await company(server, ["Ada", "Boris"]);
  [ada, boris] = people.map(({ profile }) => profile);
  room = await ada!.engine.createRoom("huddle", "Talking", [boris!.account], "all");
  await boris!.meets("Talking");
  await ada!.view(room);
  await boris!.view(room);
});
after(async () => {
  closeAll();
  await server?.stop();
});

test("a reply quotes, a correction and a withdrawal leave both texts visible, reactions count", async () => {
  const item = await ada!.say(room, "The Parties shal cooperate.");
  await boris!.reads(room, "The Parties shal cooperate.");
  await boris!.engine.send(room, {
    text: "A typing error?",
    lang: "en",
    reply: item,
    mentions: [ada!.account],
    files: [],
  });
  const answer = await ada!.reads(room, "A typing error?");
  assert.deepEqual(answer.reply, { item, account: ada!.account, text: "The Parties shal cooperate." });

  await ada!.engine.correct(room, item, "The Parties shall cooperate.", "en");
  const corrected = await boris!.reads(room, "The Parties shall cooperate.");
  assert.deepEqual(
    corrected.earlier.map(({ text }) => text),
    ["The Parties shal cooperate."],
  );
  await ada!.engine.react(room, answer.item, "thanks", true);
  await boris!.engine.react(room, answer.item, "agree", true);
  await until("both reactions", async () => (await boris!.reads(room, "A typing error?")).reactions.length === 2);
  await boris!.engine.react(room, answer.item, "agree", false);
  await until("one taken back", async () => (await ada!.reads(room, "A typing error?")).reactions.length === 1);

  await boris!.engine.withdraw(room, answer.item, "settled");
  const withdrawn = await until("withdrawn", async () => {
    const entry = await ada!.reads(room, "A typing error?");
    return entry.withdrawn && entry;
  });
  assert.equal(withdrawn.withdrawn!.reason, "settled");
  assert.equal(withdrawn.text, "A typing error?");
  await assert.rejects(boris!.engine.correct(room, item, "not mine", "en"), { code: "item.not_yours" });
});

test("a correction by somebody else is refused by every reader, whoever lets it through", async () => {
  const item = await ada!.say(room, "mine alone");
  await boris!.reads(room, "mine alone");
  const { sender } = (
    boris!.engine as unknown as {
      inside: { rooms: { get(id: string): { sender: { add(content: object): Promise<string> } } } };
    }
  ).inside.rooms.get(room);
  await sender.add({ t: "correction", target: item, text: "put into her mouth", lang: "en" });
  await until("refused", async () =>
    (await ada!.entries(room)).some((entry) => entry.kind === "event" && entry.event === "refused"),
  );
  assert.equal((await ada!.reads(room, "mine alone")).earlier.length, 0);
});

test("unread and mentions are counted until they are read, on every browser of the account", async () => {
  await ada!.engine.markRead(room, roomOf(ada!, room).data.number);
  await boris!.engine.send(room, {
    text: "for your eyes",
    lang: "en",
    reply: null,
    mentions: [ada!.account],
    files: [],
  });
  const read = await ada!.reads(room, "for your eyes");
  const summary = (await ada!.engine.rooms()).find((one) => one.room === room)!;
  assert.deepEqual([summary.unread, summary.mentioned], [1, true]);
  assert.ok(ada!.events.some((event) => event.type === "notify" && event.room === room && event.mentioned));
  assert.ok(!JSON.stringify(ada!.events.filter((event) => event.type === "notify")).includes("eyes"));
  await ada!.engine.markRead(room, read.number!);
  assert.equal((await ada!.engine.rooms()).find((one) => one.room === room)!.unread, 0);
  await ada!.reopen();
  await ada!.online();
  assert.equal((await ada!.engine.rooms()).find((one) => one.room === room)!.unread, 0);
});

test("search finds what this browser can read; jump to date finds its number; windows go both ways", async () => {
  for (let i = 0; i < 12; i++) await boris!.say(room, `Absatz ${i} über Zölle`);
  await ada!.reads(room, "Absatz 11 über Zölle");
  const hits = await ada!.engine.search("ZÖLLE absatz", null);
  assert.equal(hits.length, 12);
  assert.equal(hits[0]!.text, "Absatz 11 über Zölle");
  assert.equal((await ada!.engine.search("  ", room)).length, 0);
  const { number, at_ms } = await ada!.reads(room, "Absatz 5 über Zölle");
  assert.ok((await ada!.engine.numberAt(room, at_ms))! <= number!);
  assert.equal(await ada!.engine.numberAt(room, Date.now() + 3_600_000), null);

  const newest = await ada!.engine.entries(room, { limit: 5 });
  assert.equal(newest.entries.length, 5);
  assert.equal(newest.more, true);
  const older = await ada!.engine.entries(room, { before: newest.entries[0]!.number!, limit: 5 });
  assert.ok(older.entries.at(-1)!.number! < newest.entries[0]!.number!);
  const forward = await ada!.engine.entries(room, { after: older.entries.at(-1)!.number!, limit: 5 });
  assert.deepEqual(
    forward.entries.map((entry) => entry.number),
    newest.entries.map((entry) => entry.number),
  );
  assert.equal(forward.more, false);
});

test("renaming, archiving and reopening are said in the record", async () => {
  await ada!.engine.renameRoom(room, "Talking on");
  await until("renamed", async () => (await boris!.engine.rooms()).some((one) => one.name === "Talking on"));
  await ada!.engine.archiveRoom(room, true);
  await until(
    "archived",
    async () => (await boris!.engine.rooms()).find((one) => one.room === room)?.state === "archived",
  );
  await assert.rejects(boris!.say(room, "too late"), { code: "room.archived" });
  await ada!.engine.archiveRoom(room, false);
  await until(
    "reopened",
    async () => (await boris!.engine.rooms()).find((one) => one.room === room)?.state === "active",
  );
  await boris!.say(room, "in time");
  await ada!.reads(room, "in time");
  const events = (await boris!.entries(room)).flatMap((entry) => (entry.kind === "event" ? [entry.event] : []));
  for (const event of ["founded", "added", "renamed", "archived", "reopened"] as const)
    assert.ok(events.includes(event), event);
});

test("drafts are kept, and gone with the words that were sent", async () => {
  await ada!.engine.saveDraft(room, { text: "half a sent", reply: null });
  await ada!.reopen();
  assert.deepEqual(await ada!.engine.draft(room), { text: "half a sent", reply: null });
  await ada!.engine.saveDraft(room, { text: "", reply: null });
  assert.deepEqual(await ada!.engine.draft(room), { text: "", reply: null });
  await ada!.online();
});

test("typing and presence are told, and not when turned off", async () => {
  await boris!.view(room);
  await ada!.view(room);
  await until(
    "present",
    async () =>
      (await boris!.view(room)).memberViews.find((one) => one.account === ada!.account)?.presence === "active",
  );
  await until("typing", async () => {
    await ada!.engine.setTyping(room, true);
    return (await boris!.view(room)).typing.includes(ada!.account);
  });
  await ada!.engine.setTyping(room, false);
  await until("not typing", async () => !(await boris!.view(room)).typing.includes(ada!.account));
  await ada!.engine.updateMe({ settings: { presence: false, typing: false } });
  await until(
    "not present",
    async () => (await boris!.view(room)).memberViews.find((one) => one.account === ada!.account)?.presence === "off",
  );
});

test("the record leaves as a bundle that others can verify, and as a page whose text is escaped", async () => {
  const text = '<img src=x onerror=alert(1)> & "quoted"';
  await boris!.say(room, text);
  await ada!.reads(room, text);
  const bundle = await (await ada!.engine.exportRecord(room, "bundle")).text();
  const report = await verifyBundle(bundle.trimEnd().split("\n"));
  assert.deepEqual(report.problems, []);
  assert.equal(report.sound, true);
  const changed = bundle.replace('"at_ms":1', '"at_ms":2');
  assert.equal((await verifyBundle(changed.trimEnd().split("\n"))).sound, false);
  const page = await (
    await ada!.engine.exportRecord(room, "html", { lang: "en", words: { founded: "{who} founded it" } })
  ).text();
  assert.ok(page.includes("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;"));
  assert.ok(!page.includes("<img"));
  assert.ok(page.includes("<bdi>Ada</bdi> founded it"));
});
