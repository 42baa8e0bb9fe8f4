// The small bar that appears at the message that is pointed at or has the focus.

import type { MessageEntry } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { MARKS, MARK_ICONS, type MessageActions, actionsOf } from "./message-actions.ts";

/** What stands in the menu, for whom it is allowed: about the translation first, then about the message. */
function menuOf(actions: MessageActions): (MenuItem | null)[] {
  const { turn, translateBack, otherWordings, render, correct, withdraw, copyTranslation, copy } = actions;
  const item = (run: (() => void) | undefined, made: Omit<MenuItem, "run">): MenuItem[] =>
    run === undefined ? [] : [{ ...made, run }];
  const reading = [
    ...item(turn, { label: t("shortcut.original"), icon: "globe", shortcut: "o" }),
    ...item(translateBack, { label: t("translation.panel.back"), icon: "retry", shortcut: "b" }),
    ...item(otherWordings, { label: t("translation.panel.wordings"), icon: "document", shortcut: "a" }),
    ...item(render, {
      label: t(copyTranslation === undefined ? "render.new" : "render.title"),
      icon: "interpreter",
      shortcut: "t",
    }),
  ];
  const writing = [
    ...item(correct, { label: t("message.correct"), icon: "correct", shortcut: "e" }),
    ...item(withdraw, { label: t("message.withdraw"), icon: "withdraw", shortcut: "w", danger: true }),
    ...item(copyTranslation, { label: t("message.copyTranslation"), icon: "copy", shortcut: "y" }),
    ...item(copy, {
      label: t(copyTranslation === undefined ? "message.copy" : "message.copyOriginal"),
      icon: "copy",
      ...(copyTranslation === undefined && { shortcut: "y" }),
    }),
  ];
  return reading.length > 0 && writing.length > 0 ? [...reading, null, ...writing] : [...reading, ...writing];
}

export function MessageTools({ entry, name }: { entry: MessageEntry; name: string }) {
  const portal = usePortal();
  const room = useSelect((state) => state.room);
  const own = useSelect(me);
  if (room === null || own === null) return null;
  const actions = actionsOf(portal, room, entry, own);
  const { react, reply } = actions;
  const more = menuOf(actions);
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
