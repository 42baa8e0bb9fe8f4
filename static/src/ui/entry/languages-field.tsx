// The languages that a person, or an interpreter, reads and writes, the best one first.

import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { INTERFACE_LANGUAGES, t } from "../i18n.ts";
import { AddLanguage } from "../parts/add-language.tsx";

interface LanguagesFieldProps {
  /** What is asked for, where it is not the person's own languages, of which one is the best. */
  other?: { label: string; hint: string };
  value: readonly string[];
  onChange: (languages: string[]) => void;
}

export function LanguagesField({ other, value, onChange }: LanguagesFieldProps) {
  const toFront = (tag: string): void => onChange([tag, ...value.filter((each) => each !== tag)]);
  return (
    <fieldset class="field">
      <legend>{other?.label ?? t("person.languages")}</legend>
      <ul class="tags">
        {value.map((tag, index) => (
          <li key={tag} class="tag">
            {other !== undefined ? (
              <span>{languageName(tag)}</span>
            ) : index === 0 ? (
              <span>{t("person.bestLanguage", { language: languageName(tag) })}</span>
            ) : (
              <button type="button" class="tag-name" title={t("person.makeBest")} onClick={() => toFront(tag)}>
                {languageName(tag)}
              </button>
            )}
            <button
              type="button"
              class="tag-remove"
              aria-label={t("person.removeLanguage", { language: languageName(tag) })}
              disabled={value.length === 1}
              onClick={() => onChange(value.filter((each) => each !== tag))}
            >
              <Icon name="close" size={14} />
            </button>
          </li>
        ))}
      </ul>
      <AddLanguage known={value} onAdd={(tag) => onChange([...value, tag])} />
      <div class="field-hint">{other?.hint ?? t("person.languagesHint")}</div>
    </fieldset>
  );
}

function isOffered(tag: string): boolean {
  return INTERFACE_LANGUAGES.some((each) => each === tag);
}

/** The first languages to offer: those of the browser that the portal speaks, else English. */
export function browserLanguages(): string[] {
  const tags = navigator.languages.map((tag) => tag.split("-")[0] ?? "").filter((tag) => isOffered(tag));
  return [...new Set(tags)].slice(0, 3).concat(tags.length === 0 ? ["en"] : []);
}
