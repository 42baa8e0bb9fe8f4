// What one delegation proposes and supports: a document that only its members can write (docs/protocol.md §10).
//
// What is read here was written by others' programs: whatever has not the right form is left out, never believed.

import * as Y from "yjs";
import { type Id, isId, newId } from "../../wire/ids.ts";
import { fragmentOfWords, wordsIn } from "./fragments.ts";

export const PROPOSAL_KINDS = ["alternative", "replace", "insert", "delete"] as const;
/** alternative: other words for a clause · replace, delete: for a part of it · insert: a new clause behind it. */
export type ProposalKind = (typeof PROPOSAL_KINDS)[number];

/** Language that was agreed elsewhere: where, and the words. */
export interface Cite {
  source: string;
  text: string;
}

export interface Proposal {
  id: Id;
  delegation: Id;
  kind: ProposalKind;
  /** The clause that it is about; of an insertion the one behind which it is to stand. */
  node: Id;
  /** The language in which it was drafted. */
  lang: string;
  /** The bracket that it adds an option to, or null. */
  bracket: Id | null;
  /** Places in the clause's text, relative positions of Yjs in base64url; null for the whole clause. */
  start: string | null;
  end: string | null;
  /** The words that it was written against, as they stood then. */
  quote: string;
  /** The proposed words by language. */
  text: Readonly<Record<string, string>>;
  reason: string;
  cites: readonly Cite[];
  /** When, by the clock of who wrote it. */
  at_ms: number;
  withdrawn: boolean;
}

/** What a person fills in; the rest is made here. */
export type NewProposal = Omit<Proposal, "id" | "delegation" | "at_ms" | "withdrawn">;

function proposalsOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap("proposals");
}

function supportsOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap("supports");
}

/** Add a proposal; returns its id. `at_ms` is the writer's clock. */
export function addProposal(doc: Y.Doc, proposal: NewProposal, at_ms: number): Id {
  const id = newId();
  doc.transact(() => {
    const row = new Y.Map<unknown>();
    for (const field of ["kind", "node", "lang", "quote", "reason"] as const) row.set(field, proposal[field]);
    for (const field of ["bracket", "start", "end"] as const) {
      if (proposal[field] !== null) row.set(field, proposal[field]);
    }
    row.set("cites", JSON.stringify(proposal.cites));
    row.set("at", at_ms);
    row.set("withdrawn", false);
    row.set("text", fragmentsOf(proposal.text));
    proposalsOf(doc).set(id, row);
  });
  return id;
}

function fragmentsOf(text: Readonly<Record<string, string>>): Y.Map<Y.XmlFragment> {
  const fragments = new Y.Map<Y.XmlFragment>();
  for (const [lang, words] of Object.entries(text)) {
    if (words.trim() !== "") fragments.set(lang, fragmentOfWords(words));
  }
  return fragments;
}

/** Change the words and the reason of one's own proposal; false if there is none of this id. */
export function reviseProposal(doc: Y.Doc, id: Id, change: Pick<NewProposal, "text" | "reason" | "cites">): boolean {
  const row = proposalsOf(doc).get(id);
  if (!(row instanceof Y.Map)) return false;
  doc.transact(() => {
    row.set("text", fragmentsOf(change.text));
    row.set("reason", change.reason);
    row.set("cites", JSON.stringify(change.cites));
  });
  return true;
}

/** Take a proposal back, or bring it back: it stays readable either way. False if there is none of this id. */
export function withdrawProposal(doc: Y.Doc, id: Id, withdrawn: boolean): boolean {
  const row = proposalsOf(doc).get(id);
  if (!(row instanceof Y.Map)) return false;
  row.set("withdrawn", withdrawn);
  return true;
}

/** What a delegation can stand behind: an option of a bracket, or another delegation's proposal. */
export type Supported = { bracket: Id; option: Id } | { delegation: Id; proposal: Id };

/** The key of a support in the document. */
export function supportKey(what: Supported): string {
  return "bracket" in what ? `b:${what.bracket}:${what.option}` : `p:${what.delegation}:${what.proposal}`;
}

/** Stand behind something, or no longer. */
export function setSupport(doc: Y.Doc, what: Supported, on: boolean): void {
  const key = supportKey(what);
  if (on) supportsOf(doc).set(key, true);
  else supportsOf(doc).delete(key);
}

/** The keys of everything that this delegation stands behind. */
export function readSupports(doc: Y.Doc): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [key, on] of supportsOf(doc).entries()) if (on === true) keys.add(key);
  return keys;
}

/** The well-formed proposals of a delegation, the oldest first. */
export function readProposals(doc: Y.Doc, delegation: Id): Proposal[] {
  const found: Proposal[] = [];
  for (const [id, row] of proposalsOf(doc).entries()) {
    const proposal = row instanceof Y.Map && isId(id) ? readProposal(id, delegation, row) : null;
    if (proposal !== null) found.push(proposal);
  }
  return found.sort(byAge);
}

/** Oldest first; those of one moment in an order that is the same for everybody. */
export function byAge(a: Proposal, b: Proposal): number {
  return a.at_ms - b.at_ms || compare(a.delegation, b.delegation) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readProposal(id: Id, delegation: Id, row: Y.Map<unknown>): Proposal | null {
  const kind = PROPOSAL_KINDS.find((each) => each === row.get("kind"));
  const node = row.get("node");
  const at = row.get("at");
  if (kind === undefined || !isId(node) || typeof at !== "number" || !Number.isFinite(at)) return null;
  return {
    id,
    delegation,
    kind,
    node,
    lang: stringOf(row.get("lang")),
    bracket: isId(row.get("bracket")) ? (row.get("bracket") as Id) : null,
    start: placeOf(row.get("start")),
    end: placeOf(row.get("end")),
    quote: stringOf(row.get("quote")),
    text: readText(row.get("text")),
    reason: stringOf(row.get("reason")),
    cites: readCites(row.get("cites")),
    at_ms: at,
    withdrawn: row.get("withdrawn") === true,
  };
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function placeOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function readText(value: unknown): Record<string, string> {
  const text: Record<string, string> = {};
  if (!(value instanceof Y.Map)) return text;
  for (const [lang, fragment] of value.entries()) if (fragment instanceof Y.XmlFragment) text[lang] = wordsIn(fragment);
  return text;
}

function readCites(value: unknown): Cite[] {
  if (typeof value !== "string") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((each: unknown) => {
    const { source, text } = (typeof each === "object" && each !== null ? each : {}) as Partial<Cite>;
    return typeof source === "string" && typeof text === "string" ? [{ source, text }] : [];
  });
}
