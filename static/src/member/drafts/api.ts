// What the page may ask of the worker about drafts, and what the worker tells the page (types only).
//
// The page keeps a Yjs document a stream, where its undo lives; the worker keeps another, clean one, to which nothing
// is applied but verified updates, and of which snapshots are made.

import type { ActContent, ActLine, Refusal } from "../../wire/drafts/acts.ts";
import type { DraftRight, Right } from "../../wire/drafts/rights.ts";
import type { ActsState, Stage } from "../../wire/drafts/state.ts";
import type { StreamName } from "../../wire/drafts/streams.ts";
import type { Id } from "../../wire/ids.ts";
import type { Answer } from "../api.ts";

export type { ActContent, ActLine, ActsState, DraftRight, Right, Stage, StreamName };

/** Streams that are Yjs documents. */
export type DocumentName = "text" | `proposals/${Id}`;

export interface DraftSummary {
  draft: Id;
  /** In the drafting language; null until it was opened. */
  title: string | null;
  /** By language. */
  titles: Record<string, string>;
  stage: Stage;
  /** Brackets that nobody has decided. */
  open: number;
  changed_ms: number;
  /** When the server took it; null before that, and where this browser has not asked since it keeps this. */
  created_ms: number | null;
  /** What the text says that it was made from; "" until there is one. */
  template: string;
  right: Right;
}

/** Something is wrong with a draft; catalogue key draftError.<kind>. */
export interface DraftProblem {
  kind:
    | "fork" // the server showed two histories
    | "dropped" // numbers or sequences are missing
    | "forged" // not signed by whom it names
    | "foreign-client" // an edit under the name of somebody else's browser
    | "snapshot" // a shortened text that is not what it shortens
    | "right" // written by somebody who may not
    | "malformed"; // sealed, and not what it should be
  stream: StreamName;
  number: number;
  account: Id | null;
  /** For the person who investigates: codes and hashes, never content. */
  evidence: string;
}

/** An alarm that does not stand any more. */
export interface PastDraftProblem extends DraftProblem {
  answer: Answer;
  /** When, by this device's clock. */
  at_ms: number;
}

/** An act as it stands in the log. `receipt`: the server's signature, b64(64). */
export type ActLog = ActLine & { refused: Refusal | null; receipt: string | null };

export interface CommentAnchor {
  node: Id;
  lang: string;
  /** Yjs relative positions, b64. */
  start?: string;
  end?: string;
  quote: string;
}

export type TalkContent =
  | {
      t: "comment";
      comment: Id;
      anchor: CommentAnchor;
      text: string;
      lang: string;
      audience: "room" | "delegation";
      reply?: Id;
    }
  | { t: "edit"; target: Id; text: string }
  | { t: "resolve"; target: Id; on: boolean }
  | { t: "withdraw"; target: Id };

export interface CommentView {
  comment: Id;
  account: Id;
  delegation: Id | "";
  at_ms: number;
  anchor: CommentAnchor;
  text: string;
  lang: string;
  audience: "room" | "delegation";
  reply: Id | null;
  edited_ms: number | null;
  resolved: boolean;
  withdrawn: boolean;
  sending: "sent" | "waiting" | "failed";
}

/** The newest machine translation of a clause into a language by one interpreter. */
export interface MachineView {
  node: Id;
  from: string;
  lang: string;
  text: string;
  /** As in docs/protocol.md §5, translations. */
  sentences: unknown[];
  models: unknown[];
  glossary: string;
  software: string;
  /** b64(32): clause hash, or SHA-256 of the text, of what was translated. */
  source: string;
  by: Id;
  at_ms: number;
}

export interface PendingAct {
  item: Id;
  content: ActContent;
  since_ms: number;
  /** Error code when it was refused for good. */
  failure: string | null;
}

export interface DraftView {
  room: Id;
  draft: Id;
  founder: Id;
  /** Of the reader. */
  right: Right;
  delegation: Id | "";
  /** Everybody who is listed; others have `default`. */
  rights: DraftRight[];
  default: Right;
  /** Who is listed for another delegation than the one that the list of people says. */
  mismatched: Id[];
  streams: StreamName[];
  acts: ActsState;
  actLog: ActLog[];
  /** Signed here, and not acknowledged yet. */
  pendingActs: PendingAct[];
  comments: CommentView[];
  machine: MachineView[];
  /** Whose browser session a Yjs client number is. */
  clients: Record<number, Id>;
  /** Items of this browser that wait to be sent, in all streams. */
  unsent: number;
  /** Why some of them were refused: they go when rights, or the room, allow it again. Null if none was. */
  unsentFailure: string | null;
  /** The shortest time for an objection, which all readers hold alike. */
  silence_min_ms: number;
  waitingFor: "keys" | "snapshot" | null;
  /** What is shown rests on a snapshot that nobody of another delegation has confirmed. */
  unconfirmed: boolean;
  problem: DraftProblem | null;
  /** Nothing is sent, and nothing can be written, until the problem is answered. */
  blocked: boolean;
  /** What can be answered to the problem; empty if nothing can. */
  answers: Answer[];
}

/** What signDraft() makes. `capacity`: what the signer signs as, in the signer's words. */
export type SignWish =
  | { kind: "initial"; items: { node: Id; lang: string; hash: string }[]; root: string }
  | { kind: "sign"; root: string; langs: [lang: string, root: string][]; name: string; capacity: string };

/** A signed text in the public register, or waiting for the other delegations to consent to that. */
export interface Instrument {
  instrument: Id;
  draft: Id;
  title: string;
  /** b64(32): SHA-256 of the exported bundle. */
  bundle: string;
  root: string;
  langs: [lang: string, root: string][];
  signatures: {
    statement: string;
    sig: string;
    key: string;
    name: string;
    capacity: string;
    at_ms: number;
    delegation: Id;
    delegation_name: string;
    delegation_code: string;
  }[];
  /** Delegations that have consented. */
  consented: Id[];
  published_ms: number | null;
}

export interface DraftApi {
  drafts(room: Id): Promise<DraftSummary[]>;
  /** `update`: the Yjs state of a whole text, made by the page. Failure draft.right_required. */
  createDraft(room: Id, init: { update: Uint8Array; rights: DraftRight[]; default: Right }): Promise<Id>;
  openDraft(room: Id, draft: Id): Promise<DraftView>;
  closeDraft(room: Id, draft: Id): Promise<void>;
  /** The whole Yjs state for a document of the page. */
  draftState(room: Id, draft: Id, stream: DocumentName): Promise<Uint8Array>;
  /** An edit made here: kept at once, sent within 400 ms with what else is edited, when there is a connection. */
  draftUpdate(room: Id, draft: Id, stream: DocumentName, update: Uint8Array): Promise<void>;
  /** The act's number, or null while it waits to be sent. */
  draftAct(room: Id, draft: Id, content: ActContent): Promise<number | null>;
  draftTalk(room: Id, draft: Id, content: TalkContent): Promise<void>;
  setDraftRights(room: Id, draft: Id, members: DraftRight[], otherwise: Right): Promise<void>;
  /** Where this person's cursor is, for those who have the draft open now; null: nowhere. */
  draftCursor(room: Id, draft: Id, cursor: Uint8Array | null): Promise<void>;
  /** Keep the text as it is under a name. */
  reviseDraft(room: Id, draft: Id, name: string): Promise<void>;
  /** The Yjs state of a revision, by the item that `revision` acts name. */
  draftRevision(room: Id, draft: Id, item: Id): Promise<Uint8Array>;
  /** Sign a statement with the device key and put it among the acts; as draftAct. */
  signDraft(room: Id, draft: Id, wish: SignWish): Promise<number | null>;
  /** An objection that can be handed over without this server. */
  offlineObjection(room: Id, draft: Id, silence: Id): Promise<{ file: Blob; qr: string }>;
  /** public (if left out): what was signed, and no key · audit: everything, with the room's keys of its epochs. */
  draftBundle(room: Id, draft: Id, grade?: "audit" | "public"): Promise<Blob>;
  draftInstruments(room: Id, draft: Id): Promise<Instrument[]>;
  /**
   * Consent to publishing the signed text under this title and bundle; public once every delegation that signed has.
   */
  publishDraft(room: Id, draft: Id, wish: { title: string; bundle: string }): Promise<Instrument>;
  /** Answer a draft's problem. Failure room.blocked if it can not be answered so. */
  answerDraftProblem(room: Id, draft: Id, answer: Answer): Promise<void>;
  /** What contradicts, for whoever investigates: signed envelopes, no keys, no text. */
  draftEvidence(room: Id, draft: Id): Promise<Blob>;
}

export type DraftEvent =
  | { type: "draft"; view: DraftView }
  /** Verified edits of others, to be applied to the page's document. */
  | { type: "draft-update"; room: Id; draft: Id; stream: DocumentName; update: Uint8Array }
  | { type: "draft-cursor"; room: Id; draft: Id; account: Id; cursor: Uint8Array | null }
  /** The list of a room's drafts is another one. */
  | { type: "drafts"; room: Id };
