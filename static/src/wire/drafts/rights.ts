// Who may write what in a draft: decided from the author, the stream and the draft's own table alone, by the server and
// by every reader alike (docs/protocol.md §10, Rights). Twin of portal/wire/drafts/rights.py.

import { canonicalJson, type Canonical, parseCanonicalObject, textOf } from "../canonical.ts";
import { type Bytes, MalformedError } from "../bytes.ts";
import { type Id, isId } from "../ids.ts";
import type { ActType } from "./acts.ts";
import { DraftItemKind, NO_OWNER, StreamKind } from "./streams.ts";

/** Ascending: each includes those before it. */
export const RIGHTS = ["read", "comment", "propose", "pen", "chair"] as const;
export type Right = (typeof RIGHTS)[number];

export interface DraftRight {
  readonly account: Id;
  /** "" for a person of no delegation. */
  readonly delegation: Id | "";
  readonly right: Right;
}

/** The body of a draft's founding and of each `rights` item. */
export interface RightsTable {
  readonly default: Right;
  readonly draft: Id;
  /** Ascending by account, each account once. */
  readonly members: readonly DraftRight[];
  readonly room: Id;
  readonly v: 1;
}

/** Who writes: what the table says, or its default and what the room's list of people says. */
export interface Author {
  readonly account: Id;
  readonly delegation: Id | "";
  readonly right: Right;
  readonly interpreter: boolean;
}

/** The least right for an item of this kind in this stream; what is not here, nobody may write. */
const NEEDS: Readonly<Record<StreamKind, Readonly<Partial<Record<DraftItemKind, Right>>>>> = {
  // Whoever founds a draft is its chair by the founding itself.
  [StreamKind.acts]: {
    [DraftItemKind.founding]: "chair",
    [DraftItemKind.rights]: "chair",
    [DraftItemKind.entry]: "propose",
    [DraftItemKind.snapshot]: "comment",
    [DraftItemKind.countersign]: "comment",
  },
  [StreamKind.text]: {
    [DraftItemKind.update]: "pen",
    [DraftItemKind.snapshot]: "comment",
    [DraftItemKind.revision]: "pen",
    [DraftItemKind.countersign]: "comment",
  },
  [StreamKind.talk]: { [DraftItemKind.entry]: "comment" },
  [StreamKind.proposals]: {
    [DraftItemKind.update]: "propose",
    [DraftItemKind.snapshot]: "comment",
    [DraftItemKind.countersign]: "comment",
  },
  // An interpreter has the right to read; its own stream is the one it writes in (`mayWrite`).
  [StreamKind.machine]: { [DraftItemKind.entry]: "read" },
};

/** The least right for an act. The server sees no types and holds to `propose`; readers hold to this. */
const ACT_NEEDS: Readonly<Record<ActType, Right>> = {
  position: "propose",
  decide: "pen",
  agree: "chair",
  reopen: "propose",
  package: "pen",
  link: "pen",
  revision: "pen",
  authentic: "chair",
  concord: "propose",
  silence_open: "chair",
  silence_extend: "chair",
  silence_break: "propose",
  silence_consent: "propose",
  silence_close: "chair",
  silence_late: "propose",
  initial: "propose",
  sign_open: "chair",
  sign: "propose",
  lifecycle: "propose", // for the own delegation; for all, and for another, chair (lifecycle.ts)
  rectify_open: "chair",
  rectify_object: "propose",
  rectify_close: "chair",
};

/** A room has no more people than this, nor has a table. */
export const MAX_MEMBERS = 4096;

/** Whether `right` includes `least`. */
export function includes(right: Right, least: Right): boolean {
  return RIGHTS.indexOf(right) >= RIGHTS.indexOf(least);
}

/** Whether somebody with `right` may write an item of kind `item` in a stream of kind `stream`. */
export function may(right: Right, stream: StreamKind, item: DraftItemKind): boolean {
  const least = NEEDS[stream][item];
  return least !== undefined && includes(right, least);
}

/** Whether somebody with `right` may make this act. */
export function mayAct(right: Right, act: ActType): boolean {
  return includes(right, ACT_NEEDS[act]);
}

/**
 * Whether `author` may write an item of kind `item` in the stream of kind `stream` that `owner` has (NO_OWNER: the
 * draft): `may`, and a delegation's proposals are written by it alone, an interpreter's stream by that interpreter alone.
 */
export function mayWrite(author: Author, stream: StreamKind, owner: Id, item: DraftItemKind): boolean {
  if (author.interpreter || stream === StreamKind.machine) {
    const own = stream === StreamKind.machine && owner === author.account;
    return author.interpreter && own && item === DraftItemKind.entry;
  }
  if (!may(author.right, stream, item)) return false;
  if (stream !== StreamKind.proposals) return owner === NO_OWNER;
  return owner !== NO_OWNER && (item !== DraftItemKind.update || owner === author.delegation);
}

/**
 * What `account` may do by `table`. Who is not listed has its default and `otherwise`, the delegation by the room's
 * list of people; an interpreter reads, whatever the table says. Without a table (before the founding) one reads.
 */
export function authorOf(
  table: RightsTable | null,
  account: Id,
  otherwise: Id | "",
  interpreter: boolean,
): Author {
  const listed = table?.members.find((member) => member.account === account);
  const right = interpreter ? "read" : (listed?.right ?? table?.default ?? "read");
  return { account, delegation: listed?.delegation ?? otherwise, right, interpreter };
}

/** The delegation for which the table lists an account; "" if it lists it for none, or not at all. */
export function delegationOf(table: RightsTable | null, account: Id): Id | "" {
  return table?.members.find((member) => member.account === account)?.delegation ?? "";
}

/** The parties: delegations of which the table lists somebody who may propose. Sorted. */
export function partiesOf(table: RightsTable | null): Id[] {
  const parties = new Set<Id>();
  for (const { delegation, right } of table?.members ?? []) {
    if (delegation !== "" && includes(right, "propose")) parties.add(delegation);
  }
  return [...parties].sort();
}

/** The body of a founding or rights item; MalformedError if such a table may not be. */
export function rightsBody(table: RightsTable): Bytes {
  const body = canonicalJson(table as unknown as Canonical);
  parseRights(body, table.draft, table.room);
  return body;
}

/**
 * The table in the body of a founding or rights item of `draft` in `room`; MalformedError for anything else: not
 * canonical, unknown fields, members out of order or twice, a default above `propose`, no chair.
 */
export function parseRights(body: Uint8Array, draft: Id, room: Id): RightsTable {
  const read = parseCanonicalObject(body, ["default", "draft", "members", "room", "v"]);
  if (read["v"] !== 1 || read["room"] !== room || read["draft"] !== draft) {
    throw new MalformedError("the rights of another draft or version");
  }
  const otherwise = rightOf(read["default"]);
  if (!includes("propose", otherwise)) throw new MalformedError("a default above propose");
  const raw = read["members"];
  if (!Array.isArray(raw) || raw.length > MAX_MEMBERS) throw new MalformedError("no list of members");
  const members = raw.map(readMember);
  members.forEach((member, place) => {
    if (place > 0 && members[place - 1]!.account >= member.account) throw new MalformedError("members out of order");
  });
  if (!members.some(({ right }) => right === "chair")) throw new MalformedError("a draft without a chair");
  return { default: otherwise, draft, members, room, v: 1 };
}

function readMember(raw: Canonical): DraftRight {
  if (typeof raw !== "object" || Array.isArray(raw) || Object.keys(raw).length !== 3) {
    throw new MalformedError("no member of a draft");
  }
  const account = textOf(raw, "account");
  const delegation = textOf(raw, "delegation");
  if (!isId(account) || (delegation !== "" && !isId(delegation))) throw new MalformedError("no id");
  return { account, delegation, right: rightOf(raw["right"]) };
}

function rightOf(raw: unknown): Right {
  const right = RIGHTS.find((known) => known === raw);
  if (right === undefined) throw new MalformedError("no right");
  return right;
}
