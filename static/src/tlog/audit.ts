// What an auditor's browser checks of a ledger: its signature, that it goes on from what was seen before, who stands
// behind it, and, when asked, every entry.

import { equal, fromUtf8, MalformedError } from "../wire/bytes.ts";
import { unbase64 } from "../wire/ledger/base64.ts";
import { ENTRY_BYTES } from "../wire/ledger/entries.ts";
import { Frontier, HASH_BYTES, leafHash, ProofError, verifyConsistency } from "../wire/ledger/merkle.ts";
import { formatVkey, parseVkey, type VerifierKey } from "../wire/ledger/note.ts";
import { isQuorum, parsePolicy, type Policy } from "../wire/ledger/policy.ts";
import { entriesPath, leafSpans, splitBundle } from "../wire/ledger/tiles.ts";
import { NoteError, openCheckpoint, type OpenedCheckpoint } from "./verifiers.ts";

/** Fetches what lies at a path of the portal, null for what is not there; TypeError if it can not be had. */
export type Fetch = (path: string) => Promise<Uint8Array | null>;

/** A witness of the policy: when it cosigned the state (Unix time), null if it did not. */
export interface Behind {
  readonly name: string;
  readonly time_s: number | null;
}

/** What was found. `opened` is null if the state is not signed by the key that was seen at the first visit. */
export interface Audited {
  readonly note: string;
  readonly vkey: string;
  readonly origin: string;
  readonly opened: OpenedCheckpoint | null;
  readonly growth: "first" | "good" | "bad";
  readonly oldSize: number;
  /** Who stands behind the newest state that witnesses had the time to sign, whose size is `witnessedSize`. */
  readonly behind: readonly Behind[];
  readonly witnessedSize: number;
  readonly quorum: boolean;
}

/** What all entries came to. `kinds`: how many there are of each; -1 for what is no entry. */
export interface Everything {
  readonly same: boolean;
  readonly kinds: ReadonlyMap<number, number>;
}

/** Read and check the newest state. `before` is the note that was seen last, `pinned` the key seen first. */
export async function audit(fetch: Fetch, before: string | null, pinned: string | null): Promise<Audited> {
  const paths = ["/ledger/key", "/ledger/policy", "/ledger/checkpoint"];
  const [vkeyText, policyText, note] = await Promise.all(paths.map(async (path) => fromUtf8(await present(fetch, path))));
  const key = parseVkey(pinned ?? vkeyText!.trim());
  const policy = parsePolicy(policyText!);
  const opened = await attempt(() => openCheckpoint(note!, key));
  const old = before === null ? null : await attempt(() => openCheckpoint(before, key));
  const growth = opened === null || old === null ? "first" : await growthOf(fetch, old, opened);
  const seen = opened === null ? null : await witnessed(fetch, policy, key, opened);
  const about = { vkey: formatVkey(key), origin: key.name, oldSize: old?.checkpoint.size ?? 0 };
  return { ...about, note: note!, opened, growth, ...behindOf(policy, seen) };
}

/** The newest state that enough witnesses signed, if the newest of all goes on from it. */
async function witnessed(
  fetch: Fetch,
  policy: Policy,
  key: VerifierKey,
  newest: OpenedCheckpoint,
): Promise<OpenedCheckpoint | null> {
  const raw = await fetch("/ledger/witnessed");
  if (raw === null) return null;
  const keys = policy.witnesses.map((witness) => witness.key);
  const seen = await attempt(() => openCheckpoint(fromUtf8(raw), key, keys));
  if (seen === null || seen.checkpoint.size > newest.checkpoint.size) return null;
  return (await growthOf(fetch, seen, newest)) === "good" ? seen : null;
}

async function present(fetch: Fetch, path: string): Promise<Uint8Array> {
  const raw = await fetch(path);
  if (raw === null) throw new TypeError(`${path} is not there`);
  return raw;
}

/** Read every entry of a tree, and compare the root that they lead to with the signed one. */
export async function readEverything(
  fetch: Fetch,
  size: number,
  root: Uint8Array,
  tell: (done: number) => void,
): Promise<Everything> {
  const frontier = new Frontier();
  const kinds = new Map<number, number>();
  for (const { index, width } of leafSpans(0, size)) {
    for (const entry of splitBundle(await present(fetch, `/ledger/${entriesPath(index, width)}`), width)) {
      frontier.append(leafHash(entry));
      const kind = entry.length === ENTRY_BYTES ? entry[0]! : -1;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    tell(frontier.size);
  }
  return { same: equal(frontier.root(), root), kinds };
}

async function growthOf(fetch: Fetch, one: OpenedCheckpoint, other: OpenedCheckpoint): Promise<"good" | "bad"> {
  const [old, now] = [one.checkpoint, other.checkpoint].sort((a, b) => a.size - b.size) as [
    OpenedCheckpoint["checkpoint"],
    OpenedCheckpoint["checkpoint"],
  ];
  try {
    const proof = old.size === now.size || old.size === 0 ? [] : await consistency(fetch, old.size, now.size);
    verifyConsistency({ oldSize: old.size, newSize: now.size, oldRoot: old.root, newRoot: now.root, proof });
    return "good";
  } catch (error) {
    if (error instanceof ProofError || error instanceof MalformedError) return "bad";
    throw error;
  }
}

async function consistency(fetch: Fetch, old: number, now: number): Promise<Uint8Array[]> {
  const raw = fromUtf8(await present(fetch, `/ledger/consistency?old=${old}&new=${now}`));
  let answer: unknown;
  try {
    answer = JSON.parse(raw);
  } catch {
    throw new MalformedError("no proof");
  }
  const { hashes } = { ...(answer as { hashes?: unknown } | null) };
  if (!Array.isArray(hashes)) throw new MalformedError("no proof");
  return hashes.map((hash) => unbase64(String(hash), HASH_BYTES));
}

/** One line for each name that witnesses sign with: a witness with two keys counts once here. */
function behindOf(
  policy: Policy,
  seen: OpenedCheckpoint | null,
): Pick<Audited, "behind" | "quorum" | "witnessedSize"> {
  const cosigned = seen?.cosigned ?? [];
  const times = new Map<string, number | null>(policy.witnesses.map(({ key }) => [key.name, null]));
  for (const { key, time_s } of cosigned) times.set(key.name, Math.max(time_s, times.get(key.name) ?? 0));
  const signed = (key: VerifierKey): boolean => cosigned.some((one) => one.key === key);
  const names = new Set(policy.witnesses.filter(({ key }) => signed(key)).map(({ name }) => name));
  const behind = [...times].map(([name, time_s]) => ({ name, time_s }));
  return { behind, quorum: seen !== null && isQuorum(policy, names), witnessedSize: seen?.checkpoint.size ?? 0 };
}

async function attempt<T>(open: () => Promise<T>): Promise<T | null> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof NoteError || error instanceof MalformedError) return null;
    throw error;
  }
}
