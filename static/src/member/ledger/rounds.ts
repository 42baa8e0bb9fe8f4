// What has to be looked at in the public ledger, again and again: at each connection and then hourly, sooner while
// somebody's list waits to be entered. Twin of portal/member/ledger/rounds.py.
//
// log's newest checkpoint → members' words → own entries → people's lists → rooms' roots

import type { LoggedRoot } from "../../e2ee/bundle.ts";
import { b64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { EntryKind } from "../../wire/ledger/entries.ts";
import { formatProof } from "../../wire/ledger/proof.ts";
import { hasCode, MemberError } from "../failure.ts";
import { listOf } from "../fields.ts";
import { type Http, isPassing } from "../http.ts";
import type { Room } from "../room.ts";
import { Gathered } from "../serial.ts";
import { noteOf } from "./evidence.ts";
import { Follower } from "./follower.ts";
import type { KeptFinding, KeptListing, LedgerStore } from "./kept.ts";
import { judged } from "./listings.ts";
import type { Log } from "./log.ts";
import { readRoot, type RoomRoot, rootIsIn } from "./roots.ts";
import type { Shown } from "./shown.ts";
import { type OwnEntry, scan, unexplained } from "./watch.ts";

/** People as the rounds see them. */
export interface Listed {
  /** The account whose engine this is. */
  readonly own: Id;
  refresh(accounts: Iterable<Id>): Promise<void>;
  /** A verified list as it was shown last, with what the server says of its places in the ledger. */
  shown(account: Id): Shown | null;
  /** Devices of the own list that are not revoked. */
  ownDevices(): Id[];
  /** Some account's list counts, or counts no more. */
  listingsChanged(): void;
}

const ROOTS_MAX = 10_000;
const HOUR_MS = 3_600_000;
const SOON_MS = 15_000;
const ROOTS_MS = 600_000;
/** A log that grows all the time is not asked at every message. */
const PAUSE_MS = 10_000;

export class Rounds {
  readonly follower: Follower;
  readonly log: Log;
  private readonly store: LedgerStore;
  private readonly people: Listed;
  private readonly http: Http;
  private readonly rooms: () => Room[];
  private readonly now_ms: () => number;
  private readonly onFault: (error: unknown) => void;
  private readonly going = new Gathered(() => this.goRound());
  private readonly comparing = new Gathered(async () => void (await this.follower.advance()));
  private compared_ms = -Infinity;
  private rooted_ms = -Infinity;
  private compareTimer: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(parts: {
    log: Log;
    store: LedgerStore;
    people: Listed;
    http: Http;
    rooms: () => Room[];
    now_ms: () => number;
    onFault: (error: unknown) => void;
  }) {
    this.log = parts.log;
    this.store = parts.store;
    this.people = parts.people;
    this.http = parts.http;
    this.rooms = parts.rooms;
    this.now_ms = parts.now_ms;
    this.onFault = parts.onFault;
    this.follower = new Follower(parts.log, parts.store, parts.now_ms);
  }

  /** Look at everything now; never rejects. The next round comes by itself. */
  async run(): Promise<void> {
    clearTimeout(this.timer);
    let failed = false;
    try {
      await this.going.run();
    } catch (error) {
      failed = true;
      if (!isPassing(error) && !hasCode(error, "client.storage_full", "client.not_ready")) this.onFault(error);
    }
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), failed || this.isWaiting() ? SOON_MS : HOUR_MS);
  }

  /** Hold what members say against the log: at once, or soon if that was just done. */
  compare(): void {
    if (this.compareTimer !== undefined || this.stopped) return;
    const since_ms = performance.now() - this.compared_ms;
    this.compareTimer = setTimeout(() => void this.compareNow(), Math.max(0, PAUSE_MS - since_ms));
  }

  private async compareNow(): Promise<void> {
    this.compareTimer = undefined;
    this.compared_ms = performance.now();
    try {
      await this.comparing.run();
    } catch (error) {
      if (isPassing(error)) this.compare();
      else this.onFault(error);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.compareTimer);
    clearTimeout(this.timer);
  }

  private isWaiting(): boolean {
    const entering = [...this.store.listings.values()].some(({ proven, newest }) => proven < newest);
    return this.store.state.vkey !== null && (entering || this.store.state.pending.length > 0);
  }

  private async goRound(): Promise<void> {
    if (!(await this.follower.advance())) return;
    await this.watchOwn();
    await this.judgePeople();
    // What enters every ten minutes need not be asked for more often, however often this comes.
    if (performance.now() - this.rooted_ms < ROOTS_MS) return;
    for (const room of this.rooms()) await this.compareRoots(room);
    this.rooted_ms = performance.now();
  }

  /** Every entry about the own list must be one that the list explains; and its devices ones that the person knows. */
  private async watchOwn(): Promise<void> {
    const { own } = this.people;
    const { newest, scanned, own: entries } = this.store.state;
    if (!newest || newest.size === 0) return;
    await this.noteDevices();
    const first = this.people.shown(own)?.places.find((place) => place !== null)?.index ?? null;
    try {
      await scan(own, { scanned, own: entries }, newest, first, this.log, (found) => this.store.change(found));
    } catch (error) {
      if (!(error instanceof MemberError) || isPassing(error)) throw error;
      await this.follower.withheld("entries", error.code, null);
      return;
    }
    // After the entries were read: what explains them was there before them.
    await this.people.refresh([own]);
    const shown = this.people.shown(own);
    if (!shown) return;
    for (const entry of unexplained(own, this.store.state.own, shown)) await this.shout(entry);
    await this.noteDevices();
  }

  private async noteDevices(): Promise<void> {
    const present = this.people.ownDevices();
    const { devices } = this.store.state;
    await this.closeRemoved(present);
    const fresh = devices === null ? [] : present.filter((device) => !devices.includes(device));
    for (const device of fresh)
      await this.follower.find({
        kind: "own-device",
        id: `own-device ${device}`,
        account: this.people.own,
        detail: device,
        evidence: null,
      });
    if (devices === null || fresh.length > 0) await this.store.change({ devices: [...new Set([...(devices ?? []), ...present])] });
  }

  /** A device that was removed asks for no answer any more. */
  private async closeRemoved(present: readonly Id[]): Promise<void> {
    const { findings } = this.store.state;
    const gone = ({ kind, detail, answered }: KeptFinding): boolean =>
      kind === "own-device" && !answered && !present.includes(detail ?? "");
    if (!findings.some(gone)) return;
    await this.store.change({ findings: findings.map((one) => (gone(one) ? { ...one, answered: true } : one)) });
  }

  private async shout({ index, commitment }: OwnEntry): Promise<void> {
    const { newest } = this.store.state;
    const hashes = await this.log.inclusion(index, newest!.size);
    const evidence = {
      evidence: "portal ledger entry",
      v: 1,
      key: this.store.state.vkey,
      kind: EntryKind.device_list,
      account: this.people.own,
      index,
      commitment: b64(commitment),
      hashes: hashes.map(b64),
      checkpoint: noteOf(this.follower.logKey!, newest!),
    };
    await this.follower.find({
      kind: "own-entry",
      id: `own-entry ${index}`,
      account: this.people.own,
      detail: String(index),
      evidence: `${JSON.stringify(evidence)}\n`,
    });
  }

  private async judgePeople(): Promise<void> {
    const open = (): [Id, KeptListing][] =>
      [...this.store.listings].filter(([account, one]) => account !== this.people.own && one.proven < one.newest);
    const placeless = open().flatMap(([account, { word }]) => (word ? [] : [account]));
    await this.people.refresh(placeless);
    const tree = this.store.state.newest;
    if (!tree) return;
    let changed = false;
    let passing: unknown = null;
    for (const [account, listing] of open()) {
      try {
        const after = await judged(account, listing, tree, this.log, this.now_ms());
        // It may have been shown anew while the log was asked.
        if (this.store.listings.get(account) !== listing) continue;
        changed ||= after.refused !== listing.refused;
        await this.store.putListings(new Map([[account, after]]));
      } catch (error) {
        if (!isPassing(error)) throw error;
        passing = error;
      }
    }
    if (changed) this.people.listingsChanged();
    if (passing) throw passing;
  }

  /** The newest head of the room in the ledger, with its proof, for an exported record; none if it can not be had. */
  async loggedRoots(room: Room): Promise<LoggedRoot[]> {
    const { newest, vkey } = this.store.state;
    const key = this.follower.logKey;
    if (!newest || !key || vkey === null) return [];
    try {
      const root = await this.newestRoot(room);
      const before = !root || root.number < (room.data.base?.number ?? 0);
      if (before || !(await rootIsIn(room.id, root, newest, this.log))) return [];
      const hashes = await this.log.inclusion(root.index, newest.size);
      const proof = formatProof({ index: root.index, hashes, checkpoint: noteOf(key, newest) });
      return [{ number: root.number, nonce: root.nonce, tag: root.tag, vkey, proof }];
    } catch (error) {
      if (error instanceof MemberError) return [];
      throw error;
    }
  }

  /** The newest root that the ledger holds of items that are here, by the server's word. */
  private async newestRoot(room: Room): Promise<RoomRoot | null> {
    const { newest } = this.store.state;
    try {
      const roots = listOf(await this.http.get(`/api/rooms/${room.id}/roots`), ROOTS_MAX, readRoot) ?? [];
      return roots.find(({ number, index }) => number <= room.data.number && index < newest!.size) ?? null;
    } catch (error) {
      if (error instanceof MemberError && !isPassing(error)) return null; // not a member any more
      throw error;
    }
  }

  /** The newest root of the room that the ledger holds must be one of the chain that this browser has. */
  private async compareRoots(room: Room): Promise<void> {
    if (room.data.standing !== "member" || !room.data.base) return;
    const { newest } = this.store.state;
    const root = await this.newestRoot(room);
    if (!root) return;
    if (await rootIsIn(room.id, root, newest!, this.log)) return room.checkHead(root.number, root.head);
    await this.follower.withheld(`root ${room.id}`, String(root.index), null);
  }
}
