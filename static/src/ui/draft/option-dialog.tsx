// Other words for a bracket, or that nothing stand there.

import { useState } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { useDraft } from "./use-draft.ts";

export function OptionDialog({ bracket, onClose }: { bracket: Id; onClose: () => void }) {
  const { desk, document, lang, view, ops } = useDraft();
  const [words, setWords] = useState("");
  const [deletes, setDeletes] = useState(false);
  const holder = document.nodes.findLast(({ text }) => text[lang]?.some(({ brackets }) => brackets.some(([id]) => id === bracket)));
  const offer = (event: Event): void => {
    event.preventDefault();
    if (!deletes && words.trim() === "") return;
    desk.undo.stopCapturing();
    const to = { node: holder?.id ?? "", words: deletes || holder === undefined ? {} : { [lang]: words.trim() } };
    ops.addOption(bracket, to, { by: view.delegation, kind: deletes ? "delete" : "text" });
    desk.undo.stopCapturing();
    onClose();
  };
  return (
    <Dialog title={t("draft.offer")} size="small" keepOpen onClose={onClose}>
      <form class="form" onSubmit={offer}>
        <Field label={t("draft.offer.words")} hint={t("draft.offer.hint")}>
          {(ids) => (
            <textarea
              {...ids}
              dir="auto"
              lang={lang}
              rows={3}
              autofocus
              disabled={deletes}
              value={words}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          )}
        </Field>
        <label class="check">
          <input type="checkbox" checked={deletes} onChange={(event) => setDeletes(event.currentTarget.checked)} />
          {t("draft.offer.delete")}
        </label>
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={!deletes && words.trim() === ""}>
            {t("draft.offer.submit")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
