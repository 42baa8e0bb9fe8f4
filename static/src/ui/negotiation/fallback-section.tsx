// What the own delegation could live with on this clause: notes in a room of the delegation, for nobody else to read.

import { useEffect, useState } from "preact/hooks";
import { noteOn, setNote } from "../../draft/negotiation/annex.ts";
import type { Id } from "../../wire/ids.ts";
import type { Desk } from "../draft/desk.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { roomName } from "../room/naming.ts";
import type { Annex } from "./use-annex.ts";
import { useNegotiation } from "./use-negotiation.ts";

export function FallbackSection({ node, annex }: { node: Id; annex: Annex }) {
  const { own, may } = useNegotiation();
  const { rooms, desk, looking, call, begin } = annex;
  const [room, setRoom] = useState<Id | "">("");
  if (own === "" || !may("comment")) return null;
  return (
    <details class="neg-section">
      <summary>
        <Icon name="lock" size={14} /> {t("negotiation.fallback.heading")}
      </summary>
      <p class="quiet">{t("negotiation.fallback.text")}</p>
      <FailureNotice failure={call.failure} />
      {desk !== null && <Note key={node} desk={desk} node={node} />}
      {desk === null && !looking && (
        <div class="button-row">
          <select
            aria-label={t("negotiation.fallback.where")}
            value={room}
            onChange={(event) => setRoom(event.currentTarget.value)}
          >
            <option value="">{t("negotiation.fallback.newRoom")}</option>
            {rooms.map((each) => (
              <option key={each.room} value={each.room}>
                {roomName(each)}
              </option>
            ))}
          </select>
          <button type="button" disabled={call.busy} onClick={() => begin(room === "" ? null : room)}>
            {call.busy ? t("state.working") : t("negotiation.fallback.begin")}
          </button>
        </div>
      )}
    </details>
  );
}

/** What is written is kept with each pause, as in any draft. */
function Note({ desk, node }: { desk: Desk; node: Id }) {
  const [first = "en"] = desk.store.get().document.meta.langs;
  const [words, setWords] = useState(() => noteOn(desk.text, node, first));
  useEffect(
    () =>
      desk.store.subscribe(() => {
        const now = noteOn(desk.text, node, first);
        setWords((before) => (before === now ? before : now));
      }),
    [desk, node],
  );
  return (
    <textarea
      aria-label={t("negotiation.fallback.heading")}
      rows={3}
      lang={first}
      dir="auto"
      value={words}
      onInput={(event) => {
        setWords(event.currentTarget.value);
        setNote(desk.text, node, first, event.currentTarget.value);
      }}
    />
  );
}
