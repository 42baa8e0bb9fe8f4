// Find and replace over the whole text, in the column that is open. Words are compared without regard to case and to how
// letters with marks are composed; what is replaced keeps its brackets.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Found, findWords, replaceWords } from "../../draft/model/find.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePortal } from "../portal.ts";
import { useDraft } from "./use-draft.ts";
import type { Writing } from "./use-writing.ts";

export function Find({ writing, close }: { writing: Writing; close: () => void }) {
  const { document, lang, mode, text, desk } = useDraft();
  const { session } = usePortal();
  const [query, setQuery] = useState("");
  const [other, setOther] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const found = useMemo(() => findWords(document, lang, query), [document, lang, query]);
  const current = found.length === 0 ? 0 : at % found.length;
  const show = (place: Found | undefined): void => {
    if (place !== undefined) writing.open(place.node, { anchor: place.from, head: place.to });
    requestAnimationFrame(() => field.current?.focus());
  };
  const step = (by: 1 | -1): void => {
    const next = (current + by + found.length) % Math.max(found.length, 1);
    setAt(next);
    show(found[next]);
  };
  const replace = (places: readonly Found[]): void => {
    if (places.length === 0) return;
    desk.undo.stopCapturing();
    desk.ops.together(() => replaceWords(text, lang, places, other));
    desk.undo.stopCapturing();
    desk.flush();
    session.announce(t("draft.find.replaced", { count: places.length }));
    // The button that was pressed is of no use any more, and would take the keyboard with it.
    if (places.length === found.length) requestAnimationFrame(() => field.current?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="find" role="search" onKeyDown={onKeyDown}>
      <input
        ref={field}
        type="search"
        dir="auto"
        aria-label={t("draft.find.find")}
        placeholder={t("draft.find.find")}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
      />
      <span class="find-count" role="status">
        {query === "" ? "" : found.length === 0 ? t("draft.find.none") : t("draft.find.at", { at: current + 1, of: found.length })}
      </span>
      <button type="button" class="button-quiet button-icon" aria-label={t("draft.find.before")} onClick={() => step(-1)}>
        <Icon name="up" />
      </button>
      <button type="button" class="button-quiet button-icon" aria-label={t("draft.find.next")} onClick={() => step(1)}>
        <Icon name="down" />
      </button>
      {mode === "write" && (
        <>
          <input
            type="text"
            dir="auto"
            aria-label={t("draft.find.other")}
            placeholder={t("draft.find.other")}
            value={other}
            onInput={(event) => setOther(event.currentTarget.value)}
          />
          <button type="button" disabled={found.length === 0} onClick={() => replace(found.slice(current, current + 1))}>
            {t("draft.find.replace")}
          </button>
          <button type="button" disabled={found.length === 0} onClick={() => replace(found)}>
            {t("draft.find.all")}
          </button>
        </>
      )}
      <button type="button" class="button-quiet button-icon" aria-label={t("action.close")} onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
