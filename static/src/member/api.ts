// What the page may ask of the member worker, and what the worker tells the page.
//
// The worker holds every key, does all cryptography and all networking; the page shows and asks. Nothing here is a
// key, except the printed recovery key on its one way to the paper.

import type { DraftApi, DraftEvent } from "./drafts/api.ts";

export type * from "./drafts/api.ts";

export type Id = string;
export type Role = "administrator" | "chair" | "delegate" | "observer" | "moderator" | "interpreter";
export type RoomKind = "plenary" | "working_group" | "bilateral" | "huddle";
export type History = "all" | "none";

export interface Delegation {
  id: Id;
  name: string;
  /** Two letters shown beside the colour. */
  code: string;
  /** Index 0–11 into the colour-blind-safe set of the style sheet. */
  colour: number;
}

export interface Person {
  account: Id;
  name: string;
  handle: string;
  delegation: Delegation | null;
  roles: Role[];
  languages: string[];
  disabled: boolean;
  /** The name that this person was known by here, if the server says another one now. */
  was: string | null;
  /** Set where the account is an interpreter: a program that translates. */
  interpreter: InterpreterCard | null;
}

/** Who answers for an interpreter, and for whom it works. */
export interface InterpreterCard {
  owner: Id;
  ownerName: string;
  for: "room" | "delegation";
  /** The owner's signed word for this account's key was checked against the owner's key that this person pinned. */
  vouched: boolean;
}

export interface Me extends Person {
  device: Id;
  settings: { presence: boolean; typing: boolean };
}

/** How the page stands; every change comes as a "status" event. */
export type Status =
  | { phase: "starting" }
  | { phase: "signed-out" }
  | { phase: "elsewhere" } // another tab of this browser is the one writer
  | { phase: "unsupported"; missing: string[] }
  | { phase: "storage-full" } // the browser keeps nothing for this site, and has nothing kept
  | { phase: "revoked" } // this device was removed from the account; local data was erased
  | {
      phase: "ready";
      me: Me;
      connection: "connecting" | "online" | "offline";
      /** What the server had was taken in once: before, that there is no room means only that they are on their way. */
      settled: boolean;
      /** One line about the backup: the vault is stored, being stored, or could not be stored. */
      backup: "complete" | "pending" | "failed";
      /** Seconds by which this device's clock differs from the server's, if more than an hour. */
      clockOff_s: number | null;
      storageFull: boolean;
      /** The last sign-in was with the recovery key: ask for a new passphrase. */
      needsPassphrase: boolean;
    };

export interface InvitationView {
  delegation: Delegation | null;
  roles: Role[];
  expires_s: number;
  inviter: string | null;
}

export interface NewAccount {
  handle: string;
  name: string;
  languages: string[];
  passphrase: string;
}

export interface DeviceView {
  device: Id;
  kind: "browser" | "interpreter" | "archive";
  label: string;
  created_s: number;
  lastSeenDay: number | null;
  current: boolean;
  revoked: boolean;
}

export interface RoomSummary {
  room: Id;
  kind: RoomKind;
  /** Opened name, or null while it is not readable yet. */
  name: string | null;
  state: "active" | "archived";
  /** "removed": this account was removed; what it could read before stays readable here. */
  standing: "member" | "joining" | "removed";
  role: "chair" | "member" | "observer";
  unread: number;
  mentioned: boolean;
  newest: { at_ms: number; account: Id; text: string } | null;
  members: Id[];
  /** Set when the record can not be followed; see RoomProblem. */
  problem: RoomProblem | null;
}

/**
 * Something is wrong with a room; the page says it in words (catalogue key room.problem.<kind>) and offers the way
 * on.
 */
export interface RoomProblem {
  kind:
    | "fork" // the server showed two histories
    | "dropped" // numbers or sequences are missing
    | "forged" // an item that its named sender did not sign
    | "commit-refused" // a membership change that can not be processed
    | "no-key"; // an epoch's key is missing
  number: number;
  /** For the person who investigates: codes and hashes, never content. */
  evidence: string;
}

/** What a person can answer to an alarm: go on as it is, fetch what is missing, read the record anew. */
export type Answer = "continue" | "fetch" | "reread";

/** How an alarm came to stand among the past ones. */
export type Outcome =
  | Answer
  | "outweighed" // a graver one took its place before it was answered
  | "rejoin"; // this device was let in again behind it

/** An alarm that does not stand any more. */
export interface PastProblem extends RoomProblem {
  answer: Outcome;
  /** When, by this device's clock. */
  at_ms: number;
  /** After "reread": the first number at which the record is another one than before, or null if none is. */
  parted: number | null;
}

export interface MemberView {
  account: Id;
  role: "chair" | "member" | "observer";
  since_ms: number;
  devices: { device: Id; kind: "browser" | "interpreter" | "archive" }[];
  verified: boolean;
  /** The account's key is not the one seen first; sending is blocked until acknowledged. */
  keyChanged: boolean;
  presence: "active" | "away" | "off";
}

export interface RoomView extends RoomSummary {
  history: string;
  epoch: number;
  /** 30 digits in six groups. */
  epochCode: string;
  memberViews: MemberView[];
  /** Accounts whose changed key must be acknowledged before anything can be sent. */
  blockedBy: Id[];
  /** Accounts whose device list is not in the public ledger: nothing is sent until it is. */
  unlogged: Id[];
  /** Verified people who go by another name now: nothing is sent until it was looked at. */
  renamed: Id[];
  typing: Id[];
  /** Number up to which this account has read. */
  cursor: number;
  /** What can be answered to the problem, the mildest first. */
  answers: Answer[];
  past: PastProblem[];
  interpreters: InterpreterView[];
  /** "off": interpreters translate nothing new here. */
  translations: "on" | "off";
  mayTranslationsSwitch: boolean;
}

export interface InterpreterView {
  account: Id;
  name: string;
  card: InterpreterCard;
  online: boolean;
  /** It belongs to the reader's delegation. */
  own: boolean;
}

export interface FileView {
  blob: Id;
  name: string;
  type: string;
  size_bytes: number;
  width?: number;
  height?: number;
}

export type Mark = "agree" | "noted" | "thanks" | "question";

/** UTF-16 offsets of the first unit and the one behind the last, as in String.slice. */
export type Span = [start: number, end: number];

/** Where a reader should look twice. `kind` as in the guards: catalogue key warning.<kind>. */
export interface Warning {
  kind: string;
  detail: string;
  /** In the text that was translated. */
  source: Span[];
  /** In the translation. */
  target: Span[];
}

export interface TranslatedSentence {
  /** In the text that was translated. */
  source: Span;
  /** In the translation; empty if there is none of this sentence. */
  target: Span;
  origin: "model" | "human" | "original";
  warnings: Warning[];
  /** Why there is no translation of it: a TranslationProblem, or null. */
  problem: string | null;
}

export const TRANSLATION_PROBLEMS = ["no_model", "unknown_language", "too_long", "failed"] as const;
export type TranslationProblem = (typeof TRANSLATION_PROBLEMS)[number];

/** How a message reads in the reader's language. */
export interface TranslationView {
  from: string;
  to: string;
  /** The language between the two, if there were two legs. */
  via: string | null;
  text: string;
  sentences: TranslatedSentence[];
  /** Account of the interpreter, or of the person. */
  by: Id;
  /** A person's translation: stands before every machine's. */
  person: boolean;
  /** False: more sentences are to come. */
  complete: boolean;
  problem: TranslationProblem | null;
  models: ModelView[];
  /** Version of the glossary, hexadecimal; "" for none. */
  glossary: string;
  /** Nobody but the own delegation can read this translation. */
  onlyDelegation: boolean;
  at_ms: number;
}

/** The file of one leg. */
export interface ModelView {
  pair: string;
  sha256: string;
}

export interface MessageEntry {
  kind: "message";
  item: Id;
  /** Place in the record; null while waiting to be sent. */
  number: number | null;
  account: Id;
  device: Id;
  at_ms: number;
  text: string;
  lang: string;
  reply: { item: Id; account: Id; text: string } | null;
  mentions: Id[];
  files: FileView[];
  /** Newest first is last; the original text stays in earlier[0]. */
  earlier: { text: string; at_ms: number }[];
  withdrawn: { at_ms: number; reason: string | null } | null;
  reactions: { mark: Mark; accounts: Id[] }[];
  sending: "sent" | "waiting" | "failed";
  /** Error code when sending failed. */
  failure: string | null;
  /**
   * Into the reader's first language, of the text as it stands; the best first: the newest person's, the own
   * delegation's interpreter's, others'.
   */
  translations: TranslationView[];
  /** Two interpreters that this reader can see translate differently. */
  differ: boolean;
}

/** A line of the record that is not a message: founding, who added or removed whom, names, archive, refused items. */
export interface EventEntry {
  kind: "event";
  number: number;
  at_ms: number;
  account: Id | null;
  event: "founded" | "added" | "removed" | "renamed" | "archived" | "reopened" | "rotated" | "refused";
  accounts: Id[];
  text: string | null;
}

export type Entry = MessageEntry | EventEntry;

export type TermStatus = "preferred" | "admitted" | "forbidden" | "keep";

export interface TermWord {
  lang: string;
  text: string;
  status: TermStatus;
}

/** A line of the room's glossary. */
export interface TermView {
  term: Id;
  words: TermWord[];
  note: string;
  by: Id;
  at_ms: number;
}

/** A text that an interpreter is to translate for this person alone. `from` "" if the language is not known. */
export interface Asked {
  interpreter: Id;
  text: string;
  from: string;
  to: string;
  /** Also translate the translation back. */
  back: boolean;
  /** Other wordings of each sentence, 0 to 4. */
  alternatives: number;
}

export interface AnswerView {
  there: AskedTranslation;
  back: AskedTranslation | null;
}

/** Source places are of the text asked for; in `back`, of the text of `there`. */
export interface AskedTranslation {
  from: string;
  to: string;
  via: string | null;
  text: string;
  sentences: (TranslatedSentence & { alternatives: string[] })[];
  models: ModelView[];
}

export interface Draft {
  text: string;
  reply: Id | null;
}

export interface Transfer {
  transfer: Id;
  room: Id;
  name: string;
  direction: "up" | "down";
  done_bytes: number;
  total_bytes: number;
  state: "running" | "paused" | "failed" | "done" | "cancelled";
  failure: string | null;
}

export interface SafetyNumber {
  /** 60 digits in twelve groups. */
  digits: string;
  /** Text for the QR code. */
  qr: string;
  verified: boolean;
  keyChanged: boolean;
}

export interface SearchHit {
  room: Id;
  number: number;
  item: Id;
  account: Id;
  at_ms: number;
  text: string;
}

export interface InvitationRow {
  id: Id;
  delegation: Delegation | null;
  roles: Role[];
  expires_s: number;
  used: boolean;
}

/** Words of the reader's language for an exported record. `lang` is a BCP 47 tag. */
export interface ExportWords {
  lang: string;
  words: Record<string, string>;
}

/**
 * Something about the public ledger that a person should know.
 * split: two histories · key: another signing key than before · withheld: the server keeps entries back · other-key,
 * garbled: what a member says of the ledger is signed by another key, by nobody · own-entry: a device list of this
 * account that it did not sign · own-list: the server shows such a list · own-device: a device that is new
 */
export interface LedgerFinding {
  id: string;
  kind: "split" | "key" | "withheld" | "other-key" | "garbled" | "own-entry" | "own-list" | "own-device";
  /** Whom it is about, or who showed it. */
  account: Id | null;
  /** For the person who investigates; of own-device the device. */
  detail: string | null;
  at_ms: number;
  /** The person has seen it. */
  answered: boolean;
  hasEvidence: boolean;
}

/** A witness of the portal's policy; `cosigned_s` is when it cosigned the checkpoint shown, null if it did not. */
export interface WitnessView {
  name: string;
  cosigned_s: number | null;
}

export interface LedgerView {
  /** none: this portal has no ledger · following. */
  state: "none" | "following";
  origin: string;
  /** The log's verifier key, as text. */
  vkey: string;
  size: number;
  /** When the newest checkpoint was confirmed, and when growth was last shown to be consistent; 0 for never. */
  confirmed_ms: number;
  consistent_ms: number;
  /** Size of the checkpoint that the witnesses were asked about; null without witnesses. */
  witnessed: number | null;
  /** Null if it could not be found out now, or what the server says of it is wrong. */
  witnesses: WitnessView[] | null;
  /** Whether enough of them have cosigned; null without a policy that asks for any. */
  enough: boolean | null;
  findings: LedgerFinding[];
}

/** Every failure of a call rejects with this shape; `code` is one of wire/errors plus the client's own codes. */
export interface Failure {
  /** See failure.ts for the client's own codes. */
  code: string;
  detail: Record<string, string | number | boolean | null>;
}

/** What shows that the owner asks: the present passphrase, or the printed recovery key. */
export type OwnerProof = { passphrase: string } | { recoveryKey: string };

export interface MemberApi {
  // becoming someone
  lookInvitation(id: string, secret: string): Promise<InvitationView>;
  /** Makes keys and vault in the worker; nothing is sent yet. Returns the printed recovery key. */
  prepareAccount(id: string, secret: string, account: NewAccount): Promise<{ recoveryKey: string }>;
  /** Sends what was prepared; afterwards the status is "ready". */
  confirmAccount(): Promise<void>;
  /** `discard`: also if it erases what somebody else has written here and not sent (else failure account.unsent). */
  signIn(handle: string, passphrase: string, discard?: boolean): Promise<void>;
  signInWithRecovery(handle: string, recoveryKey: string, discard?: boolean): Promise<void>;
  /** What is kept in this browser alone, and would be erased by a sign-out. */
  unsent(): Promise<{ messages: number; drafts: number }>;
  signOut(): Promise<void>;
  /** Make this tab the one writer; the other tab goes to "elsewhere". */
  takeOver(): Promise<void>;
  /**
   * Set a new passphrase. Without `proof` only for a while after a sign-in with the recovery key; failure
   * signin.refused, if it is missing or wrong.
   */
  setPassphrase(passphrase: string, proof?: OwnerProof): Promise<void>;
  /** A new printed key; the old one stops working. */
  renewRecoveryKey(): Promise<{ recoveryKey: string }>;

  // people
  people(): Promise<Person[]>;
  delegations(): Promise<Delegation[]>;
  updateMe(change: {
    name?: string;
    languages?: string[];
    settings?: { presence: boolean; typing: boolean };
  }): Promise<void>;
  devices(): Promise<DeviceView[]>;
  labelDevice(device: Id, label: string): Promise<void>;
  revokeDevice(device: Id): Promise<void>;
  safetyNumber(account: Id): Promise<SafetyNumber>;
  /** `name`: by which the person was shown; failure person.renamed if it is another one by now. */
  setVerified(account: Id, verified: boolean, name: string): Promise<void>;
  acknowledgeKey(account: Id): Promise<void>;
  /** Know the account by this name, as it is shown, from now on; failure person.renamed if it is another one now. */
  acceptName(account: Id, name: string): Promise<void>;

  // administration
  createDelegation(name: string, code: string, colour: number): Promise<Delegation>;
  invite(delegation: Id | null, roles: Role[], days: number): Promise<{ link: string; expires_s: number }>;
  invitations(): Promise<InvitationRow[]>;
  withdrawInvitation(id: Id): Promise<void>;
  changeAccount(account: Id, change: { roles?: Role[]; disabled?: boolean }): Promise<void>;

  // rooms
  rooms(): Promise<RoomSummary[]>;
  createRoom(kind: RoomKind, name: string, members: Id[], history: History): Promise<Id>;
  openRoom(room: Id): Promise<RoomView>;
  closeRoom(room: Id): Promise<void>;
  renameRoom(room: Id, name: string): Promise<void>;
  addMembers(room: Id, accounts: Id[]): Promise<void>;
  removeMember(room: Id, account: Id): Promise<void>;
  leaveRoom(room: Id): Promise<void>;
  archiveRoom(room: Id, archived: boolean): Promise<void>;
  /** Ask the others to let this device in anew after a commit that it could not process. */
  rejoin(room: Id): Promise<void>;
  /** Answer a room's problem. `parted` as in PastProblem. */
  answerProblem(room: Id, answer: Answer): Promise<{ parted: number | null }>;
  /** Everything about a room's problems for whoever investigates: signed envelopes, no keys, no text. */
  roomEvidence(room: Id): Promise<Blob>;

  // the record. `before`/`after` are record numbers; entries come oldest first; at most `limit`.
  entries(
    room: Id,
    window: { before?: number; after?: number; limit: number },
  ): Promise<{ entries: Entry[]; more: boolean }>;
  /** Number of the first entry at or after this time, for "jump to date". */
  numberAt(room: Id, at_ms: number): Promise<number | null>;
  send(room: Id, message: { text: string; lang: string; reply: Id | null; mentions: Id[]; files: Id[] }): Promise<Id>;
  retry(room: Id, item: Id): Promise<void>;
  discard(room: Id, item: Id): Promise<void>;
  correct(room: Id, item: Id, text: string, lang: string): Promise<void>;
  withdraw(room: Id, item: Id, reason: string | null): Promise<void>;
  react(room: Id, item: Id, mark: Mark, on: boolean): Promise<void>;
  markRead(room: Id, number: number): Promise<void>;
  saveDraft(room: Id, draft: Draft): Promise<void>;
  draft(room: Id): Promise<Draft>;
  setTyping(room: Id, typing: boolean): Promise<void>;
  /** Whether the person is there (page visible and used in the last five minutes): presence "active" or "away". */
  setActive(active: boolean): Promise<void>;
  search(query: string, room: Id | null): Promise<SearchHit[]>;
  /**
   * `words`: the sentences of the readable form in the reader's language, with {placeholders}: kinds of events, "left",
   * "rotatedAlone", marks, "made", "about", "members", "earlier", "translated", "translatedForUs", "file",
   * "withdrawn", "reason".
   */
  exportRecord(room: Id, form: "bundle" | "html", words?: ExportWords): Promise<Blob>;

  // files: the transfer's id goes into send({files}) once it is done; progress comes as "transfer" events
  upload(room: Id, file: File, size?: { width: number; height: number }): Promise<Id>;
  download(room: Id, item: Id, blob: Id): Promise<Blob>;
  pauseTransfer(transfer: Id): Promise<void>;
  resumeTransfer(transfer: Id): Promise<void>;
  cancelTransfer(transfer: Id): Promise<void>;

  // translation
  /** Failures: aside.absent, aside.timeout (20 s), translation.<problem> (also refused, busy, off). */
  ask(room: Id, asked: Asked): Promise<AnswerView>;
  /** Put a person's translation of a message beside the machines'. */
  render(room: Id, item: Id, to: string, text: string): Promise<void>;
  setTranslations(room: Id, on: boolean): Promise<void>;
  terms(room: Id): Promise<TermView[]>;
  /** `term` null: a new line; returns its id. */
  saveTerm(room: Id, term: { term: Id | null; words: TermWord[]; note: string }): Promise<Id>;
  removeTerm(room: Id, term: Id): Promise<void>;

  // the public ledger
  ledger(): Promise<LedgerView>;
  ledgerFindings(): Promise<LedgerFinding[]>;
  /** Evidence of a finding, for whoever investigates: signed notes and proofs. */
  ledgerEvidence(finding: string): Promise<Blob>;
  /** The person has seen it; "key": follow the log's new key from now on. */
  answerFinding(finding: string): Promise<void>;

  // interpreters
  /** What a program asks for under this code; `digits` are its half of a safety number, 30 in six groups. */
  lookEnrolment(code: string): Promise<{ account: Id; machine: string; digits: string }>;
  /** Vouch for it, so that it may make its account. Returns the account. */
  approveEnrolment(
    code: string,
    wish: { name: string; languages: string[]; for: "room" | "delegation" },
  ): Promise<Id>;
  endInterpreter(account: Id): Promise<void>;

  /** A call of DraftApi, which the page makes by draftApi() of drafts/calling.ts: its names load with the first draft. */
  onDrafts(method: keyof DraftApi, args: unknown[]): Promise<unknown>;
}

/** Worker → page. Room events say what to ask for again; entries are pushed for open rooms. */
export type MemberEvent =
  | { type: "status"; status: Status }
  | { type: "rooms" }
  | { type: "room"; room: RoomView }
  | { type: "entries"; room: Id; changed: Entry[]; removed: Id[] }
  | { type: "transfer"; transfer: Transfer }
  | { type: "people" }
  | { type: "notify"; room: Id; mentioned: boolean }
  /** These people could not be let into a room: none of their devices can be at the moment. */
  | { type: "left-out"; room: Id; accounts: Id[] }
  /** The room's glossary is another one. */
  | { type: "terms"; room: Id }
  /** There is something else to know about the public ledger. */
  | { type: "ledger"; findings: LedgerFinding[] }
  | DraftEvent;
