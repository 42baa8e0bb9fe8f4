// Which languages of the text are authentic: equally binding, and signed together.

import { useState } from "preact/hooks";
import { languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { ActDialog } from "./act-dialog.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function AuthenticDialog({ onClose }: { onClose: () => void }) {
  const { document, columns } = useNegotiation();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(columns));
  const langs = document.meta.langs.filter((lang) => chosen.has(lang)).sort();
  const toggle = (lang: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(lang);
    else next.delete(lang);
    setChosen(next);
  };
  return (
    <ActDialog
      title={t("negotiation.languages.choose")}
      submit={t("negotiation.languages.sign")}
      wish={langs.length === 0 ? null : { t: "authentic", langs }}
      done={t("negotiation.languages.done")}
      onClose={onClose}
    >
      <p>{t("negotiation.languages.chooseText")}</p>
      <fieldset class="field">
        <legend>{t("negotiation.languages.title")}</legend>
        {document.meta.langs.map((lang) => (
          <label key={lang} class="check">
            <input
              type="checkbox"
              checked={chosen.has(lang)}
              onChange={(event) => toggle(lang, event.currentTarget.checked)}
            />
            <span>{languageName(lang)}</span>
          </label>
        ))}
      </fieldset>
    </ActDialog>
  );
}
