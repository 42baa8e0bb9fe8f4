// How this browser shows the portal.

import { INTERFACE_LANGUAGES, t } from "../i18n.ts";
import { ownLanguageName } from "../format.ts";
import { Field } from "../parts/field.tsx";
import { Section } from "../parts/page.tsx";
import { usePortal, useSelect } from "../portal.ts";
import type { Preferences } from "../preferences.ts";
import { modKey } from "../shell/keys.ts";

export function Appearance() {
  const { session } = usePortal();
  const preferences = useSelect((state) => state.preferences);
  const prefer = (change: Partial<Preferences>): void => void session.prefer(change);
  return (
    <Section title={t("settings.section.appearance")} text={t("settings.thisBrowser")}>
      <div class="form">
        <Field label={t("settings.interfaceLanguage")}>
          {(ids) => (
            <select
              {...ids}
              value={preferences.language ?? ""}
              onChange={(event) => prefer({ language: event.currentTarget.value || null })}
            >
              <option value="">{t("settings.languageOfBrowser")}</option>
              {INTERFACE_LANGUAGES.map((tag) => (
                <option key={tag} value={tag} lang={tag}>
                  {ownLanguageName(tag)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Choice
          name="theme"
          value={preferences.theme}
          choices={["system", "light", "dark"]}
          onChange={(theme) => prefer({ theme })}
        />
        <Choice
          name="density"
          value={preferences.density}
          choices={["normal", "compact"]}
          onChange={(density) => prefer({ density })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={preferences.enterSends}
            onChange={(event) => prefer({ enterSends: event.currentTarget.checked })}
          />
          {t("settings.enterSends", { key: modKey() })}
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={preferences.singleKeys}
            onChange={(event) => prefer({ singleKeys: event.currentTarget.checked })}
          />
          {t("settings.singleKeys")}
        </label>
      </div>
    </Section>
  );
}

type ChoiceName = "theme" | "density";

interface ChoiceProps<N extends ChoiceName> {
  name: N;
  value: Preferences[N];
  choices: readonly Preferences[N][];
  onChange: (value: Preferences[N]) => void;
}

function Choice<N extends ChoiceName>({ name, value, choices, onChange }: ChoiceProps<N>) {
  return (
    <fieldset class="field">
      <legend>{t(`settings.${name}`)}</legend>
      <div class="segments">
        {choices.map((choice) => (
          <label key={choice}>
            <input type="radio" name={name} checked={value === choice} onChange={() => onChange(choice)} />
            <span>{t(`settings.${name}.${choice}` as "settings.theme.system")}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
