// The drafts of a room, beside its record: what each is called and how far it is.

import { useEffect, useState } from "preact/hooks";
import type { DraftSummary, RoomView } from "../../member/api.ts";
import { draftApi } from "../../member/drafts/calling.ts";
import { briefly, moment } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { useAnswer, usePortal } from "../portal.ts";
import { mayWrite } from "../room/rights.ts";
import { fragmentOf } from "../shell/route.ts";

/** How long until a draft that can not be read yet is looked at again. */
const WAIT_MS = 3000;

export function DraftsPanel({ room }: { room: RoomView }) {
  const { api, session } = usePortal();
  const [round, setRound] = useState(0);
  useEffect(
    () =>
      session.onDraft((event) => {
        if (event.type === "drafts" && event.room === room.room) setRound((before) => before + 1);
      }),
    [room.room],
  );
  const { value: fresh, failure } = useAnswer(() => draftApi(api).drafts(room.room), [room.room, round]);
  const drafts = useLast(fresh);
  // What a newcomer reads comes by way of another member, and nobody says when.
  const waits = fresh?.some(({ title }) => title === null) ?? false;
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => setRound((before) => before + 1), WAIT_MS);
    return () => clearTimeout(timer);
  }, [waits, round]);
  const may = mayWrite(room);
  return (
    <div class="drafts-panel">
      {may && (
        <button type="button" onClick={() => session.show({ kind: "new-draft", room: room.room })}>
          <Icon name="plus" /> {t("draft.new")}
        </button>
      )}
      <FailureNotice failure={failure} />
      {drafts?.length === 0 && <p class="quiet">{t(may ? "draft.noneYet" : "draft.none")}</p>}
      <ul class="drafts-list">
        {drafts?.map((draft) => (
          <DraftLine key={draft.draft} room={room} draft={draft} />
        ))}
      </ul>
    </div>
  );
}

/** The last answer, until there is another one. */
function useLast<T>(fresh: T | undefined): T | undefined {
  const [last, setLast] = useState<T | undefined>(undefined);
  useEffect(() => {
    if (fresh !== undefined) setLast(fresh);
  }, [fresh]);
  return fresh ?? last;
}

function DraftLine({ room, draft }: { room: RoomView; draft: DraftSummary }) {
  const href = fragmentOf({ screen: "draft", room: room.room, draft: draft.draft, tab: "text" });
  return (
    <li>
      <a class="hit" href={href}>
        <strong dir="auto">{draft.title ?? t("draft.unread")}</strong>
        <span class="quiet">
          {draft.open > 0 ? tn("draft.openBrackets", draft.open) : t("draft.noBrackets")}
          {" · "}
          <time dateTime={new Date(draft.changed_ms).toISOString()} title={moment(draft.changed_ms)}>
            {briefly(draft.changed_ms)}
          </time>
        </span>
      </a>
    </li>
  );
}
