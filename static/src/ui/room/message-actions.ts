// What may be done with a message, and by whom. A missing action is not allowed here and not shown.

import type { Id, Mark, Me, MessageEntry, RoomView } from "../../member/api.ts";
import type { IconName } from "../icons.tsx";
import { t } from "../i18n.ts";
import type { Portal } from "../portal.ts";
import { focusOn } from "../shell/keys.ts";
import { askable, standingOf } from "../translation/interpreters.ts";
import { sameLanguage } from "../translation/languages.ts";
import { togglePanel, turn } from "../translation/opened.ts";
import { shownOf } from "../translation/shown.ts";
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
  /** Show or hide the original of what was translated. */
  turn?: () => void;
  copyTranslation?: () => void;
  translateBack?: () => void;
  otherWordings?: () => void;
  render?: () => void;
}

export function actionsOf(portal: Portal, room: RoomView, entry: MessageEntry, own: Me): MessageActions {
  const actions = writingActions(portal, room, entry, own.account);
  if (entry.withdrawn === null) Object.assign(actions, readingActions(portal, room, entry, own));
  return actions;
}

/** What one can do with how a message reads in one's own language. */
function readingActions(portal: Portal, room: RoomView, entry: MessageEntry, own: Me): MessageActions {
  const { session, store } = portal;
  const actions: MessageActions = {};
  const shown = shownOf(entry, own, standingOf(room), Date.now());
  if (shown.kind === "translated") {
    actions.turn = () => turn(store, entry.item);
    actions.copyTranslation = () => void copyText(portal, shown.view.text);
    if (askable(room, shown.view.by) !== null) {
      actions.translateBack = () => togglePanel(store, entry.item, "back");
      actions.otherWordings = () => togglePanel(store, entry.item, "wordings");
    }
  }
  const another = own.languages.some((each) => !sameLanguage(each, entry.lang));
  if (another && entry.text !== "" && entry.sending === "sent" && mayWrite(room)) {
    actions.render = () => session.show({ kind: "render", room: room.room, message: entry });
  }
  return actions;
}

function writingActions(portal: Portal, room: RoomView, entry: MessageEntry, own: Id): MessageActions {
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
