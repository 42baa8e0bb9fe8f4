// Going on in a room whose record is not as it should be: what that means, and that it is the person's decision.

import type { Answer, Id, RoomProblem } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePortal } from "../portal.ts";
import { FormDialog } from "./form.tsx";

interface AnswerProblemProps {
  room: Id;
  problem: RoomProblem["kind"];
  answer: Exclude<Answer, "fetch">;
}

export function AnswerProblem({ room, problem, answer }: AnswerProblemProps) {
  const { api, session } = usePortal();
  const act = async (): Promise<void> => {
    const { parted } = await api.answerProblem(room, answer);
    if (answer === "continue") return;
    await session.reopenRoom();
    // Not a toast that goes by itself: it is what the person has to know now.
    if (parted === null) session.toast("done", t("room.answer.reread.same"));
    else session.toast("problem", t("room.answer.reread.parted", { number: parted }));
  };
  const words = answer === "reread" ? "reread" : problem === "dropped" ? "continueGap" : "continue";
  return (
    <FormDialog
      title={t(`room.problem.way.${answer}`)}
      submit={t(`room.problem.way.${answer}`)}
      size="medium"
      danger
      work={act}
    >
      <p>{t(`room.answer.${words}.text`)}</p>
      <Notice tone="warning">{t(`room.answer.${words}.advice`)}</Notice>
    </FormDialog>
  );
}
