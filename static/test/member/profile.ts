// A browser profile in Node: an engine with its cookies, its database and its lock; and people to put in front of it.

import type { Entry, MemberEvent, MessageEntry, NewAccount, Role, RoomView, Status } from "../../src/member/api.ts";
import { Engine } from "../../src/member/engine.ts";
import { WebLock } from "../../src/member/lock.ts";
import { MemoryBackend } from "../../src/member/memory.ts";
import type { Platform } from "../../src/member/platform.ts";
import { insideOf } from "./inside.ts";
import type { Server as ServerProcess } from "./server.ts";

const PATIENCE_MS = 150;
const UNTIL_MS = 120_000;
export const PASSPHRASE = "correct horse battery staple";

/** Resolves with the first truthy value of `look`; rejects when that takes too long. */
export async function until<T>(what: string, look: () => T | Promise<T>, limit_ms = UNTIL_MS): Promise<NonNullable<T>> {
  const deadline = Date.now() + limit_ms;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`not within ${limit_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export type Fetch = typeof globalThis.fetch;
/** What of a server has to be known here. */
export type Server = Pick<ServerProcess, "origin" | "invitation">;

export interface ProfileOptions {
  backend?: MemoryBackend;
  /** Between the engine and the server. */
  through?: (send: Fetch) => Fetch;
  /** Where the engine believes the server to be; the server's own origin if left out. */
  origin?: string;
  now_ms?: () => number;
  lock?: string;
  /** Instead of at most 150 ms. */
  patience_ms?: () => number;
  /** Hears every event when it happens. */
  heard?: (event: MemberEvent) => void;
}

const opened = new Set<Profile>();

/** Close every page that a test has left open. */
export function closeAll(): void {
  for (const profile of opened) profile.close();
}

export class Profile {
  backend: MemoryBackend;
  engine!: Engine;
  readonly events: MemberEvent[] = [];
  readonly faults: unknown[] = [];
  private readonly server: Server;
  private readonly options: ProfileOptions;
  private readonly cookies = new Map<string, string>();
  private readonly lock: string;

  constructor(server: Server, options: ProfileOptions = {}) {
    this.server = server;
    this.options = options;
    this.backend = options.backend ?? new MemoryBackend();
    this.lock = options.lock ?? crypto.randomUUID();
  }

  /** Open the page. */
  async open(): Promise<this> {
    opened.add(this);
    this.engine = new Engine(this.platform(), (event) => {
      this.events.push(event);
      this.options.heard?.(event);
    });
    await this.engine.start();
    return this;
  }

  /** Close the page without warning, and open it again on what is on the disk. */
  async reopen(): Promise<this> {
    this.engine.stop();
    this.backend = this.backend.image();
    return this.open();
  }

  /** The browser forgets its cookies. */
  forgetCookies(): void {
    this.cookies.clear();
  }

  close(): void {
    opened.delete(this);
    this.engine.stop();
  }

  get status(): Status {
    return this.engine.status;
  }

  /** The account's id. */
  get account(): string {
    if (this.status.phase !== "ready") throw new Error(`the phase is ${this.status.phase}`);
    return this.status.me.account;
  }

  get device(): string {
    if (this.status.phase !== "ready") throw new Error(`the phase is ${this.status.phase}`);
    return this.status.me.device;
  }

  online(): Promise<true> {
    return until(
      "online",
      () => (this.status.phase === "ready" && this.status.connection === "online") || null,
    ) as Promise<true>;
  }

  async view(room: string): Promise<RoomView> {
    return this.engine.openRoom(room);
  }

  /** The room as soon as it is listed, readable and this device can write. */
  async meets(name: string): Promise<string> {
    const found = await until(`the room ${name}`, async () =>
      (await this.engine.rooms()).find((room) => room.name === name && room.standing === "member"),
    );
    return found.room;
  }

  async entries(room: string): Promise<Entry[]> {
    return (await this.engine.entries(room, { limit: 10_000 })).entries;
  }

  async messages(room: string): Promise<MessageEntry[]> {
    return (await this.entries(room)).filter((entry) => entry.kind === "message");
  }

  async texts(room: string): Promise<string[]> {
    return (await this.messages(room)).filter((entry) => entry.sending === "sent").map((entry) => entry.text);
  }

  async say(room: string, text: string): Promise<string> {
    return this.engine.send(room, { text, lang: "en", reply: null, mentions: [], files: [] });
  }

  /** The message with this text, once it is in the record as this browser has it. */
  async reads(room: string, text: string): Promise<MessageEntry> {
    const look = async (): Promise<MessageEntry | undefined> => {
      // Who was just invited may not have heard of the room yet.
      if (!(await this.engine.rooms()).some((one) => one.room === room)) return undefined;
      return (await this.messages(room)).find((entry) => entry.sending === "sent" && entry.text === text);
    };
    return until(`reading ${JSON.stringify(text)}`, look);
  }

  private platform(): Platform {
    const { server, options } = this;
    const { send } = this;
    return {
      origin: options.origin ?? server.origin,
      fetch: options.through ? options.through(send) : send,
      socketHeaders: () => ({ origin: server.origin, cookie: this.cookieHeader() }),
      lock: new WebLock(this.lock),
      openBackend: async () => this.backend,
      now_ms: options.now_ms ?? (() => Date.now()),
      patience_ms: options.patience_ms ?? (() => Math.random() * PATIENCE_MS),
      missing: async () => [],
    };
  }

  /** Sends a request as a page of this origin does. */
  readonly send: Fetch = (input, init) => this.fetch(input as string, init ?? {});

  /** What a browser adds to a request of a page of this origin. */
  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("origin", this.server.origin);
    headers.set("sec-fetch-site", "same-origin");
    if (this.cookies.size > 0) headers.set("cookie", this.cookieHeader());
    const answer = await fetch(url, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value) this.cookies.set(name, value);
      else if (name !== undefined) this.cookies.delete(name);
    }
    return answer;
  }

  private cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

/** A person with a first browser. */
export interface Character {
  profile: Profile;
  handle: string;
  recoveryKey: string;
}

/** Onboard somebody with an invitation. */
export async function onboard(
  server: Server,
  invitation: { id: string; secret: string },
  name: string,
  options: ProfileOptions = {},
): Promise<Character> {
  const profile = await new Profile(server, options).open();
  const handle = name.toLowerCase();
  const wish: NewAccount = { handle, name, languages: ["en"], passphrase: PASSPHRASE };
  const { recoveryKey } = await profile.engine.prepareAccount(invitation.id, invitation.secret, wish);
  await profile.engine.confirmAccount();
  await profile.online();
  await until("others can let this device in", async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (await insideOf(profile).rooms.http.get<{ left: number }>("/api/key-packages/count")).left > 0;
  });
  return { profile, handle, recoveryKey };
}

/** The first administrator, and people invited by them, one for each name. */
export async function company(
  server: Server,
  names: string[],
  roles: Role[] = ["chair", "delegate"],
): Promise<Character[]> {
  const admin = await onboard(server, server.invitation!, names[0]!);
  await admin.profile.engine.changeAccount(admin.profile.account, { roles: ["administrator", ...roles] });
  const people = [admin];
  for (const name of names.slice(1)) people.push(await invite(server, admin, name, roles));
  return people;
}

/** Somebody more, invited by an administrator. */
export async function invite(
  server: Server,
  admin: Character,
  name: string,
  roles: Role[] = ["chair", "delegate"],
  options: ProfileOptions & { delegation?: string } = {},
): Promise<Character> {
  const { link } = await admin.profile.engine.invite(options.delegation ?? null, roles, 1);
  const [, id, secret] = /#\/invitation\/([\w-]+)\.([\w-]+)$/.exec(link) ?? [];
  return onboard(server, { id: id!, secret: secret! }, name, options);
}

/** The entry of a message, whatever its state. */
export async function entryOf(profile: Profile, room: string, item: string): Promise<MessageEntry> {
  return until("the entry", async () => (await profile.messages(room)).find((entry) => entry.item === item));
}
