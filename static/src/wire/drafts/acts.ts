// The closed list of acts: what each says, in the record's JSON (docs/protocol.md §10, Acts).
// Twin of portal/wire/drafts/acts.py. reading.ts turns what was opened into one of these, or into a reason.

import type { Id } from "../ids.ts";
import type { Right, RightsTable } from "./rights.ts";

/** Canonical base64url: a SHA-256 (43 characters) or an Ed25519 signature (86). */
export type Base64 = string;

export type Stance = "accept" | "ad_ref" | "reserve" | "object" | "none";
export type Level = "ad_ref" | "agreed";
/** What a delegation, or the chair for all, reports of the text's life after its adoption. */
export type Step =
  | "adopted"
  | "submitted"
  | "ratified"
  | "accepted"
  | "acceded"
  | "deposited"
  | "in_force"
  | "withdrawn";

/** A clause in one language, as it reads: `hash` is its clauseHash. */
export interface ClauseRef {
  readonly node: Id;
  readonly lang: string;
  readonly hash: Base64;
}

/** An authentic language and the Merkle root of its text. */
export type LangRoot = readonly [lang: string, root: Base64];

interface Act<Type extends string> {
  readonly v: 1;
  readonly t: Type;
  /** When its author says that it was made: Unix milliseconds. What counts is the server's `at_ms`. */
  readonly at: number;
}

/** A delegation's stance on clauses as they read. `none`: no instructions, or no longer. */
export interface PositionAct extends Act<"position"> {
  readonly items: readonly (ClauseRef & { readonly stance: Stance })[];
  readonly note?: string;
}

/** A bracket's options are settled for one of them (or, with "", opened again). `over`: decisions that it replaces. */
export interface DecideAct extends Act<"decide"> {
  readonly bracket: Id;
  readonly option: Id | "";
  /** bracketHash: the decision is void as soon as the options read otherwise. */
  readonly hash: Base64;
  /** The clauses around it as the author saw them: evidence, no condition. */
  readonly clause: readonly ClauseRef[];
  readonly over: readonly number[];
}

export interface AgreeAct extends Act<"agree"> {
  readonly items: readonly ClauseRef[];
  readonly level: Level;
}

export interface ReopenAct extends Act<"reopen"> {
  readonly nodes: readonly Id[];
  readonly reason: string;
}

/** Nothing in the package is agreed until everything in it is. `nodes` empty: the whole draft. */
export interface PackageAct extends Act<"package"> {
  readonly package: Id;
  readonly name: string;
  readonly nodes: readonly Id[];
  readonly on: boolean;
}

/** Clause `node` waits for clause `on`. */
export interface LinkAct extends Act<"link"> {
  readonly node: Id;
  readonly on: Id;
  readonly set: boolean;
}

/** Names a retained snapshot of the text: Rev.n. `item` is that item's id. */
export interface RevisionAct extends Act<"revision"> {
  readonly name: string;
  readonly item: Id;
}

export interface AuthenticAct extends Act<"authentic"> {
  readonly langs: readonly string[];
}

/** A named person answers for it: these words say what the source's words say. */
export interface ConcordAct extends Act<"concord"> {
  readonly items: readonly (ClauseRef & { readonly source: string; readonly source_hash: Base64 })[];
}

export interface SilenceOpenAct extends Act<"silence_open"> {
  readonly silence: Id;
  readonly root: Base64;
  readonly langs: readonly LangRoot[];
  readonly deadline_ms: number;
  readonly eligible: readonly Id[];
}

export interface SilenceExtendAct extends Act<"silence_extend"> {
  readonly silence: Id;
  readonly deadline_ms: number;
}

export interface SilenceBreakAct extends Act<"silence_break"> {
  readonly silence: Id;
  readonly reason?: string;
}

export interface SilenceConsentAct extends Act<"silence_consent"> {
  readonly silence: Id;
}

/** `through`, `head`: the last act that it takes into account, and the head of the acts there. */
export interface SilenceCloseAct extends Act<"silence_close"> {
  readonly silence: Id;
  readonly through: number;
  readonly head: Base64;
  readonly outcome: "adopted" | "broken" | "withdrawn";
}

/** An objection that was made in time and kept out of the acts (statements.ts reads `statement`). */
export interface SilenceLateAct extends Act<"silence_late"> {
  readonly silence: Id;
  readonly objection: OfflineObjection;
}

export interface OfflineObjection {
  /** JCS text of an ObjectionStatement, and the device's Ed25519 signature over it with its label. */
  readonly statement: string;
  readonly sig: Base64;
  /** The server's word that it had the objection's item: what makes an adoption void. */
  readonly receipt?: ActReceipt;
}

/** What the server answers to an act: Ed25519 of the ledger's key over statements.ts `receiptBytes`. */
export interface ActReceipt {
  readonly number: number;
  readonly head: Base64;
  readonly at_ms: number;
  readonly receipt: Base64;
}

/** Initials under clauses as they read; no items: under the whole text, which `root` names. */
export interface InitialAct extends Act<"initial"> {
  readonly items: readonly ClauseRef[];
  readonly root: Base64;
  /** Over statements.ts `initialStatement`, which follows from the act and its author. */
  readonly sig: Base64;
}

/** The alternat: in this order the delegations sign the text that `root` names. */
export interface SignOpenAct extends Act<"sign_open"> {
  readonly root: Base64;
  readonly langs: readonly LangRoot[];
  readonly order: readonly Id[];
  readonly testimonium: string;
}

export interface SignAct extends Act<"sign"> {
  readonly root: Base64;
  /** JCS text of a SignatureStatement. */
  readonly statement: string;
  readonly sig: Base64;
}

/** `root` and `langs` name what was adopted: due for that step, and for no other. */
export interface LifecycleAct extends Act<"lifecycle"> {
  readonly step: Step;
  readonly delegation?: Id;
  /** The day it happened outside the portal: YYYY-MM-DD. */
  readonly date: string;
  readonly root?: Base64;
  readonly langs?: readonly LangRoot[];
}

/** An error in the signed text is to be put right: `from` are the wrong words, `to` the right ones. */
export interface RectifyOpenAct extends Act<"rectify_open"> {
  readonly rectification: Id;
  readonly items: readonly { readonly node: Id; readonly lang: string; readonly from: string; readonly to: string }[];
  readonly deadline_ms: number;
}

export interface RectifyObjectAct extends Act<"rectify_object"> {
  readonly rectification: Id;
  readonly reason?: string;
}

export interface RectifyCloseAct extends Act<"rectify_close"> {
  readonly rectification: Id;
  readonly through: number;
  readonly head: Base64;
  readonly outcome: "corrected" | "rejected";
}

export type ActContent =
  | PositionAct
  | DecideAct
  | AgreeAct
  | ReopenAct
  | PackageAct
  | LinkAct
  | RevisionAct
  | AuthenticAct
  | ConcordAct
  | SilenceOpenAct
  | SilenceExtendAct
  | SilenceBreakAct
  | SilenceConsentAct
  | SilenceCloseAct
  | SilenceLateAct
  | InitialAct
  | SignOpenAct
  | SignAct
  | LifecycleAct
  | RectifyOpenAct
  | RectifyObjectAct
  | RectifyCloseAct;

export type ActType = ActContent["t"];
export type ActOf<Type extends ActType> = Extract<ActContent, { t: Type }>;

/** The stream's own plain items, which say who may do what. */
export interface RightsContent {
  readonly t: "founding" | "rights";
  readonly table: RightsTable;
}

/** What could not be read as an act: it keeps its place and counts for nothing. */
export interface Unread {
  readonly t: "unread";
  /** `sealed`: no key for it here. */
  readonly reason: "malformed" | "unknown_type" | "sealed";
}

/** Whose device made the detached signature inside an act; whoever feeds the reducer checks it. */
export interface Proof {
  readonly device: Id;
  readonly account: Id;
  readonly delegation: Id | "";
  /**
   * Of a receipt within an offline objection: `missing`, it is good and the acts lack what it is for; `kept`, it is
   * good and the acts have it; `bad`, another's or no signature; `none`, there is no receipt.
   */
  readonly receipt: "none" | "bad" | "kept" | "missing";
}

/** One item of the stream of acts, verified as an item: what the reducer takes. */
export interface ActLine {
  readonly number: number;
  /** The author's envelope said so: the last act seen. */
  readonly seen: number;
  /** The stream's head after this item. */
  readonly head: Base64;
  readonly account: Id;
  readonly device: Id;
  /** To be shown; what counts is the delegation for which the table lists the account (rights.ts `delegationOf`). */
  readonly delegation: Id | "";
  /** By the rights in force before this item (rights.ts `authorOf`). */
  readonly right: Right;
  /** The server's time. */
  readonly at_ms: number;
  readonly content: ActContent | RightsContent | Unread;
  /** For initial, sign and silence_late: null if the signature within is not good (statements.ts `detachedIn`). */
  readonly proof: Proof | null;
}

/** Why an act counts for nothing. It stays in the log, with this reason beside it. */
export type Refusal = (typeof REFUSALS)[number];

export const REFUSALS = [
  "malformed",
  "unknown_type",
  "sealed",
  "right",
  "no_founding",
  "founded",
  "no_chair",
  "no_delegation",
  "locked",
  "withdrawn",
  "over_unknown",
  "over_unseen",
  "standing_objection",
  "position_missing",
  "position_ad_ref",
  "already_agreed",
  "not_agreed",
  "unknown_package",
  "link_unknown",
  "link_itself",
  "name_taken",
  "id_taken",
  "languages",
  "same_language",
  "conflicted",
  "silence_running",
  "deadline_short",
  "deadline_passed",
  "deadline_earlier",
  "eligible",
  "unknown_silence",
  "not_running",
  "not_eligible",
  "too_early",
  "left_out",
  "wrong_head",
  "broken",
  "not_broken",
  "eligible_removed",
  "not_adopted",
  "too_late",
  "bad_signature",
  "wrong_signer",
  "wrong_statement",
  "wrong_root",
  "not_party",
  "out_of_order",
  "already_signed",
  "not_open",
  "step_order",
  "too_many",
  "own_only",
  "unknown_rectification",
  "objected",
] as const;
