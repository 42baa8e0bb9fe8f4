// A bracket with its options: who put it and why, who supports what, and how it is or was decided.

import { useState } from "preact/hooks";
import type { Decision } from "../../wire/drafts/state.ts";
import type { Bracket, BracketOption } from "../../wire/drafts/text.ts";
import type { Id } from "../../wire/ids.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { DecideDialog } from "./decide-dialog.tsx";
import { DelegationName } from "./delegations.tsx";
import { Moment } from "./moment.tsx";
import { OptionLine, OptionWords } from "./option-line.tsx";
import { useNegotiation } from "./use-negotiation.ts";

/** `headed`: with a heading that says in how many clauses it stands. */
export function BracketView({ bracket }: { bracket: Bracket }) {
  const { projection, acts, mayAct } = useNegotiation();
  const [deciding, setDeciding] = useState<Id | "" | null>(null);
  const view = projection.brackets[bracket.id];
  const decided = acts.decisions[bracket.id];
  const state = view?.state ?? "open";
  const decides = mayAct("decide") && view?.hash !== null && view !== undefined;
  return (
    <article class={`neg-bracket neg-bracket-${state}`} aria-label={t("negotiation.bracket.label")}>
      <BracketHead bracket={bracket} />
      {state === "conflicted" && decided !== undefined && <Conflict bracket={bracket} standing={decided.standing} />}
      {view?.voided === true && <Notice tone="warning">{t("negotiation.bracket.voided")}</Notice>}
      <ul class="neg-options">
        {bracket.options.map((option) => (
          <OptionLine key={option.id} bracket={bracket} option={option} chosen={view?.option === option.id}>
            {decides && view.option !== option.id && (
              <button type="button" class="button-small" onClick={() => setDeciding(option.id)}>
                {t(state === "conflicted" ? "negotiation.bracket.resolveFor" : "negotiation.bracket.decideFor")}
              </button>
            )}
          </OptionLine>
        ))}
      </ul>
      {state === "decided" && decided !== undefined && (
        <p class="quiet">
          {t("negotiation.bracket.decidedBy")} <Person account={decided.account} /> · <Moment at_ms={decided.at_ms} />
        </p>
      )}
      {decides && state === "decided" && (
        <button type="button" class="button-small" onClick={() => setDeciding("")}>
          {t("negotiation.bracket.reopen")}
        </button>
      )}
      {deciding !== null && <DecideDialog bracket={bracket} option={deciding} onClose={() => setDeciding(null)} />}
    </article>
  );
}

function BracketHead({ bracket }: { bracket: Bracket }) {
  const { projection } = useNegotiation();
  const clauses = projection.brackets[bracket.id]?.nodes.length ?? 0;
  return (
    <header class="neg-bracket-head">
      <p>
        {bracket.whole && <strong>{t("negotiation.bracket.whole")} </strong>}
        {bracket.by !== "" && (
          <>
            <span class="quiet">{t("negotiation.bracket.by")}</span> <DelegationName id={bracket.by} />{" "}
          </>
        )}
        <span class="quiet">
          <Moment at_ms={bracket.at} />
          {clauses > 1 && <> · {tn("negotiation.bracket.spans", clauses)}</>}
        </span>
      </p>
      {bracket.reason !== "" && (
        <p class="neg-reason" dir="auto">
          {bracket.reason}
        </p>
      )}
    </header>
  );
}

/** Two contrary decisions: neither counts. Both are shown, with who made them, until one decision names both. */
function Conflict({ bracket, standing }: { bracket: Bracket; standing: readonly Decision[] }) {
  const { mayAct } = useNegotiation();
  const option = (id: Id): BracketOption | undefined => bracket.options.find((each) => each.id === id);
  return (
    <Notice tone="danger" title={t("negotiation.conflict.title")}>
      <p>{t("negotiation.conflict.text")}</p>
      <ol class="neg-conflict">
        {standing.map((decision) => {
          const chosen = option(decision.option);
          return (
            <li key={decision.number}>
              <Icon name="forward" size={14} />{" "}
              {chosen === undefined && t("negotiation.conflict.opened")}
              {chosen !== undefined && <OptionWords bracket={bracket} option={chosen} />}
              <span class="quiet">
                {" "}
                — <Person account={decision.account} /> · <Moment at_ms={decision.at_ms} /> · №&nbsp;
                {decision.number}
              </span>
            </li>
          );
        })}
      </ol>
      <p>{t(mayAct("decide") ? "negotiation.conflict.resolve" : "negotiation.conflict.wait")}</p>
    </Notice>
  );
}
