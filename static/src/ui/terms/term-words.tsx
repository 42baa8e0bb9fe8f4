// The words of a term: by language, the reader's own first, and what was agreed about each.

import type { TermWord } from "../../member/api.ts";
import { collate, languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { STATUSES } from "./concept.ts";

const NONE: readonly string[] = [];

interface TermWordsProps {
  words: readonly TermWord[];
  /** Which of them to point out. */
  marked?: (word: TermWord) => boolean;
}

export function TermWords({ words, marked = () => false }: TermWordsProps) {
  const own = useSelect((state) => me(state)?.languages ?? NONE);
  const place = (lang: string): number => (own.includes(lang) ? own.indexOf(lang) : own.length);
  const sorted = [...words].sort(
    (a, b) =>
      place(a.lang) - place(b.lang) ||
      collate(languageName(a.lang), languageName(b.lang)) ||
      STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status),
  );
  return (
    <ul class="term-words">
      {sorted.map((word, index) => {
        const { lang, text, status } = word;
        return (
          <li key={`${lang} ${text}`} class={`term-${status}`}>
            <span class="term-lang">
              <span class={sorted[index - 1]?.lang === lang ? "visually-hidden" : ""}>{languageName(lang)}</span>
            </span>{" "}
            <span class="term-word">
              <span class="term-text" lang={lang} dir="auto">
                {marked(word) ? <mark>{text}</mark> : text}
              </span>
              {status !== "preferred" && <span class="term-status">{t(`terms.status.${status}`)}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
