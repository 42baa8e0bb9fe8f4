// What interpreters and people write about how a text reads in another language (docs/protocol.md §5): read with
// suspicion. Places are counted in Unicode characters here; see composing.ts for what becomes of them.

import { type Id, isId } from "../../wire/ids.ts";
import {
  type ModelView,
  type Span,
  type TermStatus,
  type TermWord,
  TRANSLATION_PROBLEMS,
  type TranslatedSentence,
  type TranslationProblem,
} from "../api.ts";
import { type Fields, isBytes, isCount, isLanguage, isOneOf, isRecord, isText, listOf } from "../fields.ts";

/** A warning about a sentence; `source` is counted within the sentence, `target` within its `text`. */
export interface WarningContent {
  kind: string;
  detail: string;
  source: Span[];
  target: Span[];
}

export interface Sentence {
  /** Where the sentence stands in the text that was translated. */
  at: Span;
  /** b64 of the SHA-256 of the sentence's UTF-8. */
  hash: string;
  lead: string;
  text: string;
  /** Only behind the last one. */
  tail?: string;
  origin: TranslatedSentence["origin"];
  warnings: WarningContent[];
  problem?: TranslationProblem;
  /** Only in answers to a question. */
  alternatives?: string[];
}

/** How a text was translated, and into what. */
export interface Legs {
  from: string;
  to: string;
  via?: string;
  models: ModelView[];
  glossary: string;
}

export interface TranslationContent extends Legs {
  t: "translation";
  target: Id;
  /** b64 of the SHA-256 of the UTF-8 of the target's text as it stood. */
  source: string;
  first: number;
  of: number;
  sentences: Sentence[];
  software: string;
  problem?: TranslationProblem;
}

export interface RenderingContent {
  t: "rendering";
  target: Id;
  source: string;
  to: string;
  text: string;
}

export interface TermContent {
  t: "term";
  term: Id;
  words: TermWord[];
  note: string;
  on: boolean;
}

export interface PrivateKeyContent {
  t: "private_key";
  key: Id;
  for: { account: Id; sealed: string }[];
}

export interface PrivateContent {
  t: "private";
  key: Id;
  sealed: string;
}

/** Of one text, over all items. */
const SENTENCES_MAX = 1000;
const WARNINGS_MAX = 32;
const SPANS_MAX = 64;
const MODELS_MAX = 4;
const WORDS_MAX = 64;
const ACCOUNTS_MAX = 64;
const ALTERNATIVES_MAX = 4;
const DETAIL_MAX = 500;
const WORD_MAX = 500;
const NOTE_MAX = 2000;
const SOFTWARE_MAX = 200;
const HASH_BYTES = 32;
const ORIGINS = ["model", "human", "original"] as const;
const STATUSES: readonly TermStatus[] = ["preferred", "admitted", "forbidden", "keep"];
const KIND = /^[a-z][a-z_]{0,31}$/;
const PAIR = /^[A-Za-z0-9-]{1,64}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const VERSION = /^[0-9a-f]{0,64}$/;

export function readTranslation(fields: Fields): TranslationContent | null {
  const { target, source, first, of, software, problem } = fields;
  const legs = readLegs(fields);
  if (!legs || !isId(target) || !isBytes(source, HASH_BYTES) || !isText(software, SOFTWARE_MAX)) return null;
  if (problem !== undefined && !isOneOf(problem, TRANSLATION_PROBLEMS)) return null;
  const sentences = readSentences(fields["sentences"]);
  if (!sentences || !isCount(of) || of > SENTENCES_MAX || !isCount(first)) return null;
  if (first + sentences.length > of) return null;
  // Either sentences, or why there are none.
  if ((problem === undefined) !== sentences.length > 0 || (problem !== undefined && of > 0)) return null;
  const read = { t: "translation", target, source, ...legs, first, of, sentences, software } as const;
  return problem === undefined ? read : { ...read, problem };
}

/** Languages and models; `from` is "" if nobody could tell. */
export function readLegs({ from, to, via, models, glossary }: Fields): Legs | null {
  if ((from !== "" && !isLanguage(from)) || !isLanguage(to)) return null;
  if (via !== undefined && via !== null && !isLanguage(via)) return null;
  const read = listOf(models, MODELS_MAX, readModel);
  if (!read || typeof glossary !== "string" || !VERSION.test(glossary)) return null;
  return { from, to, models: read, glossary, ...(typeof via === "string" && { via }) };
}

/** Sentences one behind the other, of which only the last one has a tail. */
export function readSentences(value: unknown): Sentence[] | null {
  const sentences = listOf(value, SENTENCES_MAX, readSentence);
  const sound = sentences?.every(({ at: [, end], tail }, i) => {
    const next = sentences[i + 1];
    return next === undefined || (end <= next.at[0] && tail === undefined);
  });
  return sound ? sentences : null;
}

function readSentence(value: unknown): Sentence | null {
  if (!isRecord(value)) return null;
  const { hash, lead, text, tail, origin, problem, alternatives } = value;
  const at = readSpan(value["at"]);
  const warnings = listOf(value["warnings"], WARNINGS_MAX, readWarning);
  if (!at || !warnings || !isBytes(hash, HASH_BYTES) || !isText(lead) || !isText(text)) return null;
  if (!isOneOf(origin, ORIGINS) || (tail !== undefined && !isText(tail))) return null;
  if (problem !== undefined && problem !== null && !isOneOf(problem, TRANSLATION_PROBLEMS)) return null;
  const others = listOf(alternatives ?? [], ALTERNATIVES_MAX, (one) => (isText(one) ? one : null));
  if (!others) return null;
  return {
    at,
    hash,
    lead,
    text,
    origin,
    warnings,
    ...(typeof tail === "string" && { tail }),
    ...(typeof problem === "string" && { problem }),
    ...(others.length > 0 && { alternatives: others }),
  };
}

export function readRendering({ target, source, to, text }: Fields): RenderingContent | null {
  if (!isId(target) || !isBytes(source, HASH_BYTES) || !isLanguage(to) || !isText(text)) return null;
  return { t: "rendering", target, source, to, text };
}

export function readTerm({ term, words, note, on }: Fields): TermContent | null {
  const read = listOf(words, WORDS_MAX, readWord);
  if (!isId(term) || !read || !isText(note, NOTE_MAX) || typeof on !== "boolean") return null;
  return { t: "term", term, words: read, note, on };
}

export function readPrivateKey(fields: Fields): PrivateKeyContent | null {
  const { key } = fields;
  const sealed = listOf(fields["for"], ACCOUNTS_MAX, readSealed);
  return isId(key) && sealed ? { t: "private_key", key, for: sealed } : null;
}

export function readPrivate({ key, sealed }: Fields): PrivateContent | null {
  return isId(key) && isText(sealed) ? { t: "private", key, sealed } : null;
}

function readSealed(value: unknown): PrivateKeyContent["for"][number] | null {
  if (!isRecord(value)) return null;
  const { account, sealed } = value;
  return isId(account) && isText(sealed) ? { account, sealed } : null;
}

function readWord(value: unknown): TermWord | null {
  if (!isRecord(value)) return null;
  const { lang, text, status } = value;
  if (!isLanguage(lang) || !isText(text, WORD_MAX) || !isOneOf(status, STATUSES)) return null;
  return { lang, text, status };
}

function readModel(value: unknown): ModelView | null {
  if (!isRecord(value)) return null;
  const { pair, sha256 } = value;
  const sound = typeof pair === "string" && PAIR.test(pair) && typeof sha256 === "string" && SHA256.test(sha256);
  return sound ? { pair, sha256 } : null;
}

function readWarning(value: unknown): WarningContent | null {
  if (!isRecord(value)) return null;
  const { kind, detail } = value;
  const source = listOf(value["source"], SPANS_MAX, readSpan);
  const target = listOf(value["target"], SPANS_MAX, readSpan);
  if (typeof kind !== "string" || !KIND.test(kind) || !isText(detail, DETAIL_MAX) || !source || !target) return null;
  return { kind, detail, source, target };
}

function readSpan(value: unknown): Span | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [start, end] = value as unknown[];
  return isCount(start) && isCount(end) && start < end ? [start, end] : null;
}
