// What concerns the whole draft and whoever reads it.

import type { DraftView } from "../../member/api.ts";
import { failureWords } from "../failure-words.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePersonName } from "../parts/person.tsx";
import { type Mode, useDraft } from "./use-draft.ts";

export function DraftBanners({ reopen }: { reopen: () => void }) {
  const draft = useDraft();
  const { view, refused } = draft;
  return (
    <div class="banners">
      {refused !== null && (
        <Notice
          tone="danger"
          title={t("draft.refused.title")}
          alert
          actions={
            <button type="button" onClick={reopen}>
              {t("draft.refused.reopen")}
            </button>
          }
        >
          {t("draft.refused.text")} {failureWords(refused.code, refused.detail)}
        </Notice>
      )}
      {view.problem !== null && <Problem problem={view.problem} />}
      {view.waitingFor !== null && <Notice tone="info">{t(`draft.waiting.${view.waitingFor}`)}</Notice>}
      {view.unconfirmed && <Notice tone="warning">{t("draft.unconfirmed")}</Notice>}
      {view.problem === null && view.waitingFor === null && <Reading view={view} mode={draft.mode} />}
    </div>
  );
}

function Problem({ problem }: { problem: NonNullable<DraftView["problem"]> }) {
  const name = usePersonName(problem.account);
  const { kind, number, stream, evidence } = problem;
  return (
    <Notice tone="danger" title={t(`draft.problem.${kind}.title`)}>
      {t(`draft.problem.${kind}.text`, { name })}
      <details>
        <summary>{t("draft.problem.details")}</summary>
        <code>{[stream, number, evidence].join(" · ")}</code>
      </details>
    </Notice>
  );
}

/** Who may not write is told so once, instead of by keys that do nothing. */
function Reading({ view, mode }: { view: DraftView; mode: Mode }) {
  if (mode === "write") return null;
  const words = mode === "propose" ? "propose" : view.right === "comment" ? "comment" : "read";
  return <p class="draft-mode">{t(`draft.mode.${words}`)}</p>;
}
