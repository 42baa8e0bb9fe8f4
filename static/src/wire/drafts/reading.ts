// From the JSON of an opened entry to an act, or to the reason why it is none: never an exception, so that one bad
// entry stops nobody. The shapes are the table of docs/protocol.md §10, Acts. Twin of portal/wire/drafts/reading.py.

import { type Bytes, MalformedError } from "../bytes.ts";
import type { ActContent, ActType, Unread } from "./acts.ts";
import { jcs, parseJcs } from "./jcs.ts";
import {
  among,
  ascending,
  date,
  distinct,
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
  text,
  whole,
} from "./shapes.ts";

/** Clauses (in one language each) that one act may name; a longer list goes into several acts. */
export const MAX_ITEMS = 4096;
const MAX_DELEGATIONS = 512;
export const MAX_LANGS = 64;
export const NAME = text(200, 1);
export const REASON = text(4000);
/** Fits, in any script, into the one size to which acts are padded: nobody must know an objection by its size. */
export const OBJECTION = text(400);
/** Testimonium, statements, words to be put right. */
export const LONG = text(65_536);

type Ref = { node: string; lang: string };
const same = (element: never): never => element;
const refKey = ({ node, lang: column }: Ref): string => `${node} ${column}`;
const firstOf = (element: readonly string[]): string => element[0]!;

const clause = { node: id, lang, hash };
/** Clauses by their words, none twice; `more` are further fields of each. */
export function clauses(min: number, more: Readonly<Record<string, Shape>> = {}): Shape {
  return distinct(list(object({ ...clause, ...more }), MAX_ITEMS, min), refKey);
}
/** Languages, ascending, and the root of each one's text. */
export const langRoots: Shape = ascending(list(pair(lang, hash), MAX_LANGS, 1), firstOf);
const nodes = (min: number): Shape => distinct(list(id, MAX_ITEMS, min), same);
export const receipt = object({ number: whole, head: hash, at_ms: whole, receipt: signature });

export const STANCE = among("accept", "ad_ref", "reserve", "object", "none");
/** Words to be put right. */
export const CORRECTIONS: Shape = distinct(
  list(object({ node: id, lang, from: LONG, to: LONG }), MAX_ITEMS, 1),
  refKey,
);

interface Fields {
  readonly due: Readonly<Record<string, Shape>>;
  readonly optional?: Readonly<Record<string, Shape>>;
}

const FIELDS: Readonly<Record<ActType, Fields>> = {
  position: {
    due: { items: clauses(1, { stance: STANCE }) },
    optional: { note: REASON },
  },
  decide: {
    due: {
      bracket: id,
      option: either(id, among("")),
      hash,
      clause: clauses(0),
      over: ascending(list(whole, 1024), same),
    },
  },
  agree: { due: { items: clauses(1), level: among("ad_ref", "agreed") } },
  reopen: { due: { nodes: nodes(1), reason: REASON } },
  package: { due: { package: id, name: NAME, nodes: nodes(0), on: flag } },
  link: { due: { node: id, on: id, set: flag } },
  revision: { due: { name: NAME, item: id } },
  authentic: { due: { langs: ascending(list(lang, MAX_LANGS, 1), same) } },
  concord: { due: { items: clauses(1, { source: lang, source_hash: hash }) } },
  silence_open: {
    due: {
      silence: id,
      root: hash,
      langs: langRoots,
      deadline_ms: whole,
      eligible: ascending(list(id, MAX_DELEGATIONS, 1), same),
    },
  },
  silence_extend: { due: { silence: id, deadline_ms: whole } },
  silence_break: { due: { silence: id }, optional: { reason: OBJECTION } },
  silence_consent: { due: { silence: id } },
  silence_close: {
    due: { silence: id, through: whole, head: hash, outcome: among("adopted", "broken", "withdrawn") },
  },
  silence_late: {
    due: { silence: id, objection: object({ statement: LONG, sig: signature }, { receipt }) },
  },
  initial: { due: { items: clauses(0), root: hash, sig: signature } },
  sign_open: {
    due: {
      root: hash,
      langs: langRoots,
      order: distinct(list(id, MAX_DELEGATIONS, 1), same),
      testimonium: LONG,
    },
  },
  sign: { due: { root: hash, statement: LONG, sig: signature } },
  lifecycle: {
    due: {
      step: among("adopted", "submitted", "ratified", "accepted", "acceded", "deposited", "in_force", "withdrawn"),
      date,
    },
    optional: { delegation: id, root: hash, langs: langRoots },
  },
  rectify_open: {
    due: {
      rectification: id,
      items: CORRECTIONS,
      deadline_ms: whole,
    },
  },
  rectify_object: { due: { rectification: id }, optional: { reason: OBJECTION } },
  rectify_close: {
    due: { rectification: id, through: whole, head: hash, outcome: among("corrected", "rejected") },
  },
};

const SHAPES = new Map<unknown, Shape>(
  Object.entries(FIELDS).map(([type, { due, optional }]) => [
    type,
    object({ v: among(1), t: among(type), at: whole, ...due }, optional),
  ]),
);

/** The act in the plaintext of an entry of `acts`, or why there is none. */
export function readAct(plain: Uint8Array): ActContent | Unread {
  let value: unknown;
  try {
    value = parseJcs(plain);
  } catch (error) {
    if (error instanceof MalformedError) return { t: "unread", reason: "malformed" };
    throw error;
  }
  return readActJson(value);
}

/** The same for JSON that was parsed already (from canonical text). */
export function readActJson(value: unknown): ActContent | Unread {
  if (typeof value !== "object" || value === null) return { t: "unread", reason: "malformed" };
  const shape = SHAPES.get((value as { t?: unknown }).t);
  if (shape === undefined) return { t: "unread", reason: "unknown_type" };
  if (!shape(value) || !fits(value as ActContent)) return { t: "unread", reason: "malformed" };
  return value as ActContent;
}

/** The plaintext of an entry of `acts`; MalformedError if `content` is none of the acts. */
export function writeAct(content: ActContent): Bytes {
  if (readActJson(content).t === "unread") throw new MalformedError(`no act: ${content.t}`);
  return jcs(content);
}

/** What no single field says. */
function fits(act: ActContent): boolean {
  if (act.t !== "lifecycle") return true;
  const adopted = act.step === "adopted";
  if ((act.root !== undefined) !== adopted || (act.langs !== undefined) !== adopted) return false;
  return act.delegation === undefined || (!adopted && act.step !== "in_force");
}
