// The field in which one writes: its keys, the list of people at "@", pasted files.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { RoomView } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { type Portal, usePortal, useSelect } from "../portal.ts";
import { complete } from "../record/mentions.ts";
import { lastOwn } from "../record/rows.ts";
import { roomName } from "../room/naming.ts";
import { me } from "../state.ts";
import { attach } from "./attachments.ts";
import { MENTION_LIST, MentionList, type Mentioning, useMentions } from "./mention-list.tsx";
import type { Previewing } from "./use-preview.ts";
import type { Text } from "./use-text.ts";

/** Whether the Enter key of this device is for sending: a phone's keyboard has no other key for a new line. */
export function entersAreSent(enterSends: boolean): boolean {
  return enterSends && matchMedia("(pointer: fine)").matches;
}

interface TextFieldProps {
  room: RoomView;
  text: Text;
  lang: string;
  previewing: Previewing;
  send: () => void;
}

export function TextField({ room, text: model, lang, previewing, send }: TextFieldProps) {
  const portal = usePortal();
  const { text, change, drafts } = model;
  const own = useSelect((state) => me(state)?.account ?? "");
  const correcting = useSelect((state) => state.composing.correct !== null);
  const area = useRef<HTMLTextAreaElement>(null);
  const mentioning = useMentions(room, own);
  useGrowing(area, text);
  const pick = (name: string): void => {
    if (mentioning.typed === null || area.current === null) return;
    const done = complete(text, area.current.selectionEnd, mentioning.typed, name);
    // At once, not after the next rendering: what somebody types until then would come before the caret.
    area.current.value = done.text;
    area.current.setSelectionRange(done.caret, done.caret);
    change(done.text);
    mentioning.look(done.text, done.caret);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return; // the keys belong to the input method
    const done =
      onMentionKey(event, mentioning, pick) ||
      onPreviewKey(event, previewing) ||
      onWritingKey(event, portal, text, own, send);
    if (done) event.preventDefault();
  };
  const onText = (field: HTMLTextAreaElement): void => {
    change(field.value);
    mentioning.look(field.value, field.selectionEnd);
    drafts.typing(field.value !== "" && !correcting);
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void attach(portal, room.room, files);
  };
  return (
    <>
      <MentionList mentioning={mentioning} onPick={(person) => pick(person.name)} />
      <textarea
        id="composer-text"
        ref={area}
        class="composer-text"
        rows={1}
        dir="auto"
        lang={lang}
        value={text}
        placeholder={t("composer.placeholder", { room: roomName(room) })}
        aria-label={t("composer.label", { room: roomName(room) })}
        aria-autocomplete="list"
        aria-controls={mentioning.offered.length > 0 ? MENTION_LIST : undefined}
        aria-activedescendant={mentioning.option}
        onInput={(event) => onText(event.currentTarget)}
        onKeyDown={onKeyDown}
        onClick={(event) => mentioning.look(text, event.currentTarget.selectionEnd)}
        onBlur={() => drafts.flush()}
        onPaste={onPaste}
      />
    </>
  );
}

function onMentionKey(event: KeyboardEvent, mentioning: Mentioning, pick: (name: string) => void): boolean {
  const chosen = mentioning.offered[mentioning.at];
  if (chosen === undefined) return false;
  if (event.key === "ArrowDown") mentioning.move(1);
  else if (event.key === "ArrowUp") mentioning.move(-1);
  else if (event.key === "Enter" || event.key === "Tab") pick(chosen.name);
  else if (event.key === "Escape") mentioning.close();
  else return false;
  return true;
}

/** Alt+Enter shows how the text will read, Escape puts that away. */
function onPreviewKey(event: KeyboardEvent, previewing: Previewing): boolean {
  if (event.key === "Enter" && event.altKey && previewing.interpreter !== null) previewing.open();
  else if (event.key === "Escape" && previewing.state !== null) previewing.close();
  else return false;
  return true;
}

/** Enter sends, Escape leaves an answer or a correction, ↑ in an empty field corrects the last own message. */
function onWritingKey(event: KeyboardEvent, portal: Portal, text: string, own: string, send: () => void): boolean {
  const { store } = portal;
  const { composing, preferences, record } = store.get();
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && (mod || (entersAreSent(preferences.enterSends) && !event.shiftKey))) {
    send();
    return true;
  }
  if (event.key === "Escape" && (composing.reply !== null || composing.correct !== null)) {
    store.set({ composing: { reply: null, correct: null } });
    return true;
  }
  const bare = !mod && !event.altKey && !event.shiftKey; // with Alt it leads to the room before
  if (event.key !== "ArrowUp" || !bare || text !== "" || composing.correct !== null) return false;
  const last = lastOwn(record?.window?.entries ?? [], own);
  if (last !== null) store.set({ composing: { reply: null, correct: last } });
  return last !== null;
}

/** Let the field grow with its text where the style sheet alone can not. */
function useGrowing(area: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    if (area.current === null || CSS.supports("field-sizing", "content")) return;
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
}
