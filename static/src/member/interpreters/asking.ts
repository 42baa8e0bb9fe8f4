// The contents of asides (docs/protocol.md §5): a question to an interpreter, and its answer, read with suspicion.

import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { type Id, isId } from "../../wire/ids.ts";
import { type AnswerView, type Asked, type AskedTranslation, TRANSLATION_PROBLEMS } from "../api.ts";
import { compose } from "./composing.ts";
import { type Fields, isOneOf, isRecord } from "../fields.ts";
import { type Legs, readLegs, readSentences, type Sentence } from "./translated.ts";

/** Why there is no answer: beside the reasons why there is no translation, the interpreter's own. */
const PROBLEMS = [...TRANSLATION_PROBLEMS, "refused", "busy", "off"] as const;
export type AnswerProblem = (typeof PROBLEMS)[number];

type Direction = Legs & { sentences: Sentence[] };

/** An answer as it came: which question it is for, and what it says. */
export interface Reply {
  ask: Id;
  said: { there: Direction; back: Direction | null } | { problem: AnswerProblem };
}

/** The plaintext of a question with this id; `at_ms` is this device's clock. */
export function encodeQuestion(ask: Id, { text, from, to, back, alternatives }: Asked, at_ms: number): Uint8Array {
  return utf8(JSON.stringify({ v: 1, at: at_ms, ask, t: "ask", text, from, to, back, alternatives }));
}

/** An answer's plaintext, or null for what is none. */
export function readReply(plaintext: Uint8Array): Reply | null {
  let fields: unknown;
  try {
    fields = JSON.parse(fromUtf8(plaintext));
  } catch {
    return null;
  }
  if (!isRecord(fields) || fields["v"] !== 1 || fields["t"] !== "answer") return null;
  const { ask, problem } = fields;
  if (!isId(ask)) return null;
  if (problem !== undefined && problem !== null) return isOneOf(problem, PROBLEMS) ? { ask, said: { problem } } : null;
  const there = readDirection(fields["there"]);
  const none = fields["back"] === undefined || fields["back"] === null;
  const back = none ? null : readDirection(fields["back"]);
  if (!there || (!back && !none)) return null;
  return { ask, said: "problem" in there ? there : { there, back: back && "problem" in back ? null : back } };
}

function readDirection(value: unknown): Direction | { problem: AnswerProblem } | null {
  if (!isRecord(value)) return null;
  const { problem } = value as Fields;
  if (problem !== undefined && problem !== null) return isOneOf(problem, PROBLEMS) ? { problem } : null;
  const legs = readLegs(value);
  const sentences = readSentences(value["sentences"]);
  return legs && sentences ? { ...legs, sentences } : null;
}

/** What the page shows of an answer to a question about `text`. */
export function answerView(text: string, said: { there: Direction; back: Direction | null }): AnswerView {
  const there = directionView(text, said.there);
  return { there, back: said.back && directionView(there.text, said.back) };
}

function directionView(source: string, { from, to, via, models, sentences }: Direction): AskedTranslation {
  return { from, to, via: via ?? null, models, ...compose(source, sentences) };
}
