// One room: its header, its record, and the place to write.

import { t } from "../i18n.ts";
import { RoomLedgerBanner } from "../ledger/findings.tsx";
import { Loading } from "../parts/loading.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { Composer } from "../composer/composer.tsx";
import { ProblemBanner } from "./problem-banner.tsx";
import { RecordList } from "./record-list.tsx";
import { RoomHeader } from "./room-header.tsx";
import { TranslationLine } from "../translation/room-line.tsx";
import { TransferTray } from "./transfer-tray.tsx";
import { TypingLine } from "./typing-line.tsx";

export function Room() {
  const { session } = usePortal();
  const room = useSelect((state) => state.room);
  const failure = useSelect((state) => state.roomFailure);
  if (failure !== null) {
    return (
      <div class="empty">
        <h1>{t("room.notShown")}</h1>
        <FailureNotice failure={failure} />
        <div class="button-row">
          <button type="button" class="button-primary" onClick={() => session.followAddress()}>
            {t("action.retry")}
          </button>
          <button type="button" onClick={() => session.go({ screen: "home" })}>
            {t("room.toRooms")}
          </button>
        </div>
      </div>
    );
  }
  if (room === null) return <Loading />;
  return (
    <div class="room">
      <RoomHeader room={room} />
      {room.problem !== null && <ProblemBanner room={room} problem={room.problem} />}
      <RoomLedgerBanner room={room} />
      <TranslationLine room={room} />
      <RecordList room={room.room} />
      <div class="room-foot">
        <TypingLine typing={room.typing} />
        <TransferTray room={room.room} />
        <Composer key={room.room} room={room} />
      </div>
    </div>
  );
}
