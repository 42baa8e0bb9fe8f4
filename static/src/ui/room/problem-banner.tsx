// Something is wrong with the room's record: what it means, what to show to whoever investigates, and the way on.

import { useState } from "preact/hooks";
import type { RoomProblem, RoomView } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall, usePortal } from "../portal.ts";
import { roomName } from "./naming.ts";
import { saveEvidence } from "./evidence.ts";

/** Problems that end when the others let this device in anew. */
const REJOINED: readonly RoomProblem["kind"][] = ["commit-refused", "no-key"];

export function ProblemBanner({ room, problem }: { room: RoomView; problem: RoomProblem }) {
  const portal = usePortal();
  const call = useCall();
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
            {REJOINED.includes(problem.kind) ? <Rejoin room={room} /> : <Answers room={room} problem={problem} />}
            <button type="button" disabled={call.busy} onClick={() => void call.run(() => saveEvidence(portal, room))}>
              {t("room.problem.save")}
            </button>
          </>
        }
      >
        <p>{t(`room.problem.${problem.kind}.text`)}</p>
        <FailureNotice failure={call.failure} />
        <details>
          <summary>{t("room.problem.evidence", { number: problem.number })}</summary>
          <pre class="code" dir="ltr">
            {problem.evidence}
          </pre>
          <CopyButton text={report.join("\n")} label={t("room.problem.copy")} />
        </details>
      </Notice>
    </div>
  );
}

function Rejoin({ room }: { room: RoomView }) {
  const { api } = usePortal();
  const call = useCall();
  const [asked, setAsked] = useState(false);
  if (asked) return <span role="status">{t("room.problem.asked")}</span>;
  return (
    <>
      <button
        type="button"
        class="button-primary"
        disabled={call.busy}
        onClick={() => void call.run(() => api.rejoin(room.room)).then(setAsked)}
      >
        {t("room.problem.way.rejoin")}
      </button>
      <FailureNotice failure={call.failure} />
    </>
  );
}

/** What the person can decide; what costs something asks once more. */
function Answers({ room, problem }: { room: RoomView; problem: RoomProblem }) {
  const { api, session } = usePortal();
  const call = useCall();
  const [fetched, setFetched] = useState(false);
  return (
    <>
      {room.answers.map((answer) => (
        <button
          key={answer}
          type="button"
          class={answer === "fetch" ? "button-primary" : ""}
          disabled={call.busy}
          onClick={() => {
            if (answer === "fetch") void call.run(() => api.answerProblem(room.room, answer)).then(setFetched);
            else session.show({ kind: "answer-problem", room: room.room, problem: problem.kind, answer });
          }}
        >
          {t(`room.problem.way.${answer}`)}
        </button>
      ))}
      {!room.answers.includes("fetch") && (
        <button type="button" onClick={() => session.show({ kind: "new-room", likeRoom: room })}>
          {t("room.problem.way.new-room")}
        </button>
      )}
      {fetched && <span role="status">{t("room.problem.stillMissing")}</span>}
      <FailureNotice failure={call.failure} />
    </>
  );
}
