// The plain page on which everything before the rooms happens: one column, one question at a time.

import type { ComponentChildren } from "preact";
import { Icon } from "../icons.tsx";
import { INTERFACE_LANGUAGES, t } from "../i18n.ts";
import { ownLanguageName } from "../format.ts";
import { usePortal, useSelect } from "../portal.ts";

interface FrameProps {
  title: string;
  /** Steps done and all steps, for a sequence of questions. */
  step?: { at: number; of: number };
  children: ComponentChildren;
}

export function Frame({ title, step, children }: FrameProps) {
  return (
    <div class="frame">
      <header class="frame-head">
        <span class="brand">
          <Icon name="lock" size={18} /> {t("app.name")}
        </span>
        <LanguagePicker />
      </header>
      <main class="frame-main" id="main">
        {step !== undefined && <p class="frame-step">{t("onboarding.step", { at: step.at, of: step.of })}</p>}
        <h1 tabIndex={-1}>{title}</h1>
        {children}
      </main>
      <footer class="frame-foot">{t("app.promise")}</footer>
    </div>
  );
}

/** Each language is named in itself: who can not read the page's language must find the own one. */
function LanguagePicker() {
  const { session } = usePortal();
  const lang = useSelect((state) => state.lang);
  return (
    <label class="language-picker">
      <Icon name="globe" />
      <span class="visually-hidden">{t("settings.interfaceLanguage")}</span>
      <select value={lang} onChange={(event) => void session.prefer({ language: event.currentTarget.value })}>
        {INTERFACE_LANGUAGES.map((tag) => (
          <option key={tag} value={tag} lang={tag}>
            {ownLanguageName(tag)}
          </option>
        ))}
      </select>
    </label>
  );
}
