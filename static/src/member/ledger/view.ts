// What the page shows of the public ledger: who watches it, and what does not agree.

import { NoteError, openCheckpoint } from "../../tlog/verifiers.ts";
import { MalformedError } from "../../wire/bytes.ts";
import { parseVkey, type VerifierKey } from "../../wire/ledger/note.ts";
import { isQuorum, NO_QUORUM, parsePolicy, type Policy } from "../../wire/ledger/policy.ts";
import type { LedgerView, WitnessView } from "../api.ts";
import { MemberError } from "../failure.ts";
import { findingView, type LedgerStore } from "./kept.ts";
import type { Log } from "./log.ts";

/** Everything about the ledger that is shown; the witnesses as of now, if they can be asked about. */
export async function ledgerView(store: LedgerStore, log: Log): Promise<LedgerView> {
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
  return vkey === null ? view : { ...view, ...(await witnessed(parseVkey(vkey), log)) };
}

async function witnessed(
  key: VerifierKey,
  log: Log,
): Promise<Pick<LedgerView, "witnessed" | "witnesses" | "enough">> {
  const nothing = { witnessed: null, witnesses: [], enough: null };
  try {
    const text = await log.policy();
    if (text === null) return nothing;
    const policy = parsePolicy(text);
    const keys = policy.witnesses.map((witness) => witness.key);
    const { checkpoint, cosigned } = await openCheckpoint(await log.milestone(), key, keys);
    const times = new Map(cosigned.map((one) => [one.key, one.time_s]));
    const names = new Set(policy.witnesses.filter((witness) => times.has(witness.key)).map(({ name }) => name));
    const enough = policy.quorum === NO_QUORUM ? null : isQuorum(policy, names);
    return { witnessed: checkpoint.size, witnesses: byPerson(policy, times), enough };
  } catch (error) {
    const told = error instanceof MemberError || error instanceof MalformedError || error instanceof NoteError;
    if (!told) throw error;
    return nothing;
  }
}

/** A witness signs with several keys, named NAME+KIND: it stands behind a checkpoint if one of them does. */
function byPerson({ witnesses }: Policy, times: ReadonlyMap<VerifierKey, number>): WitnessView[] {
  const found = new Map<string, number | null>();
  for (const { name, key } of witnesses) {
    const person = name.split("+")[0]!;
    const time_s = times.get(key) ?? null;
    const before = found.get(person) ?? null;
    found.set(person, time_s === null ? before : Math.max(before ?? 0, time_s));
  }
  return [...found].map(([name, cosigned_s]) => ({ name, cosigned_s }));
}
