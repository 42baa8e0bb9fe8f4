// The alternatives to one clause, in the inspector.

import { useState } from "preact/hooks";
import type { Id } from "../../wire/ids.ts";
import { alternativesByClause, takenOver } from "../../draft/negotiation/alternatives.ts";
import type { Proposal } from "../../draft/negotiation/proposals.ts";
import { allProposals } from "../../draft/negotiation/support.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { ProposalCard } from "./proposal-card.tsx";
import { ProposeDialog } from "./propose-dialog.tsx";
import { TakeOverDialog } from "./take-over-dialog.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function AlternativesSection({ node }: { node: Id }) {
  const { boards, document, own, may } = useNegotiation();
  const [proposing, setProposing] = useState(false);
  const [taking, setTaking] = useState<Proposal | null>(null);
  const alternatives = alternativesByClause(allProposals(boards)).get(node) ?? [];
  const taken = takenOver(document.brackets);
  return (
    <section class="neg-section">
      <h3>{t("negotiation.alternative.title")}</h3>
      {alternatives.length === 0 && <p class="quiet">{t("negotiation.alternative.none")}</p>}
      {alternatives.map((alternative) => {
        const { proposal } = alternative;
        return (
          <ProposalCard
            key={proposal.id}
            alternative={alternative}
            taken={taken.get(`${proposal.delegation} ${proposal.id}`)?.length ?? 0}
          >
            {may("pen") && !proposal.withdrawn && (
              <button type="button" class="button-small" onClick={() => setTaking(proposal)}>
                {t("negotiation.alternative.take")}
              </button>
            )}
          </ProposalCard>
        );
      })}
      {own !== "" && may("propose") && (
        <div>
          <button type="button" onClick={() => setProposing(true)}>
            <Icon name="plus" /> {t("negotiation.propose.action")}
          </button>
        </div>
      )}
      {proposing && <ProposeDialog node={node} onClose={() => setProposing(false)} />}
      {taking !== null && <TakeOverDialog proposals={[taking]} onClose={() => setTaking(null)} />}
    </section>
  );
}
