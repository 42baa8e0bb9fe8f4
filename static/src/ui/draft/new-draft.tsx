// A new draft: what it begins with, its languages, its title, and who may change its text.

import { useMemo, useState } from "preact/hooks";
import * as Y from "yjs";
import { createText } from "../../draft/model/create.ts";
import { TEMPLATE_IDS, type TemplateId, templateOf } from "../../draft/templates/templates.ts";
import type { ImportedText } from "../../draft/imports/clauses.ts";
import type { DraftRight, Id } from "../../member/api.ts";
import { draftApi } from "../../member/drafts/calling.ts";
import { FormDialog } from "../dialogs/form.tsx";
import { languageName } from "../format.ts";
import { INTERFACE_LANGUAGES, t } from "../i18n.ts";
import { Field, TextField } from "../parts/field.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { FilePicker, textFromFile } from "./registry.ts";

const LONGEST_TITLE = 300;
/** Beside the templates: begin with what somebody wrote elsewhere. */
const FILE = "file";

const PENS = ["all", "own", "me"] as const;
type Pens = (typeof PENS)[number];

export function NewDraft({ room }: { room: Id }) {
  const { api, session } = usePortal();
  const own = useSelect(me);
  const people = useSelect((state) => state.people);
  const members = useSelect((state) => state.rooms?.find((each) => each.room === room)?.members) ?? [];
  const offered = useOffered(members);
  const neutral = own?.delegation == null; // a chair's or secretariat's text
  const [template, setTemplate] = useState<TemplateId | typeof FILE>("treaty");
  const [imported, setImported] = useState<ImportedText | null>(null);
  const [langs, setLangs] = useState<readonly string[]>(() => offered.slice(0, 1));
  const [titles, setTitles] = useState<Readonly<Record<string, string>>>({});
  const [pens, setPens] = useState<Pens>("all");
  const create = async (): Promise<void> => {
    const doc = new Y.Doc();
    const title = Object.fromEntries(langs.map((lang) => [lang, (titles[lang] ?? "").trim()]));
    if (template !== FILE) createText(doc, templateOf(template), langs, title);
    else if (imported !== null) (await textFromFile())(doc, imported, langs, title);
    const rights = members.flatMap((account): DraftRight[] => {
      const person = people.get(account);
      if (person?.interpreter != null) return [];
      const delegation = person?.delegation?.id ?? "";
      if (account === own?.account) return [{ account, delegation, right: "chair" }];
      const writes = pens === "all" || (pens === "own" && delegation === own?.delegation?.id);
      const right = delegation === "" ? "comment" : writes ? "pen" : "propose";
      return [{ account, delegation, right }];
    });
    rights.sort((a, b) => (a.account < b.account ? -1 : 1));
    const update = Y.encodeStateAsUpdate(doc);
    const draft = await draftApi(api).createDraft(room, { update, rights, default: "read" });
    session.go({ screen: "draft", room, draft, tab: "text" });
  };
  const take = (text: ImportedText | null): void => {
    setImported(text);
    const [first = ""] = langs;
    if (text !== null && text.title !== "") setTitles((all) => ({ ...all, [first]: all[first] || text.title.slice(0, LONGEST_TITLE) }));
  };
  const begun = template !== FILE || imported !== null;
  const ready = begun && langs.length > 0 && langs.every((lang) => (titles[lang] ?? "").trim() !== "");
  return (
    <FormDialog title={t("draft.new")} submit={t("draft.create")} size={template === FILE ? "large" : "medium"} disabled={!ready} work={create}>
      <Field label={t("draft.template")}>
        {(ids) => (
          <select {...ids} value={template} onChange={(event) => setTemplate(event.currentTarget.value as typeof template)}>
            {TEMPLATE_IDS.map((id) => (
              <option key={id} value={id}>
                {t(`draft.template.${id}`)}
              </option>
            ))}
            <option value={FILE}>{t("draft.template.file")}</option>
          </select>
        )}
      </Field>
      {template === FILE && <FilePicker lang={langs[0] ?? "en"} onChange={take} />}
      <Columns offered={offered} langs={langs} onChange={setLangs} />
      {langs.map((lang) => (
        <TextField
          key={lang}
          label={t("draft.titleIn", { language: languageName(lang) })}
          value={titles[lang] ?? ""}
          onInput={(title) => setTitles({ ...titles, [lang]: title })}
          maxLength={LONGEST_TITLE}
          required
        />
      ))}
      {neutral && <p class="field-hint">{t("draft.neutral")}</p>}
      <PensField offered={neutral ? PENS.filter((each) => each !== "own") : PENS} value={pens} onChange={setPens} />
    </FormDialog>
  );
}

/** Languages that can be columns: those of the room's people first, then the interface's. */
function useOffered(members: readonly Id[]): string[] {
  const people = useSelect((state) => state.people);
  const own = useSelect(me);
  return useMemo(() => {
    const spoken = members.flatMap((account) => people.get(account)?.languages ?? []);
    return [...new Set([...(own?.languages ?? []), ...spoken, ...INTERFACE_LANGUAGES])];
  }, [members, people, own]);
}

interface ColumnsProps {
  offered: readonly string[];
  langs: readonly string[];
  onChange: (langs: readonly string[]) => void;
}

function Columns({ offered, langs, onChange }: ColumnsProps) {
  const [first = ""] = langs;
  const others = offered.filter((lang) => lang !== first);
  const toggle = (lang: string): void =>
    onChange(langs.includes(lang) ? langs.filter((each) => each !== lang) : [...langs, lang]);
  return (
    <>
      <Field label={t("draft.drafting")} hint={t("draft.draftingHint")}>
        {(ids) => (
          <select
            {...ids}
            value={first}
            onChange={({ currentTarget: { value } }) => onChange([value, ...langs.slice(1).filter((each) => each !== value)])}
          >
            {offered.map((lang) => (
              <option key={lang} value={lang}>
                {languageName(lang)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <fieldset class="field">
        <legend>{t("draft.columns")}</legend>
        <div class="draft-columns">
          {others.map((lang) => (
            <label key={lang} class="check">
              <input type="checkbox" checked={langs.includes(lang)} onChange={() => toggle(lang)} />
              {languageName(lang)}
            </label>
          ))}
        </div>
      </fieldset>
    </>
  );
}

interface PensFieldProps {
  /** Who is of no delegation can not give the pen to "my delegation". */
  offered: readonly Pens[];
  value: Pens;
  onChange: (pens: Pens) => void;
}

function PensField({ offered, value, onChange }: PensFieldProps) {
  return (
    <fieldset class="field">
      <legend>{t("draft.pens")}</legend>
      {offered.map((pens) => (
        <label key={pens} class="check">
          <input type="radio" name="pens" checked={value === pens} onChange={() => onChange(pens)} />
          {t(`draft.pens.${pens}`)}
        </label>
      ))}
      <div class="field-hint">{t("draft.pensHint")}</div>
    </fieldset>
  );
}
