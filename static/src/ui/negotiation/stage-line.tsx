// How far a text has come, from the first draft to entry into force; the present step is marked by a word too.

import type { Stage } from "../../wire/drafts/state.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { shortDay } from "../format.ts";
import { useNegotiation } from "./use-negotiation.ts";

const STAGES: readonly Stage[] = [
  "draft",
  "revision",
  "adopted",
  "initialled",
  "signed",
  "submitted",
  "deposited",
  "in_force",
];

export function StageLine() {
  const { acts, projection } = useNegotiation();
  const { counts } = projection;
  const reached = new Map(acts.stages.map((entry) => [entry.stage, entry]));
  return (
    <section class="neg-part" aria-label={t("negotiation.stage.title")}>
      <h2>{t("negotiation.stage.title")}</h2>
      <ol class="neg-stages">
        {STAGES.map((stage) => {
          const entry = reached.get(stage);
          const now = stage === acts.stage;
          return (
            <li
              key={stage}
              class={now ? "neg-stage neg-stage-now" : "neg-stage"}
              aria-current={now ? "step" : undefined}
            >
              {entry !== undefined && <Icon name="check" size={14} />} {t(`negotiation.stage.${stage}`)}
              {entry !== undefined && <span class="quiet">{shortDay(Date.parse(entry.date) || entry.at_ms)}</span>}
            </li>
          );
        })}
      </ol>
      {acts.stage === "withdrawn" && <p>{t("negotiation.stage.withdrawnText")}</p>}
      <p class="quiet">
        {t("negotiation.stage.counts", {
          open: counts.open,
          conflicted: counts.conflicted,
          adRef: counts.adRef,
          agreed: counts.agreed,
          clauses: counts.clauses,
        })}
      </p>
    </section>
  );
}
