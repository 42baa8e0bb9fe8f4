// Editors at the portal: the client's own engine, one for each, as it runs in a browser's worker; its store is in memory.

import * as Y from "yjs";

import type { MemberEvent } from "../../src/member/api.ts";
import type { DraftApi, DraftRight, Right } from "../../src/member/drafts/api.ts";
import { draftApi } from "../../src/member/drafts/calling.ts";
import type { Drafts } from "../../src/member/drafts/drafts.ts";
import type { Draft } from "../../src/member/drafts/draft.ts";
import { DraftItemKind } from "../../src/wire/drafts/streams.ts";
import { type Id, newId } from "../../src/wire/ids.ts";
import { insideOf } from "../../test/member/inside.ts";
import { type Character, invite, onboard, type Profile, type Server, until } from "../../test/member/profile.ts";
import { type Desk, OWN } from "./desks.ts";

const ROOM = "Treaty";
/** Longer than any measurement: nobody makes a snapshot of themselves. */
const NEVER_MS = 1_000_000;
/** As in the browser. */
const PATIENCE_MS = 3_000;
const COMPACTING_MS = 120_000;

interface Listener {
  heard: (event: MemberEvent) => void;
}

/** One editor's page and worker. */
export class PortalDesk implements Desk {
  readonly doc = new Y.Doc();
  readonly profile: Profile;
  private readonly api: DraftApi;

  private constructor(profile: Profile) {
    this.profile = profile;
    this.api = draftApi(profile.engine);
  }

  /** Open the draft and load its text into a new page. */
  static async open(profile: Profile, listener: Listener, room: Id, draft: Id): Promise<PortalDesk> {
    const desk = new PortalDesk(profile);
    listener.heard = (event) => {
      if (event.type === "draft-update" && event.draft === draft && event.stream === "text")
        Y.applyUpdate(desk.doc, event.update, "remote");
    };
    await desk.api.openDraft(room, draft);
    Y.applyUpdate(desk.doc, await desk.api.draftState(room, draft, "text"), "remote");
    let handed: Promise<unknown> = Promise.resolve();
    desk.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === OWN) handed = handed.then(() => desk.api.draftUpdate(room, draft, "text", update));
    });
    return desk;
  }
}

/** A room with a draft in it, and everybody who is to open it. */
export class PortalTable {
  readonly desks: PortalDesk[] = [];
  private readonly people: Character[];
  private readonly listeners: Listener[];
  private readonly room: Id;
  private readonly draft: Id;
  private patience_ms = NEVER_MS;

  private constructor(people: Character[], listeners: Listener[], room: Id, draft: Id) {
    this.people = people;
    this.listeners = listeners;
    this.room = room;
    this.draft = draft;
  }

  /** `editors` people of two delegations who have the draft open, and `newcomers` of the room who have not. */
  static async set(server: Server, text: Uint8Array, editors: number, newcomers: number): Promise<PortalTable> {
    const table: { current?: PortalTable } = {};
    const options = (listener: Listener) => ({
      patience_ms: () => Math.random() * (table.current?.patience_ms ?? 0),
      heard: (event: MemberEvent) => listener.heard(event),
    });
    const listeners = Array.from({ length: editors + newcomers }, (): Listener => ({ heard: () => undefined }));
    const chair = await onboard(server, server.invitation!, "Editor0", options(listeners[0]!));
    await chair.profile.engine.changeAccount(chair.profile.account, { roles: ["administrator", "chair", "delegate"] });
    const people = [chair];
    for (const [at, listener] of listeners.entries())
      if (at > 0) people.push(await invite(server, chair, `Editor${at}`, ["delegate"], options(listener)));
    const accounts = people.slice(1).map(({ profile }) => profile.account);
    const room = await chair.profile.engine.createRoom("huddle", ROOM, accounts, "all");
    for (const { profile } of people) await profile.meets(ROOM);
    const init = { update: text, rights: rightsOf(people), default: "read" as Right };
    const draft = await draftApi(chair.profile.engine).createDraft(room, init);
    const made = new PortalTable(people, listeners, room, draft);
    table.current = made;
    made.patience_ms = NEVER_MS;
    for (let at = 0; at < editors; at++) made.desks.push(await made.open(at));
    return made;
  }

  /** A newcomer opens the draft: milliseconds until the page has its text. */
  async load(newcomer: number): Promise<number> {
    const begun_ms = performance.now();
    const desk = await this.open(this.desks.length + newcomer);
    const took_ms = performance.now() - begun_ms;
    if (!Y.equalSnapshots(Y.snapshot(desk.doc), Y.snapshot(this.desks[0]!.doc)))
      throw new Error("the newcomer has another text");
    return took_ms;
  }

  /** Everybody leaves; two of different delegations come back and do what is due: a snapshot, and confirming it. */
  async compact(): Promise<number> {
    for (const { profile } of this.people.slice(0, this.desks.length)) profile.close();
    this.patience_ms = PATIENCE_MS;
    const begun_ms = performance.now();
    const pair = this.people.slice(0, 2).map(({ profile }) => profile);
    for (const profile of pair) {
      await profile.reopen();
      await profile.online();
      await profile.meets(ROOM);
      await draftApi(profile.engine).openDraft(this.room, this.draft);
    }
    const drafts = await Promise.all(pair.map((profile) => this.inside(profile)));
    // After few edits none is due; where one is made already, the server refuses this one.
    await drafts[0]!.send({ stream: "text", kind: DraftItemKind.snapshot, plaintext: null });
    const isShort = (draft: Draft): boolean => draft.text.data.base.number > 0 && draft.text.data.snapshots.at(-1)?.confirmed === true;
    await until("a confirmed snapshot", () => drafts.every(isShort), COMPACTING_MS);
    const took_ms = performance.now() - begun_ms;
    for (const profile of pair) profile.close();
    return took_ms;
  }

  /** What nobody must have been warned of, and how many items the text has. */
  async check(): Promise<number> {
    const drafts = await Promise.all(this.desks.map(({ profile }) => this.inside(profile)));
    for (const { data } of drafts) if (data.problem) throw new Error(`an alarm: ${JSON.stringify(data.problem)}`);
    return drafts[0]!.text.data.number;
  }

  private open(at: number): Promise<PortalDesk> {
    return PortalDesk.open(this.people[at]!.profile, this.listeners[at]!, this.room, this.draft);
  }

  private async inside(profile: Profile): Promise<Draft> {
    const drafts = (await insideOf(profile).drafts()) as unknown as Pick<Drafts, never> & {
      enter(room: Id, draft: Id): Promise<Draft>;
    };
    return drafts.enter(this.room, this.draft);
  }
}

function rightsOf(people: readonly Character[]): DraftRight[] {
  const delegations = [newId(), newId()];
  return people.map(({ profile }, at) => {
    return { account: profile.account, delegation: delegations[at % 2]!, right: at === 0 ? "chair" : "pen" };
  });
}
