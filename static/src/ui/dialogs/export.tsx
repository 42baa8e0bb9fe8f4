// The record as a file, made in this browser.

import { useState } from "preact/hooks";
import type { ExportWords, Id } from "../../member/api.ts";
import { t, translator } from "../i18n.ts";
import { safeFileName, saveBlob } from "../parts/save.ts";
import { usePortal, useSelect } from "../portal.ts";
import { MARKS } from "../room/message-actions.ts";
import { FormDialog } from "./form.tsx";

const FORMS = ["html", "bundle"] as const;
const ENDINGS = { html: "html", bundle: "portal-record.json" } as const;

const EVENTS = [
  "founded",
  "added",
  "removed",
  "left",
  "renamed",
  "archived",
  "reopened",
  "rotated",
  "rotatedAlone",
  "refused",
] as const;

/** The sentences of the readable page, with their placeholders. */
function exportWords(): ExportWords {
  const words: Record<string, string> = {
    made: t("export.made"),
    about: t("export.about"),
    members: t("panel.members"),
    earlier: t("export.earlier"),
    translated: t("export.translated"),
    translatedForUs: t("export.translatedForUs"),
    file: t("export.file"),
    withdrawn: t("message.withdrawn"),
    reason: t("message.withdrawnReason"),
  };
  for (const event of EVENTS) words[event] = t(`event.${event}`);
  for (const mark of MARKS) words[mark] = t(`mark.${mark}`);
  return { lang: translator().lang, words };
}

export function Export({ room }: { room: Id }) {
  const { api } = usePortal();
  const name = useSelect((state) => state.rooms?.find((each) => each.room === room)?.name ?? null);
  const [form, setForm] = useState<(typeof FORMS)[number]>("html");
  const make = async (): Promise<void> => {
    const blob = await api.exportRecord(room, form, exportWords());
    const date = new Date().toISOString().slice(0, 10);
    saveBlob(blob, `${safeFileName(name ?? t("room.unnamed"))} ${date}.${ENDINGS[form]}`);
  };
  return (
    <FormDialog title={t("export.title")} submit={t("export.make")} work={make} done={t("export.done")}>
      <fieldset class="field">
        <legend>{t("export.form")}</legend>
        <div class="choices">
          {FORMS.map((each) => (
            <label key={each} class="choice">
              <input type="radio" name="form" checked={form === each} onChange={() => setForm(each)} />
              <span>
                <span class="choice-name">{t(`export.${each}`)}</span>
                <span class="choice-hint">{t(`export.${each}Hint`)}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <p class="quiet">{t("export.text")}</p>
    </FormDialog>
  );
}
