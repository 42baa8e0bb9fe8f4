// Chooses a file or a pasted text and shows the clauses that it would become, before anything is made of it.

import { useEffect, useState } from "preact/hooks";
import { type ImportedText, type ImportOptions, clausesOf, readFile } from "../../draft/imports/clauses.ts";
import { ImportRefusedError, LIMITS, type RefusalCode } from "../../draft/imports/limits.ts";
import { readText } from "../../draft/imports/plain.ts";
import type { ReadFile } from "../../draft/imports/read.ts";
import { list } from "../format.ts";
import { t } from "../i18n.ts";
import { Icon } from "../icons.tsx";
import { useDelegationIds } from "./delegation-ids.ts";
import { ImportPreview } from "./import-preview.tsx";
import { Field } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";

const ACCEPTED = ".docx,.docm,.dotx,.txt,.md,text/plain";

interface ImportPickerProps {
  /** Language of the text, for the numbers in the preview. */
  lang: string;
  /** The clauses as chosen now; null while there are none. */
  onChange: (imported: ImportedText | null) => void;
}

/** What was chosen: a file by its name, or what was pasted. */
interface Chosen {
  name: string | null;
  file: ReadFile;
}

export function ImportPicker({ lang, onChange }: ImportPickerProps) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [refused, setRefused] = useState<RefusalCode | null>(null);
  const [reading, setReading] = useState(false);
  const [options, setOptions] = useState<ImportOptions>({ changes: "accept", square: false });
  const [imported, setImported] = useState<ImportedText | null>(null);
  const delegations = useDelegationIds();
  useEffect(() => {
    const made =
      chosen === null ? null : attempt(() => clausesOf(chosen.file, { ...options, delegations, reason }), setRefused);
    setImported(made);
    onChange(made);
  }, [chosen, options]);
  const take = async (file: File): Promise<void> => {
    setRefused(null);
    setChosen(null);
    if (file.size > LIMITS.file_bytes) return setRefused("too-large"); // not even into memory
    setReading(true);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const read = attempt(() => readFile(file.name, bytes), setRefused);
    setReading(false);
    setChosen(read === null ? null : { name: file.name, file: read });
  };
  const paste = (text: string): void => {
    setRefused(null);
    const read = text.trim() === "" ? null : attempt(() => readText(text), setRefused);
    setChosen(read === null ? null : { name: null, file: read });
  };
  return (
    <div class="import-picker">
      <FileField name={chosen?.name ?? null} reading={reading} take={(file) => void take(file)} />
      {(chosen === null || chosen.name === null) && <PasteField onInput={paste} />}
      {refused !== null && (
        <Notice tone="danger" alert>
          {t(`exchange.refused.${refused}`)}
        </Notice>
      )}
      {chosen !== null && <Options file={chosen.file} imported={imported} options={options} onChange={setOptions} />}
      {imported !== null && <ImportPreview imported={imported} lang={lang} />}
    </div>
  );
}

function reason({ author }: { author: string }): string {
  return t("exchange.trackedReason", { person: author });
}

/** What `work` gives; null, and why, if the file is refused. */
function attempt<T>(work: () => T, refuse: (code: RefusalCode) => void): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ImportRefusedError)) throw error;
    refuse(error.code);
    return null;
  }
}

function FileField({ name, reading, take }: { name: string | null; reading: boolean; take: (file: File) => void }) {
  const [over, setOver] = useState(false);
  return (
    <div
      class={`import-drop ${over ? "import-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer?.files ?? [];
        if (file !== undefined) take(file);
      }}
    >
      <Icon name="document" size={20} />
      <span class="import-drop-words">
        <span class="import-drop-name" dir="auto">
          {reading ? t("exchange.reading") : (name ?? t("exchange.file"))}
        </span>
        {name === null && <span class="field-hint">{t("exchange.fileHint")}</span>}
      </span>
      <label class="button import-choose">
        {t(name === null ? "exchange.chooseFile" : "exchange.otherFile")}
        <input
          type="file"
          class="visually-hidden"
          accept={ACCEPTED}
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = ""; // so that the same file can be chosen again after it was mended
            if (file !== undefined) take(file);
          }}
        />
      </label>
    </div>
  );
}

function PasteField({ onInput }: { onInput: (text: string) => void }) {
  return (
    <Field label={t("exchange.paste")}>
      {(ids) => <textarea {...ids} rows={4} dir="auto" onInput={(event) => onInput(event.currentTarget.value)} />}
    </Field>
  );
}

interface OptionsProps {
  file: ReadFile;
  imported: ImportedText | null;
  options: ImportOptions;
  onChange: (options: ImportOptions) => void;
}

function Options({ file, imported, options, onChange }: OptionsProps) {
  const square =
    options.square ||
    file.paragraphs.some(({ runs }) => runs.some(({ text, role }) => role === null && text.includes("[")));
  return (
    <>
      {imported?.tracked === true && (
        <fieldset class="field">
          <legend>{t("exchange.tracked", { people: list(file.authors) })}</legend>
          {(["accept", "brackets"] as const).map((changes) => (
            <label key={changes} class="check">
              <input
                type="radio"
                name="changes"
                checked={options.changes === changes}
                onChange={() => onChange({ ...options, changes })}
              />
              {t(changes === "accept" ? "exchange.trackedAccept" : "exchange.trackedBrackets")}
            </label>
          ))}
        </fieldset>
      )}
      {square && (
        <label class="check">
          <input
            type="checkbox"
            checked={options.square}
            onChange={(event) => onChange({ ...options, square: event.currentTarget.checked })}
          />
          {t("exchange.square")}
        </label>
      )}
    </>
  );
}
