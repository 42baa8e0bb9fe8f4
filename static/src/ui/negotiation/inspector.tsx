// Everything about one clause, beside the text: brackets, alternatives, positions, comments, machine text, acts.

import { bracketsIn } from "../../draft/negotiation/options.ts";
import type { Id } from "../../wire/ids.ts";
import { CitationSection } from "../draft/citing.tsx";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { AlternativesSection } from "./alternatives-section.tsx";
import { BracketView } from "./bracket-view.tsx";
import { ClauseActs } from "./clause-acts.tsx";
import { StateBadge, StateNotes } from "./clause-state.tsx";
import { CommentSection } from "./comment-section.tsx";
import { FallbackSection } from "./fallback-section.tsx";
import { HistorySection } from "./history-section.tsx";
import { MachineSection } from "./machine-section.tsx";
import { PositionSection } from "./position-section.tsx";
import { useAnnex } from "./use-annex.ts";
import { useNegotiation } from "./use-negotiation.ts";

export function ClauseInspector({ node }: { node: Id }) {
  const negotiation = useNegotiation();
  const annex = useAnnex();
  const clause = negotiation.clause(node);
  const text = negotiation.node(node);
  if (clause === undefined || text === undefined) {
    return <p class="quiet neg-inspector">{t("negotiation.clause.gone")}</p>;
  }
  const ids = bracketsIn(text);
  const brackets = ids.flatMap((id) => negotiation.bracket(id) ?? []);
  const problems = negotiation.projection.problems.filter((problem) => problem.node === node);
  return (
    <div class="neg-inspector">
      <header class="neg-inspector-head">
        <h2>{negotiation.names.of(node)}</h2>
        <StateBadge state={clause.state} />
      </header>
      <StateNotes clause={clause} />
      {problems.map(({ lang, codePoints }) => (
        <Notice key={lang} tone="danger">
          {t("negotiation.clause.characters", { list: codePoints.join(", ") })}
        </Notice>
      ))}
      {brackets.length > 0 && (
        <section class="neg-section">
          <h3>{t("negotiation.bracket.title")}</h3>
          {brackets.map((bracket) => (
            <BracketView key={bracket.id} bracket={bracket} />
          ))}
        </section>
      )}
      <CitationSection node={node} />
      <AlternativesSection node={node} />
      <PositionSection clause={clause} />
      <ClauseActs clause={clause} />
      <MachineSection clause={clause} />
      <CommentSection node={node} annex={annex} />
      <FallbackSection node={node} annex={annex} />
      <HistorySection node={node} brackets={ids} />
    </div>
  );
}
