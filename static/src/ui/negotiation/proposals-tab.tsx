// All proposals, clause by clause; the pen-holder chooses several of a clause and merges them.

import { useState } from "preact/hooks";
import { type Alternative, alternativesByClause, takenOver } from "../../draft/negotiation/alternatives.ts";
import type { Proposal } from "../../draft/negotiation/proposals.ts";
import { allProposals } from "../../draft/negotiation/support.ts";
import type { Id } from "../../wire/ids.ts";
import { t, tn } from "../i18n.ts";
import { ProposalCard, alternativeName } from "./proposal-card.tsx";
import { READINGS, type Reading, ReadingView } from "./reading-view.tsx";
import { useDelegationNames } from "./delegations.tsx";
import { RunsText } from "./runs-text.tsx";
import { TakeOverDialog } from "./take-over-dialog.tsx";
import { useNegotiation, useShowClause } from "./use-negotiation.ts";

type Shown = "standing" | "withdrawn" | "all";
const SHOWN: readonly Shown[] = ["standing", "withdrawn", "all"];

export function ProposalsTab() {
  const [reading, setReading] = useState<Reading | null>(null);
  return (
    <div class="neg-tab">
      <div class="segments neg-readings" role="group" aria-label={t("negotiation.reading.title")}>
        {[null, ...READINGS].map((each) => (
          <label key={each ?? ""}>
            <input type="radio" name="reading" checked={each === reading} onChange={() => setReading(each)} />
            <span>{each === null ? t("negotiation.reading.list") : t(`negotiation.reading.${each}`)}</span>
          </label>
        ))}
      </div>
      {reading === null ? <ProposalList /> : <ReadingView reading={reading} />}
    </div>
  );
}

function ProposalList() {
  const { boards, projection } = useNegotiation();
  const [shown, setShown] = useState<Shown>("standing");
  const [delegation, setDelegation] = useState<Id | "">("");
  const byClause = alternativesByClause(allProposals(boards));
  const passes = ({ proposal }: Alternative): boolean =>
    (shown === "all" || proposal.withdrawn === (shown === "withdrawn")) &&
    (delegation === "" || proposal.delegation === delegation);
  const order = projection.clauses.map(({ node }) => node);
  const gone = [...byClause.keys()].filter((node) => !order.includes(node));
  const clauses = [...order, ...gone].flatMap((node) => {
    const found = (byClause.get(node) ?? []).filter(passes);
    return found.length === 0 ? [] : [{ node, alternatives: found }];
  });
  const count = clauses.reduce((sum, { alternatives }) => sum + alternatives.length, 0);
  return (
    <>
      <div class="neg-tools">
        <ShownField shown={shown} onChange={setShown} />
        <DelegationField value={delegation} from={boards.map((board) => board.delegation)} onChange={setDelegation} />
        <p class="quiet" role="status">
          {tn("negotiation.proposals.count", count)}
        </p>
      </div>
      {byClause.size === 0 && <p class="neg-empty">{t("negotiation.proposals.none")}</p>}
      {clauses.map(({ node, alternatives }) => (
        <ClauseProposals key={node} node={node} alternatives={alternatives} />
      ))}
    </>
  );
}

function ShownField({ shown, onChange }: { shown: Shown; onChange: (shown: Shown) => void }) {
  return (
    <label class="neg-select">
      <span>{t("negotiation.proposals.show")}</span>
      <select value={shown} onChange={(event) => onChange(event.currentTarget.value as Shown)}>
        {SHOWN.map((each) => (
          <option key={each} value={each}>
            {t(`negotiation.proposals.${each}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface DelegationFieldProps {
  value: Id | "";
  from: readonly Id[];
  onChange: (delegation: Id | "") => void;
}

function DelegationField({ value, from, onChange }: DelegationFieldProps) {
  const name = useDelegationNames();
  return (
    <label class="neg-select">
      <span>{t("delegation.label")}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t("negotiation.proposals.everybody")}</option>
        {from.map((each) => (
          <option key={each} value={each}>
            {name(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function ClauseProposals({ node, alternatives }: { node: Id; alternatives: readonly Alternative[] }) {
  const { names, clause, lang, document, may } = useNegotiation();
  const show = useShowClause();
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set());
  const [taking, setTaking] = useState<readonly [Proposal, ...Proposal[]] | null>(null);
  const taken = takenOver(document.brackets);
  const mergeable = alternatives.map(({ proposal }) => proposal).filter(({ id }) => chosen.has(id));
  const take = ([first, ...rest]: readonly Proposal[]): void => {
    setTaking(first === undefined ? null : [first, ...rest]);
  };
  const toggle = (id: Id, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return (
    <section class="neg-clause" aria-label={names.of(node)}>
      <header class="neg-clause-head">
        <h2>
          <button type="button" class="button-plain" onClick={() => show(node)}>
            {names.of(node)}
          </button>
        </h2>
        {may("pen") && mergeable.length > 1 && (
          <button type="button" class="button-small" onClick={() => take(mergeable)}>
            {tn("negotiation.take.several", mergeable.length)}
          </button>
        )}
      </header>
      <p class="neg-now">
        <RunsText runs={clause(node)?.runs[lang] ?? []} lang={lang} />
      </p>
      {alternatives.map((alternative) => {
        const { proposal } = alternative;
        const box = may("pen") && !proposal.withdrawn && alternatives.length > 1 && proposal.kind !== "insert" && (
          <input
            type="checkbox"
            aria-label={t("negotiation.take.choose", { name: alternativeName(alternative) })}
            checked={chosen.has(proposal.id)}
            onChange={(event) => toggle(proposal.id, event.currentTarget.checked)}
          />
        );
        return (
          <ProposalCard
            key={proposal.id}
            alternative={alternative}
            taken={taken.get(`${proposal.delegation} ${proposal.id}`)?.length ?? 0}
            mark={box}
          >
            {may("pen") && !proposal.withdrawn && (
              <button type="button" class="button-small" onClick={() => take([proposal])}>
                {t("negotiation.alternative.take")}
              </button>
            )}
          </ProposalCard>
        );
      })}
      {taking !== null && <TakeOverDialog proposals={taking} onClose={() => setTaking(null)} />}
    </section>
  );
}
