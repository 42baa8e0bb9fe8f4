// Sentences of a translation put together into the text that is shown, with every place turned from Unicode characters,
// which the record counts in, into UTF-16 units, which the page counts in.

import { sha256 } from "@noble/hashes/sha2.js";

import { b64, utf8 } from "../../wire/bytes.ts";
import type { Span, TranslatedSentence, Warning } from "../api.ts";
import type { Sentence, WarningContent } from "./translated.ts";

/** What `source` of a translation says of the text that it belongs to: b64 of the SHA-256 of its UTF-8. */
export function hashOf(text: string): string {
  return b64(sha256(utf8(text)));
}

/** A text with its translation's sentences, as far as they are there. */
export interface Composed {
  text: string;
  sentences: (TranslatedSentence & { alternatives: string[] })[];
}

/** No sound translation is longer than so many times its text, and a few sentences. */
const LENGTH_TIMES = 16;
const LENGTH_MORE = 4_000;

/**
 * Put `sentences` together, which translate `text`. A sentence that names a place where another one stands is left
 * out: it keeps its place with the problem "failed", so that the reader sees that something is missing. So is what comes
 * behind more text than any translation has.
 */
export function compose(text: string, sentences: Iterable<Sentence>): Composed {
  const places = new Places(text);
  const composed: Composed = { text: "", sentences: [] };
  let room = LENGTH_TIMES * text.length + LENGTH_MORE;
  for (const sentence of sentences) {
    const source = places.span(sentence.at);
    room -= sentence.lead.length + sentence.text.length + (sentence.tail?.length ?? 0);
    const fits = room >= 0 && source !== null && hashOf(text.slice(...source)) === sentence.hash;
    if (fits) add(composed, sentence, source, text);
    else composed.sentences.push(missing(sentence, source ?? [text.length, text.length], composed.text.length));
  }
  return composed;
}

function add(composed: Composed, sentence: Sentence, source: Span, whole: string): void {
  const { lead, text, tail, origin, warnings, problem, alternatives } = sentence;
  const start = composed.text.length + lead.length;
  composed.text += lead + text + (tail ?? "");
  const from = { places: new Places(whole.slice(...source)), offset: source[0] };
  const to = { places: new Places(text), offset: start };
  composed.sentences.push({
    source,
    target: [start, start + text.length],
    origin,
    warnings: warnings.map((warning) => placed(warning, from, to)),
    problem: problem ?? null,
    alternatives: alternatives ?? [],
  });
}

function missing({ origin }: Sentence, source: Span, at: number): Composed["sentences"][number] {
  return { source, target: [at, at], origin, warnings: [], problem: "failed", alternatives: [] };
}

interface Part {
  places: Places;
  offset: number;
}

function placed({ kind, detail, source, target }: WarningContent, from: Part, to: Part): Warning {
  return { kind, detail, source: within(source, from), target: within(target, to) };
}

/** Places that the text does not have are left out; the warning stays. */
function within(spans: readonly Span[], { places, offset }: Part): Span[] {
  return spans.flatMap((span) => {
    const found = places.span(span);
    return found ? [[offset + found[0], offset + found[1]] as Span] : [];
  });
}

/** Where in UTF-16 units the characters of a text begin. */
class Places {
  private readonly length: number;
  /** Null where characters and units are the same. */
  private readonly starts: Uint32Array | null;

  constructor(text: string) {
    const characters = lengthOf(text);
    this.length = characters;
    this.starts = characters === text.length ? null : startsOf(text, characters);
  }

  /** The units of a span of characters, or null if the text is shorter. */
  span([start, end]: Span): Span | null {
    if (end > this.length) return null;
    return this.starts ? [this.starts[start]!, this.starts[end]!] : [start, end];
  }
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function startsOf(text: string, characters: number): Uint32Array {
  const starts = new Uint32Array(characters + 1);
  let at = 0;
  let units = 0;
  for (const character of text) {
    starts[at++] = units;
    units += character.length;
  }
  starts[at] = units;
  return starts;
}
