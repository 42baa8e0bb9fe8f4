// What changed between two versions in one language, and the way from one change to the next.

import { useMemo, useRef, useState } from "preact/hooks";
import type { Entry } from "../../draft/redline/redline.ts";
import { t, tn } from "../i18n.ts";
import { Icon } from "../icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { type ExportFacts, manuscriptFor } from "./making.ts";
import { CHANGE_PLACE, RedlineView } from "./redline-view.tsx";
import type { Comparison } from "./versions-tab.tsx";

interface RedlinePanelProps {
  comparison: Comparison;
  lang: string;
  facts: ExportFacts;
}

export function RedlinePanel({ comparison, lang, facts }: RedlinePanelProps) {
  const [only, setOnly] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const manuscript = useMemo(() => {
    const { before, after } = comparison;
    return manuscriptFor({ version: after, before, langs: [lang], attribution: true, comments: false }, facts);
  }, [comparison, lang, facts]);
  const column = manuscript?.columns[0];
  if (manuscript === null || column === undefined) return <Loading />;
  const changed = column.entries.filter(({ change }) => change !== "same" && change !== "away").length;
  const shown = only ? withHeadings(column.entries) : column.entries;
  return (
    <>
      <div class="redline-bar">
        <span role="status">{changed === 0 ? t("exchange.noChanges") : tn("exchange.changes", changed)}</span>
        {changed > 0 && (
          <>
            <label class="check">
              <input type="checkbox" checked={only} onChange={(event) => setOnly(event.currentTarget.checked)} />
              {t("exchange.onlyChanges")}
            </label>
            <Step label={t("exchange.previous")} icon="up" run={() => step(place.current, -1)} />
            <Step label={t("exchange.next")} icon="down" run={() => step(place.current, 1)} />
          </>
        )}
      </div>
      <div class="redline-sheet" ref={place}>
        <RedlineView entries={shown} notes={column.notes} lang={lang} nameOf={facts.nameOfDelegation} />
      </div>
    </>
  );
}

function Step({ label, icon, run }: { label: string; icon: "up" | "down"; run: () => void }) {
  return (
    <button type="button" class="button-quiet button-icon" aria-label={label} title={label} onClick={run}>
      <Icon name={icon} />
    </button>
  );
}

/** Scroll to the next or previous change from where the reader is, and mark it. */
function step(sheet: HTMLElement | null, direction: 1 | -1): void {
  const places = [...(sheet?.querySelectorAll<HTMLElement>(`[${CHANGE_PLACE}]`) ?? [])];
  const now = places.findIndex((each) => each.classList.contains("redline-here"));
  const next = places[(now + direction + places.length) % places.length] ?? places[0];
  for (const each of places) each.classList.toggle("redline-here", each === next);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  next?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}

/** The clauses that changed, with the headings and paragraphs that they stand under. */
function withHeadings(entries: readonly Entry[]): Entry[] {
  const byNode = new Map(entries.map((entry) => [entry.node, entry]));
  const shown = new Set<Entry>();
  for (const entry of entries) {
    if (entry.change === "same") continue;
    shown.add(entry);
    for (
      let above = byNode.get(entry.parent);
      above !== undefined && !shown.has(above);
      above = byNode.get(above.parent)
    )
      shown.add(above);
  }
  return entries.filter((entry) => shown.has(entry));
}
