// Where one writes: text, its language, mentions, files; an answer or a correction.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MessageEntry, RoomView } from "../../member/api.ts";
import { isFailure } from "../failure-words.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";
import { type Portal, usePortal, useSelect } from "../portal.ts";
import { complete, mentioned } from "../record/mentions.ts";
import { lastOwn } from "../record/rows.ts";
import { roomName } from "../room/naming.ts";
import { TransferRow } from "../room/transfer-tray.tsx";
import { focusOn, modKey } from "../shell/keys.ts";
import { isOnline, me } from "../state.ts";
import { attach, attachedTo, detach, setAttached } from "./attachments.ts";
import { ReadingOnly, SendingStops, isStopped } from "./blocked.tsx";
import { DraftKeeper } from "./draft.ts";
import { useDrop } from "./drop.ts";
import { MENTION_LIST, MentionList, type Mentioning, useMentions } from "./mention-list.tsx";

/** What fits into one message, in UTF-8 bytes, with room for mentions and files (docs/protocol.md §5). */
const LARGEST_TEXT_BYTES = 48_000;

export function Composer({ room }: { room: RoomView }) {
  if (room.standing !== "member" || room.state === "archived" || room.role === "observer") {
    return <ReadingOnly room={room} />;
  }
  return <Writing room={room} />;
}

function Writing({ room }: { room: RoomView }) {
  const portal = usePortal();
  const { api, session, store, record } = portal;
  const own = useSelect(me);
  const { reply, correct } = useSelect((state) => state.composing);
  const { enterSends, writing } = useSelect((state) => state.preferences);
  const online = useSelect(isOnline);
  const transfers = useSelect((state) => state.transfers);
  const attached = useSelect((state) => state.attached.get(room.room) ?? NOTHING);
  const languages = own?.languages ?? ["en"];
  const lang = writing !== null && languages.includes(writing) ? writing : (languages[0] ?? "en");
  const { text, change, drafts } = useText(portal, room, correct, reply);
  const area = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const mentioning = useMentions(room, own?.account ?? "");
  const dropping = useDrop(form, (files) => void attach(portal, room.room, files));
  useGrowing(area, text);

  const unfinished = attached.some((id) => transfers.get(id)?.state !== "done");
  const tooLong = new TextEncoder().encode(text).length > LARGEST_TEXT_BYTES;
  const empty = text.trim() === "" && (attached.length === 0 || correct !== null);
  const stopped = isStopped(room) || tooLong || (unfinished && correct === null);

  const send = async (): Promise<void> => {
    if (empty || stopped) return;
    const names = new Map(room.members.map((account) => [store.get().people.get(account)?.name ?? "", account]));
    drafts.typing(false);
    if (correct !== null) {
      const item = correct.item;
      store.set({ composing: { reply: null, correct: null } });
      await session.attempt(api.correct(room.room, item, text.trim(), lang));
      return;
    }
    const files = [...attached];
    change("");
    setAttached(portal, room.room, []);
    store.set({ composing: { reply: null, correct: null } });
    record.clearUnread();
    const message = { text: text.trim(), lang, reply: reply?.item ?? null, mentions: mentioned(text, names), files };
    const item = await session.attempt(api.send(room.room, message));
    if (item !== undefined) await record.toNewest();
    else restore(portal, room, text, files, reply, change);
  };
  const pick = (name: string): void => {
    if (mentioning.typed === null || area.current === null) return;
    const done = complete(text, area.current.selectionEnd, mentioning.typed, name);
    change(done.text);
    requestAnimationFrame(() => area.current?.setSelectionRange(done.caret, done.caret));
    mentioning.look(done.text, done.caret);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return; // the keys belong to the input method
    if (onMentionKey(event, mentioning, pick)) return;
    if (event.key === "Enter" && sends(event, enterSends)) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape" && (reply !== null || correct !== null)) {
      event.preventDefault();
      store.set({ composing: { reply: null, correct: null } });
    } else if (event.key === "ArrowUp" && text === "" && correct === null) {
      const last = lastOwn(store.get().record?.window?.entries ?? [], own?.account ?? "");
      if (last === null) return;
      event.preventDefault();
      store.set({ composing: { reply: null, correct: last } });
    }
  };
  const onText = (target: HTMLTextAreaElement): void => {
    change(target.value);
    mentioning.look(target.value, target.selectionEnd);
    drafts.typing(target.value !== "" && correct === null);
  };
  return (
    <form
      class={dropping ? "composer composer-dropping" : "composer"}
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <SendingStops room={room} />
      {(reply ?? correct) !== null && <About portal={portal} reply={reply} correct={correct} />}
      {attached.length > 0 && correct === null && (
        <ul class="transfers" aria-label={t("composer.files")}>
          {attached.map((id) => {
            const transfer = transfers.get(id);
            return transfer && <TransferRow key={id} transfer={transfer} onRemove={() => detach(portal, room.room, id)} />;
          })}
        </ul>
      )}
      <div class="composer-box">
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
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0) return;
            event.preventDefault();
            void attach(portal, room.room, files);
          }}
        />
        <div class="composer-tools">
          <AttachButton disabled={correct !== null} onFiles={(files) => void attach(portal, room.room, files)} />
          <label class="composer-language" title={t("composer.language")}>
            <span class="visually-hidden">{t("composer.language")}</span>
            <select value={lang} onChange={(event) => void session.prefer({ writing: event.currentTarget.value })}>
              {languages.map((tag) => (
                <option key={tag} value={tag}>
                  {languageName(tag)}
                </option>
              ))}
            </select>
          </label>
          <span class="composer-hint">
            {tooLong ? t("composer.tooLong") : unfinished && correct === null ? t("composer.filesFirst") : online ? keyHint(enterSends) : t("composer.offline")}
          </span>
          <button type="submit" class="button-primary" disabled={empty || stopped}>
            <Icon name={correct === null ? "send" : "check"} /> {correct === null ? t("composer.send") : t("composer.saveCorrection")}
          </button>
        </div>
      </div>
      {dropping && <div class="composer-drop">{t("composer.drop")}</div>}
    </form>
  );
}

const NOTHING: readonly string[] = [];

function keyHint(enterSends: boolean): string {
  return enterSends ? t("composer.enterHint") : t("composer.modEnterHint", { key: modKey() });
}

function sends(event: KeyboardEvent, enterSends: boolean): boolean {
  const mod = event.ctrlKey || event.metaKey;
  return enterSends ? !event.shiftKey || mod : mod;
}

function onMentionKey(event: KeyboardEvent, mentioning: Mentioning, pick: (name: string) => void): boolean {
  const chosen = mentioning.offered[mentioning.at];
  if (chosen === undefined) return false;
  if (event.key === "ArrowDown") mentioning.move(1);
  else if (event.key === "ArrowUp") mentioning.move(-1);
  else if (event.key === "Enter" || event.key === "Tab") pick(chosen.name);
  else if (event.key === "Escape") mentioning.close();
  else return false;
  event.preventDefault();
  return true;
}

/** The worker did not take the message: everything stands as before. */
function restore(
  portal: Portal,
  room: RoomView,
  text: string,
  files: readonly string[],
  reply: MessageEntry | null,
  change: (text: string) => void,
): void {
  change(text);
  setAttached(portal, room.room, [...files, ...attachedTo(portal, room.room)]);
  portal.store.set({ composing: { reply, correct: null } });
}

/** The text that is being written: the room's draft, or a correction, during which the draft waits. */
function useText(portal: Portal, room: RoomView, correct: MessageEntry | null, reply: MessageEntry | null) {
  const { api, store } = portal;
  const drafts = useMemo(() => new DraftKeeper(api, room.room), [room.room]);
  const [draft, setDraft] = useState("");
  const [correction, setCorrection] = useState("");
  const touched = useRef(false);
  useEffect(() => {
    drafts.load().then(
      (loaded) => {
        if (touched.current) return;
        setDraft(loaded.text);
        const entry = store.get().record?.window?.entries.find((each) => each.kind === "message" && each.item === loaded.reply);
        if (entry?.kind === "message") store.set({ composing: { reply: entry, correct: null } });
      },
      (error: unknown) => {
        if (!isFailure(error)) throw error;
      },
    );
    if (matchMedia("(pointer: fine)").matches) focusOn("#composer-text");
    return () => drafts.stop();
  }, [drafts]);
  useLayoutEffect(() => setCorrection(correct?.text ?? ""), [correct]);
  useEffect(() => {
    if (touched.current) drafts.change({ text: draft, reply: reply?.item ?? null });
  }, [reply]);
  const change = (text: string): void => {
    touched.current = true;
    if (correct !== null) {
      setCorrection(text);
      return;
    }
    setDraft(text);
    drafts.change({ text, reply: text === "" ? null : (reply?.item ?? null) });
  };
  return { text: correct === null ? draft : correction, change, drafts };
}

/** Let the field grow with its text where the style sheet alone can not. */
function useGrowing(area: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    if (area.current === null || CSS.supports("field-sizing", "content")) return;
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
}

/** What is being answered or corrected, with the way out of it. */
function About({ portal, reply, correct }: { portal: Portal; reply: MessageEntry | null; correct: MessageEntry | null }) {
  const name = usePersonName(reply?.account ?? null);
  return (
    <div class="composer-about">
      <Icon name={correct === null ? "reply" : "correct"} size={14} />
      <span class="composer-about-text" dir="auto">
        {correct === null ? t("composer.replying", { name, text: (reply?.text ?? "").slice(0, 160) }) : t("composer.correcting")}
      </span>
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("action.cancel")}
        onClick={() => {
          portal.store.set({ composing: { reply: null, correct: null } });
          focusOn("#composer-text");
        }}
      >
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}

function AttachButton({ disabled, onFiles }: { disabled: boolean; onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="button-quiet button-icon" disabled={disabled} aria-label={t("composer.attach")} title={t("composer.attach")} onClick={() => input.current?.click()}>
        <Icon name="attach" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
