// The positions on a clause: the own delegation's, to be taken here, and the others'.

import { useState } from "preact/hooks";
import { STANCES } from "../../draft/negotiation/matrix.ts";
import type { Stance } from "../../wire/drafts/acts.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { Position } from "../../wire/drafts/state.ts";
import type { Id } from "../../wire/ids.ts";
import { t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";
import { Person } from "../parts/person.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { StanceBadge } from "./clause-state.tsx";
import { DelegationName, useByName } from "./delegations.tsx";
import { MismatchNote } from "./mismatch.tsx";
import { Moment } from "./moment.tsx";
import { RunsText } from "./runs-text.tsx";
import type { Wish } from "./use-act.ts";
import { type Negotiation, refsOf, refsOfAll, useNegotiation } from "./use-negotiation.ts";

export function PositionSection({ clause }: { clause: ClauseView }) {
  const negotiation = useNegotiation();
  const { own, parties, mayAct } = negotiation;
  const byName = useByName();
  const [asking, setAsking] = useState<Stance | null>(null);
  const others = byName(new Set([...parties, ...Object.keys(clause.positions)])).filter((each) => each !== own);
  const signs = own !== "" && mayAct("position") && refsOf(clause, negotiation.columns).length > 0;
  return (
    <section class="neg-section">
      <h3>{t("negotiation.position.title")}</h3>
      {signs && <OwnPosition clause={clause} onChoose={setAsking} />}
      <ul class="neg-positions">
        {others.map((delegation) => (
          <PositionLine key={delegation} clause={clause} delegation={delegation} />
        ))}
      </ul>
      {asking !== null && <PositionDialog clauses={[clause]} stance={asking} onClose={() => setAsking(null)} />}
    </section>
  );
}

/** The newest position of a delegation on a clause in any of its columns. */
export function standingPosition({ acts }: Negotiation, node: Id, delegation: Id): Position | null {
  const found = Object.values(acts.positions[node] ?? {}).flatMap((by) => by[delegation] ?? []);
  return found.sort((a, b) => b.number - a.number)[0] ?? null;
}

function PositionLine({ clause, delegation }: { clause: ClauseView; delegation: Id }) {
  const negotiation = useNegotiation();
  const position = clause.positions[delegation];
  const made = standingPosition(negotiation, clause.node, delegation);
  return (
    <li>
      <DelegationName id={delegation} />
      {position === undefined && <span class="quiet">{t("negotiation.position.missing")}</span>}
      {position !== undefined && <StanceBadge stance={position.stance} fresh={position.fresh} />}
      {made !== null && <PositionMade made={made} />}
    </li>
  );
}

function PositionMade({ made }: { made: Position }) {
  return (
    <span class="neg-made quiet">
      {made.note !== "" && (
        <span class="neg-reason" dir="auto">
          {made.note}
        </span>
      )}
      <Person account={made.account} /> · <Moment at_ms={made.at_ms} />
      <MismatchNote account={made.account} delegation={made.delegation} />
    </span>
  );
}

function OwnPosition({ clause, onChoose }: { clause: ClauseView; onChoose: (stance: Stance) => void }) {
  const negotiation = useNegotiation();
  const { own } = negotiation;
  const position = clause.positions[own];
  const made = standingPosition(negotiation, clause.node, own);
  return (
    <div class="neg-own">
      <p>
        <DelegationName id={own} />{" "}
        {position === undefined && <span class="quiet">{t("negotiation.position.missing")}</span>}
        {position !== undefined && <StanceBadge stance={position.stance} fresh={position.fresh} />}
      </p>
      {made !== null && (
        <p>
          <PositionMade made={made} />
        </p>
      )}
      <div class="neg-stances" role="group" aria-label={t("negotiation.position.take")}>
        {STANCES.map((stance) => (
          <button
            key={stance}
            type="button"
            class="button-small"
            aria-pressed={position?.stance === stance && position.fresh}
            onClick={() => onChoose(stance)}
          >
            <StanceBadge stance={stance} />
          </button>
        ))}
      </div>
    </div>
  );
}

interface PositionDialogProps {
  clauses: readonly ClauseView[];
  stance: Stance;
  onClose: () => void;
}

/** Before a position is signed: the words that it is taken on, and a note to the others. */
export function PositionDialog({ clauses, stance, onClose }: PositionDialogProps) {
  const { lang } = useNegotiation();
  const [note, setNote] = useState("");
  const nodes = clauses.map(({ node }) => node);
  const wish = (negotiation: Negotiation): Wish | null => {
    const items = refsOfAll(nodes, negotiation).map((ref) => ({ ...ref, stance }));
    return items.length === 0 ? null : { t: "position", items, ...(note.trim() !== "" && { note: note.trim() }) };
  };
  const only = clauses.length === 1 ? clauses[0] : undefined;
  return (
    <ActDialog
      title={t("negotiation.position.dialog", { stance: t(`negotiation.stance.${stance}`) })}
      submit={t("negotiation.position.sign")}
      wish={wish}
      done={t("negotiation.position.done")}
      onClose={onClose}
    >
      {only !== undefined && (
        <blockquote class="quoted">
          <RunsText runs={only.runs[lang] ?? []} lang={lang} />
        </blockquote>
      )}
      <p>{t(`negotiation.position.means.${stance}`)}</p>
      <Field label={t("negotiation.position.note")} hint={t("negotiation.position.noteHint")}>
        {(ids) => (
          <textarea {...ids} rows={2} dir="auto" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        )}
      </Field>
    </ActDialog>
  );
}
