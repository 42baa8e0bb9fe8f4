// Where one writes: text, its language, files; an answer or a correction.

import { useRef } from "preact/hooks";
import type { Id, RoomView } from "../../member/api.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { TransferRow } from "../room/transfer-tray.tsx";
import { focusOn, modKey } from "../shell/keys.ts";
import { isOnline } from "../state.ts";
import { attach, detach } from "./attachments.ts";
import { ReadingOnly, SendingStops } from "./blocked.tsx";
import { useDrop } from "./drop.ts";
import { Preview, PreviewButton } from "./preview.tsx";
import { TextField, entersAreSent } from "./text-field.tsx";
import { type Previewing, usePreview } from "./use-preview.ts";
import { type Sending, useSending } from "./use-sending.ts";
import { useText } from "./use-text.ts";

export function Composer({ room }: { room: RoomView }) {
  if (room.standing !== "member" || room.state === "archived" || room.role === "observer") {
    return <ReadingOnly room={room} />;
  }
  return <Writing room={room} />;
}

function Writing({ room }: { room: RoomView }) {
  const portal = usePortal();
  const form = useRef<HTMLFormElement>(null);
  const text = useText(room.room);
  const sending = useSending(room, text);
  const previewing = usePreview(room, text.text, sending.lang);
  const dropping = useDrop(form, (files) => void attach(portal, room.room, files));
  const send = (): void => {
    if (!sending.possible) return;
    previewing.close();
    void sending.send();
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    send();
  };
  return (
    <form class="composer" ref={form} onSubmit={onSubmit}>
      <SendingStops room={room} />
      <About />
      <Attached room={room.room} attached={sending.attached} />
      <Preview previewing={previewing} text={text.text} />
      <div class="composer-box">
        <TextField room={room} text={text} lang={sending.lang} previewing={previewing} send={send} />
        <Tools room={room.room} sending={sending} previewing={previewing} empty={text.text.trim() === ""} />
      </div>
      {dropping && <div class="composer-drop">{t("composer.drop")}</div>}
    </form>
  );
}

function Attached({ room, attached }: { room: Id; attached: readonly Id[] }) {
  const portal = usePortal();
  const transfers = useSelect((state) => state.transfers);
  const correcting = useSelect((state) => state.composing.correct !== null);
  if (attached.length === 0 || correcting) return null;
  return (
    <ul class="transfers" aria-label={t("composer.files")}>
      {attached.map((id) => {
        const transfer = transfers.get(id);
        return transfer && <TransferRow key={id} transfer={transfer} onRemove={() => detach(portal, room, id)} />;
      })}
    </ul>
  );
}

interface ToolsProps {
  room: Id;
  sending: Sending;
  previewing: Previewing;
  /** There is nothing to look at beforehand. */
  empty: boolean;
}

function Tools({ room, sending, previewing, empty }: ToolsProps) {
  const portal = usePortal();
  const correcting = useSelect((state) => state.composing.correct !== null);
  return (
    <div class="composer-tools">
      <AttachButton disabled={correcting} onFiles={(files) => void attach(portal, room, files)} />
      <LanguageOfMessage sending={sending} />
      <Hint obstacle={sending.obstacle} />
      <PreviewButton previewing={previewing} disabled={empty} />
      <button type="submit" class="button-primary" disabled={!sending.possible}>
        <Icon name={correcting ? "check" : "send"} /> {t(correcting ? "composer.saveCorrection" : "composer.send")}
      </button>
    </div>
  );
}

function LanguageOfMessage({ sending }: { sending: Sending }) {
  const { session } = usePortal();
  return (
    <label class="composer-language" title={t("composer.language")}>
      <span class="visually-hidden">{t("composer.language")}</span>
      <select value={sending.lang} onChange={(event) => void session.prefer({ writing: event.currentTarget.value })}>
        {sending.languages.map((tag) => (
          <option key={tag} value={tag}>
            {languageName(tag)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What stands in the way of sending, else which key sends. */
function Hint({ obstacle }: { obstacle: Sending["obstacle"] }) {
  const online = useSelect(isOnline);
  const enterSends = useSelect((state) => state.preferences.enterSends);
  if (obstacle !== null) return <span class="composer-hint">{t(`composer.${obstacle}`)}</span>;
  if (!online) return <span class="composer-hint">{t("composer.offline")}</span>;
  const hint = entersAreSent(enterSends) ? t("composer.enterHint") : t("composer.modEnterHint", { key: modKey() });
  return <span class="composer-hint composer-hint-keys">{hint}</span>;
}

/** What is being answered or corrected, with the way out of it. */
function About() {
  const { store } = usePortal();
  const { reply, correct } = useSelect((state) => state.composing);
  const name = usePersonName(reply?.account ?? null);
  if (reply === null && correct === null) return null;
  const leave = (): void => {
    store.set({ composing: { reply: null, correct: null } });
    focusOn("#composer-text");
  };
  const text =
    reply === null ? t("composer.correcting") : t("composer.replying", { name, text: reply.text.slice(0, 160) });
  return (
    <div class="composer-about">
      <Icon name={reply === null ? "correct" : "reply"} size={14} />
      <span class="composer-about-text" dir="auto">
        {text}
      </span>
      <button type="button" class="button-quiet button-icon" aria-label={t("action.cancel")} onClick={leave}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}

function AttachButton({ disabled, onFiles }: { disabled: boolean; onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const label = t("composer.attach");
  return (
    <>
      <button
        type="button"
        class="button-quiet button-icon"
        disabled={disabled}
        aria-label={label}
        title={label}
        onClick={() => input.current?.click()}
      >
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
