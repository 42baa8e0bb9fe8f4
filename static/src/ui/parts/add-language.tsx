// One more language, chosen from those that the portal speaks.

import { useId } from "preact/hooks";
import { collate, languageName } from "../format.ts";
import { INTERFACE_LANGUAGES, t } from "../i18n.ts";

export function AddLanguage({ known, onAdd }: { known: readonly string[]; onAdd: (tag: string) => void }) {
  const id = useId();
  const rest = INTERFACE_LANGUAGES.filter((tag) => !known.includes(tag)).sort((a, b) =>
    collate(languageName(a), languageName(b)),
  );
  return (
    <>
      <label class="visually-hidden" for={id}>
        {t("person.addLanguage")}
      </label>
      <select
        id={id}
        value=""
        onChange={(event) => {
          const tag = event.currentTarget.value;
          event.currentTarget.value = "";
          if (tag !== "") onAdd(tag);
        }}
      >
        <option value="">{t("person.addLanguage")}</option>
        {rest.map((tag) => (
          <option key={tag} value={tag}>
            {languageName(tag)}
          </option>
        ))}
      </select>
    </>
  );
}
