// The small bar that appears at the message that is pointed at or has the focus.

import type { Id, MessageEntry } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { MARKS, MARK_ICONS, actionsOf } from "./message-actions.ts";

export function MessageTools({ entry, own, name }: { entry: MessageEntry; own: Id; name: string }) {
  const portal = usePortal();
  const room = useSelect((state) => state.room);
  if (room === null) return null;
  const { react, reply, correct, withdraw, copy } = actionsOf(portal, room, entry, own);
  const more: MenuItem[] = [
    ...(correct === undefined
      ? []
      : [{ label: t("message.correct"), icon: "correct", shortcut: "e", run: correct } as const]),
    ...(withdraw === undefined
      ? []
      : [{ label: t("message.withdraw"), icon: "withdraw", shortcut: "w", danger: true, run: withdraw } as const]),
    ...(copy === undefined ? [] : [{ label: t("message.copy"), icon: "copy", shortcut: "y", run: copy } as const]),
  ];
  return (
    <div class="message-tools" role="group" aria-label={t("message.tools", { name })}>
      {react !== undefined &&
        MARKS.map((mark) => (
          <button
            key={mark}
            type="button"
            class="button-quiet button-icon"
            aria-label={t(`mark.${mark}`)}
            title={t(`mark.${mark}`)}
            onClick={() => react(mark)}
          >
            <Icon name={MARK_ICONS[mark]} />
          </button>
        ))}
      {reply !== undefined && (
        <button
          type="button"
          class="button-quiet button-icon"
          aria-label={t("message.reply")}
          title={t("message.reply")}
          onClick={reply}
        >
          <Icon name="reply" />
        </button>
      )}
      {more.length > 0 && (
        <Menu label={t("message.more")} items={more}>
          <Icon name="more" />
        </Menu>
      )}
    </div>
  );
}
