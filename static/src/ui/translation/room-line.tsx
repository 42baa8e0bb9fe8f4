// One quiet line about translation in a room, where it is not as one would expect: off, away, or nobody to do it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RoomView } from "../../member/api.ts";
import { list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";
import { mayManage } from "../room/rights.ts";
import { isOnline, me } from "../state.ts";
import { standingOf, translators } from "./interpreters.ts";
import { isAmong } from "./languages.ts";

const AWAY_AFTER_MS = 3000;

/** Whether `value` has been true for so long. */
function useLasting(value: boolean, after_ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    setLasting(false);
    if (!value) return undefined;
    const timer = setTimeout(() => setLasting(true), after_ms);
    return () => clearTimeout(timer);
  }, [value, after_ms]);
  return value && lasting;
}

export function TranslationLine({ room }: { room: RoomView }) {
  const { store, session } = usePortal();
  const hushed = useSelect((state) => state.hushed.has(room.room));
  const people = useSelect((state) => state.people);
  const languages = useSelect((state) => me(state)?.languages) ?? [];
  const delegation = useSelect((state) => me(state)?.delegation != null);
  const foreign = room.members.some((account) => {
    const person = people.get(account);
    const first = person?.languages[0];
    return first !== undefined && person?.interpreter == null && !isAmong(first, languages);
  });
  const now = standingOf(room);
  // While this browser itself is not connected it knows of nobody; and one that is back soon was never missed.
  const away = useLasting(useSelect(isOnline) && now === "away", AWAY_AFTER_MS);
  const standing = now === "away" && !away ? "online" : now;
  if (hushed || standing === "online" || room.standing !== "member" || (standing !== "away" && !foreign)) return null;
  const hush = (): void => store.set({ hushed: new Set(store.get().hushed).add(room.room) });
  const add = mayManage(room) && [...people.values()].some(({ interpreter }) => interpreter?.vouched === true);
  if (standing === "off") {
    return (
      <Line text={t("translation.off")} onHush={hush}>
        {room.mayTranslationsSwitch && <SwitchOn room={room} />}
      </Line>
    );
  }
  if (standing === "away") {
    const names = translators(room).map(({ name }) => name);
    return <Line text={tn("translation.roomAway", names.length, { names: list(names) })} onHush={hush} />;
  }
  return (
    <Line text={t("translation.none")} onHush={hush}>
      {!add && delegation && (
        <button
          type="button"
          class="button-link"
          onClick={() => session.go({ screen: "settings", section: "interpreters" })}
        >
          {t("translation.setUp")}
        </button>
      )}
      {add && (
        <button
          type="button"
          class="button-link"
          onClick={() => session.show({ kind: "add-members", room: room.room })}
        >
          {t("translation.add")}
        </button>
      )}
    </Line>
  );
}

function SwitchOn({ room }: { room: RoomView }) {
  const { api, session } = usePortal();
  return (
    <button
      type="button"
      class="button-link"
      onClick={() => void session.attempt(api.setTranslations(room.room, true))}
    >
      {t("translation.switchOn")}
    </button>
  );
}

function Line({ text, onHush, children }: { text: string; onHush: () => void; children?: ComponentChildren }) {
  return (
    <p class="translation-line">
      <Icon name="interpreter" size={14} />
      <span role="status">{text}</span>
      {children}
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("action.hide")}
        title={t("action.hide")}
        onClick={onHush}
      >
        <Icon name="close" size={14} />
      </button>
    </p>
  );
}
