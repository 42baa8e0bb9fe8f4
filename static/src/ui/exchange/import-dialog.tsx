// Adds the clauses of a file to the text that is open.

import { useState } from "preact/hooks";
import type { ImportedText } from "../../draft/imports/clauses.ts";
import { appendImport } from "../../draft/imports/write.ts";
import { languageName } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { usePortal } from "../portal.ts";
import { useNegotiation } from "../negotiation/use-negotiation.ts";
import { ImportPicker } from "./import-picker.tsx";

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { desk, document, lang: reading } = useNegotiation();
  const { session } = usePortal();
  const [lang, setLang] = useState(reading);
  const [imported, setImported] = useState<ImportedText | null>(null);
  const count = imported?.nodes.filter(({ kind }) => kind !== "note").length ?? 0;
  const add = (event: Event): void => {
    event.preventDefault();
    if (imported === null) return;
    appendImport(desk.text, imported, lang);
    session.toast("done", tn("exchange.imported", count));
    onClose();
  };
  return (
    <Dialog title={t("exchange.importTitle")} size="large" keepOpen onClose={onClose}>
      <form class="form" onSubmit={add}>
        <p>{t("exchange.importText")}</p>
        {document.meta.langs.length > 1 && (
          <Field label={t("exchange.importLanguage")}>
            {(ids) => (
              <select {...ids} value={lang} onChange={(event) => setLang(event.currentTarget.value)}>
                {document.meta.langs.map((each) => (
                  <option key={each} value={each}>
                    {languageName(each)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <ImportPicker lang={lang} onChange={setImported} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={imported === null}>
            {imported === null ? t("exchange.import") : tn("exchange.importDo", count)}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
