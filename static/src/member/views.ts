// What the page sees of a room.

import { answersTo } from "./alarms.ts";
import type { Id } from "../wire/ids.ts";
import type { InterpreterView, MemberView, RoomSummary, RoomView } from "./api.ts";
import type { People } from "./people.ts";
import type { SignedInReader } from "./interpreters/reader.ts";
import type { Room } from "./room.ts";

export interface Presence {
  presenceOf(account: Id): MemberView["presence"];
  typingIn(room: Id): Id[];
}

/** Whom the page's view of a room is about, and for whom it is. */
export interface Surroundings {
  readonly people: People;
  readonly presence: Presence;
  readonly reader: SignedInReader;
}

/** A line of the list of rooms. */
export function summaryOf(room: Room): RoomSummary {
  const { data, timeline } = room;
  const gate = room.gate();
  const outside =
    data.standing === "member" && (!data.base || gate?.code === "room.no_key" || gate?.code === "room.not_joined");
  return {
    room: data.room,
    kind: data.kind,
    name: data.name,
    state: data.state,
    standing: outside ? "joining" : data.standing,
    role: data.role,
    ...timeline.unread(data.cursor),
    newest: timeline.newest() ?? data.newest,
    members: accountsOf(room),
    problem: room.problem,
  };
}

/** An open room; `epochCode` as it is read aloud. */
export function viewOf(room: Room, epochCode: string, around: Surroundings): RoomView {
  const { data } = room;
  const { people, presence, reader } = around;
  const mayDecide = (account: Id): boolean => mayArchive(room, account);
  return {
    ...summaryOf(room),
    history: data.history ?? "none",
    epoch: Math.max(0, data.epoch),
    epochCode,
    memberViews: accountsOf(room).map((account) => memberView(room, account, people, presence)),
    blockedBy: room.blockedBy(),
    unlogged: room.unlogged(),
    renamed: room.renamed(),
    typing: presence.typingIn(room.id),
    cursor: data.cursor,
    answers: answersTo(data),
    past: data.past,
    interpreters: accountsOf(room).flatMap((account) => interpreterView(room, account, around) ?? []),
    translations: room.timeline.translates(mayDecide) ? "on" : "off",
    mayTranslationsSwitch: data.standing === "member" && mayDecide(reader.own),
  };
}

/** Who archives a room may also have it not translated: its chairs, among equals everybody but observers. */
function mayArchive({ data }: Room, account: Id): boolean {
  const role = data.members.find((member) => member.account === account)?.role;
  const equals = data.kind === "bilateral" || data.kind === "huddle";
  return role === "chair" || (equals && role === "member");
}

function interpreterView(room: Room, account: Id, { people, presence }: Surroundings): InterpreterView | null {
  const card = people.interpreterCard(account);
  if (!card) return null;
  const name = people.person(account)?.name ?? "";
  const online = presence.presenceOf(account) !== "off";
  return { account, name, card, online, own: room.timeline.interpreter(account)?.own ?? false };
}

/** Who is in the room: by its record, and as long as that is not known, by the server's word. */
function accountsOf({ data }: Room): Id[] {
  const { accounts, seats } = data.membership;
  return seats === null ? data.members.map((member) => member.account) : Object.keys(accounts);
}

function memberView({ data }: Room, account: Id, people: People, presence: Presence): MemberView {
  const said = data.members.find((member) => member.account === account);
  const seats = data.membership.seats ?? [];
  return {
    account,
    role: said?.role ?? "member",
    since_ms: said?.since ?? 0,
    devices: seats.flatMap((seat) => (seat?.account === account ? [{ device: seat.device, kind: seat.kind }] : [])),
    verified: people.isVerified(account),
    keyChanged: people.keyChanged(account),
    presence: presence.presenceOf(account),
  };
}
