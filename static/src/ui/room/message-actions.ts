// What may be done with a message, and by whom. A missing action is not allowed here and not shown.

import type { Id, Mark, MessageEntry, RoomView } from "../../member/api.ts";
import type { IconName } from "../icons.tsx";
import { t } from "../i18n.ts";
import type { Portal } from "../portal.ts";
import { focusOn } from "../shell/keys.ts";
import { mayWrite } from "./rights.ts";

export const MARKS = ["agree", "noted", "thanks", "question"] as const satisfies readonly Mark[];
export const MARK_ICONS: Record<Mark, IconName> = {
  agree: "agree",
  noted: "noted",
  thanks: "thanks",
  question: "question",
};

export interface MessageActions {
  react?: (mark: Mark) => void;
  reply?: () => void;
  correct?: () => void;
  withdraw?: () => void;
  copy?: () => void;
}

export function actionsOf(portal: Portal, room: RoomView, entry: MessageEntry, own: Id): MessageActions {
  const { api, session, store } = portal;
  const standing = entry.withdrawn === null;
  const actions: MessageActions = {};
  if (standing) actions.copy = () => void copyText(portal, entry.text);
  if (!standing || entry.sending !== "sent" || !mayWrite(room)) return actions;
  actions.react = (mark) => {
    const on = !entry.reactions.some((each) => each.mark === mark && each.accounts.includes(own));
    void session.attempt(api.react(room.room, entry.item, mark, on));
  };
  actions.reply = () => {
    store.set({ composing: { reply: entry, correct: null } });
    focusOn("#composer-text");
  };
  if (entry.account !== own) return actions;
  actions.correct = () => {
    store.set({ composing: { reply: null, correct: entry } });
    focusOn("#composer-text");
  };
  actions.withdraw = () => session.show({ kind: "withdraw", room: room.room, message: entry });
  return actions;
}

async function copyText({ session }: Portal, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    session.toast("done", t("action.copied"));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    session.toast("problem", t("action.copyRefused"));
  }
}
