// A person's translation of a message, with the original beside it. It is shown to everybody, under the person's name.

import { useState } from "preact/hooks";
import type { Id, MessageEntry } from "../../member/api.ts";
import { languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { sameLanguage } from "../translation/languages.ts";
import { FormDialog } from "./form.tsx";

/** What fits into one item, in UTF-8 bytes (docs/protocol.md §5), less what goes with it. */
const LARGEST_TEXT_BYTES = 48_000;

export function Render({ room, message }: { room: Id; message: MessageEntry }) {
  const { api } = usePortal();
  const languages = useSelect((state) => me(state)?.languages) ?? [];
  const offered = languages.filter((each) => !sameLanguage(each, message.lang));
  const [to, setTo] = useState(offered[0] ?? "en");
  const [text, setText] = useState(() => begun(message, to));
  const [touched, setTouched] = useState(false);
  const choose = (lang: string): void => {
    setTo(lang);
    if (!touched) setText(begun(message, lang));
  };
  const tooLong = new TextEncoder().encode(text).length > LARGEST_TEXT_BYTES;
  const unchanged = text.trim() === "" || text.trim() === begun(message, to);
  return (
    <FormDialog
      title={t("render.title")}
      size="large"
      submit={t("render.save")}
      disabled={unchanged || tooLong}
      work={() => api.render(room, message.item, to, text.trim())}
      done={t("render.saved")}
    >
      <div class="render">
        <div class="field">
          <p class="render-head">{t("render.original", { language: languageName(message.lang) })}</p>
          <blockquote class="quoted render-original" dir="auto" lang={message.lang} tabIndex={0}>
            {message.text}
          </blockquote>
        </div>
        <Field
          label={t("render.translation", { language: languageName(to) })}
          error={tooLong ? t("composer.tooLong") : null}
        >
          {(ids) => (
            <textarea
              {...ids}
              class="render-text"
              dir="auto"
              lang={to}
              rows={6}
              value={text}
              autofocus
              onInput={(event) => {
                setTouched(true);
                setText(event.currentTarget.value);
              }}
            />
          )}
        </Field>
      </div>
      {offered.length > 1 && (
        <Field label={t("render.language")}>
          {(ids) => (
            <select {...ids} value={to} onChange={(event) => choose(event.currentTarget.value)}>
              {offered.map((tag) => (
                <option key={tag} value={tag}>
                  {languageName(tag)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <p>{t("render.text")}</p>
    </FormDialog>
  );
}

/** The best translation that there is, to be corrected; nothing where there is none. */
function begun(message: MessageEntry, to: string): string {
  return message.translations.find((view) => view.text !== "" && sameLanguage(view.to, to))?.text.trim() ?? "";
}
