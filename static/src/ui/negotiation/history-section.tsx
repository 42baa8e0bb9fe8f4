// The acts on one clause, the newest first.

import type { ActLog } from "../../member/drafts/api.ts";
import type { Id } from "../../wire/ids.ts";
import { t, tn } from "../i18n.ts";
import { ActEntry } from "./act-line.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function HistorySection({ node, brackets }: { node: Id; brackets: readonly Id[] }) {
  const { view } = useNegotiation();
  const lines = view.actLog.filter(({ content }) => concerns(content, node, brackets)).reverse();
  if (lines.length === 0) return null;
  return (
    <details class="neg-section neg-history">
      <summary>{tn("negotiation.history.title", lines.length)}</summary>
      <ol class="neg-acts" aria-label={t("negotiation.history.label")}>
        {lines.map((line) => (
          <ActEntry key={line.number} line={line} />
        ))}
      </ol>
    </details>
  );
}

/** Whether an act names this clause or a bracket in it. */
function concerns(content: ActLog["content"], node: Id, brackets: readonly Id[]): boolean {
  switch (content.t) {
    case "decide":
      return brackets.includes(content.bracket) || content.clause.some((each) => each.node === node);
    case "position":
    case "agree":
    case "concord":
    case "initial":
    case "rectify_open":
      return content.items.some((each) => each.node === node);
    case "reopen":
    case "package":
      return content.nodes.includes(node);
    case "link":
      return content.node === node || content.on === node;
    default:
      return false;
  }
}
