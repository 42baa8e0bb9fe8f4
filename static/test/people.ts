// People with browsers in Node, for tests of the Python member against a running server: one JSON request a line in,
// one answer a line out. tests/member/live.py drives it.

import { createInterface } from "node:readline";

import * as Y from "yjs";

import { createText } from "../src/draft/model/create.ts";
import { plainText } from "../src/draft/model/inline.ts";
import { opsOn } from "../src/draft/model/ops.ts";
import { readText } from "../src/draft/model/read.ts";
import type { Role } from "../src/member/api.ts";
import type { DraftRight } from "../src/member/drafts/api.ts";
import { draftApi } from "../src/member/drafts/calling.ts";
import type { ActContent } from "../src/wire/drafts/acts.ts";
import { Page } from "./member/drafts/table.ts";
import { type Character, invite, onboard, PASSPHRASE, Profile, until } from "./member/profile.ts";
import type { Server } from "./member/server.ts";

const CHAIR: Role[] = ["chair", "delegate"];
const people = new Map<string, Character>();
const pages = new Map<string, Page>();
let server: Server;

function person(name: string): Character {
  const found = people.get(name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

const describe = ({ profile, handle, recoveryKey }: Character) => ({ account: profile.account, handle, recoveryKey });

const operations = {
  /** The first administrator opens the portal. */
  async begin({ origin, id, secret, name }: Record<string, string>) {
    server = { origin } as Server;
    const first = await onboard(server, { id: id!, secret: secret! }, name!);
    people.set(name!, first);
    await first.profile.engine.changeAccount(first.profile.account, { roles: ["administrator", ...CHAIR] });
    return describe(first);
  },
  async invite({ by, name }: Record<string, string>) {
    const newcomer = await invite(server, person(by!), name!, CHAIR);
    people.set(name!, newcomer);
    // Whoever is to be let in while away has offered key packages.
    const browser = newcomer.profile as unknown as { fetch(url: string, init: object): Promise<Response> };
    await until("key packages", async () => {
      const count = await browser.fetch(`${server.origin}/api/key-packages/count`, {});
      return ((await count.json()) as { left: number }).left > 0;
    });
    return describe(newcomer);
  },
  async room({ by, name, members, history }: { by: string; name: string; members: string[]; history: "all" | "none" }) {
    return person(by).profile.engine.createRoom("huddle", name, members, history);
  },
  async add({ by, room, account }: Record<string, string>) {
    await person(by!).profile.engine.addMembers(room!, [account!]);
  },
  async remove({ by, room, account }: Record<string, string>) {
    await person(by!).profile.engine.removeMember(room!, account!);
  },
  async say({ by, room, text }: Record<string, string>) {
    const item = await person(by!).profile.say(room!, text!);
    await person(by!).profile.reads(room!, text!);
    return item;
  },
  async reads({ by, room, text }: Record<string, string>) {
    const { account, device, number } = await person(by!).profile.reads(room!, text!);
    return { account, device, number };
  },
  async correct({ by, room, item, text }: Record<string, string>) {
    await person(by!).profile.engine.correct(room!, item!, text!, "en");
    await person(by!).profile.reads(room!, text!);
  },
  /** The devices in the room, as this person's browser knows them, once there are so many. */
  async devices({ by, room, count }: { by: string; room: string; count: number }) {
    return until(`${count} devices`, async () => {
      const { memberViews, epoch, epochCode, problem } = await person(by).profile.view(room);
      const devices = memberViews.flatMap((member) => member.devices.map(({ device }) => device));
      return devices.length === count ? { devices, epoch, epochCode, problem } : null;
    });
  },
  async upload({ by, room, name, content }: Record<string, string>) {
    const { engine, events } = person(by!).profile;
    const transfer = await engine.upload(room!, new File([content!], name!, { type: "text/plain" }));
    const transfers = () => events.flatMap((event) => (event.type === "transfer" ? [event.transfer] : []));
    await until("the upload", () => transfers().some((one) => one.transfer === transfer && one.state === "done"));
    await engine.send(room!, { text: name!, lang: "en", reply: null, mentions: [], files: [transfer] });
    await person(by!).profile.reads(room!, name!);
  },
  async download({ by, room, text }: Record<string, string>) {
    const entry = await person(by!).profile.reads(room!, text!);
    const [file] = entry.files;
    return (await person(by!).profile.engine.download(room!, entry.item, file!.blob)).text();
  },
  /** Somebody signs in on another browser, and takes a device off the account. */
  async revokeAnother({ handle, device }: Record<string, string>) {
    const profile = await new Profile(server).open();
    await profile.engine.signIn(handle!, PASSPHRASE);
    await profile.online();
    await profile.engine.revokeDevice(device!);
    profile.close();
  },
  async bundle({ by, room }: Record<string, string>) {
    return (await person(by!).profile.engine.exportRecord(room!, "bundle")).text();
  },
  /** A draft of one clause, in which these others hold a pen. */
  async draft(asked: { by: string; room: string; title: string; words: string; delegation: string; pens: DraftRight[] }) {
    const { by, room, title, words, delegation, pens } = asked;
    const { profile } = person(by);
    const doc = new Y.Doc();
    createText(doc, { id: "", nodes: [{ kind: "paragraph", text: { en: words } }] }, ["en"], { en: title });
    const own: DraftRight = { account: profile.account, delegation, right: "chair" };
    const init = { update: Y.encodeStateAsUpdate(doc), rights: [own, ...pens].sort((a, b) => (a.account < b.account ? -1 : 1)), default: "read" as const };
    const draft = await draftApi(profile.engine).createDraft(room, init);
    pages.set(by, await Page.open(profile, room, draft));
    return { draft, node: readText(doc).nodes[0]!.id };
  },
  /** The clause as this person's page shows it, once it says `words`. */
  async clause({ by, words }: Record<string, string>) {
    const page = pages.get(by!)!;
    return until(`the clause says ${words}`, async () => {
      page.hear();
      const [clause] = readText(page.doc).nodes;
      return plainText(clause!.text["en"]!) === words ? words : null;
    });
  },
  async writes({ by, words }: Record<string, string>) {
    const page = pages.get(by!)!;
    page.hear();
    const { nodes } = readText(page.doc);
    page.doc.transact(() => opsOn(page.doc).setWords(nodes[0]!.id, "en", words!), "own");
    await page.handed();
  },
  async act({ by, content }: { by: string; content: ActContent }) {
    const page = pages.get(by)!;
    return page.api.draftAct(page.room, page.draft, content);
  },
  async stands({ by }: Record<string, string>) {
    const { acts, problem, actLog } = await pages.get(by!)!.view();
    return { acts, problem, receipts: actLog.every(({ receipt }) => receipt !== null) };
  },
  async takenAway({ by, grade }: { by: string; grade: "audit" | "public" }) {
    const page = pages.get(by)!;
    return (await page.api.draftBundle(page.room, page.draft, grade)).text();
  },
  async close({ name }: Record<string, string>) {
    person(name!).profile.close();
    people.delete(name!);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...asked } = JSON.parse(line) as { op: keyof typeof operations };
  const operation = operations[op] as (fields: object) => Promise<unknown>;
  const outcome = await operation(asked).then(
    (ok) => ({ ok: ok ?? null }),
    (error: unknown) => ({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) }),
  );
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
process.exit(0);
