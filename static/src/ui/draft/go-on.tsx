// Going on in a draft in which something is wrong: what that means, and that it is the person's decision.

import type { DraftView } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall } from "../portal.ts";
import { useDraft } from "./use-draft.ts";

export function GoOn({ problem, close }: { problem: NonNullable<DraftView["problem"]>; close: () => void }) {
  const { desk, drafts } = useDraft();
  const call = useCall();
  const words = problem.kind === "dropped" ? "continueGap" : "continue";
  const act = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await call.run(() => drafts.answerDraftProblem(desk.room, desk.draft, "continue"))) close();
  };
  return (
    <Dialog title={t("room.problem.way.continue")} size="medium" keepOpen onClose={close}>
      <form class="form" onSubmit={(event) => void act(event)}>
        <p>{t(`draft.answer.${words}.text`)}</p>
        <Notice tone="warning">{t(`draft.answer.${words}.advice`)}</Notice>
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={close}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-danger-full" disabled={call.busy}>
            {t("room.problem.way.continue")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
