// What concerns the whole draft and whoever reads it.

import { useState } from "preact/hooks";
import type { DraftView } from "../../member/api.ts";
import { failureWords } from "../failure-words.ts";
import { t } from "../i18n.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { usePersonName } from "../parts/person.tsx";
import { safeFileName, saveBlob } from "../parts/save.ts";
import { useCall } from "../portal.ts";
import { GoOn } from "./go-on.tsx";
import { type Mode, useDraft } from "./use-draft.ts";

export function DraftBanners({ reopen }: { reopen: () => void }) {
  const draft = useDraft();
  const { view, refused, outside } = draft;
  if (outside) return <Outside unsent={view.unsent} />;
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
      {!view.blocked && view.waitingFor === null && <Reading view={view} mode={draft.mode} />}
    </div>
  );
}

/** What others cannot see any more is said, so that nobody goes on believing that they can. */
function Outside({ unsent }: { unsent: number }) {
  return (
    <div class="banners">
      <Notice tone="warning" title={t("composer.removed")} alert>
        {unsent > 0 && t("draft.outside.unsent")}
      </Notice>
    </div>
  );
}

function Problem({ problem }: { problem: NonNullable<DraftView["problem"]> }) {
  const { view } = useDraft();
  const known = usePersonName(problem.account);
  const { kind, number, stream, evidence } = problem;
  const name = problem.account === null ? t("draft.problem.somebody") : known;
  const stuck = view.blocked && view.answers.length === 0 && kind !== "fork"; // a fork's words say so themselves
  return (
    <Notice tone="danger" title={t(`draft.problem.${kind}.title`)} alert actions={<Answers problem={problem} />}>
      {t(`draft.problem.${kind}.text`, { name })} {view.answers.length > 0 && view.blocked && t("draft.problem.decide")}
      {stuck && t("draft.problem.stuck")}
      <details>
        <summary>{t("draft.problem.details")}</summary>
        <code>{[stream, number, evidence].join(" · ")}</code>
      </details>
    </Notice>
  );
}

/** What the person can decide, as in rooms: going on asks once more. */
function Answers({ problem }: { problem: NonNullable<DraftView["problem"]> }) {
  const { desk, drafts, document, view, lang } = useDraft();
  const call = useCall();
  const [asking, setAsking] = useState(false);
  const [fetched, setFetched] = useState(false);
  const fetch = (): Promise<void> => drafts.answerDraftProblem(desk.room, desk.draft, "fetch");
  const save = async (): Promise<void> => {
    const date = new Date().toISOString().slice(0, 10);
    const title = document.meta.title[lang] ?? "";
    const file = `${safeFileName(title === "" ? t("draft.untitled") : title)} ${date}.evidence.jsonl`;
    saveBlob(await drafts.draftEvidence(desk.room, desk.draft), file);
  };
  return (
    <>
      {view.answers.includes("fetch") && (
        <button type="button" class="button-primary" disabled={call.busy} onClick={() => void call.run(fetch).then(setFetched)}>
          {t("room.problem.way.fetch")}
        </button>
      )}
      {view.answers.includes("continue") && (
        <button type="button" disabled={call.busy} onClick={() => setAsking(true)}>
          {t("room.problem.way.continue")}
        </button>
      )}
      <button type="button" disabled={call.busy} onClick={() => void call.run(save)}>
        {t("room.problem.save")}
      </button>
      {fetched && <span role="status">{t("room.problem.stillMissing")}</span>}
      <FailureNotice failure={call.failure} />
      {asking && <GoOn problem={problem} close={() => setAsking(false)} />}
    </>
  );
}

/** Who may not write is told so once, instead of by keys that do nothing. */
function Reading({ view, mode }: { view: DraftView; mode: Mode }) {
  if (mode === "write") return null;
  const words = mode === "propose" ? "propose" : view.right === "comment" ? "comment" : "read";
  return <p class="draft-mode">{t(`draft.mode.${words}`)}</p>;
}
