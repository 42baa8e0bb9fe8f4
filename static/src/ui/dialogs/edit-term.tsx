// Agreeing on a term, or changing what was agreed: its words in each language, what holds for each, and a note.

import { useState } from "preact/hooks";
import type { Id, RoomView, TermView, TermWord } from "../../member/api.ts";
import { collate, languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { INTERFACE_LANGUAGES, t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { type State, me } from "../state.ts";
import { LONGEST_NOTE, LONGEST_WORD, MOST_WORDS, STATUSES, distinct } from "../terms/concept.ts";
import { FormDialog } from "./form.tsx";

/** A line of the form; `key` stays with it while lines come and go. */
interface Line extends TermWord {
  key: number;
}

/** The languages in which the people of the room read first, the own one first. */
function languagesOf(room: RoomView | null, state: State): string[] {
  const own = me(state)?.languages[0] ?? "en";
  const others = (room?.members ?? []).map((account) => state.people.get(account)).filter((person) => !person?.interpreter);
  return [...new Set([own, ...others.flatMap((person) => person?.languages[0] ?? [])])];
}

export function EditTerm({ room, term }: { room: Id; term: TermView | null }) {
  const { api, store } = usePortal();
  const open = useSelect((state) => state.room);
  const [lines, setLines] = useState<readonly Line[]>(() => {
    const begun: readonly TermWord[] =
      term?.words ?? languagesOf(open, store.get()).map((lang) => ({ lang, text: "", status: "preferred" }) as const);
    return begun.map((word, key) => ({ ...word, key }));
  });
  const [note, setNote] = useState(term?.note ?? "");
  const words = distinct(
    lines.map(({ lang, text, status }) => ({ lang, text: text.trim(), status })).filter(({ text }) => text !== ""),
  );
  const change = (key: number, part: Partial<TermWord>): void => {
    setLines(lines.map((line) => (line.key === key ? { ...line, ...part } : line)));
  };
  const add = (): void => {
    const key = Math.max(-1, ...lines.map((line) => line.key)) + 1;
    const used = new Set(lines.map(({ lang }) => lang));
    const lang = INTERFACE_LANGUAGES.find((tag) => !used.has(tag)) ?? "en";
    setLines([...lines, { key, lang, text: "", status: "preferred" }]);
  };
  return (
    <FormDialog
      title={t(term === null ? "terms.addTitle" : "terms.editTitle")}
      submit={t(term === null ? "terms.save" : "action.save")}
      size="medium"
      disabled={words.length === 0}
      work={() => api.saveTerm(room, { term: term?.term ?? null, words, note: note.trim() })}
      done={t("terms.saved")}
    >
      <p class="quiet">{t("terms.formText")}</p>
      <fieldset class="field">
        <legend>{t("terms.words")}</legend>
        <ul class="term-lines">
          {lines.map((line, index) => (
            <WordLine
              key={line.key}
              line={line}
              first={index === 0 && term === null}
              onChange={(part) => change(line.key, part)}
              onRemove={lines.length > 1 ? () => setLines(lines.filter((each) => each !== line)) : null}
            />
          ))}
        </ul>
        <button type="button" class="button-link term-more" disabled={lines.length >= MOST_WORDS} onClick={add}>
          <Icon name="plus" size={14} /> {t("terms.another")}
        </button>
      </fieldset>
      <Field label={t("terms.note")} hint={t("terms.noteHint")}>
        {(ids) => (
          <textarea
            {...ids}
            rows={2}
            dir="auto"
            maxLength={LONGEST_NOTE}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}

interface WordLineProps {
  line: Line;
  first: boolean;
  onChange: (part: Partial<TermWord>) => void;
  onRemove: (() => void) | null;
}

function WordLine({ line, first, onChange, onRemove }: WordLineProps) {
  const language = languageName(line.lang);
  const offered = [...new Set([...INTERFACE_LANGUAGES, line.lang])].sort((a, b) =>
    collate(languageName(a), languageName(b)),
  );
  return (
    <li class="term-line">
      <select
        aria-label={t("terms.language")}
        value={line.lang}
        onChange={(event) => onChange({ lang: event.currentTarget.value })}
      >
        {offered.map((tag) => (
          <option key={tag} value={tag}>
            {languageName(tag)}
          </option>
        ))}
      </select>
      <input
        type="text"
        aria-label={t("terms.wordIn", { language })}
        lang={line.lang}
        dir="auto"
        maxLength={LONGEST_WORD}
        autofocus={first}
        autocomplete="off"
        value={line.text}
        onInput={(event) => onChange({ text: event.currentTarget.value })}
      />
      <select
        aria-label={t("terms.statusOf", { language })}
        value={line.status}
        onChange={(event) => {
          const status = STATUSES.find((each) => each === event.currentTarget.value);
          if (status !== undefined) onChange({ status });
        }}
      >
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`terms.status.${status}`)}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("terms.removeWord", { language })}
        title={t("terms.removeWord", { language })}
        disabled={onRemove === null}
        onClick={() => onRemove?.()}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
