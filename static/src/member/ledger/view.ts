// What the page shows of the public ledger: who watches it, and what does not agree.

import { NoteError, openCheckpoint } from "../../tlog/verifiers.ts";
import { MalformedError } from "../../wire/bytes.ts";
import { parseVkey, type VerifierKey } from "../../wire/ledger/note.ts";
import { isQuorum, NO_QUORUM, parsePolicy, type Policy } from "../../wire/ledger/policy.ts";
import type { LedgerView, WitnessView } from "../api.ts";
import { MemberError } from "../failure.ts";
import { findingView, type KeptFinding, type LedgerStore } from "./kept.ts";
import type { Follower } from "./follower.ts";
import type { Log } from "./log.ts";

/** The evidence of a finding; MemberError "item.unknown" if there is none. */
export function findingEvidence(store: LedgerStore, id: string): Blob {
  const { evidence } = findingOf(store, id);
  if (evidence === null) throw new MemberError("item.unknown", { item: id });
  return new Blob([evidence], { type: "application/json" });
}

/** Note that the person has seen a finding; true if another log is followed from now on. MemberError "item.unknown". */
export async function answerFinding(store: LedgerStore, id: string): Promise<boolean> {
  const found = findingOf(store, id);
  const anew = found.kind === "key";
  // Another key is looked for again under an id of its own, should there be one more.
  const seen = { ...found, answered: true, id: anew ? `key ${found.at_ms}` : id };
  const findings = store.state.findings.map((one) => (one === found ? seen : one));
  await store.change({
    findings,
    ...(anew && { vkey: null, newest: null, scanned: null, own: [], pending: [] }),
  });
  return anew;
}

function findingOf(store: LedgerStore, id: string): KeptFinding {
  const found = store.state.findings.find((one) => one.id === id);
  if (!found) throw new MemberError("item.unknown", { item: id });
  return found;
}

/** A log, and who follows it. */
interface Following {
  readonly log: Log;
  readonly follower: Follower;
}

/** Everything about the ledger that is shown; the witnesses as of now, if they can be asked about. */
export async function ledgerView(store: LedgerStore, following: Following): Promise<LedgerView> {
  const { vkey, newest, confirmed_ms, consistent_ms, findings } = store.state;
  const view: LedgerView = {
    state: vkey === null ? "none" : "following",
    origin: vkey === null ? "" : parseVkey(vkey).name,
    vkey: vkey ?? "",
    size: newest?.size ?? 0,
    confirmed_ms,
    consistent_ms,
    witnessed: null,
    witnesses: [],
    enough: null,
    findings: findings.map(findingView),
  };
  if (vkey === null) return view;
  const watched = await witnessed(parseVkey(vkey), following);
  // What did not agree just now is a finding already.
  return { ...view, ...watched, findings: store.state.findings.map(findingView) };
}

type Witnessed = Pick<LedgerView, "witnessed" | "witnesses" | "enough">;

async function witnessed(key: VerifierKey, { log, follower }: Following): Promise<Witnessed> {
  const nobody = { witnessed: null, witnesses: [], enough: null };
  try {
    const text = await log.policy();
    if (text === null || text.trim() === "") return nobody;
    const policy = parsePolicy(text);
    const keys = policy.witnesses.map((witness) => witness.key);
    const { checkpoint, signature, cosigned } = await openCheckpoint(await log.milestone(), key, keys);
    // Who signed another history than the one that is followed here stands behind nothing that is shown here.
    const followed = await follower.isFollowed({ size: checkpoint.size, root: checkpoint.root, signature });
    const times = new Map((followed ? cosigned : []).map((one) => [one.key, one.time_s]));
    const names = new Set(policy.witnesses.filter((witness) => times.has(witness.key)).map(({ name }) => name));
    const enough = policy.quorum === NO_QUORUM ? null : isQuorum(policy, names);
    return { witnessed: checkpoint.size, witnesses: byPerson(policy, times), enough };
  } catch (error) {
    const told = error instanceof MemberError || error instanceof MalformedError || error instanceof NoteError;
    if (!told) throw error;
    return { ...nobody, witnesses: null };
  }
}

/** A witness signs with several keys of one name: it stands behind a checkpoint if one of them does. */
function byPerson({ witnesses }: Policy, times: ReadonlyMap<VerifierKey, number>): WitnessView[] {
  const found = new Map<string, number | null>();
  for (const { key } of witnesses) {
    const time_s = times.get(key) ?? null;
    const before = found.get(key.name) ?? null;
    found.set(key.name, time_s === null ? before : Math.max(before ?? 0, time_s));
  }
  return [...found].map(([name, cosigned_s]) => ({ name, cosigned_s }));
}
