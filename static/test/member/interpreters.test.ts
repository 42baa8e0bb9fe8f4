// Interpreters: let in by a code, shown with whoever answers for them, heard only if somebody does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openAside, sealAside } from "../../src/e2ee/aside.ts";
import { openPrivateKey, sealPrivate, sealPrivateKey } from "../../src/e2ee/private.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import { vouch } from "../../src/e2ee/vouching.ts";
import { statementToJson } from "../../src/e2ee/identity.ts";
import type { MessageEntry, TermWord } from "../../src/member/api.ts";
import type { PersonAnswer } from "../../src/member/answers.ts";
import { Asides } from "../../src/member/interpreters/asides.ts";
import { hashOf } from "../../src/member/interpreters/composing.ts";
import { type Content, encodeContent } from "../../src/member/content.ts";
import type { WarningContent } from "../../src/member/interpreters/translated.ts";
import { b64, fromUtf8, random, unb64, utf8 } from "../../src/wire/bytes.ts";
import { ASIDE } from "../../src/wire/events.ts";
import { newId } from "../../src/wire/ids.ts";
import { insideOf, peopleOf } from "./inside.ts";
import { Newcomer, sentence, translation } from "./interpreter.ts";
import { closeAll, company, entryOf, type Fetch, invite, type Profile, until } from "./profile.ts";
import { Server } from "./server.ts";

let server: Server;
/** The machine writes for the room, ours for Minji's delegation. */
let [ada, minji, nils, machine, ours]: Profile[] = [];
let room: string;
/** What the server makes of its answers to Minji and Nils. */
let lie: (url: string, answer: string) => string = (_, answer) => answer;
/** Asides that reached the interpreter. */
const heard: [room: string, from: string, sealed: string][] = [];

const through =
  (send: Fetch): Fetch =>
  async (input, init) => {
    const answer = await send(input, init);
    if (!String(input).includes("/api/")) return answer;
    const { status, headers } = answer;
    if (!headers.get("content-type")?.includes("json")) return answer;
    return new Response(lie(String(input), await answer.text()), { status, headers });
  };

before(async () => {
  server = await Server.start();
  const [admin] = await company(server, ["Ada"]);
  ada = admin!.profile;
  const { engine } = ada;
  const korea = await engine.createDelegation("Korea", "KR", 1);
  const norway = await engine.createDelegation("Norway", "NO", 2);
  minji = (await invite(server, admin!, "Minji", ["delegate"], { delegation: korea.id, through })).profile;
  nils = (await invite(server, admin!, "Nils", ["delegate"], { delegation: norway.id, through })).profile;
});
after(async () => {
  closeAll();
  await server?.stop();
});

async function says(content: Content, by = machine!): Promise<string> {
  return insideOf(by).rooms.get(room).sender.add(content);
}

/** What the server says of interpreters to Minji and Nils from now on. */
function lieOfInterpreters(change: (row: PersonAnswer) => void): void {
  lie = (url, said) => {
    if (!url.endsWith("/api/people")) return said;
    const rows = JSON.parse(said) as PersonAnswer[];
    for (const row of rows) if (row.interpreter) change(row);
    return JSON.stringify(rows);
  };
}

async function translated(profile: Profile, item: string): Promise<MessageEntry> {
  return until("a translation", async () => {
    const entry = await entryOf(profile, room, item);
    return entry.translations.length > 0 ? entry : null;
  });
}

test("a code that the server answers with another request is refused, and so is what is no code", async () => {
  const [wanted, other] = [await Newcomer.ask(server), await Newcomer.ask(server)];
  const wish = { name: "통역", languages: ["ko", "en"], for: "room" as const };
  lie = (url, answer) => (url.endsWith("/enrolments/look") ? JSON.stringify({ request: b64(other.request) }) : answer);
  await assert.rejects(minji!.engine.lookEnrolment(wanted.code), { code: "enrolment.other" });
  await assert.rejects(minji!.engine.approveEnrolment(wanted.code, wish), { code: "enrolment.other" });
  lie = (_, answer) => answer;
  await assert.rejects(minji!.engine.lookEnrolment("not a code"), { code: "enrolment.code" });
  assert.equal((await minji!.engine.people()).some(({ interpreter }) => interpreter), false);
});

test("whoever types the code answers for the interpreter, and everybody sees that it is true", async () => {
  const newcomer = await Newcomer.ask(server);
  const looked = await minji!.engine.lookEnrolment(newcomer.code.toLowerCase().replaceAll(" ", "-"));
  assert.equal(looked.account, newcomer.account);
  assert.equal(looked.machine, "desk 3");
  assert.match(looked.digits, /^(\d{5} ){5}\d{5}$/);
  const wish = { name: "통역", languages: ["ko", "en"], for: "room" as const };
  assert.equal(await minji!.engine.approveEnrolment(newcomer.code, wish), newcomer.account);
  machine = await newcomer.begin();

  room = await minji!.engine.createRoom("huddle", "Words", [nils!.account, machine.account], "all");
  for (const profile of [nils!, machine]) await profile.meets("Words");
  await minji!.view(room);
  const card = { owner: minji!.account, ownerName: "Minji", for: "room", vouched: true };
  for (const profile of [minji!, nils!]) {
    const { online: _, ...view } = await until("the interpreter", async () => {
      const seen = (await profile.view(room)).interpreters[0];
      return seen?.card.vouched ? seen : null;
    });
    assert.deepEqual(view, { account: machine.account, name: "통역", card, own: profile === minji });
    const person = (await profile.engine.people()).find(({ account }) => account === machine!.account);
    assert.deepEqual(person?.interpreter, card);
  }
  // Verified with its owner: by the owner at once, by others once they have compared with the owner.
  const verified = async (profile: Profile): Promise<boolean | undefined> =>
    (await profile.view(room)).memberViews.find(({ account }) => account === machine!.account)?.verified;
  assert.equal(await verified(minji!), true);
  assert.equal(await verified(nils!), false);
  await nils!.engine.setVerified(minji!.account, true, "Minji");
  assert.equal(await verified(nils!), true);
});

test("a translation comes to the message it belongs to, and goes with the text that it was of", async () => {
  const text = "관세를 🙂 5% 낮춥니다. 동의합니까?";
  const item = await minji!.engine.send(room, { text, lang: "ko", reply: null, mentions: [], files: [] });
  await nils!.reads(room, text);
  await machine!.reads(room, text);
  const warns = { kind: "unit", detail: "%", source: [[6, 8]], target: [[18, 20]] } satisfies WarningContent;
  const sentences = [
    sentence(text, "We cut tariffs by 5%.", { at: [0, 14], warnings: [warns] }),
    sentence(text, "Do you agree?", { at: [15, 21], lead: " " }),
  ];
  await nils!.view(room);
  nils!.events.length = 0;
  await says(translation(item, text, "", { of: 2, sentences }));
  const { translations, differ } = await translated(nils!, item);
  assert.equal(differ, false);
  const view = translations[0]!;
  assert.equal(view.text, "We cut tariffs by 5%. Do you agree?");
  const { by, person, complete, from, to } = view;
  assert.deepEqual([by, person, complete, from, to], [machine!.account, false, true, "ko", "en"]);
  // Places are UTF-16 offsets: the smile takes two.
  const sources = view.sentences.map(({ source }) => text.slice(...source));
  assert.deepEqual(sources, ["관세를 🙂 5% 낮춥니다.", "동의합니까?"]);
  const [warning] = view.sentences[0]!.warnings;
  assert.deepEqual([text.slice(...warning!.source[0]!), view.text.slice(...warning!.target[0]!)], ["5%", "5%"]);
  await until("the entry is pushed to the open room", () =>
    nils!.events.some(
      (event) =>
        event.type === "entries" &&
        event.changed.some((entry) => entry.kind === "message" && entry.translations.length === 1),
    ),
  );
  // It is no message: nothing to read, no line of its own.
  assert.equal((await nils!.engine.rooms()).find((one) => one.room === room)!.unread, 1);
  assert.equal((await nils!.messages(room)).length, 1);
  assert.equal((await nils!.engine.search("tariffs agree", room)).length, 1);
  // Taken along, it stands below what was said.
  const words = { lang: "en", words: { translated: "Translated by {name}:" } };
  const html = await (await nils!.engine.exportRecord(room, "html", words)).text();
  assert.match(html, /Translated by [^:]*통역[^:]*: We cut tariffs by 5%\. Do you agree\?<\/p>/);
  // In the reader's own language there is nothing to show.
  await minji!.engine.updateMe({ languages: ["ko"] });
  assert.deepEqual((await entryOf(minji!, room, item)).translations, []);

  await minji!.engine.correct(room, item, "관세를 6% 낮춥니다.", "ko");
  await until("stale", async () => (await entryOf(nils!, room, item)).translations.length === 0);
  await says(translation(item, "관세를 6% 낮춥니다.", "We cut tariffs by 6%."));
  assert.equal((await translated(nils!, item)).translations[0]!.text, "We cut tariffs by 6%.");
});

test("a person's translation stands before the machine's, under the person's name", async () => {
  const text = "내일 만납시다.";
  const item = await minji!.engine.send(room, { text, lang: "ko", reply: null, mentions: [], files: [] });
  await nils!.reads(room, text);
  await machine!.reads(room, text);
  await says(translation(item, text, "Let us meet tomorrow."));
  await translated(nils!, item);
  await minji!.engine.render(room, item, "en", "We shall meet tomorrow.");
  await until("both", async () => (await entryOf(nils!, room, item)).translations.length === 2);
  const { translations, differ } = await entryOf(nils!, room, item);
  assert.deepEqual(translations.map(({ person, by, text: read }) => [person, by, read]), [
    [true, minji!.account, "We shall meet tomorrow."],
    [false, machine!.account, "Let us meet tomorrow."],
  ]);
  assert.equal(differ, false);
});

test("a translation by a person's device, and anything else by an interpreter's, is refused", async () => {
  const text = "동의합니다.";
  const item = await minji!.engine.send(room, { text, lang: "ko", reply: null, mentions: [], files: [] });
  await nils!.reads(room, text);
  const refused = async (): Promise<number> =>
    (await nils!.entries(room)).filter((entry) => entry.kind === "event" && entry.text === "item.interpreter").length;
  await insideOf(minji!).rooms.get(room).sender.add(translation(item, text, "We refuse."));
  await until("refused", async () => (await refused()) === 1);
  assert.deepEqual((await entryOf(nils!, room, item)).translations, []);
  await says({ t: "message", text: "I am nobody's translation", lang: "en", mentions: [], files: [] });
  await says({ t: "rendering", target: item, source: hashOf(text), to: "en", text: "a person, surely" });
  await says({ t: "translations", on: false });
  await until("refused", async () => (await refused()) === 4);
  assert.equal((await nils!.texts(room)).includes("I am nobody's translation"), false);
  assert.deepEqual((await entryOf(nils!, room, item)).translations, []);
  assert.equal((await nils!.view(room)).translations, "on");
});

test("what is sealed to a delegation is read there, and is nothing to anybody else", async () => {
  const newcomer = await Newcomer.ask(server);
  const wish = { name: "우리 통역", languages: ["ko", "en"], for: "delegation" as const };
  await minji!.engine.approveEnrolment(newcomer.code, wish);
  ours = await newcomer.begin();
  await minji!.engine.addMembers(room, [ours.account]);
  await ours.meets("Words");
  const text = "우리끼리 봅니다.";
  const item = await nils!.engine.send(room, { text: "Between us.", lang: "en", reply: null, mentions: [], files: [] });
  await minji!.reads(room, "Between us.");
  await ours.reads(room, "Between us.");
  const [key, value] = [newId(), random(32)];
  const { keyholder } = insideOf(ours);
  const place = { room, key, account: minji!.account };
  const sealed = await sealPrivateKey(value, place, peopleOf(ours).list(minji!.account).box);
  const others = { ...place, account: nils!.account };
  assert.equal(await openPrivateKey(sealed, others, await insideOf(minji!).keyholder.boxes()), null);
  await says({ t: "private_key", key, for: [{ account: minji!.account, sealed: b64(sealed) }] }, ours);
  const content = encodeContent(translation(item, "Between us.", text, { from: "en", to: "ko" }), 1);
  const inner = await sealPrivate(value, { room, device: keyholder.device.device, key }, content);
  const before = (await nils!.entries(room)).length;
  await says({ t: "private", key, sealed: b64(inner) }, ours);
  const [view] = (await translated(minji!, item)).translations;
  assert.deepEqual([view!.text, view!.onlyDelegation], [text, true]);
  await nils!.reads(room, "Between us.");
  assert.equal((await nils!.entries(room)).length, before);
  const words = { lang: "ko", words: { translatedForUs: "For us, by {name}:" } };
  const html = await (await minji!.engine.exportRecord(room, "html", words)).text();
  assert.match(html, /For us, by [^:]*우리 통역[^:]*: 우리끼리 봅니다\.<\/p>/);
  // It is still open after a reload.
  await minji!.reopen();
  await minji!.online();
  assert.equal((await translated(minji!, item)).translations[0]!.text, text);
});

/** Have the interpreter's engine hand its asides to the test. */
function listen(): void {
  const inside = insideOf(machine!);
  const { settings } = inside.socket as unknown as { settings: { onEvent: (name: string, payload: unknown) => void } };
  const { onEvent } = settings;
  settings.onEvent = (name, payload) => (name === ASIDE ? void heard.push(payload as never) : onEvent(name, payload));
}

async function answer(by: Profile, to: Profile, content: object): Promise<string> {
  const { keyholder, people, socket } = insideOf(by);
  await people.ensure([to.account]);
  const place = { room, from: by.account, to: to.account };
  const plain = utf8(JSON.stringify({ v: 1, at: Date.now(), t: "answer", ...content }));
  const sealed = b64(await sealAside(plain, place, keyholder.device, people.list(to.account).box));
  await socket.call(ASIDE, room, to.account, sealed);
  return sealed;
}

async function question(): Promise<{ ask: string; text: string }> {
  const [in_, from, sealed] = await until("the question", () => heard.shift());
  const { keyholder, people } = insideOf(machine!);
  await people.ensure([from]);
  const place = { room: in_, from, to: machine!.account };
  const { content } = await openAside(unb64(sealed), place, await keyholder.boxes(), people);
  return JSON.parse(fromUtf8(content)) as { ask: string; text: string };
}

test("an unsent text is asked aside, and nobody but who was asked answers", async () => {
  listen();
  const text = "We might accept 4%.";
  const legs = { from: "en", to: "ko", models: [], glossary: "" };
  const asked = { interpreter: machine!.account, text, from: "en", to: "ko", back: true, alternatives: 1 };
  const wording = { alternatives: ["4%도 됩니다."] };
  const there = { ...legs, sentences: [sentence(text, "4%를 받아들일 수 있습니다.", wording)] };
  const returned = [sentence("4%를 받아들일 수 있습니다.", "We can accept 4%.")];
  const back = { ...legs, from: "ko", to: "en", sentences: returned };
  const waiting = minji!.engine.ask(room, asked);
  const { ask, text: seen } = await question();
  assert.equal(seen, text);
  // Nils knows the question's id, by a miracle; he is not who was asked. A server may pass that on, this one does not.
  const refusal = { ...there, sentences: [sentence(text, "거절합니다.")] };
  await assert.rejects(answer(nils!, minji!, { ask, there: refusal }), { code: "aside.absent" });
  const asides = await insideOf(minji!).asides();
  const { keyholder, people } = insideOf(nils!);
  const forged = utf8(JSON.stringify({ v: 1, at: Date.now(), t: "answer", ask, there: refusal }));
  const box = people.list(minji!.account).box;
  const place = { room, from: machine!.account, to: minji!.account };
  const inHisName = { ...place, from: nils!.account };
  await asides.hear(room, machine!.account, b64(await sealAside(forged, place, keyholder.device, box)));
  await asides.hear(room, nils!.account, b64(await sealAside(forged, inHisName, keyholder.device, box)));
  const sealed = await answer(machine!, minji!, { ask, there, back });
  const view = await waiting;
  assert.equal(view.there.text, "4%를 받아들일 수 있습니다.");
  assert.deepEqual(view.there.sentences[0]!.alternatives, ["4%도 됩니다."]);
  assert.equal(view.back!.text, "We can accept 4%.");
  assert.deepEqual(view.back!.sentences[0]!.problem, null);

  // A second question: the first one's answer, shown again, is not its answer.
  const second = minji!.engine.ask(room, { ...asked, text: "We refuse." });
  const { ask: other } = await question();
  await asides.hear(room, machine!.account, sealed);
  await answer(machine!, minji!, { ask: other, problem: "busy" });
  await assert.rejects(second, { code: "translation.busy" });
  // What nobody asked for is no answer.
  const french = minji!.engine.ask(room, asked);
  await answer(machine!, minji!, { ask: (await question()).ask, there: { ...there, to: "fr" } });
  await assert.rejects(french, { code: "translation.failed" });
  // Whoever floods this browser instead of answering is not listened to any more.
  const flooded = new Asides({ ...insideOf(minji!), now_ms: Date.now, patience_ms: 1000 });
  const third = flooded.ask(insideOf(minji!).rooms.get(room).room, asked);
  const { ask: last } = await question();
  for (let i = 0; i < 8; i++) await flooded.hear(room, machine!.account, b64(random(40)));
  const late = utf8(JSON.stringify({ v: 1, at: Date.now(), t: "answer", ask: last, there }));
  const sealedLate = await sealAside(late, place, insideOf(machine!).keyholder.device, box);
  await flooded.hear(room, machine!.account, b64(sealedLate));
  await assert.rejects(third, { code: "aside.timeout" });
  const hasty = new Asides({ ...insideOf(minji!), now_ms: Date.now, patience_ms: 20 });
  const { room: open } = insideOf(minji!).rooms.get(room);
  await assert.rejects(hasty.ask(open, asked), { code: "aside.timeout" });
  assert.equal((await nils!.texts(room)).includes(text), false);
});

test("nothing is asked of an interpreter that nobody answers for, and its words are not shown", async () => {
  const thief = await newSigningKey();
  const mutually = new Map<string, NonNullable<PersonAnswer["interpreter"]>>();
  const text = "두 번째입니다.";
  const item = await minji!.engine.send(room, { text, lang: "ko", reply: null, mentions: [], files: [] });
  await machine!.reads(room, text);
  await nils!.reads(room, text);
  await says(translation(item, text, "It is the second."));
  await translated(nils!, item);
  const sign = peopleOf(machine!).list(machine!.account).sign;
  const claim = { account: machine!.account, at_s: 1, by: minji!.account, for: "room", sign } as const;
  const forged = statementToJson(await vouch(claim, thief));
  lieOfInterpreters((row) => (row.interpreter!.vouch = forged));
  nils!.events.length = 0;
  await nils!.engine.people();
  assert.equal((await nils!.view(room)).interpreters.some(({ card }) => card.vouched), false);
  assert.deepEqual((await entryOf(nils!, room, item)).translations, []);
  assert.ok(nils!.events.some((event) => event.type === "entries"), "entries were not pushed anew");
  const asked = { interpreter: machine!.account, text, from: "", to: "en", back: false, alternatives: 0 };
  await assert.rejects(nils!.engine.ask(room, asked), { code: "interpreter.unvouched" });
  // Two that answer for each other, and whom the server does not name any more, are verified by nobody.
  for (const [one, by] of [[machine!, ours!], [ours!, machine!]] as const) {
    const { sign: key } = peopleOf(one).list(one.account);
    const mutual = { account: one.account, at_s: 1, by: by.account, for: "room", sign: key } as const;
    mutually.set(one.account, {
      ...{ owner: by.account, for: "room" },
      vouch: statementToJson(await vouch(mutual, insideOf(by).vault.sign)),
    });
  }
  lieOfInterpreters((row) => (row.interpreter = mutually.get(row.account) ?? null));
  await nils!.engine.people();
  assert.equal(peopleOf(nils!).interpreters().length, 2);
  lie = (url, known) =>
    url.endsWith("/api/people")
      ? JSON.stringify((JSON.parse(known) as PersonAnswer[]).filter(({ interpreter }) => !interpreter))
      : known;
  await nils!.engine.people();
  assert.equal(peopleOf(nils!).isVerified(machine!.account), false);
  // Somebody whom Nils has never met is no better: the server could have made them up.
  const made = { ...claim, by: ada!.account };
  const vouched = statementToJson(await vouch(made, insideOf(ada!).vault.sign));
  lieOfInterpreters((row) => (row.interpreter = { owner: ada!.account, for: "room", vouch: vouched }));
  await nils!.engine.people();
  await peopleOf(nils!).meet([machine!.account]);
  assert.equal(peopleOf(nils!).isPinned(ada!.account), false);
  assert.equal((await nils!.view(room)).interpreters[0]!.card.vouched, false);
  // Whose delegation it belongs to is not the server's word alone either.
  const { delegation } = (nils!.status as { me: PersonAnswer }).me;
  lieOfInterpreters((row) => (row.delegation = delegation));
  await nils!.engine.people();
  const { card, own } = (await nils!.view(room)).interpreters[0]!;
  assert.deepEqual([card.vouched, own], [true, false]);
  lie = (_, said) => said;
  await nils!.engine.people();
  assert.equal((await entryOf(nils!, room, item)).translations.length, 1);
});

test("the glossary: the newest line counts, a removed one is gone, the page is told", async () => {
  await nils!.view(room);
  nils!.events.length = 0;
  const words: TermWord[] = [
    { lang: "ko", text: "관세", status: "preferred" },
    { lang: "en", text: "tariff", status: "preferred" },
  ];
  const term = await minji!.engine.saveTerm(room, { term: null, words, note: "" });
  assert.deepEqual((await minji!.engine.terms(room)).map((line) => line.term), [term]);
  await until("told", () => nils!.events.some((event) => event.type === "terms" && event.room === room));
  assert.deepEqual((await nils!.engine.terms(room))[0]!.words, words);
  await nils!.engine.saveTerm(room, { term, words, note: "not: duty" });
  await until("changed", async () => (await minji!.engine.terms(room))[0]?.note === "not: duty");
  await minji!.engine.removeTerm(room, term);
  await until("gone", async () => (await nils!.engine.terms(room)).length === 0);
});

test("translation is switched off by who may, and the interpreter ends with its owner's word", async () => {
  await nils!.engine.setTranslations(room, false);
  await until("off", async () => (await minji!.view(room)).translations === "off");
  await minji!.engine.setTranslations(room, true);
  await until("on", async () => (await nils!.view(room)).translations === "on");
  assert.equal((await nils!.view(room)).mayTranslationsSwitch, true);
  const { account } = machine!;
  await assert.rejects(nils!.engine.endInterpreter(account), { code: "account.not_found" });
  await minji!.engine.endInterpreter(account);
  assert.equal((await minji!.engine.people()).find((person) => person.account === account)?.disabled, true);
});
