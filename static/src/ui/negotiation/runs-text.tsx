// Words as they stand, with signs for brackets: nothing of it depends on colour.

import type { Run } from "../../wire/drafts/text.ts";
import { segmentsOf } from "../../draft/negotiation/segments.ts";
import { t } from "../i18n.ts";

/** Each piece that stands in a bracket between square brackets. */
export function RunsText({ runs, lang }: { runs: readonly Run[]; lang: string }) {
  return (
    <span lang={lang} dir="auto">
      {segmentsOf(runs).map(({ brackets, words }, index) =>
        brackets.length === 0 ? (
          words
        ) : (
          <span key={index} class="neg-bracketed" title={t("negotiation.bracket.label")}>
            [{words}]
          </span>
        ),
      )}
    </span>
  );
}
