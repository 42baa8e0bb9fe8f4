// Something is wrong with the room's record: what it means, what to show to whoever investigates, and the way on.

import { useState } from "preact/hooks";
import type { RoomProblem, RoomView } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall, usePortal } from "../portal.ts";
import { roomName } from "./naming.ts";

/** What helps: fetching again, being let in anew, or a new room with the same people. */
const WAYS: Record<RoomProblem["kind"], "reload" | "rejoin" | "new-room"> = {
  fork: "new-room",
  dropped: "reload",
  forged: "new-room", // what was delivered here is part of no honest record: nothing can be said on top of it
  "commit-refused": "rejoin",
  "no-key": "rejoin",
};

export function ProblemBanner({ room, problem }: { room: RoomView; problem: RoomProblem }) {
  const { api, session } = usePortal();
  const call = useCall();
  const [asked, setAsked] = useState(false);
  const way = WAYS[problem.kind];
  const act = async (): Promise<void> => {
    if (way === "new-room") session.show({ kind: "new-room", likeRoom: room });
    else if (way === "reload") await session.reopenRoom();
    else setAsked(await call.run(() => api.rejoin(room.room)));
  };
  const report = [
    `room ${room.room} (${roomName(room)})`,
    `problem ${problem.kind} at ${problem.number}`,
    problem.evidence,
  ];
  return (
    <div class="problem-banner">
      <Notice
        tone={problem.kind === "no-key" ? "warning" : "danger"}
        title={t(`room.problem.${problem.kind}.title`)}
        alert
        actions={
          <>
            {!asked && (
              <button type="button" class="button-primary" disabled={call.busy} onClick={() => void act()}>
                {t(`room.problem.way.${way}`)}
              </button>
            )}
            <CopyButton text={report.join("\n")} label={t("room.problem.copy")} />
          </>
        }
      >
        <p>{t(`room.problem.${problem.kind}.text`)}</p>
        {asked && <p role="status">{t("room.problem.asked")}</p>}
        <FailureNotice failure={call.failure} />
        <details>
          <summary>{t("room.problem.evidence", { number: problem.number })}</summary>
          <pre class="code" dir="ltr">
            {problem.evidence}
          </pre>
        </details>
      </Notice>
    </div>
  );
}
