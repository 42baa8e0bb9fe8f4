// The side of a draft with its versions, their differences, and its ways in and out of the portal.

import { useMemo, useState } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { Icon } from "../icons.tsx";
import { Field } from "../parts/field.tsx";
import { useNegotiation } from "../negotiation/use-negotiation.ts";
import { ExportDialog } from "./export-dialog.tsx";
import { useExportFacts } from "./facts.ts";
import { ImportDialog } from "./import-dialog.tsx";
import { KeepDialog } from "./keep-dialog.tsx";
import { RedlinePanel } from "./redline-panel.tsx";
import { type Kept, NOW } from "./source.ts";
import { VersionList } from "./version-list.tsx";

/** What is compared: items of kept versions, or NOW. */
export interface Comparison {
  before: Id;
  after: Id;
}

export function VersionsTab() {
  const { mode, mayAct, document } = useNegotiation();
  const facts = useExportFacts();
  const [open, setOpen] = useState<"export" | "import" | "keep" | null>(null);
  const [chosen, setChosen] = useState<Comparison | null>(null);
  const readable = facts.kept.filter(({ failure }) => failure === null);
  const newest = readable[0]?.revision.item;
  const comparison = chosen ?? (newest === undefined ? null : { before: newest, after: NOW });
  const close = (): void => setOpen(null);
  return (
    <div class="exchange">
      <header class="exchange-head">
        <h2>{t("exchange.title")}</h2>
        <div class="button-row">
          {mayAct("revision") && (
            <button type="button" onClick={() => setOpen("keep")}>
              <Icon name="saved" />
              {t("exchange.keep")}
            </button>
          )}
          {mode === "write" && (
            <button type="button" onClick={() => setOpen("import")}>
              <Icon name="upload" />
              {t("exchange.import")}
            </button>
          )}
          <button type="button" class="button-primary" onClick={() => setOpen("export")}>
            <Icon name="download" />
            {t("exchange.export")}
          </button>
        </div>
      </header>
      <div class="exchange-sides">
        <VersionList facts={facts} comparison={comparison} onCompare={setChosen} />
        <section class="exchange-compare" aria-label={t("exchange.compare")}>
          {comparison === null ? (
            <p class="empty">{t("exchange.none")}</p>
          ) : (
            <Compare
              kept={readable}
              comparison={comparison}
              onChange={setChosen}
              langs={document.meta.langs}
              facts={facts}
            />
          )}
        </section>
      </div>
      {open === "export" && <ExportDialog facts={facts} comparison={chosen} onClose={close} />}
      {open === "import" && <ImportDialog onClose={close} />}
      {open === "keep" && <KeepDialog names={facts.kept.map(({ revision }) => revision.name)} onClose={close} />}
    </div>
  );
}

interface CompareProps {
  kept: readonly Kept[];
  comparison: Comparison;
  onChange: (comparison: Comparison) => void;
  langs: readonly string[];
  facts: ReturnType<typeof useExportFacts>;
}

function Compare({ kept, comparison, onChange, langs, facts }: CompareProps) {
  const { lang: reading, showLanguage } = useNegotiation();
  const lang = langs.includes(reading) ? reading : (langs[0] ?? "en");
  const versions = useMemo(
    () => [
      { id: NOW, name: t("exchange.now") },
      ...kept.map(({ revision }) => ({ id: revision.item, name: revision.name })),
    ],
    [kept],
  );
  const choice = (which: keyof Comparison, label: string) => (
    <Field label={label}>
      {(ids) => (
        <select
          {...ids}
          value={comparison[which]}
          onChange={(event) => onChange({ ...comparison, [which]: event.currentTarget.value })}
        >
          {versions.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <>
      <div class="exchange-choices">
        {choice("before", t("exchange.before"))}
        {choice("after", t("exchange.after"))}
        <Field label={t("exchange.language")}>
          {(ids) => (
            <select {...ids} value={lang} onChange={(event) => showLanguage(event.currentTarget.value)}>
              {langs.map((each) => (
                <option key={each} value={each}>
                  {languageName(each)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <RedlinePanel comparison={comparison} lang={lang} facts={facts} />
    </>
  );
}
