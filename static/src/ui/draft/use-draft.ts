// The open draft, for everything that is drawn of it.

import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer } from "preact/hooks";
import type * as Y from "yjs";
import type { DraftOps } from "../../draft/model/ops.ts";
import type { CommentAnchor, DraftApi, DraftView, Id } from "../../member/api.ts";
import type { Projection } from "../../wire/drafts/projection.ts";
import type { TextDocument } from "../../wire/drafts/text.ts";
import type { Desk, DeskState } from "./desk.ts";

/** What this person may do to the text: write it, propose other words, or neither. */
export type Mode = "write" | "propose" | "read";

export interface DraftContext {
  desk: Desk;
  drafts: DraftApi;
  /** As the worker tells it; of who is no longer in the room with the right to read alone. */
  view: DraftView;
  /** This person was taken out of the draft's room, or left it: nothing comes or goes any more. */
  outside: boolean;
  mode: Mode;
  /** The Yjs document of the text; edit it by `ops`. */
  text: Y.Doc;
  document: TextDocument;
  projection: Projection;
  /** Proposals by delegation; the own delegation's is there even if it is empty. */
  proposals: ReadonlyMap<Id, Y.Doc>;
  /** Grows with every change of a proposals document. */
  round: number;
  cursors: DeskState["cursors"];
  refused: DeskState["refused"];
  ops: DraftOps;
  /** The column that is read and written now. */
  lang: string;
  showLanguage(lang: string): void;
  selected: Id | null;
  select(node: Id | null): void;
  /** What is marked in the editor; null if nothing is. */
  selection: CommentAnchor | null;
  mark(selection: CommentAnchor | null): void;
}

export const DraftPlace = createContext<DraftContext | null>(null);

/** For use below the draft's page alone. */
export function useDraft(): DraftContext {
  const context = useContext(DraftPlace);
  if (context === null) throw new Error("outside of a draft");
  return context;
}

/** The desk's state; draws again whenever it changes. */
export function useDesk(desk: Desk): DeskState {
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  useLayoutEffect(() => {
    redraw(undefined); // it may have changed since it was drawn
    return desk.store.subscribe(() => redraw(undefined));
  }, [desk]);
  return desk.store.get();
}

/** What a right allows to do to the text itself. */
export function modeOf({ view, refused }: Pick<DeskState, "view" | "refused">): Mode {
  if (view.blocked || view.waitingFor !== null || refused !== null) return "read";
  if (view.right === "chair" || view.right === "pen") return "write";
  // Alternatives are written in a delegation's name: who is of none has nowhere to put them.
  return view.right === "propose" && view.delegation !== "" ? "propose" : "read";
}
