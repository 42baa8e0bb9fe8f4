// Where to look twice in a translation: a chip for each warning, whose words are underlined in both texts.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t, tn, translator } from "../i18n.ts";
import type { Numbered } from "./pieces.ts";

/** More than this many chips stand behind one button. */
const SHOWN = 4;
/** And more than this many are not shown at all: an interpreter could send thousands. */
const MOST = 100;
/** Of a word or number in question. */
const MOST_LETTERS = 80;

/** What a warning says, short (`part` "") or in a sentence; one of a newer interpreter has general words. */
function words({ kind, detail: whole }: Numbered, part: "" | ".text"): string {
  const detail = whole.length > MOST_LETTERS ? `${whole.slice(0, MOST_LETTERS)}…` : whole;
  const key = `warning.${kind}${part}`;
  return translator().lookup(translator().has(key) ? key : `warning.general${part}`, { detail });
}

interface WarningsProps {
  warnings: readonly Numbered[];
  active: number | null;
  onPick: (warning: number | null) => void;
  /** A chip about the whole. */
  children?: ComponentChildren;
}

export function Warnings({ warnings, active, onPick, children }: WarningsProps) {
  const id = useId();
  const [all, setAll] = useState(false);
  const shown = warnings.slice(0, all ? MOST : SHOWN);
  const chosen = warnings.find(({ index }) => index === active);
  if (warnings.length === 0 && children === undefined) return null;
  return (
    <div class="warnings">
      <ul class="warning-chips" aria-label={t("translation.warnings")}>
        {shown.map((warning) => (
          <li key={warning.index}>
            <button
              type="button"
              class="warning-chip"
              aria-expanded={warning.index === active}
              aria-controls={warning.index === active ? id : undefined}
              onClick={() => onPick(warning.index === active ? null : warning.index)}
            >
              <Icon name="warning" size={14} /> <span>{words(warning, "")}</span>
            </button>
          </li>
        ))}
        {children !== undefined && <li>{children}</li>}
        {!all && shown.length < warnings.length && (
          <li>
            <button type="button" class="button-link warning-more" onClick={() => setAll(true)}>
              {tn("translation.moreWarnings", warnings.length - shown.length)}
            </button>
          </li>
        )}
      </ul>
      <p id={id} class="warning-text" role="status" hidden={chosen === undefined}>
        {chosen !== undefined && words(chosen, ".text")}
      </p>
    </div>
  );
}
