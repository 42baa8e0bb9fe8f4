// What an import of terms would change, shown before anything is saved: new ones, and those that would read otherwise.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { list } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePortal } from "../portal.ts";
import type { Change, Plan } from "../terms/plan.ts";
import { TermWords } from "../terms/term-words.tsx";
import { FormDialog } from "./form.tsx";

export function ImportTerms({ room, name, plan }: { room: Id; name: string; plan: Plan }) {
  const { api, session } = usePortal();
  const [chosen, setChosen] = useState<ReadonlySet<Change>>(() => new Set([...plan.added, ...plan.changed]));
  const [saved, setSaved] = useState<ReadonlySet<Change>>(new Set());
  const cancelled = useRef(false);
  useEffect(() => () => void (cancelled.current = true), []);
  const left = [...chosen].filter((change) => !saved.has(change));
  const begun = saved.size > 0 && left.length > 0;
  const work = async (): Promise<void> => {
    const done = new Set(saved);
    for (const change of left) {
      if (cancelled.current) break;
      const { before, words, note } = change;
      await api.saveTerm(room, { term: before?.term ?? null, words, note });
      setSaved(new Set(done.add(change)));
    }
    session.toast("done", tn("terms.imported", done.size));
  };
  const choose = (changes: readonly Change[], on: boolean): void => {
    const next = new Set(chosen);
    for (const change of changes) next[on ? "add" : "delete"](change);
    setChosen(next);
  };
  const part = { chosen, saved, choose };
  return (
    <FormDialog
      title={t("terms.importTitle", { name })}
      submit={tn("terms.take", left.length)}
      size="large"
      disabled={left.length === 0}
      work={work}
    >
      {plan.added.length + plan.changed.length === 0 ? (
        <Notice tone="info">{t("terms.importNothing")}</Notice>
      ) : (
        saved.size === 0 && <p>{t("terms.importText")}</p>
      )}
      <Changes title={tn("terms.importAdded", plan.added.length)} changes={plan.added} {...part} />
      <Changes title={tn("terms.importChanged", plan.changed.length)} changes={plan.changed} {...part} />
      {plan.same > 0 && <p class="quiet">{tn("terms.importSame", plan.same)}</p>}
      {begun && (
        <label class="field">
          <span>{t("terms.importProgress", { done: saved.size, of: saved.size + left.length })}</span>
          <progress max={saved.size + left.length} value={saved.size} />
        </label>
      )}
    </FormDialog>
  );
}

interface ChangesProps {
  title: string;
  changes: readonly Change[];
  chosen: ReadonlySet<Change>;
  saved: ReadonlySet<Change>;
  choose: (changes: readonly Change[], on: boolean) => void;
}

function Changes({ title, changes, chosen, saved, choose }: ChangesProps) {
  if (changes.length === 0) return null;
  const all = changes.every((change) => chosen.has(change));
  return (
    <section class="import-part">
      <h3>
        {title}
        {changes.length > 1 && (
          <button type="button" class="button-link" onClick={() => choose(changes, !all)}>
            {all ? t("picker.none") : t("picker.all")}
          </button>
        )}
      </h3>
      <ul class="import-list">
        {changes.map((change, index) => (
          <li key={index}>
            <label class="check">
              <input
                type="checkbox"
                aria-label={list(change.words.map(({ text }) => text))}
                checked={chosen.has(change)}
                disabled={saved.has(change)}
                onChange={(event) => choose([change], event.currentTarget.checked)}
              />
              <span class="import-change">
                {change.before !== null && <Version name={t("terms.now")} {...change.before} beside={change.words} />}
                <Version
                  name={change.before === null ? null : t("terms.then")}
                  {...change}
                  beside={change.before?.words ?? change.words}
                />
              </span>
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface VersionProps {
  name: string | null;
  words: Change["words"];
  note: string;
  /** The other version: what it does not have is pointed out. */
  beside: Change["words"];
}

function Version({ name, words, note, beside }: VersionProps) {
  const known = new Set(beside.map(({ lang, text, status }) => `${lang} ${status} ${text}`));
  return (
    <span class="import-version">
      {name !== null && <span class="quiet">{name}</span>}
      <TermWords words={words} marked={({ lang, text, status }) => !known.has(`${lang} ${status} ${text}`)} />
      {note !== "" && (
        <span class="term-note" dir="auto">
          {note}
        </span>
      )}
    </span>
  );
}
