// Everything that the page knows. The worker's events and the person's actions change it; screens are drawn from it.

import type { Answer, Delegation, Failure, Id, LedgerFinding, Me, MessageEntry, Person } from "../member/api.ts";
import type { RoomProblem, RoomSummary, RoomView, Status, TermView, Transfer } from "../member/api.ts";
import type { Preferences } from "./preferences.ts";
import type { RecordWindow } from "./record/window.ts";
import type { Route } from "./shell/route.ts";
import type { Opened } from "./translation/opened.ts";
import type { Plan } from "./terms/plan.ts";

export interface Toast {
  id: number;
  tone: "done" | "problem";
  text: string;
}

/** What the record is to be scrolled to; a new object each time, so that the same place can be asked for again. */
export type Scroll =
  | { to: "newest" }
  | { to: "unread" }
  | { to: "entry"; key: string; /** Let it be seen which one was meant. */ mark: boolean };

export interface RecordState {
  room: Id;
  /** Null while the first page loads. */
  window: RecordWindow | null;
  /** The unread line stands after this number; null for none. */
  unreadAfter: number | null;
  loading: "older" | "newer" | "page" | null;
  scroll: Scroll | null;
  /** The reader is at the record's end. */
  atEnd: boolean;
  failure: Failure | null;
}

/** The dialogs, with what each is about. */
export type Dialog =
  | { kind: "new-room"; /** Begin with this room's people, kind and name. */ likeRoom?: RoomSummary }
  | { kind: "huddle"; people: readonly Id[] }
  | { kind: "add-members"; room: Id }
  | { kind: "remove-member"; room: Id; account: Id }
  | { kind: "leave-room"; room: Id }
  | { kind: "archive-room"; room: Id; archive: boolean }
  | { kind: "rename-room"; room: Id }
  | { kind: "verify"; account: Id }
  | { kind: "changed-key"; account: Id }
  | { kind: "changed-name"; account: Id }
  | { kind: "answer-problem"; room: Id; problem: RoomProblem["kind"]; answer: Exclude<Answer, "fetch"> }
  | { kind: "epoch-code" }
  | { kind: "withdraw"; room: Id; message: MessageEntry }
  | { kind: "render"; room: Id; message: MessageEntry }
  | { kind: "picture"; name: string; url: string }
  | { kind: "jump" }
  | { kind: "export"; room: Id }
  | { kind: "palette" }
  | { kind: "shortcuts" }
  | { kind: "passphrase" }
  | { kind: "recovery-key" }
  | { kind: "revoke-device"; device: Id; label: string }
  | { kind: "end-interpreter"; account: Id }
  | { kind: "translations"; room: Id; on: boolean }
  | { kind: "term"; room: Id; term: TermView | null }
  | { kind: "remove-term"; room: Id; term: TermView }
  | { kind: "new-draft"; room: Id }
  | { kind: "import-terms"; room: Id; name: string; plan: Plan }
  | { kind: "sign-out" };

export interface State {
  /** Interface language whose texts are loaded; a change redraws everything. */
  lang: string;
  status: Status;
  route: Route;
  people: ReadonlyMap<Id, Person>;
  delegations: readonly Delegation[];
  /** Null until they are known. */
  rooms: readonly RoomSummary[] | null;
  /** That there is no room yet means only that they are on their way. */
  settling: boolean;
  room: RoomView | null;
  /** Why the room of the route can not be shown. */
  roomFailure: Failure | null;
  record: RecordState | null;
  /** The message that is being answered or corrected. */
  composing: { reply: MessageEntry | null; correct: MessageEntry | null };
  transfers: ReadonlyMap<Id, Transfer>;
  /** Uploads that belong to what is being written, by room; kept while the person looks at another room. */
  attached: ReadonlyMap<Id, readonly Id[]>;
  /** How single messages are read where that is not as preferred, by item. */
  opened: ReadonlyMap<Id, Opened>;
  /** Rooms whose line about translation the person has put away. */
  hushed: ReadonlySet<Id>;
  /** Interpreters of others, by "room account", that may see unsent texts while this page is open. */
  trusted: ReadonlySet<string>;
  toasts: readonly Toast[];
  dialog: Dialog | null;
  preferences: Preferences;
  /** What a screen reader is to say next. */
  announcement: string;
  /** What does not agree about the public ledger, oldest first. */
  ledgerFindings: readonly LedgerFinding[];
  /** Counts the changes of glossaries; who shows one asks again. */
  termsRound: number;
  /** The server says that everything here is a demonstration; null until it has answered. */
  demonstration: boolean | null;
}

export function initialState(preferences: Preferences, route: Route, lang: string): State {
  return {
    lang,
    status: { phase: "starting" },
    route,
    people: new Map(),
    delegations: [],
    rooms: null,
    settling: false,
    room: null,
    roomFailure: null,
    record: null,
    composing: { reply: null, correct: null },
    transfers: new Map(),
    attached: new Map(),
    opened: new Map(),
    hushed: new Set(),
    trusted: new Set(),
    toasts: [],
    dialog: null,
    preferences,
    announcement: "",
    ledgerFindings: [],
    termsRound: 0,
    demonstration: null,
  };
}

/** The signed-in person, or null. */
export function me(state: State): Me | null {
  return state.status.phase === "ready" ? state.status.me : null;
}

export function isOnline(state: State): boolean {
  return state.status.phase === "ready" && state.status.connection === "online";
}
