// A state that somebody else made, as a snapshot of the acts holds it: who can not read the acts before it goes on from
// there, so it must have a state's shape to the last field. Twin of portal/wire/drafts/stored.py.

import { type Bytes, concat, MalformedError, utf8 } from "../bytes.ts";
import { REFUSALS } from "./acts.ts";
import { jcs } from "./jcs.ts";
import { clauses, CORRECTIONS, langRoots, LONG, MAX_LANGS, NAME, REASON, receipt, STANCE } from "./reading.ts";
import { RIGHTS } from "./rights.ts";
import {
  among,
  date,
  either,
  flag,
  hash,
  id,
  lang,
  list,
  object,
  pair,
  type Shape,
  signature,
  table,
  text,
  whole,
} from "./shapes.ts";
import type { ActsState } from "./state.ts";

export const STATE_LABEL = "portal acts state v1\0";

/** What a snapshot's hash is the SHA-256 of: label ‖ JCS(state). */
export function stateBytes(state: ActsState): Bytes {
  return concat(utf8(STATE_LABEL), jcs(state));
}

const MANY = 1 << 20;
const optionalId = either(id, among(""));
const nothing: Shape = (value) => value === null;
const MADE = { number: whole, account: id, delegation: optionalId, at_ms: whole };
const DECISION = { ...MADE, option: optionalId, hash };
const PROCEDURE = {
  opened: object(MADE),
  deadline_ms: whole,
  eligible: list(id, MANY),
  objections: list(object({ ...MADE, reason: REASON }), MANY),
  removed: list(id, MANY),
  tail: list(pair(whole, hash), MANY),
  closed: either(nothing, object(MADE)),
};
const byLang = (inner: Shape): Shape => table(id, table(lang, inner));

const RIGHTS_TABLE = object({
  default: among(...RIGHTS),
  draft: id,
  members: list(object({ account: id, delegation: optionalId, right: among(...RIGHTS) }), MANY),
  room: id,
  v: among(1),
});
const SILENCE = object({
  ...PROCEDURE,
  status: among("open", "broken", "adopted", "ended", "disputed", "void"),
  root: hash,
  langs: langRoots,
  entitled: table(id, id),
  extensions: list(object({ ...MADE, deadline_ms: whole }), MANY),
  consents: list(object(MADE), MANY),
  late: list(
    object({ ...MADE, objector: id, objector_delegation: optionalId, receipt: either(nothing, receipt) }),
    MANY,
  ),
});
const ADOPTION = object({
  ...MADE,
  root: hash,
  langs: langRoots,
  silence: optionalId,
  status: among("adopted", "disputed", "void"),
});
const SIGNING = object({
  ...MADE,
  root: hash,
  langs: langRoots,
  order: list(id, MANY, 1),
  testimonium: LONG,
  signatures: list(object({ ...MADE, device: id, statement: LONG, sig: signature }), MANY),
});
const STAGE = among(
  "draft",
  "revision",
  "adopted",
  "initialled",
  "signed",
  "submitted",
  "deposited",
  "in_force",
  "withdrawn",
);
const INSTRUMENTS = object(
  {},
  { submitted: date, ratified: date, accepted: date, acceded: date, deposited: date, withdrawn: date },
);

const STATE = object({
  v: among(1),
  number: whole,
  head: hash,
  rights: either(nothing, RIGHTS_TABLE),
  decisions: table(
    id,
    object({ ...DECISION, conflict: flag, standing: list(object(DECISION), MANY), replaced: list(whole, MANY) }),
  ),
  positions: byLang(table(id, object({ ...MADE, stance: STANCE, hash, note: REASON }))),
  agreements: byLang(object({ ...MADE, hash, level: among("ad_ref", "agreed") })),
  reopened: table(id, object({ ...MADE, reason: REASON })),
  packages: table(id, object({ ...MADE, name: NAME, nodes: list(id, MANY), on: flag })),
  links: table(id, list(id, MANY, 1)),
  revisions: list(object({ ...MADE, name: NAME, item: id }), MANY),
  authentic: list(lang, MAX_LANGS),
  concords: byLang(object({ ...MADE, hash, source: lang, source_hash: hash })),
  silences: table(id, SILENCE),
  adoption: either(nothing, ADOPTION),
  initials: list(object({ ...MADE, device: id, items: clauses(0), root: hash, at: whole, sig: signature }), MANY),
  signing: either(nothing, SIGNING),
  instruments: table(id, INSTRUMENTS),
  rectifications: table(
    id,
    object({ ...PROCEDURE, status: among("open", "objected", "corrected", "rejected"), items: CORRECTIONS }),
  ),
  stage: STAGE,
  stages: list(object({ stage: STAGE, number: whole, at_ms: whole, date: either(date, among("")) }), MANY),
  refused: table(text(16, 1), among(...REFUSALS)),
});

/** The state that `value` (parsed JSON) is; MalformedError if it is none of `draft`, or of acts after `through`. */
export function readState(value: unknown, draft: string, through: number): ActsState {
  if (!STATE(value)) throw new MalformedError("no state of acts");
  const state = value as ActsState;
  if (state.number > through) throw new MalformedError("a state of later acts");
  if (state.rights !== null && state.rights.draft !== draft) throw new MalformedError("the state of another draft");
  const procedures = [...Object.values(state.silences), ...Object.values(state.rectifications)];
  // What the reducer relies on: a procedure that runs has a tail, and nobody signed beyond the order.
  if (procedures.some(({ closed, tail }) => (closed === null) !== tail.length > 0)) throw new MalformedError("no tail");
  if (state.signing !== null && state.signing.signatures.length > state.signing.order.length) {
    throw new MalformedError("more signatures than signers");
  }
  return state;
}
