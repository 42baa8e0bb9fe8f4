// What the acts of a draft come to: plain JSON, equal in both twins, and what a snapshot of the stream holds.
// Twin of portal/wire/drafts/state.py. reducer.ts makes it.

import type { Id } from "../ids.ts";
import type { ActReceipt, Base64, ClauseRef, LangRoot, Level, RectifyOpenAct, Refusal, Stance } from "./acts.ts";
import type { RightsTable } from "./rights.ts";

/** Who acted, where and when. */
export interface Made {
  number: number;
  account: Id;
  delegation: Id | "";
  at_ms: number;
}

export interface Decision extends Made {
  option: Id | "";
  hash: Base64;
}

/** A bracket's decisions that no later one took the place of; its own fields are those of the newest. */
export interface Decided extends Decision {
  /** Several stand, for different options: nobody's counts until a decision names them all. */
  conflict: boolean;
  standing: Decision[];
  /** Numbers of the decisions that are no longer standing. */
  replaced: number[];
}

export interface Position extends Made {
  stance: Stance;
  hash: Base64;
  note: string;
}

export interface Agreement extends Made {
  hash: Base64;
  level: Level;
}

export interface Concord extends Made {
  hash: Base64;
  source: string;
  source_hash: Base64;
}

export interface Package extends Made {
  name: string;
  nodes: Id[];
  on: boolean;
}

export interface Revision extends Made {
  name: string;
  item: Id;
}

/** What silence and rectification share: a deadline, and who objected by it. */
export interface Procedure {
  opened: Made;
  deadline_ms: number;
  eligible: Id[];
  objections: (Made & { reason: string })[];
  /** Eligible delegations whose right to object was taken from them while it ran. */
  removed: Id[];
  /** From the newest act of before the deadline on: number and head of each act since. Empty once closed. */
  tail: [number: number, head: Base64][];
  closed: Made | null;
}

export type SilenceStatus = "open" | "broken" | "adopted" | "ended" | "disputed" | "void";

export interface Silence extends Procedure {
  status: SilenceStatus;
  root: Base64;
  langs: LangRoot[];
  /** Who could object when it was opened, and for which delegation: taking them off the table later changes nothing. */
  entitled: { [account: Id]: Id };
  extensions: (Made & { deadline_ms: number })[];
  consents: Made[];
  /** Objections that were kept out, and came after the closing. */
  late: (Made & { objector: Id; objector_delegation: Id | ""; receipt: ActReceipt | null })[];
}

/** The text that was adopted, whether it still counts, and by which silence ("" if the chair recorded it). */
export interface Adoption extends Made {
  root: Base64;
  langs: LangRoot[];
  silence: Id | "";
  status: "adopted" | "disputed" | "void";
}

export interface Initials extends Made {
  device: Id;
  /** Empty: under the whole text. */
  items: ClauseRef[];
  root: Base64;
  /** When the author says that it was made: part of what is signed. */
  at: number;
  sig: Base64;
}

export interface Signature extends Made {
  device: Id;
  statement: string;
  sig: Base64;
}

export interface Signing extends Made {
  root: Base64;
  langs: LangRoot[];
  order: Id[];
  testimonium: string;
  /** In the order; complete when as long as `order`. */
  signatures: Signature[];
}

export type InstrumentKind = "ratified" | "accepted" | "acceded";

/** What a delegation did after the signature, by day (YYYY-MM-DD); absent: not yet. */
export type Instruments = {
  [delegation: Id]: { [step in "submitted" | InstrumentKind | "deposited" | "withdrawn"]?: string };
};

export type Stage =
  | "draft"
  | "revision"
  | "adopted"
  | "initialled"
  | "signed"
  | "submitted"
  | "deposited"
  | "in_force"
  | "withdrawn";

export interface StageEntry {
  stage: Stage;
  number: number;
  at_ms: number;
  /** The day it happened outside the portal; "" for what happens in it. */
  date: string;
}

export interface Rectification extends Procedure {
  status: "open" | "objected" | "corrected" | "rejected";
  items: RectifyOpenAct["items"][number][];
}

export interface ActsState {
  v: 1;
  /** The last item reduced, and the stream's head there: what a closing act quotes. */
  number: number;
  head: Base64;
  rights: RightsTable | null;
  decisions: { [bracket: Id]: Decided };
  positions: { [node: Id]: { [lang: string]: { [delegation: Id]: Position } } };
  agreements: { [node: Id]: { [lang: string]: Agreement } };
  reopened: { [node: Id]: Made & { reason: string } };
  packages: { [id: Id]: Package };
  /** Clause → clauses that it waits for, sorted. */
  links: { [node: Id]: Id[] };
  revisions: Revision[];
  /** Sorted; empty until an act named them. */
  authentic: string[];
  concords: { [node: Id]: { [lang: string]: Concord } };
  silences: { [id: Id]: Silence };
  adoption: Adoption | null;
  initials: Initials[];
  signing: Signing | null;
  instruments: Instruments;
  rectifications: { [id: Id]: Rectification };
  stage: Stage;
  stages: StageEntry[];
  /** Act number → why it counts for nothing. */
  refused: { [number: string]: Refusal };
}

/** What every reader of a draft must hold alike, or their states differ. */
export interface ActsContext {
  readonly draft: Id;
  /** The shortest time for an objection, in milliseconds; 72 hours but in demonstrations. */
  readonly silence_min_ms: number;
}

/** UN General Assembly decision 74/544: at least seventy-two hours. */
export const SILENCE_MIN_MS = 72 * 3600 * 1000;

/** The state before the first item. */
export function emptyState(): ActsState {
  return {
    v: 1,
    number: 0,
    head: "",
    rights: null,
    decisions: {},
    positions: {},
    agreements: {},
    reopened: {},
    packages: {},
    links: {},
    revisions: [],
    authentic: [],
    concords: {},
    silences: {},
    adoption: null,
    initials: [],
    signing: null,
    instruments: {},
    rectifications: {},
    stage: "draft",
    stages: [],
    refused: {},
  };
}
