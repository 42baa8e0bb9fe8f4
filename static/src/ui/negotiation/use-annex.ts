// The own delegation's private notes on the open draft: a draft in a room of the delegation, with notes on clauses and
// comments that nobody else reads.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { isAnnexOf, newAnnex } from "../../draft/negotiation/annex.ts";
import type { RoomSummary } from "../../member/api.ts";
import type { CommentView } from "../../member/drafts/api.ts";
import type { Id } from "../../wire/ids.ts";
import { t } from "../i18n.ts";
import { type Call, useCall, usePortal, useSelect } from "../portal.ts";
import { Desk } from "../draft/desk.ts";
import { type State, me } from "../state.ts";
import { useNegotiation } from "./use-negotiation.ts";

/** Rooms in which there is nobody but members of the delegation. */
function useOwnRooms(delegation: Id | ""): RoomSummary[] {
  const rooms = useSelect((state) => state.rooms) ?? [];
  const people = useSelect((state) => state.people);
  const isOwn = (account: Id): boolean => people.get(account)?.delegation?.id === delegation;
  return rooms.filter(
    ({ members, standing, state }) => standing === "member" && state === "active" && members.every(isOwn),
  );
}

/** The people of a delegation, the reader among them, ascending by account. */
function colleagues(state: State, delegation: Id | ""): Id[] {
  const people = [...state.people.values()].filter(
    (person) => person.delegation?.id === delegation && person.interpreter === null && !person.disabled,
  );
  return people.map(({ account }) => account).sort();
}

export interface Annex {
  /** Rooms that may hold it. */
  rooms: readonly RoomSummary[];
  desk: Desk | null;
  /** Not known yet whether there is one. */
  looking: boolean;
  call: Call;
  /** Begin one in this room; null: in a new room of the delegation's people. */
  begin: (room: Id | null) => void;
}

/** The own delegation's notes on the open draft, found among the drafts of its own rooms. */
export function useAnnex(): Annex {
  const { api, session, store } = usePortal();
  const { drafts, view, document, lang } = useNegotiation();
  const rooms = useOwnRooms(view.delegation);
  const [desk, setDesk] = useState<Desk | null>(null);
  const [looking, setLooking] = useState(true);
  const call = useCall();
  const stop = useRef<() => void>(() => undefined);
  const ids = rooms.map(({ room }) => room).join(" ");
  const open = async (room: Id, draft: Id): Promise<Desk> =>
    await Desk.open(drafts, room, draft, (take) => {
      stop.current = session.onDraft(take);
    });
  useEffect(() => {
    let wanted = true;
    let opened: Desk | null = null;
    void call.run(async () => {
      for (const { room } of rooms) {
        for (const { draft } of await drafts.drafts(room)) {
          const found = await open(room, draft);
          if (wanted && isAnnexOf(found.text, view.draft)) {
            opened = found;
            setDesk(found);
            return;
          }
          stop.current();
          found.close();
        }
      }
    }).then(() => wanted && setLooking(false));
    return () => {
      wanted = false;
      stop.current();
      opened?.close();
    };
  }, [view.draft, ids]);
  const begin = (chosen: Id | null): void => {
    void call.run(async () => {
      const people = colleagues(store.get(), view.delegation);
      const title = t("negotiation.fallback.title", { title: document.meta.title[lang] ?? "" });
      const own = me(store.get())?.account;
      const others = people.filter((account) => account !== own);
      const room = chosen ?? (await api.createRoom("huddle", title, others, "all"));
      const rights = people.map((account) => ({ account, delegation: view.delegation, right: "chair" as const }));
      const update = newAnnex(view.draft, lang, title);
      const draft = await drafts.createDraft(room, { update, rights, default: "read" });
      setDesk(await open(room, draft));
    });
  };
  return { rooms, desk, looking, call, begin };
}

/** What the delegation has said among itself, drawn again when somebody says more. */
export function useOwnComments(desk: Desk | null): readonly CommentView[] {
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  useLayoutEffect(() => desk?.store.subscribe(() => redraw(undefined)), [desk]);
  return desk?.store.get().view.comments ?? [];
}
