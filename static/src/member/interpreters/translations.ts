// The translations of one room's messages: what was written of them, and what of it a reader sees.
//
// | shown                    | condition                                                                     |
// |--------------------------|-------------------------------------------------------------------------------|
// | any translation          | into the reader's first language, of the text as it stands now                |
// | a person's               | the newest for this text and language; before every machine's                 |
// | an interpreter's         | somebody whose key this person knows answers for it (Reader.interpreter), and |
// |                          | it is written for whom it is to write: the room, or the own delegation alone  |
// | first among interpreters | the one of the own delegation; who could translate before who could not       |

import type { Readers } from "../../e2ee/vouching.ts";
import type { Id } from "../../wire/ids.ts";
import type { MessageEntry, ModelView, TranslationView } from "../api.ts";
import { compose, hashOf } from "./composing.ts";
import { readingOf, readsAs } from "./languages.ts";
import type { RenderingContent, Sentence, TranslationContent } from "./translated.ts";

/** Who reads. */
export interface Reader {
  readonly own: Id;
  /** The reader's first language, or undefined if they have named none. */
  language(): string | undefined;
  /**
   * An interpreter for which somebody answers; null for everybody else. `own`: it belongs to the own delegation; `for`:
   * whom its owner has it write for.
   */
  interpreter(account: Id): { own: boolean; for: Readers } | null;
}

/** Who wrote something, and when. */
export interface Writing {
  by: Id;
  at_ms: number;
}

/** What one interpreter wrote of one text in one language, over one item or several. */
interface Run extends Writing {
  head: TranslationContent;
  onlyDelegation: boolean;
  sentences: Map<number, Sentence>;
  view: TranslationView | null;
}

type Rendering = RenderingContent & Writing;

/** What is known of one message. */
interface Kept {
  runs: Map<string, Run>;
  renderings: Map<string, Rendering>;
  /** The hash of the text that the message had when somebody looked last. */
  hashed: { text: string; source: string } | null;
}

export type Translated = Pick<MessageEntry, "translations" | "differ">;

export const UNTRANSLATED: Translated = { translations: [], differ: false };

/** Of all parts of a translation together. */
const MODELS_MAX = 16;

export class Translations {
  private readonly byTarget = new Map<Id, Kept>();

  /** Ids of the messages of which there is a translation. */
  targets(): Iterable<Id> {
    return this.byTarget.keys();
  }

  add(content: TranslationContent, writing: Writing, onlyDelegation: boolean): void {
    const { runs } = this.kept(content.target);
    const name = [writing.by, onlyDelegation, readingOf(content.to), content.source].join(" ");
    const before = runs.get(name);
    // Another number of sentences, another way or glossary: begun anew.
    const goesOn = before !== undefined && content.first > 0 && sameHead(before.head, content);
    const run = goesOn
      ? { ...before, ...writing, head: { ...before.head, models: union(before.head, content) }, view: null }
      : { ...writing, head: content, onlyDelegation, sentences: new Map<number, Sentence>(), view: null };
    for (const [index, sentence] of content.sentences.entries()) run.sentences.set(content.first + index, sentence);
    runs.set(name, run);
  }

  addRendering(content: RenderingContent, writing: Writing): void {
    this.kept(content.target).renderings.set(`${content.to} ${content.source}`, { ...content, ...writing });
  }

  /**
   * What `reader` sees of the message `target`, which says `text` in `lang` now. `waiting`: own renderings on their
   * way.
   */
  of(
    target: Id,
    { text, lang }: { text: string; lang: string },
    reader: Reader,
    waiting: readonly Rendering[] = [],
  ): Translated {
    const kept = this.byTarget.get(target);
    const language = reader.language();
    if ((!kept && waiting.length === 0) || language === undefined) return UNTRANSLATED;
    const source = sourceOf(kept, text);
    const due = (one: { to: string; source: string }): boolean => one.source === source && readsAs(one.to, language);
    const people = [...(kept?.renderings.values() ?? []), ...waiting].filter(due).toSorted(newestFirst).slice(0, 1);
    const runs = [...(kept?.runs.values() ?? [])].filter(({ head }) => due(head) && !readsAs(head.from, head.to));
    const known = runs.flatMap((run) => {
      const interpreter = reader.interpreter(run.by);
      if (!interpreter) return [];
      // Another delegation's could seal to each single reader what nobody else can see.
      const due = run.onlyDelegation ? interpreter.own && interpreter.for === "delegation" : interpreter.for === "room";
      return due ? [{ view: viewOf(run, text), rank: rankOf(run, interpreter.own) }] : [];
    });
    const machines = known.toSorted((a, b) => a.rank - b.rank || newestFirst(a.view, b.view)).map(({ view }) => view);
    return { translations: [...people.map((one) => renderedView(one, lang)), ...machines], differ: differ(machines) };
  }

  private kept(target: Id): Kept {
    const kept = this.byTarget.get(target) ?? { runs: new Map<string, Run>(), renderings: new Map(), hashed: null };
    this.byTarget.set(target, kept);
    return kept;
  }
}

function sourceOf(kept: Kept | undefined, text: string): string {
  if (!kept) return hashOf(text);
  if (kept.hashed?.text !== text) kept.hashed = { text, source: hashOf(text) };
  return kept.hashed.source;
}

function sameHead(before: TranslationContent, content: TranslationContent): boolean {
  const of = ({ from, via, of, glossary, software }: TranslationContent): string =>
    JSON.stringify([from, via, of, glossary, software]);
  return of(before) === of(content);
}

/** An item names the models of its own sentences. */
function union(before: TranslationContent, { models }: TranslationContent): ModelView[] {
  const known = (one: ModelView): boolean => before.models.some(({ sha256 }) => sha256 === one.sha256);
  return [...before.models, ...models.filter((one) => !known(one))].slice(0, MODELS_MAX);
}

function rankOf({ head }: Run, own: boolean): number {
  return (head.problem === undefined ? 0 : 2) + (own ? 0 : 1);
}

function newestFirst(a: { at_ms: number }, b: { at_ms: number }): number {
  return b.at_ms - a.at_ms;
}

function viewOf(run: Run, text: string): TranslationView {
  return (run.view ??= composedView(run, text));
}

function composedView({ head, by, at_ms, onlyDelegation, sentences }: Run, source: string): TranslationView {
  const { from, to, via, of, models, glossary, problem } = head;
  // As far as they follow one another: a gap must not look as if nothing had been said there.
  const following: Sentence[] = [];
  for (let next = sentences.get(0); next; next = sentences.get(following.length)) following.push(next);
  const { text, sentences: views } = compose(source, following);
  return {
    from,
    to,
    via: via ?? null,
    text,
    sentences: views.map(({ alternatives: _, ...view }) => view),
    by,
    person: false,
    complete: following.length === of,
    problem: problem ?? null,
    models,
    glossary,
    onlyDelegation,
    at_ms,
  };
}

/** People's translations do not say from which language: from that of the message. */
function renderedView({ by, at_ms, to, text }: Rendering, from: string): TranslationView {
  const fields = { from, to, via: null, text, sentences: [], by, person: true, complete: true, problem: null };
  return { ...fields, models: [], glossary: "", onlyDelegation: false, at_ms };
}

/** Whether two interpreters have said different things; spaces do not count. */
function differ(views: readonly TranslationView[]): boolean {
  const whole = views.filter(({ complete, problem }) => complete && problem === null);
  const texts = new Set(whole.map(({ text }) => text.normalize("NFC").replace(/\s+/gu, " ").trim()));
  return texts.size > 1 && new Set(whole.map(({ by }) => by)).size > 1;
}
