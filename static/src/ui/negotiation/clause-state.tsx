// The state of a clause and a delegation's stance: a sign and a word, never a colour alone.

import type { Stance } from "../../wire/drafts/acts.ts";
import type { ClauseState, ClauseView } from "../../wire/drafts/projection.ts";
import { list } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import { t } from "../i18n.ts";
import { useNegotiation } from "./use-negotiation.ts";

const STATE_ICONS: Record<ClauseState, IconName> = {
  open: "correct",
  bracketed: "panel",
  conflicted: "alert",
  agreed_ad_ref: "agree",
  agreed: "check",
};

const STANCE_ICONS: Readonly<Record<Stance, IconName | null>> = {
  accept: "check",
  ad_ref: "agree",
  reserve: "pause",
  object: "close",
  none: null,
};

export function StateBadge({ state }: { state: ClauseState }) {
  return (
    <span class={`neg-state neg-state-${state}`}>
      <Icon name={STATE_ICONS[state]} size={14} /> {t(`negotiation.state.${state}`)}
    </span>
  );
}

export function StanceBadge({ stance, fresh = true }: { stance: Stance; fresh?: boolean }) {
  const icon = STANCE_ICONS[stance];
  return (
    <span class={`neg-stance neg-stance-${fresh ? stance : "stale"}`}>
      {icon === null ? <span aria-hidden="true">–</span> : <Icon name={icon} size={14} />}{" "}
      <span class="neg-stance-word">{t(`negotiation.stance.${stance}`)}</span>
      {!fresh && (
        <span class="neg-stale" title={t("negotiation.position.staleText")}>
          <Icon name="clock" size={12} /> {t("negotiation.position.stale")}
        </span>
      )}
    </span>
  );
}

/** What else is to be known of a clause's state: an agreement that an edit has voided, and what it waits for. */
export function StateNotes({ clause }: { clause: ClauseView }) {
  const { names, acts } = useNegotiation();
  const packages = clause.packages.map((id) => acts.packages[id]?.name ?? "");
  return (
    <>
      {clause.voided && (
        <p class="neg-note">
          <Icon name="warning" size={14} /> {t("negotiation.state.voided")}
        </p>
      )}
      {clause.waitsFor.length > 0 && (
        <p class="neg-note">
          <Icon name="link" size={14} />{" "}
          {t("negotiation.state.waitsFor", { clauses: list(clause.waitsFor.map((node) => names.of(node))) })}
        </p>
      )}
      {packages.length > 0 && (
        <p class="neg-note">
          <Icon name="lock" size={14} /> {t("negotiation.state.inPackage", { names: list(packages) })}
        </p>
      )}
    </>
  );
}
