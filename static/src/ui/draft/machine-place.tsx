// A machine's words in the place of words that nobody has written yet: to be read, and never to be taken for the text.

import type { ComponentChildren } from "preact";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";

interface MachinePlaceProps {
  by: string;
  fresh: boolean;
  /** Begin a person's own text with these words; null for those who may not write. */
  take: (() => void) | null;
  /** The words. */
  children: ComponentChildren;
}

export function MachinePlace({ by, fresh, take, children }: MachinePlaceProps) {
  const name = usePersonName(by);
  return (
    <figure class="clause-machine" aria-label={t("negotiation.machine.title")}>
      {children}
      <figcaption>
        <span title={t("negotiation.machine.text")}>
          <Icon name="interpreter" size={14} /> {t("draft.machine", { name })}
        </span>
        {!fresh && (
          <span class="clause-machine-stale">
            <Icon name="clock" size={14} /> {t("negotiation.machine.stale")}
          </span>
        )}
        {take !== null && (
          <button type="button" class="button-link" onClick={take}>
            {t("negotiation.languages.fromMachine")}
          </button>
        )}
      </figcaption>
    </figure>
  );
}
