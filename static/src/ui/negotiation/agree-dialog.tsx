// Before clauses are recorded as agreed: on which words, and whether a delegation stands against it.

import { obstacles } from "../../draft/negotiation/matrix.ts";
import type { Level } from "../../wire/drafts/acts.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { useNameList } from "./delegations.tsx";
import { RunsText } from "./runs-text.tsx";
import { refsOfAll, useNegotiation } from "./use-negotiation.ts";

interface AgreeDialogProps {
  clauses: readonly ClauseView[];
  level: Level;
  onClose: () => void;
}

export function AgreeDialog({ clauses, level, onClose }: AgreeDialogProps) {
  const { parties, lang } = useNegotiation();
  const nameList = useNameList();
  const found = clauses.map((clause) => obstacles(clause, parties));
  const against = new Set(found.flatMap((each) => each.against));
  const silent = new Set(found.flatMap((each) => each.silent));
  const nodes = clauses.map(({ node }) => node);
  const only = clauses.length === 1 ? clauses[0] : undefined;
  return (
    <ActDialog
      title={t(`negotiation.agree.title.${level}`)}
      submit={t("negotiation.agree.sign")}
      wish={(negotiation) => {
        const items = refsOfAll(nodes, negotiation);
        return items.length === 0 ? null : { t: "agree", items, level };
      }}
      done={t(`negotiation.agree.done.${level}`)}
      onClose={onClose}
    >
      {only !== undefined && (
        <blockquote class="quoted">
          <RunsText runs={only.runs[lang] ?? []} lang={lang} />
        </blockquote>
      )}
      <p>{t(`negotiation.agree.text.${level}`)}</p>
      {against.size + silent.size > 0 && (
        <Notice tone="warning" title={t("negotiation.agree.willBeRefused")}>
          {against.size > 0 && <p>{t("negotiation.agree.against", { names: nameList(against) })}</p>}
          {silent.size > 0 && <p>{t("negotiation.agree.silent", { names: nameList(silent) })}</p>}
        </Notice>
      )}
    </ActDialog>
  );
}
