// What to export, as what: made in this browser, for the person's own disk.

import { useState } from "preact/hooks";
import { aknFileOf } from "../../draft/exports/akn/akn.ts";
import { docxOf } from "../../draft/exports/docx/docx.ts";
import { htmlOf } from "../../draft/exports/html/html.ts";
import { languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { safeFileName, saveBlob } from "../parts/save.ts";
import { useCall, usePortal } from "../portal.ts";
import { useNegotiation } from "../negotiation/use-negotiation.ts";
import { type ExportFacts, type ExportWish, historyOf, manuscriptFor } from "./making.ts";
import { print } from "./print.tsx";
import { type Kept, NOW } from "./source.ts";
import type { Comparison } from "./versions-tab.tsx";

const FORMS = ["docx", "html", "print", "akn", "bundle", "audit"] as const;
type Form = (typeof FORMS)[number];
type Bundle = "bundle" | "audit";

/** Bundles hold the whole draft; there is nothing to choose about them. */
function isBundle(form: Form): form is Bundle {
  return form === "bundle" || form === "audit";
}

const TYPES = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  html: "text/html;charset=utf-8",
  xml: "application/akn+xml",
  zip: "application/zip",
} as const;

interface ExportDialogProps {
  facts: ExportFacts;
  /** What is compared on the page: the export begins with the same. */
  comparison: Comparison | null;
  onClose: () => void;
}

export function ExportDialog({ facts, comparison, onClose }: ExportDialogProps) {
  const { desk, document, lang } = useNegotiation();
  const { session } = usePortal();
  const call = useCall();
  const [form, setForm] = useState<Form>("docx");
  const [wish, setWish] = useState<ExportWish>(() => ({
    version: comparison?.after ?? NOW,
    before: comparison?.before ?? null,
    langs: [lang],
    attribution: true,
    comments: true,
  }));
  const [understood, setUnderstood] = useState(false);
  const change = (changes: Partial<ExportWish>): void => setWish((before) => ({ ...before, ...changes }));
  const ready = form === "audit" ? understood : form === "bundle" || wish.langs.length > 0;
  const make = async (): Promise<void> => {
    const { title } = document.meta;
    if (!isBundle(form)) return await exportAs(form, wish, facts, title);
    const blob = await desk.drafts.draftBundle(desk.room, desk.draft, form === "audit" ? "audit" : "public");
    saveBlob(blob, fileName(title, lang, form === "audit" ? t("exchange.form.audit") : "", "portal-draft.json"));
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (call.busy || !ready || !(await call.run(make))) return;
    if (form !== "print") session.toast("done", t("exchange.exported"));
    onClose();
  };
  return (
    <Dialog title={t("exchange.exportTitle")} size="medium" keepOpen onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Forms form={form} onChange={setForm} />
        {form === "audit" && <AuditWarning understood={understood} toggle={() => setUnderstood(!understood)} />}
        {!isBundle(form) && (
          <Contents form={form} wish={wish} change={change} kept={facts.kept} langs={document.meta.langs} />
        )}
        <p class="quiet">{t("exchange.exportText")}</p>
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={call.busy || !ready}>
            {call.busy ? t("state.working") : t(form === "print" ? "exchange.print" : "exchange.make")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** What an export with keys gives away, and that the person knows it. */
function AuditWarning({ understood, toggle }: { understood: boolean; toggle: () => void }) {
  return (
    <Notice tone="danger" title={t("exchange.auditTitle")}>
      <p>{t("exchange.auditText")}</p>
      <Check label={t("exchange.auditUnderstood")} on={understood} toggle={toggle} />
    </Notice>
  );
}

async function exportAs(
  form: Exclude<Form, Bundle>,
  wish: ExportWish,
  facts: ExportFacts,
  titles: Readonly<Record<string, string>>,
): Promise<void> {
  const manuscript = manuscriptFor(form === "akn" ? { ...wish, before: null } : wish, facts);
  if (manuscript === null) return; // a version that is no longer offered: it turned out to be unreadable
  const lang = wish.langs[0] ?? "";
  const save = (content: BlobPart, type: keyof typeof TYPES, ending: string): void =>
    saveBlob(new Blob([content], { type: TYPES[type] }), fileName(titles, lang, manuscript.source.name, ending));
  if (form === "print") await print(manuscript);
  else if (form === "docx") save((await docxOf(manuscript)) as BlobPart, "docx", "docx");
  else if (form === "html") save(htmlOf(manuscript), "html", "html");
  else {
    const { bytes, ending } = aknFileOf(manuscript, historyOf(facts.acts));
    save(bytes as BlobPart, ending, ending === "xml" ? "akn.xml" : "akn.zip");
  }
}

function fileName(titles: Readonly<Record<string, string>>, lang: string, version: string, ending: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const title = titles[lang] || Object.values(titles).find((each) => each !== "") || t("draft.untitled");
  return `${safeFileName([title.slice(0, 80), version, date].filter((part) => part !== "").join(" "))}.${ending}`;
}

function Forms({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  return (
    <fieldset class="field">
      <legend>{t("exchange.form")}</legend>
      <div class="choices export-forms">
        {FORMS.map((each) => (
          <label key={each} class="choice">
            <input type="radio" name="form" checked={form === each} onChange={() => onChange(each)} />
            <span>
              <span class="choice-name">{t(`exchange.form.${each}`)}</span>
              <span class="choice-hint">{t(`exchange.form.${each}Hint`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ContentsProps {
  form: Form;
  wish: ExportWish;
  change: (changes: Partial<ExportWish>) => void;
  kept: readonly Kept[];
  langs: readonly string[];
}

function Contents({ form, wish, change, kept, langs }: ContentsProps) {
  const readable = kept.filter(({ opened }) => opened !== null);
  const toggle = (lang: string): void => {
    const chosen = new Set(wish.langs);
    if (!chosen.delete(lang)) chosen.add(lang);
    change({ langs: langs.filter((each) => chosen.has(each)) });
  };
  return (
    <>
      <div class="exchange-choices">
        <VersionField
          label={t("exchange.version")}
          value={wish.version}
          kept={readable}
          first={t("exchange.now")}
          onChange={(version) => change({ version })}
        />
        {form !== "akn" && (
          <VersionField
            label={t("exchange.changesSince")}
            value={wish.before ?? NOW}
            kept={readable}
            first={t("exchange.noComparison")}
            onChange={(before) => change({ before: before === NOW ? null : before })}
          />
        )}
      </div>
      {langs.length > 1 && (
        <fieldset class="field">
          <legend>{t("exchange.languages")}</legend>
          <div class="exchange-checks">
            {langs.map((lang) => (
              <Check key={lang} label={languageName(lang)} on={wish.langs.includes(lang)} toggle={() => toggle(lang)} />
            ))}
          </div>
        </fieldset>
      )}
      <div class="exchange-checks">
        <Check
          label={t("exchange.attribution")}
          on={wish.attribution}
          toggle={() => change({ attribution: !wish.attribution })}
        />
        {(form === "docx" || form === "html") && (
          <Check
            label={t("exchange.withComments")}
            on={wish.comments}
            toggle={() => change({ comments: !wish.comments })}
          />
        )}
      </div>
      {(form === "docx" || form === "html") && wish.comments && (
        <p class="field-hint">{t("exchange.withCommentsHint")}</p>
      )}
    </>
  );
}

function Check({ label, on, toggle }: { label: string; on: boolean; toggle: () => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={on} onChange={toggle} />
      {label}
    </label>
  );
}

interface VersionFieldProps {
  label: string;
  value: string;
  kept: readonly Kept[];
  /** What stands first: the text on the table, or no comparison. */
  first: string;
  onChange: (version: string) => void;
}

function VersionField({ label, value, kept, first, onChange }: VersionFieldProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value={NOW}>{first}</option>
          {kept.map(({ revision }) => (
            <option key={revision.item} value={revision.item}>
              {revision.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
