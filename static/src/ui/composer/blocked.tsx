// Why nothing can be written here now, and the way on.

import type { ComponentChildren } from "preact";
import type { RoomView } from "../../member/api.ts";
import { Icon, type IconName } from "../icons.tsx";
import { type Key, t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { usePortal } from "../portal.ts";
import { mayManage } from "../room/rights.ts";

/** For rooms in which this person does not write at all. */
export function ReadingOnly({ room }: { room: RoomView }) {
  const { session } = usePortal();
  if (room.standing === "removed") return <Line icon="removePerson" text="composer.removed" />;
  if (room.standing === "joining") return <Line icon="clock" text="composer.joining" />;
  if (room.state === "archived") {
    const reopen = (
      <button
        type="button"
        class="button-small"
        onClick={() => session.show({ kind: "archive-room", room: room.room, archive: false })}
      >
        {t("archive.reopen")}
      </button>
    );
    return (
      <Line icon="archive" text="composer.archived">
        {mayManage(room) && reopen}
      </Line>
    );
  }
  return <Line icon="noted" text="composer.observer" />;
}

function Line({ icon, text, children }: { icon: IconName; text: Key; children?: ComponentChildren }) {
  return (
    <div class="reading-only" role="note">
      <Icon name={icon} size={18} /> <span>{t(text)}</span> {children}
    </div>
  );
}

/** For rooms in which sending waits for a decision; writing goes on. */
export function SendingStops({ room }: { room: RoomView }) {
  const { session } = usePortal();
  if (room.blockedBy.length > 0) {
    const actions = room.blockedBy.map((account) => (
      <button
        key={account}
        type="button"
        class="button-small"
        onClick={() => session.show({ kind: "changed-key", account })}
      >
        <Icon name="changed" size={14} /> <Person account={account} /> <span>{t("changedKey.look")}</span>
      </button>
    ));
    return (
      <Notice tone="danger" title={t("composer.keyChanged.title")} actions={actions}>
        {t("composer.keyChanged.text")}
      </Notice>
    );
  }
  if (room.unlogged.length > 0) {
    const who = room.unlogged.map((account) => <Person key={account} account={account} />);
    return (
      <Notice tone="danger" title={t("composer.unlogged.title")} actions={who}>
        {t("composer.unlogged.text")}
      </Notice>
    );
  }
  if (room.renamed.length > 0) {
    const actions = room.renamed.map((account) => (
      <button
        key={account}
        type="button"
        class="button-small"
        onClick={() => session.show({ kind: "changed-name", account })}
      >
        <Icon name="changed" size={14} /> <Person account={account} /> <span>{t("changedName.look")}</span>
      </button>
    ));
    return (
      <Notice tone="warning" title={t("composer.renamed.title")} actions={actions}>
        {t("composer.renamed.text")}
      </Notice>
    );
  }
  if (room.problem !== null) return <Notice tone="warning">{t("composer.problem")}</Notice>;
  return null;
}

/** Whether sending is stopped although this person may write here. */
export function isStopped(room: RoomView): boolean {
  const waits = room.unlogged.length > 0 || room.renamed.length > 0;
  return room.blockedBy.length > 0 || waits || room.problem !== null;
}
