// Verifying an exported record (docs/protocol.md §8) without any server and without being a member.
//
// | code        | what is wrong                                                                        |
// |-------------|--------------------------------------------------------------------------------------|
// | line        | a line that is not one of a bundle's, or stands where it may not                     |
// | end         | the last line is missing, names another end, or is not signed by the exporter        |
// | list        | an account's device list breaks a rule, or an account or device is on two lists      |
// | envelope    | not an item of this room                                                             |
// | number      | a number is missing or comes twice                                                   |
// | forged      | not signed by the device that it names, or that device is on no list                 |
// | outsider    | its device was not in the room at this place (told only for whole records)           |
// | sequence    | a device's own count has a gap or a repeat                                           |
// | history     | the sender had seen another history than this one                                    |
// | content     | the ciphertext does not open to the text that is written beside it                   |

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, type Bytes, equal, own, unb64, utf8 } from "../wire/bytes.ts";
import { decodeEnvelope, type Envelope, firstHead, ItemKind, itemHash, nextHead } from "../wire/envelope.ts";
import type { Id } from "../wire/ids.ts";
import {
  type BeginLine,
  BUNDLE_KIND,
  bundleSignedBytes,
  contentOf,
  type EndLine,
  type ItemLine,
  type KeyLine,
  type ListLine,
  type LoggedRoot,
  type RootLine,
} from "./bundle.ts";
import { type ListedDevice, verifyDeviceList } from "./devices.ts";
import { type CredentialIdentity, statementFromJson } from "./identity.ts";
import { inspectCommit } from "./inspect.ts";
import { type RecordKey, recordKeyOf, verifyItem } from "./record.ts";
import { Refusal } from "./refusal.ts";
import { verify } from "./signing.ts";

export type ProblemCode =
  "line" | "end" | "list" | "envelope" | "number" | "forged" | "outsider" | "sequence" | "history" | "content";

/** Something that does not hold; `number` is the item that it is about, null if it is about the whole. */
export interface Problem {
  readonly code: ProblemCode;
  readonly number: number | null;
}

/**
 * An item as the verifier found it. `account` is null if its device is on no list; `content` is null if it did not
 * open.
 */
export interface VerifiedItem {
  readonly number: number;
  readonly at_ms: number;
  readonly kind: "content" | "commit" | "founding";
  readonly account: Id | null;
  readonly device: Id;
  readonly content: string | null;
}

/**
 * What verification found. Only with no problems is every item by whom it says, in this order, and nothing left out.
 */
export interface BundleReport {
  readonly sound: boolean;
  readonly problems: readonly Problem[];
  readonly room: Id | null;
  readonly exporter: { readonly account: Id; readonly device: Id } | null;
  /** Number of the first and of the last item. */
  readonly from: number;
  readonly to: number;
  /** head of the last item, b64; the same for all who have the same record. */
  readonly head: string | null;
  /** Whether the record is there from its founding, so that membership could be checked. */
  readonly whole: boolean;
  readonly items: readonly VerifiedItem[];
  /** What the bundle says to stand in the ledger, with the heads found here. The proofs are not checked here. */
  readonly roots: readonly FoundRoot[];
}

/** A root that a bundle brings; `head` is what the entry has to be about. */
export interface FoundRoot extends LoggedRoot {
  readonly head: Bytes;
}

/** Verify a bundle, line by line; never throws for what the bundle says. */
export async function verifyBundle(lines: AsyncIterable<string> | Iterable<string>): Promise<BundleReport> {
  const reading = new Reading();
  for await (const line of lines) await reading.read(line.endsWith("\n") ? line : `${line}\n`);
  return reading.report();
}

/** The lines of a text; an empty piece after the last line feed is none. */
export function linesOf(text: string): string[] {
  return text.split("\n").filter((line, i, all) => line !== "" || i < all.length - 1);
}

const KIND_NAMES = {
  [ItemKind.content]: "content",
  [ItemKind.commit]: "commit",
  [ItemKind.founding]: "founding",
} as const;

interface Owner {
  readonly account: Id;
  readonly listed: ListedDevice;
}

/** Who is in the room: devices by leaf, and accounts, of which some may have no leaf at times. */
interface Inside {
  readonly leaves: (Pick<CredentialIdentity, "account" | "device"> | undefined)[];
  readonly accounts: Set<Id>;
}

class Reading {
  private readonly hash = sha256.create();
  private readonly problems: Problem[] = [];
  private readonly items: VerifiedItem[] = [];
  private readonly roots: FoundRoot[] = [];
  private readonly owners = new Map<Id, Owner>();
  private readonly listed = new Set<Id>();
  private readonly keys = new Map<number, RecordKey>();
  private readonly sequences = new Map<Id, number>();
  private readonly heads = new Map<number, Bytes>();
  /** From the founding on; null for a record that begins later. */
  private inside: Inside | null = null;
  private begun: BeginLine | null = null;
  private number = 0;
  private ended = false;

  async read(line: string): Promise<void> {
    const value = parse(line);
    if (value === null || this.ended) return this.note("line", null);
    if ("end" in value) return this.end(value);
    this.hash.update(utf8(line));
    if ("bundle" in value) return this.begin(value);
    if (this.begun === null) return this.note("line", null);
    if ("statements" in value) return this.list(value);
    if ("key" in value) return this.key(value, this.begun.room);
    if ("root" in value) return this.root(value);
    return this.item(value, this.begun.room);
  }

  report(): BundleReport {
    if (!this.ended) this.note("end", null);
    const { problems, items, roots, begun, number } = this;
    const head = this.heads.get(number);
    return {
      sound: problems.length === 0,
      problems,
      room: begun?.room ?? null,
      exporter: begun?.exporter ?? null,
      from: (begun?.base.number ?? 0) + 1,
      to: number,
      head: head === undefined ? null : b64(head),
      whole: this.inside !== null,
      items,
      roots,
    };
  }

  private note(code: ProblemCode, number: number | null): void {
    this.problems.push({ code, number });
  }

  private begin(line: BeginLine): void {
    if (this.begun !== null || line.bundle !== BUNDLE_KIND || line.v !== 1) return this.note("line", null);
    const head = attempt(() => unb64(line.base.head, 32));
    const first = attempt(() => firstHead(line.room));
    if (head === null || first === null || !Number.isSafeInteger(line.base.number)) return this.note("line", null);
    this.begun = line;
    this.number = line.base.number;
    this.heads.set(this.number, head);
    if (this.number === 0 && equal(head, first)) this.inside = { leaves: [], accounts: new Set() };
    else if (this.number === 0) this.note("history", 0);
  }

  private async list({ account, statements }: ListLine): Promise<void> {
    try {
      const list = await verifyDeviceList(account, statements.map(statementFromJson));
      // A second list would let devices of somebody else's making pass for the account's.
      if (this.listed.has(account)) return this.note("list", null);
      this.listed.add(account);
      for (const listed of list.devices.values()) {
        if (this.owners.has(listed.device)) this.note("list", null);
        else this.owners.set(listed.device, { account, listed });
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.note("list", null);
    }
  }

  private key({ epoch, bucket, key }: KeyLine, room: Id): void {
    const recordKey = attempt(() => recordKeyOf(unb64(key, 32), room, epoch, bucket));
    if (recordKey === null || this.keys.has(epoch)) this.note("line", null);
    else this.keys.set(epoch, recordKey);
  }

  private root({ root: number, nonce, tag, vkey, proof }: RootLine): void {
    const [head, opening] = [this.heads.get(number), attempt(() => ({ nonce: unb64(nonce, 32), tag: unb64(tag, 16) }))];
    if (head === undefined || opening === null) this.note("line", number);
    else this.roots.push({ number, ...opening, vkey, proof, head });
  }

  private async item(line: ItemLine, room: Id): Promise<void> {
    const { number, at_ms } = line;
    const envelope = attempt(() => decodeEnvelope(unb64(line.envelope)));
    if (envelope === null || envelope.room !== room) return this.note("envelope", number);
    if (number !== this.number + 1) this.note("number", number);
    const owner = this.owners.get(envelope.device);
    if (!(await isSigned(envelope, owner))) this.note("forged", number);
    this.checkPlace(envelope, number);
    const content = await contentOf(envelope, this.keys.get(envelope.epoch));
    if (content !== line.content) this.note("content", number);
    this.checkMembership(envelope, number);
    this.number = number;
    const { device, kind } = envelope;
    this.items.push({ number, at_ms, kind: KIND_NAMES[kind], account: owner?.account ?? null, device, content });
  }

  /** The device's own count, and that it saw this history; then the head that this item makes. */
  private checkPlace(envelope: Envelope, number: number): void {
    const { device, sequence, seenNumber, seenHead } = envelope;
    const before = this.sequences.get(device) ?? (this.begun?.base.number === 0 ? 0 : sequence - 1);
    if (sequence !== before + 1) this.note("sequence", number);
    this.sequences.set(device, sequence);
    const seen = this.heads.get(seenNumber);
    const outside = seen === undefined && (seenNumber >= number || seenNumber >= (this.begun?.base.number ?? 0));
    if (outside || (seen !== undefined && !equal(seen, seenHead))) this.note("history", number);
    const head = this.heads.get(this.number);
    if (head !== undefined) this.heads.set(number, nextHead(head, number, itemHash(envelope)));
  }

  /** Who is in the room: the founder, and whom commits add and remove, at the leaves where RFC 9420 puts them. */
  private checkMembership(envelope: Envelope, number: number): void {
    const { inside } = this;
    if (inside === null) return;
    const { device } = envelope;
    const account = this.owners.get(device)?.account;
    if (number === 1 && envelope.kind === ItemKind.founding && account !== undefined) {
      inside.leaves[0] = { account, device };
      inside.accounts.add(account);
    }
    const seated = inside.leaves.some((leaf) => leaf?.device === device);
    // A browser set up from the recovery key writes before anybody has let it in; its account is in the room, though.
    const recovered = envelope.kind === ItemKind.content && account !== undefined && inside.accounts.has(account);
    if (!seated && !recovered) this.note("outsider", number);
    if (envelope.kind !== ItemKind.commit) return;
    const changed = attempt(() => insideAfter(inside, envelope));
    if (changed === null) this.note("envelope", number);
    else this.inside = changed;
  }

  private async end({ end, head, sig }: EndLine): Promise<void> {
    this.ended = true;
    const [computed, exporter] = [this.heads.get(this.number), this.begun?.exporter];
    const owner = exporter === undefined ? undefined : this.owners.get(exporter.device);
    if (computed === undefined || owner === undefined || owner.account !== exporter?.account)
      return this.note("end", null);
    const signature = attempt(() => unb64(sig, 64));
    const signed = bundleSignedBytes(own(this.hash.digest()), this.number, computed);
    const valid = signature !== null && (await verify(owner.listed.key, signed, signature));
    if (!valid || end !== this.number || head !== b64(computed)) this.note("end", null);
  }
}

async function isSigned(envelope: Envelope, owner: Owner | undefined): Promise<boolean> {
  if (owner === undefined) return false;
  try {
    await verifyItem(envelope, owner.listed.key);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** Who is in after a commit: the accounts that it names go, all others stay, also without a leaf. */
function insideAfter({ leaves, accounts }: Inside, envelope: Envelope): Inside {
  const after = { leaves: [...leaves], accounts: new Set(accounts) };
  const { added, removedLeaves, going } = inspectCommit(envelope);
  for (const leaf of removedLeaves) after.leaves[leaf] = undefined;
  for (const { account, device } of added) {
    const free = after.leaves.findIndex((present) => present === undefined);
    after.leaves[free < 0 ? after.leaves.length : free] = { account, device };
    after.accounts.add(account);
  }
  for (const account of going) after.accounts.delete(account);
  if (after.leaves.some((leaf) => leaf && !after.accounts.has(leaf.account))) throw new Refusal("commit.going");
  return after;
}

type Line = BeginLine | ListLine | KeyLine | ItemLine | RootLine | EndLine;

const SHAPES: readonly Record<string, readonly string[]>[] = [
  {
    bundle: ["string"],
    v: ["integer"],
    room: ["string"],
    base: ["object"],
    exported_s: ["integer"],
    exporter: ["object"],
  },
  { account: ["string"], statements: ["array"] },
  { epoch: ["integer"], bucket: ["integer"], key: ["string"] },
  { number: ["integer"], at_ms: ["integer"], envelope: ["string"], content: ["string", "null"] },
  { root: ["integer"], nonce: ["string"], tag: ["string"], vkey: ["string"], proof: ["string"] },
  { end: ["integer"], head: ["string"], sig: ["string"] },
];

/** A line of one of the six shapes, or null. What is inside objects and arrays is judged where it is used. */
function parse(line: string): Line | null {
  const value: unknown = attempt(() => JSON.parse(line) as unknown);
  if (kindOf(value) !== "object") return null;
  const entries = Object.entries(value as object);
  const fits = SHAPES.some(
    (shape) =>
      entries.length === Object.keys(shape).length &&
      entries.every(([key, inner]) => Object.hasOwn(shape, key) && shape[key]!.includes(kindOf(inner))),
  );
  return fits ? (value as Line) : null;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? "integer" : "other";
  return typeof value;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
