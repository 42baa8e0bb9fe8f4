// The languages that a person reads, in order, and how translated messages are shown in this browser.

import { useState } from "preact/hooks";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { INTERFACE_LANGUAGES, t } from "../i18n.ts";
import { AddLanguage } from "../parts/add-language.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { ORIGINALS } from "../preferences.ts";
import { me } from "../state.ts";

export function Languages() {
  return (
    <>
      <Order />
      <Display />
    </>
  );
}

function Order() {
  const { api, session } = usePortal();
  const own = useSelect(me);
  const [languages, setLanguages] = useState<readonly string[]>(own?.languages ?? []);
  const call = useCall();
  if (own === null) return null;
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const done = await call.run(() => api.updateMe({ languages: [...languages] }));
    if (done) session.toast("done", t("settings.saved"));
  };
  return (
    <Section title={t("languages.order")} text={t("languages.orderText")}>
      <form class="form" onSubmit={(event) => void save(event)}>
        <ol class="language-order">
          {languages.map((tag, index) => (
            <Language key={tag} tag={tag} index={index} all={languages} onChange={setLanguages} />
          ))}
        </ol>
        {INTERFACE_LANGUAGES.some((tag) => !languages.includes(tag)) && (
          <div class="field">
            <AddLanguage known={languages} onAdd={(tag) => setLanguages([...languages, tag])} />
          </div>
        )}
        <FailureNotice failure={call.failure} />
        <div class="button-row">
          <button type="submit" class="button-primary" disabled={languages.join() === own.languages.join() || call.busy}>
            {call.busy ? t("state.working") : t("action.save")}
          </button>
        </div>
      </form>
    </Section>
  );
}

interface LanguageProps {
  tag: string;
  index: number;
  all: readonly string[];
  onChange: (languages: readonly string[]) => void;
}

function Language({ tag, index, all, onChange }: LanguageProps) {
  const { session } = usePortal();
  const language = languageName(tag);
  const move = (to: number): void => {
    const rest = all.filter((each) => each !== tag);
    onChange([...rest.slice(0, to), tag, ...rest.slice(to)]);
    session.announce(t("languages.moved", { language, place: to + 1 }));
  };
  return (
    <li>
      <span class="language-name">
        <strong>{language}</strong>
        {index === 0 && <span class="quiet">{t("languages.first")}</span>}
      </span>
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("languages.up", { language })}
        title={t("languages.up", { language })}
        disabled={index === 0}
        onClick={() => move(index - 1)}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("languages.down", { language })}
        title={t("languages.down", { language })}
        disabled={index === all.length - 1}
        onClick={() => move(index + 1)}
      >
        <Icon name="down" />
      </button>
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("person.removeLanguage", { language })}
        title={t("person.removeLanguage", { language })}
        disabled={all.length === 1}
        onClick={() => onChange(all.filter((each) => each !== tag))}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

function Display() {
  const { session } = usePortal();
  const { translations, original } = useSelect((state) => state.preferences);
  const first = useSelect((state) => me(state)?.languages[0] ?? "en");
  return (
    <Section title={t("languages.display")} text={t("settings.thisBrowser")}>
      <div class="form">
        <label class="check">
          <input
            type="checkbox"
            checked={translations}
            onChange={(event) => void session.prefer({ translations: event.currentTarget.checked })}
          />
          <span>
            {t("languages.translate", { language: languageName(first) })}{" "}
            <span class="quiet">{t("languages.translateHint")}</span>
          </span>
        </label>
        <fieldset class="field" disabled={!translations}>
          <legend>{t("languages.original")}</legend>
          {ORIGINALS.map((place) => (
            <label key={place} class="check">
              <input
                type="radio"
                name="original"
                checked={original === place}
                onChange={() => void session.prefer({ original: place })}
              />
              <span>{t(`languages.original.${place}`)}</span>
            </label>
          ))}
        </fieldset>
      </div>
    </Section>
  );
}
