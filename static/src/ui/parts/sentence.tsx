// A sentence of the catalogue whose placeholders are elements.

import type { ComponentChildren } from "preact";
import { type Key, translator } from "../i18n.ts";

/** Draws `text`, with each {name} replaced by the child of that name, isolated from the sentence's direction. */
export function Sentence({ text, values }: { text: Key; values: Readonly<Record<string, ComponentChildren>> }) {
  const pieces = translator().pieces(text);
  return <>{pieces.map((piece, index) => (index % 2 === 0 ? piece : <bdi key={index}>{values[piece]}</bdi>))}</>;
}
