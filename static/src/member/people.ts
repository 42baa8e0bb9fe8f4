// Other people's keys: device lists, verified and kept; which key of an account was seen first; who is who by name.
//
// | the account's key is          | state       | sending to rooms with it |
// |-------------------------------|-------------|--------------------------|
// | not seen before               | unpinned    | allowed; pinned when it is met in a verified group or invited |
// | the pinned one                | pinned      | allowed |
// | another one                   | key changed | blocked until acknowledged |
// | one that was acknowledged last| pinned      | allowed; no longer "verified" |
//
// What a list added is believed for an hour before it is proven to stand in the public ledger, and no longer
// (ledger/listings.ts).
//
// Names are the server's word. The one that an account had when it was met, verified or looked at last is kept with its
// key: another one is shown beside it, and where the person is verified, it blocks sending until it was looked at.

import { sha256 } from "@noble/hashes/sha2.js";

import {
  type DeviceList,
  type Directory,
  type ListedDevice,
  statementHead,
  verifyDeviceList,
} from "../e2ee/devices.ts";
import { grouped, safetyNumber, safetyText, type Statement, statementFromJson } from "../e2ee/identity.ts";
import { Refusal } from "../e2ee/refusal.ts";
import type { Vouching } from "../e2ee/vouching.ts";
import { b64, equal, fromUtf8, hex, utf8 } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";
import type { Delegation, InterpreterCard, Person, SafetyNumber } from "./api.ts";
import type { PersonAnswer, StatementJson } from "./answers.ts";
import { hasCode, MemberError } from "./failure.ts";
import { type Http, isPassing } from "./http.ts";
import type { Changes, Store } from "./store.ts";
import type { Vault } from "./vault.ts";
import { Vouches } from "./interpreters/vouches.ts";
import type { KeptListing, LedgerStore } from "./ledger/kept.ts";
import { noted, placeOf, type Shown } from "./ledger/shown.ts";

/** An account's list under its present key, and the lists under keys that it had before. */
interface Known {
  list: DeviceList;
  earlier: DeviceList[];
  /** When each list revoked its devices: no list revokes what another one names. */
  revoked_s: ReadonlyMap<DeviceList, ReadonlyMap<Id, number>>;
  /** Which statement of the present list added each device. */
  added: ReadonlyMap<Id, number>;
}

interface Found {
  listed: ListedDevice;
  revoked_s: number | null;
  accepted: boolean;
}

interface Kept {
  statements: Statement[];
  earlier: Statement[][];
}

export interface ListedOwner {
  account: Id;
  listed: ListedDevice;
  /** When its account revoked it, by that account's clock; null if it did not. */
  revoked_s: number | null;
  /** Whether it is listed under a key that this person has accepted, or first sees; else the key changed. */
  accepted: boolean;
}

type Pin = Vault["content"]["pins"][Id];

const ACCOUNTS_PER_CALL = 500;
/** Chains under other keys that are kept of one account: honest accounts have none. */
const EARLIER_MAX = 8;

export class People implements Directory {
  onChange: () => void = () => {};
  /** The server shows a list of the own account that this account has not signed; `list` tells it from others. */
  onOwnRefused: (code: string, list: string) => void = () => {};
  private readonly http: Http;
  private readonly store: Store;
  private readonly vault: Vault;
  private readonly ledger: LedgerStore;
  private readonly places = new Map<Id, Shown>();
  private readonly known = new Map<Id, Known>();
  private readonly kept = new Map<Id, Kept>();
  private readonly vouches = new Vouches();
  private persons: PersonAnswer[] = [];
  private delegationRows: Delegation[] = [];

  constructor(http: Http, store: Store, vault: Vault, ledger: LedgerStore) {
    this.http = http;
    this.store = store;
    this.vault = vault;
    this.ledger = ledger;
  }

  /** The account whose engine this is. */
  get own(): Id {
    return this.vault.account;
  }

  /** Take up what this browser kept. */
  async load(): Promise<void> {
    for (const [name, kept] of await this.store.list<Kept>("people:")) {
      const account = name.slice("people:".length);
      this.kept.set(account, kept);
      this.known.set(account, await verified(account, kept));
    }
    const directory = await this.store.get<{ persons: PersonAnswer[]; delegations: Delegation[] }>("directory");
    this.persons = directory?.persons ?? [];
    this.delegationRows = directory?.delegations ?? [];
    await this.judge();
  }

  /** Everybody's names, from the server or, when it can not be reached, as last seen. */
  async all(): Promise<Person[]> {
    await this.refreshDirectory();
    return this.persons.map((person) => {
      const { account } = person;
      return { ...person, was: this.formerName(account), interpreter: this.interpreterCard(account) };
    });
  }

  async delegations(): Promise<Delegation[]> {
    await this.refreshDirectory();
    return this.delegationRows;
  }

  person(account: Id): PersonAnswer | undefined {
    return this.persons.find((person) => person.account === account);
  }

  /** Who answers for an interpreter; null for people. */
  interpreterCard(account: Id): InterpreterCard | null {
    const said = this.person(account)?.interpreter;
    if (!said) return null;
    const { owner } = said;
    const vouching = this.vouching(account);
    const ownerName = this.person(owner)?.name ?? "";
    return { owner, ownerName, for: vouching?.for ?? said.for, vouched: vouching !== null };
  }

  /** Accounts of the interpreters for which somebody answers. */
  interpreters(): Id[] {
    const accounts = this.persons.flatMap(({ account, interpreter }) => (interpreter ? [account] : []));
    return accounts.filter((account) => this.vouching(account) !== null);
  }

  /** Fetch the lists of those accounts that are not known yet. */
  async ensure(accounts: Iterable<Id>): Promise<void> {
    await this.refresh([...new Set(accounts)].filter((account) => !this.known.has(account)));
  }

  /** Fetch and verify these accounts' lists; what can not be verified leaves what was known. */
  async refresh(accounts: Iterable<Id>): Promise<void> {
    const wanted = [...new Set(accounts)];
    const changes: Changes = new Map();
    const listings = new Map<Id, KeptListing>();
    for (let from = 0; from < wanted.length; from += ACCOUNTS_PER_CALL) {
      const body = { accounts: wanted.slice(from, from + ACCOUNTS_PER_CALL) };
      const lists = await this.http.post<Record<Id, StatementJson[]>>("/api/device-lists", body, { idempotent: true });
      for (const account of body.accounts) {
        const statements = lists[account];
        if (statements && (await this.take(account, statements)))
          changes.set(`people:${account}`, this.kept.get(account));
        const listing = this.note(account);
        if (listing) listings.set(account, listing);
      }
    }
    await this.ledger.putListings(listings);
    if (changes.size === 0) return;
    await this.store.write(changes);
    await this.judge();
    this.onChange();
  }

  /**
   * Meet these accounts: their keys are pinned from now on. Who answers for an interpreter among them is looked up, but
   * not met by that: the server could say of anybody that they do.
   */
  async meet(accounts: Iterable<Id>): Promise<void> {
    const met = [...accounts];
    if (met.some((account) => !this.person(account))) await this.refreshDirectory();
    const owners = met.flatMap((account) => this.person(account)?.interpreter?.owner ?? []);
    await this.ensure([...met, ...owners]);
    await this.pin(met);
  }

  /** A listed device under the account's present key or, for the past's sake, an earlier one that was accepted here. */
  device(account: Id, device: Id): ListedDevice | undefined {
    return this.lookUp(account, device)?.listed;
  }

  /** Whether a device is its account's under a key that this person has accepted, not only under one that changed. */
  isAccepted(account: Id, device: Id): boolean {
    return this.lookUp(account, device)?.accepted === true;
  }

  /** Whose of these accounts a device is: an accepted list's word goes before any other. */
  owner(device: Id, accounts: Iterable<Id>): ListedOwner | null {
    let doubtful: ListedOwner | null = null;
    for (const account of accounts) {
      const found = this.lookUp(account, device);
      if (found?.accepted) return { account, ...found };
      if (found) doubtful ??= { account, ...found };
    }
    return doubtful;
  }

  /** A changed key that nobody acknowledged comes last: it may add devices, but not give a known one another key. */
  private lookUp(account: Id, device: Id): Found | undefined {
    const known = this.known.get(account);
    if (!known) return undefined;
    const earlier = known.earlier.filter((list) => this.wasAccepted(account, list));
    const changed = this.keyChanged(account);
    const lists = changed ? [...earlier, known.list] : [known.list, ...earlier];
    const list = lists.find(({ devices }) => devices.has(device));
    if (!list) return undefined;
    const believed = list !== known.list || (known.added.get(device) ?? 0) <= this.ledger.countsUpTo(account);
    return {
      listed: list.devices.get(device)!,
      revoked_s: known.revoked_s.get(list)?.get(device) ?? null,
      accepted: believed && !(changed && list === known.list),
    };
  }

  /** Every account of which something is known here. */
  accounts(): Id[] {
    return [...new Set([...this.known.keys(), ...this.persons.map((person) => person.account)])];
  }

  list(account: Id): DeviceList {
    const known = this.known.get(account);
    if (!known) throw new MemberError("person.unknown", { account });
    return known.list;
  }

  /** The statements under which an account was known, the present list's first. */
  statements(account: Id): Statement[] {
    return this.kept.get(account)?.statements ?? [];
  }

  isPinned(account: Id): boolean {
    return Object.hasOwn(this.vault.content.pins, account);
  }

  /** An interpreter is verified with the person who answers for it. */
  isVerified(account: Id): boolean {
    if (this.wasCompared(account)) return true;
    const owner = this.isPinned(account) ? this.vouching(account)?.by : undefined;
    return owner !== undefined && (owner === this.vault.account || this.wasCompared(owner));
  }

  /** Whether this person has compared safety numbers for the account's present key. */
  private wasCompared(account: Id): boolean {
    return this.isPinned(account) && this.vault.content.pins[account]!.verified && !this.keyChanged(account);
  }

  /** Whether the account's present key is another one than the pinned. */
  keyChanged(account: Id): boolean {
    const known = this.known.get(account);
    const pin = this.vault.content.pins[account];
    return known !== undefined && pin !== undefined && currentPin(pin) !== b64(known.list.sign);
  }

  /** Whether the account's newest list was looked for in the public ledger for an hour, in vain. */
  isUnlogged(account: Id): boolean {
    return account !== this.own && this.ledger.isRefused(account);
  }

  /** MemberError person.key_changed or person.unlogged: nothing may be sealed to the account now. */
  requireSound(account: Id): void {
    if (this.keyChanged(account)) throw new MemberError("person.key_changed", { account });
    if (this.isUnlogged(account)) throw new MemberError("person.unlogged", { account });
  }

  /** An account's list as it was shown last, with its places in the ledger. */
  shown(account: Id): Shown | null {
    return this.places.get(account) ?? null;
  }

  /** Devices of the own list that are not revoked. */
  ownDevices(): Id[] {
    const devices = [...(this.known.get(this.own)?.list.devices.values() ?? [])];
    return devices.filter(({ revoked }) => !revoked).map(({ device }) => device);
  }

  /** Some list counts, or counts no more. */
  listingsChanged(): void {
    this.onChange();
  }

  /** The name that this person knows an account by, where the server says another one now; else null. */
  formerName(account: Id): string | null {
    const known = this.vault.content.pins[account]?.name;
    const said = this.person(account)?.name;
    if (account === this.vault.account || known === undefined || said === undefined) return null;
    return known === said ? null : known;
  }

  /** Whether somebody verified goes by another name than when this person looked last. */
  isRenamed(account: Id): boolean {
    return this.isVerified(account) && this.formerName(account) !== null;
  }

  /**
   * From now on this person knows the account by this name. MemberError person.renamed if the server says another one
   * by now: nobody has looked at that.
   */
  async acceptName(account: Id, name: string): Promise<void> {
    if (this.person(account)?.name !== name) throw new MemberError("person.renamed", { account });
    await this.changePin(account, (pin) => ({ ...pin, name }));
  }

  /** Keep the names of accounts that were met before anybody's name was kept, or before it was known. */
  async keepNames(): Promise<void> {
    const { pins } = this.vault.content;
    const nameless = Object.keys(pins).filter((account) => pins[account]!.name === undefined && this.person(account));
    if (nameless.length === 0) return;
    await this.vault.change((content) => {
      const pins = { ...content.pins };
      for (const account of nameless) pins[account] = { ...pins[account]!, ...this.named(account) };
      return { ...content, pins };
    });
  }

  /** Remember the present keys of accounts that were met for the first time. */
  async pin(accounts: Iterable<Id>): Promise<void> {
    const fresh = [...accounts].filter((account) => !this.isPinned(account) && this.known.has(account));
    if (fresh.length === 0) return;
    await this.vault.change((content) => {
      const pins = { ...content.pins };
      for (const account of fresh)
        pins[account] = {
          sign: b64(this.list(account).sign),
          verified: false,
          acknowledged: [],
          ...this.named(account),
        };
      return { ...content, pins };
    });
    if (await this.judge()) this.onChange();
  }

  /** Pin an account's key (32 bytes) that is known before its list is. */
  async pinKey(account: Id, sign: Uint8Array, name: string): Promise<void> {
    const pin = { sign: b64(sign), verified: false, acknowledged: [], name };
    await this.vault.change((content) => ({ ...content, pins: { [account]: pin, ...content.pins } }));
  }

  async safetyNumber(account: Id): Promise<SafetyNumber> {
    await this.ensure([account]);
    const own = { account: this.vault.account, sign: this.vault.sign.publicKey };
    const digits = safetyNumber(own, { account, sign: this.list(account).sign });
    return {
      digits: grouped(digits),
      qr: safetyText(digits),
      verified: this.isVerified(account),
      keyChanged: this.keyChanged(account),
    };
  }

  /** `name`: by which the person was shown. MemberError person.key_changed; person.renamed if it is another by now. */
  async setVerified(account: Id, verified: boolean, name: string): Promise<void> {
    await this.ensure([account]);
    await this.pin([account]);
    if (this.keyChanged(account)) throw new MemberError("person.key_changed", { account });
    const said = this.person(account)?.name;
    if (verified && said !== undefined && said !== name) throw new MemberError("person.renamed", { account });
    await this.changePin(account, (pin) => ({ ...pin, verified, ...(verified && said !== undefined && { name }) }));
  }

  /** Accept the account's present key; who was verified has to be verified again. */
  async acknowledge(account: Id): Promise<void> {
    await this.refresh([account]);
    const sign = b64(this.list(account).sign);
    await this.changePin(account, (pin) => ({ ...pin, verified: false, acknowledged: [...pin.acknowledged, sign] }));
  }

  private named(account: Id): { name?: string } {
    const name = this.person(account)?.name;
    return name === undefined ? {} : { name };
  }

  private async changePin(account: Id, change: (pin: Pin) => Pin): Promise<void> {
    await this.vault.change((content) => {
      const pin = content.pins[account];
      return pin ? { ...content, pins: { ...content.pins, [account]: change(pin) } } : content;
    });
    await this.judge();
    this.onChange();
  }

  private async refreshDirectory(): Promise<void> {
    try {
      const [persons, delegations] = await Promise.all([
        this.http.get<PersonAnswer[]>("/api/people"),
        this.http.get<Delegation[]>("/api/delegations"),
      ]);
      const changed = JSON.stringify([persons, delegations]) !== JSON.stringify([this.persons, this.delegationRows]);
      this.persons = persons;
      this.delegationRows = delegations;
      if (!changed) return;
      await this.store.put("directory", { persons, delegations });
      await this.judge();
      this.onChange();
    } catch (error) {
      if (!isPassing(error) || this.persons.length === 0) throw error;
    }
  }

  /** The vouching for an interpreter, if it counts. */
  private vouching(account: Id): Vouching | null {
    const known = this.known.get(account);
    if (!known || this.keyChanged(account)) return null;
    const devices = [...known.list.devices.values()];
    return devices.every(({ kind }) => kind === "interpreter") ? this.vouches.of(account, known.list.sign) : null;
  }

  /** Look at vouchings again: the directory, or somebody's key, is another one. True if that changed something. */
  private judge(): Promise<boolean> {
    return this.vouches.take(this.persons, (account) => {
      const pin = this.vault.content.pins[account];
      if (account === this.vault.account) return b64(this.vault.sign.publicKey);
      return pin && currentPin(pin);
    });
  }

  /** Verify an answer against what is known; true if there is something new. */
  private async take(account: Id, answer: StatementJson[]): Promise<boolean> {
    const before = this.kept.get(account);
    const known = this.known.get(account);
    const next = await this.successor(account, answer, before, known).catch((error: unknown) => {
      if (!(error instanceof Refusal) && !hasCode(error, "person.refused")) throw error;
      if (account === this.own) this.onOwnRefused(error.code, hex(sha256(utf8(JSON.stringify(answer)))));
      return undefined;
    });
    if (next) this.places.set(account, shownIn(next, answer));
    if (!next || (before && next.statements.length === before.statements.length && next.earlier === before.earlier))
      return false;
    this.kept.set(account, next);
    this.known.set(account, await verified(account, next));
    return true;
  }

  /** What is known of the account's place in the ledger after its list was shown, if that is another than before. */
  private note(account: Id): KeptListing | null {
    const shown = this.places.get(account);
    if (!shown) return null;
    const before = this.ledger.listings.get(account);
    const after = noted(before, shown, this.ledger.now_ms());
    return JSON.stringify(after) === JSON.stringify(before) ? null : after;
  }

  private async successor(
    account: Id,
    answer: StatementJson[],
    before: Kept | undefined,
    known: Known | undefined,
  ): Promise<Kept> {
    const statements = answer.map(statementFromJson);
    const list = await verifyDeviceList(account, statements);
    // Nobody but this person says under which key the own account stands: grants are sealed to what its list names.
    const own = account === this.vault.account;
    if (own && !equal(list.sign, this.vault.sign.publicKey)) throw new MemberError("person.refused", { account });
    if (!before || !known) return { statements, earlier: [] };
    // A key's chain may only have grown, also where another key was shown in between.
    const chains = [known.list, ...known.earlier].map((seen, at) => ({
      seen,
      statements: [before.statements, ...before.earlier][at]!,
    }));
    const same = chains.find(({ seen }) => equal(seen.sign, list.sign));
    if (same) await verifyDeviceList(account, statements, same.seen);
    if (same?.seen === known.list) return { statements, earlier: before.earlier };
    const others = chains.filter(
      (chain) => chain !== same && (!this.isPinned(account) || this.wasAccepted(account, chain.seen)),
    );
    return { statements, earlier: others.slice(0, EARLIER_MAX).map((chain) => chain.statements) };
  }

  /** Whether this person has met or acknowledged the account under the key of `list`. The server may show any other. */
  private wasAccepted(account: Id, { sign }: DeviceList): boolean {
    const pin = this.vault.content.pins[account];
    return pin !== undefined && [pin.sign, ...pin.acknowledged].includes(b64(sign));
  }
}

/** A verified list with what the answer that brought it says of its places in the ledger. */
function shownIn({ statements }: Kept, answer: readonly StatementJson[]): Shown {
  const { sign } = JSON.parse(fromUtf8(statements[0]!.body)) as { sign: string };
  const heads = statements.map(({ body }) => statementHead(body));
  return { sign, heads, places: answer.map(({ ledger }) => placeOf(ledger)) };
}

/** The key that counts: the one acknowledged last, else the one seen first. */
function currentPin(pin: Pin): string {
  return pin.acknowledged.at(-1) ?? pin.sign;
}

async function verified(account: Id, kept: Kept): Promise<Known> {
  const list = await verifyDeviceList(account, kept.statements);
  const earlier = await Promise.all(kept.earlier.map((statements) => verifyDeviceList(account, statements)));
  const chains = [kept.statements, ...kept.earlier];
  const revoked_s = new Map([list, ...earlier].map((seen, at) => [seen, revocations(chains[at]!)]));
  return { list, earlier, revoked_s, added: additions(kept.statements) };
}

/** Which of these verified statements added each device. */
function additions(statements: Statement[]): Map<Id, number> {
  const bodies = statements.map(({ body }) => JSON.parse(fromUtf8(body)) as { op: string; device: Id; seq: number });
  return new Map(bodies.filter(({ op }) => op === "add").map(({ device, seq }) => [device, seq]));
}

/** When each revoked device was revoked, from verified statements. */
function revocations(statements: Statement[]): Map<Id, number> {
  const bodies = statements.map(({ body }) => JSON.parse(fromUtf8(body)) as { op: string; device: Id; at: number });
  return new Map(bodies.filter(({ op }) => op === "revoke").map(({ device, at }) => [device, at]));
}
