// One alternative: its words, who proposes it and who else, why, which agreed language it cites, where it went.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Alternative } from "../../draft/negotiation/alternatives.ts";
import { setSupport, supportKey, withdrawProposal } from "../../draft/negotiation/proposals.ts";
import { cosponsorsOf } from "../../draft/negotiation/support.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { DelegationName, useByName } from "./delegations.tsx";
import { Moment } from "./moment.tsx";
import { ProposeDialog } from "./propose-dialog.tsx";
import { useNegotiation } from "./use-negotiation.ts";

interface ProposalCardProps {
  alternative: Alternative;
  /** In how many options of the text it is. */
  taken: number;
  /** Beside the name: a box to choose it by. */
  mark?: ComponentChildren;
  /** Buttons of the pen-holder. */
  children?: ComponentChildren;
}

/** "Alt.2", or "New clause 1". */
export function alternativeName({ proposal, number }: Alternative): string {
  return t(proposal.kind === "insert" ? "negotiation.alternative.new" : "negotiation.alternative.number", { number });
}

export function ProposalCard({ alternative, taken, mark, children }: ProposalCardProps) {
  const { proposal } = alternative;
  const { reason, cites, withdrawn, delegation, at_ms } = proposal;
  return (
    <article class={withdrawn ? "neg-proposal neg-proposal-withdrawn" : "neg-proposal"}>
      <header class="neg-proposal-head">
        {mark}
        <strong>{alternativeName(alternative)}</strong>
        <DelegationName id={delegation} />
        <span class="quiet">
          <Moment at_ms={at_ms} />
        </span>
        {withdrawn && (
          <span class="neg-tag">
            <Icon name="withdraw" size={12} /> {t("negotiation.alternative.withdrawn")}
          </span>
        )}
        {taken > 0 && (
          <span class="neg-tag">
            <Icon name="check" size={12} /> {tn("negotiation.alternative.taken", taken)}
          </span>
        )}
      </header>
      <ProposedWords proposal={proposal} />
      {reason !== "" && (
        <p class="neg-reason" dir="auto">
          {reason}
        </p>
      )}
      {cites.map(({ source, text }, index) => (
        <p key={index} class="neg-cite">
          <Icon name="terms" size={14} /> <cite dir="auto">{source}</cite>
          {text !== "" && (
            <>
              {": "}
              <q dir="auto">{text}</q>
            </>
          )}
        </p>
      ))}
      <Cosponsors alternative={alternative} />
      <div class="button-row">
        <OwnButtons alternative={alternative} />
        {children}
      </div>
    </article>
  );
}

function ProposedWords({ proposal }: { proposal: Alternative["proposal"] }) {
  const { kind, quote, text, lang } = proposal;
  if (kind === "delete") {
    return (
      <p>
        <em class="neg-delete">{t("negotiation.alternative.deletes")}</em>
        {quote !== "" && (
          <>
            {" "}
            <del lang={lang} dir="auto">
              {quote}
            </del>
          </>
        )}
      </p>
    );
  }
  return (
    <>
      {kind === "replace" && quote !== "" && (
        <p class="quiet">
          {t("negotiation.alternative.insteadOf")}{" "}
          <del lang={lang} dir="auto">
            {quote}
          </del>
        </p>
      )}
      {Object.entries(text).map(([each, words]) => (
        <p key={each} class="neg-words">
          {Object.keys(text).length > 1 && <span class="neg-lang">{languageName(each)} </span>}
          <bdi lang={each}>{words}</bdi>
        </p>
      ))}
    </>
  );
}

function Cosponsors({ alternative: { proposal } }: { alternative: Alternative }) {
  const { boards } = useNegotiation();
  const byName = useByName();
  const cosponsors = byName(cosponsorsOf(proposal, boards));
  if (cosponsors.length === 0) return null;
  return (
    <p class="neg-cosponsors">
      <span class="quiet">{t("negotiation.alternative.cosponsors")}</span>{" "}
      {cosponsors.map((delegation) => (
        <DelegationName key={delegation} id={delegation} />
      ))}
    </p>
  );
}

/** Of the own proposal: change, withdraw. Of another's: stand behind it. */
function OwnButtons({ alternative: { proposal } }: { alternative: Alternative }) {
  const { own, proposals, boards, may } = useNegotiation();
  const [revising, setRevising] = useState(false);
  const doc = proposals.get(own);
  if (doc === undefined || own === "" || !may("propose")) return null;
  if (proposal.delegation === own) {
    return (
      <>
        {!proposal.withdrawn && (
          <button type="button" class="button-small" onClick={() => setRevising(true)}>
            {t("negotiation.alternative.revise")}
          </button>
        )}
        <button
          type="button"
          class="button-small"
          onClick={() => withdrawProposal(doc, proposal.id, !proposal.withdrawn)}
        >
          {t(proposal.withdrawn ? "negotiation.alternative.bringBack" : "negotiation.alternative.withdraw")}
        </button>
        {revising && <ProposeDialog node={proposal.node} revised={proposal} onClose={() => setRevising(false)} />}
      </>
    );
  }
  if (proposal.withdrawn) return null;
  const what = { delegation: proposal.delegation, proposal: proposal.id };
  const on = boards.find((board) => board.delegation === own)?.supports.has(supportKey(what)) === true;
  return (
    <button type="button" class="button-small" aria-pressed={on} onClick={() => setSupport(doc, what, !on)}>
      <Icon name={on ? "check" : "agree"} size={14} />{" "}
      {t(on ? "negotiation.alternative.cosponsored" : "negotiation.alternative.cosponsor")}
    </button>
  );
}
