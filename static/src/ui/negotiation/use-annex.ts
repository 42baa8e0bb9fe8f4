// The own delegation's private notes on the open draft: a draft in a room of the delegation, with notes on clauses and
// comments that nobody else reads.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { newAnnex } from "../../draft/negotiation/annex.ts";
import type { Failure } from "../../member/api.ts";
import type { CommentView } from "../../member/drafts/api.ts";
import type { Id } from "../../wire/ids.ts";
import type { Desk } from "../draft/desk.ts";
import { t } from "../i18n.ts";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { AnnexWatch, type Annexes } from "./annex-watch.ts";
import { type OwnRoom, colleaguesOf, ownRooms } from "./own-rooms.ts";
import { useNegotiation } from "./use-negotiation.ts";

export interface Annex extends Annexes {
  /** Rooms that may hold it, the best one first. */
  rooms: readonly OwnRoom[];
  /** The people of the delegation. */
  colleagues: readonly Id[];
  /** Not known yet whether there is one. */
  looking: boolean;
  failure: Failure | null;
  /** One is being begun. */
  beginning: boolean;
  /** Begin one in this room; null: in a new room of the delegation's people. */
  begin: (room: Id | null) => void;
}

const NONE: Annexes = { written: null, others: [] };

/** The own delegation's notes on the open draft, found among the drafts of its own rooms. */
export function useAnnex(): Annex {
  const { api, session, store } = usePortal();
  const { drafts, view, document, lang } = useNegotiation();
  const all = useSelect((state) => state.rooms) ?? [];
  const people = useSelect((state) => state.people);
  const [annexes, tell] = useState<Annexes | null>(null);
  const [looking, beginning] = [useCall(), useCall()];
  const watch = useRef<AnnexWatch | null>(null);
  const rooms = ownRooms(all, people, view.delegation);
  const colleagues = colleaguesOf(people, view.delegation);
  const ids = rooms.map(({ room }) => room.room);
  const latest = useRef(ids);
  latest.current = ids;
  const look = (): void => void looking.run(async () => watch.current?.look());
  useEffect(() => {
    const made = new AnnexWatch({
      ...{ drafts, draft: view.draft, rooms: () => latest.current, tell, due: look },
      onDraft: (take) => session.onDraft(take),
    });
    watch.current = made;
    return () => {
      watch.current = null;
      made.close();
      tell(null);
    };
  }, [view.draft]);
  useEffect(look, [view.draft, [...ids].sort().join(" ")]);
  const begin = (chosen: Id | null): void => {
    void beginning.run(async () => {
      await watch.current?.look();
      // A colleague may have begun one since this was drawn.
      if (watch.current?.annexes.written !== null) return;
      const title = t("negotiation.fallback.title", { title: document.meta.title[lang] ?? "" });
      const own = me(store.get())?.account;
      const others = colleagues.filter((account) => account !== own);
      const room = chosen ?? (await api.createRoom("huddle", title, others, "all"));
      const rights = colleagues.map((account) => ({ account, delegation: view.delegation, right: "chair" as const }));
      await drafts.createDraft(room, { update: newAnnex(view.draft, lang, title), rights, default: "comment" });
      await watch.current?.lookIn(room);
    });
  };
  return {
    ...{ rooms, colleagues, begin, ...(annexes ?? NONE) },
    looking: annexes === null && looking.failure === null,
    failure: beginning.failure ?? looking.failure,
    beginning: beginning.busy,
  };
}

/** What the delegation has said among itself, drawn again when somebody says more. */
export function useOwnComments({ written, others }: Annexes): { desk: Desk; comments: readonly CommentView[] }[] {
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  const desks = written === null ? others : [written, ...others];
  useLayoutEffect(() => {
    const stops = desks.map((desk) => desk.store.subscribe(() => redraw(undefined)));
    return () => {
      for (const stop of stops) stop();
    };
  }, desks);
  return desks.map((desk) => ({ desk, comments: desk.store.get().view.comments }));
}
