// Making rooms and letting people in. What was wished is kept until it is done: an answer may be lost on the way.
//
//   keys and wish kept ─▶ founded ─▶ people let in ─▶ named ─▶ wish forgotten
//        refused: no room, no wish        refused: told; where somebody waits for it, no room either
//        no answer: it goes on by itself, at the latest when the connection is back, the giving up too

import type { Id } from "../wire/ids.ts";
import type { History, RoomKind } from "./api.ts";
import { hasCode, MemberError } from "./failure.ts";
import type { Host } from "./host.ts";
import { isPassing } from "./http.ts";
import { later } from "./loading.ts";
import type { Room } from "./room.ts";
import type { RoomData } from "./roomdata.ts";
import type { Sender } from "./sender.ts";

/** Kept under "wish:<room>". */
export interface RoomWish {
  members: Id[];
  name: string;
  /** Its people could not be let in, and whoever wished it was told so: the room is left and forgotten. */
  givenUp?: true;
}

/** What making a room needs of the list of rooms. */
export interface Workshop extends Host {
  get(id: Id): { room: Room; sender: Sender };
  enter(data: RoomData): Promise<unknown>;
  /** Ask the server for this room. */
  refreshOne(id: Id): Promise<void>;
  /** Forget the room and its keys. */
  drop(id: Id): Promise<void>;
  /** These people could not be let in: none of their devices can be at the moment. */
  tellLeftOut(id: Id, accounts: Id[]): void;
}

const PAUSE_MS = 3_000;

export class Making {
  private readonly rooms: Workshop;
  private readonly going = new Map<Id, Promise<void>>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(rooms: Workshop) {
    this.rooms = rooms;
  }

  /** Found a room, let the members in, name it; resolves early if the server does not answer any more. */
  async create(kind: RoomKind, name: string, members: Id[], history: History): Promise<Id> {
    const own = this.rooms.keyholder.device.account;
    const others = members.filter((account) => account !== own);
    await this.rooms.people.refresh([own, ...others]);
    for (const account of others) this.checkInvitable(account);
    const data = await (await later()).foundingOf(kind, history, { members: others, name }, this.rooms);
    await this.rooms.enter(data);
    await this.carryOut(data.room, true);
    return data.room;
  }

  /** Let people into a room. Whoever has no device that can be let in now stays out and is told of. */
  async letIn(id: Id, accounts: Id[]): Promise<void> {
    await this.rooms.people.refresh(accounts);
    for (const account of accounts) this.checkInvitable(account);
    await this.seat(id, accounts);
    const { room, sender } = this.rooms.get(id);
    // Whoever may not read the past would not know the room's name.
    if (room.data.history !== "all" && room.data.name !== null) await sender.add({ t: "name", name: room.data.name });
  }

  /** Go on with everything that was wished and is not done. */
  async resume(): Promise<void> {
    for (const [name] of await this.rooms.store.list<RoomWish>("wish:"))
      await this.rooms.quietly(() => this.carryOut(name.slice("wish:".length), false));
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** `awaited`: somebody waits for it, and is told by the rejection what was refused. */
  private carryOut(id: Id, awaited: boolean): Promise<void> {
    const going = this.going.get(id) ?? this.attempt(id, awaited).finally(() => this.going.delete(id));
    this.going.set(id, going);
    return going;
  }

  private async attempt(id: Id, awaited: boolean): Promise<void> {
    try {
      await this.steps(id, awaited);
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.later(id);
    }
  }

  private async steps(id: Id, awaited: boolean): Promise<void> {
    const wish = await this.rooms.store.get<RoomWish>(`wish:${id}`);
    if (!wish) return;
    if (wish.givenUp) return this.giveUp(id);
    const { room, sender } = this.rooms.get(id);
    try {
      await sender.found();
    } catch (error) {
      // Refused, not merely unanswered: there is no such room.
      if (!room.pending) await this.rooms.drop(id);
      throw error;
    }
    await this.rooms.refreshOne(id);
    try {
      await this.seat(id, wish.members);
    } catch (error) {
      if (isPassing(error)) throw error;
      if (awaited) {
        // Kept first: what could not be left now is left later.
        await this.rooms.store.put(`wish:${id}`, { ...wish, givenUp: true } satisfies RoomWish);
        await this.giveUp(id).catch(() => this.later(id));
        throw error;
      }
      this.rooms.tellLeftOut(id, wish.members);
    }
    if (room.timeline.name !== wish.name) await sender.add({ t: "name", name: wish.name });
    await this.rooms.store.put(`wish:${id}`, undefined);
  }

  private async seat(id: Id, accounts: Id[]): Promise<void> {
    const { room, sender } = this.rooms.get(id);
    await sender.change({ addAccounts: accounts });
    const out = accounts.filter((account) => !Object.hasOwn(room.data.membership.accounts, account));
    if (out.length > 0) this.rooms.tellLeftOut(id, out);
    await this.rooms.people.pin(accounts);
  }

  /** A room of one that nobody asked for must not stay. */
  private async giveUp(id: Id): Promise<void> {
    try {
      await this.rooms.http.post(`/api/rooms/${id}/leave`, {}, { idempotent: true });
    } catch (error) {
      // It was left already, and the answer was lost.
      if (!hasCode(error, "room.not_found")) throw error;
    }
    await this.rooms.drop(id);
  }

  private later(id: Id): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (this.rooms.online()) void this.rooms.quietly(() => this.carryOut(id, false));
    }, PAUSE_MS);
    this.timers.add(timer);
  }

  private checkInvitable(account: Id): void {
    const { people } = this.rooms;
    people.requireSound(account);
    const present = [...people.list(account).devices.values()].some((listed) => !listed.revoked);
    if (!present) throw new MemberError("person.no_device", { account });
  }
}
