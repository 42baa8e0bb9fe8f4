// How a message is to be shown: as it was written, translated, or as it was written with a word about why.

import type { MessageEntry, TranslationProblem, TranslationView } from "../../member/api.ts";
import type { Standing } from "./interpreters.ts";
import { isAmong, sameLanguage } from "./languages.ts";

/** A message that came within this time may still be under translation. */
export const WAITING_MS = 60_000;

export type Why = "waiting" | "away" | "missing" | TranslationProblem;

export type Shown =
  | { kind: "as-written" }
  | { kind: "translated"; view: TranslationView }
  | { kind: "untranslated"; why: Why; /** Who says so. */ view: TranslationView | null };

export interface Reader {
  account: string;
  /** The first is the one into which messages are translated. */
  languages: readonly string[];
}

/** The translations that say something, best first. One that names no language, a person's, is from the writer's. */
export function readable({ lang, translations }: MessageEntry): TranslationView[] {
  return translations
    .filter(({ problem, text }) => problem === null && text !== "")
    .map((view) => (view.from === "" ? { ...view, from: lang } : view));
}

const AS_WRITTEN: Shown = { kind: "as-written" };

export function shownOf(entry: MessageEntry, reader: Reader, standing: Standing, now_ms: number): Shown {
  const first = reader.languages[0] ?? "en";
  if (entry.text === "" || entry.account === reader.account || sameLanguage(entry.lang, first)) return AS_WRITTEN;
  const view = readable(entry)[0];
  if (view !== undefined) {
    // Already in the reader's language, whatever its writer said; or nothing but a number or a sign.
    return sameLanguage(view.from, first) || view.text === entry.text ? AS_WRITTEN : { kind: "translated", view };
  }
  if (isAmong(entry.lang, reader.languages)) return AS_WRITTEN; // read without help
  const refused = entry.translations[0];
  if (refused !== undefined && refused.problem !== null) {
    return { kind: "untranslated", why: refused.problem, view: refused };
  }
  if (standing === "off" || standing === "none") return AS_WRITTEN; // which the room itself says
  const waiting = now_ms - entry.at_ms < WAITING_MS;
  const why = standing === "away" ? "away" : waiting ? "waiting" : "missing";
  return { kind: "untranslated", why, view: null };
}

/** Sentences that stand in the translation as they were written, because they could not be translated. */
export function leftAsWritten(view: Pick<TranslationView, "sentences">): TranslationView["sentences"] {
  return view.sentences.filter(({ origin, problem }) => origin === "original" && problem !== null);
}
