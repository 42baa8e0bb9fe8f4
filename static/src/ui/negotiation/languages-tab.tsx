// The languages of a text side by side: what is not signed off as saying the same, and the translation to be written.

import { useState } from "preact/hooks";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { Id } from "../../wire/ids.ts";
import { languageName, list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { AddLanguage } from "../parts/add-language.tsx";
import { Person } from "../parts/person.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { AuthenticDialog } from "./authentic-dialog.tsx";
import { MachineText } from "./machine-section.tsx";
import { RunsText } from "./runs-text.tsx";
import { TranslateDialog } from "./translate-dialog.tsx";
import type { Wish } from "./use-act.ts";
import { type Negotiation, useNegotiation, useShowClause } from "./use-negotiation.ts";

export function LanguagesTab() {
  const { document } = useNegotiation();
  const [source, ...others] = document.meta.langs;
  const [chosen, setChosen] = useState<string | null>(null);
  const target = chosen !== null && others.includes(chosen) ? chosen : others[0];
  return (
    <div class="neg-tab">
      <Columns />
      {source === undefined || target === undefined ? (
        <p class="neg-empty">{t("negotiation.languages.single")}</p>
      ) : (
        <Comparison source={source} target={target} others={others} onChoose={setChosen} />
      )}
    </div>
  );
}

/** Which columns there are, and which of them are authentic. */
function Columns() {
  const { document, acts, may, mayAct, ops } = useNegotiation();
  const [choosing, setChoosing] = useState(false);
  const { langs } = document.meta;
  const names = (tags: readonly string[]): string => list(tags.map(languageName));
  return (
    <section class="neg-part" aria-label={t("negotiation.languages.title")}>
      <h2>{t("negotiation.languages.title")}</h2>
      <p>{t("negotiation.languages.columns", { languages: names(langs) })}</p>
      <p>
        {acts.authentic.length === 0
          ? t("negotiation.languages.noneAuthentic")
          : t("negotiation.languages.authentic", { languages: names(acts.authentic) })}
      </p>
      <div class="button-row">
        {may("pen") && (
          <div class="neg-add-language">
            <AddLanguage known={langs} onAdd={(lang) => ops.setLanguages([...langs, lang])} />
          </div>
        )}
        {mayAct("authentic") && (
          <button type="button" onClick={() => setChoosing(true)}>
            {t("negotiation.languages.choose")}
          </button>
        )}
      </div>
      {choosing && <AuthenticDialog onClose={() => setChoosing(false)} />}
    </section>
  );
}

interface ComparisonProps {
  source: string;
  target: string;
  others: readonly string[];
  onChoose: (lang: string) => void;
}

function Comparison({ source, target, others, onChoose }: ComparisonProps) {
  const { projection, mayAct } = useNegotiation();
  const [onlyStale, setOnlyStale] = useState(false);
  const [signing, setSigning] = useState<readonly ClauseView[] | null>(null);
  const clauses = projection.clauses.filter(({ gone }) => !gone);
  const stale = clauses.filter((clause) => clause.stale.includes(target));
  const shown = onlyStale ? stale : clauses;
  const ready = stale.filter((clause) => refOf(clause, source, target) !== null);
  return (
    <section class="neg-part" aria-label={t("negotiation.languages.compare")}>
      <div class="neg-tools">
        <label class="neg-select">
          <span>{t("negotiation.languages.beside")}</span>
          <select value={target} onChange={(event) => onChoose(event.currentTarget.value)}>
            {others.map((lang) => (
              <option key={lang} value={lang}>
                {languageName(lang)}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input type="checkbox" checked={onlyStale} onChange={(event) => setOnlyStale(event.currentTarget.checked)} />
          <span>{t("negotiation.languages.onlyStale")}</span>
        </label>
        <p class="quiet" role="status">
          {tn("negotiation.languages.stale", stale.length)}
        </p>
        {mayAct("concord") && ready.length > 1 && (
          <button type="button" class="button-small" onClick={() => setSigning(ready)}>
            {tn("negotiation.concord.several", ready.length)}
          </button>
        )}
      </div>
      <div class="neg-columns-head" aria-hidden="true">
        <strong>{languageName(source)}</strong>
        <strong>{languageName(target)}</strong>
      </div>
      {shown.length === 0 && <p class="neg-empty">{t("negotiation.languages.allFresh")}</p>}
      {shown.map((clause) => (
        <ClauseColumns
          key={clause.node}
          clause={clause}
          source={source}
          target={target}
          onSign={() => setSigning([clause])}
        />
      ))}
      {signing !== null && (
        <ConcordDialog clauses={signing} source={source} target={target} onClose={() => setSigning(null)} />
      )}
    </section>
  );
}

interface ConcordItem {
  node: Id;
  lang: string;
  hash: string;
  source: string;
  source_hash: string;
}

/** What a sign-off names; null where one of the two columns has no words that can be hashed. */
function refOf({ node, hash }: ClauseView, source: string, lang: string): ConcordItem | null {
  const own = hash[lang];
  const source_hash = hash[source];
  return own === undefined || source_hash === undefined ? null : { node, lang, hash: own, source, source_hash };
}

interface ClauseColumnsProps {
  clause: ClauseView;
  source: string;
  target: string;
  onSign: () => void;
}

function ClauseColumns({ clause, source, target, onSign }: ClauseColumnsProps) {
  const { names, may, mayAct, view } = useNegotiation();
  const show = useShowClause();
  const [writing, setWriting] = useState<string | null>(null);
  const runs = clause.runs[target] ?? [];
  const empty = runs.length === 0;
  const machine = view.machine.filter(({ node, lang, text }) => node === clause.node && lang === target && text !== "");
  return (
    <article class="neg-columns" aria-label={names.of(clause.node)}>
      <header>
        <button type="button" class="button-plain" onClick={() => show(clause.node)}>
          {names.of(clause.node)}
        </button>
        <Concordance clause={clause} target={target} empty={empty} />
      </header>
      <p class="neg-column">
        <span class="visually-hidden">{languageName(source)}: </span>
        <RunsText runs={clause.runs[source] ?? []} lang={source} />
      </p>
      <div class="neg-column">
        <p>
          <span class="visually-hidden">{languageName(target)}: </span>
          {empty && <span class="quiet">{t("negotiation.languages.empty")}</span>}
          {!empty && <RunsText runs={runs} lang={target} />}
        </p>
        {(empty || clause.stale.includes(target)) &&
          machine.map((each) => (
            <div key={each.by}>
              <MachineText machine={each} clause={clause} />
              {may("pen") && (
                <button type="button" class="button-small" onClick={() => setWriting(each.text)}>
                  {t("negotiation.languages.fromMachine")}
                </button>
              )}
            </div>
          ))}
        <div class="button-row">
          {may("pen") && (
            <button type="button" class="button-small" onClick={() => setWriting("")}>
              {t(empty ? "negotiation.languages.write" : "negotiation.languages.change")}
            </button>
          )}
          {mayAct("concord") && clause.stale.includes(target) && refOf(clause, source, target) !== null && !empty && (
            <button type="button" class="button-small" onClick={onSign}>
              {t("negotiation.concord.action")}
            </button>
          )}
        </div>
      </div>
      {writing !== null && (
        <TranslateDialog
          clause={clause}
          source={source}
          target={target}
          start={writing}
          onClose={() => setWriting(null)}
        />
      )}
    </article>
  );
}

/** Whether a named person has said that the column says the same, and whether that still holds. */
function Concordance({ clause, target, empty }: { clause: ClauseView; target: string; empty: boolean }) {
  const concord = clause.concord[target];
  if (empty) {
    return (
      <span class="neg-stale">
        <Icon name="warning" size={14} /> {t("negotiation.concord.missing")}
      </span>
    );
  }
  if (concord === undefined) {
    return (
      <span class="neg-stale">
        <Icon name="warning" size={14} /> {t("negotiation.concord.never")}
      </span>
    );
  }
  return (
    <span class={concord.fresh ? "neg-fresh" : "neg-stale"}>
      <Icon name={concord.fresh ? "check" : "clock"} size={14} />{" "}
      {t(concord.fresh ? "negotiation.concord.by" : "negotiation.concord.stale")} <Person account={concord.account} />
    </span>
  );
}

interface ConcordDialogProps {
  clauses: readonly ClauseView[];
  source: string;
  target: string;
  onClose: () => void;
}

function ConcordDialog({ clauses, source, target, onClose }: ConcordDialogProps) {
  const wish = ({ clause }: Negotiation): Wish | null => {
    const items = clauses.flatMap(({ node }) => {
      const found = clause(node);
      return (found === undefined ? null : refOf(found, source, target)) ?? [];
    });
    return items.length === 0 ? null : { t: "concord", items };
  };
  return (
    <ActDialog
      title={t("negotiation.concord.title", { language: languageName(target) })}
      submit={t("negotiation.concord.sign")}
      wish={wish}
      done={t("negotiation.concord.done")}
      onClose={onClose}
    >
      <p>{t("negotiation.concord.text", { source: languageName(source), language: languageName(target) })}</p>
    </ActDialog>
  );
}
