// The numbers that clauses show: computed from the order of the document, never stored. Signs of counting only ("4",
// "II", "b"): the words beside them, other digits and the direction of writing are the page's. The Python twin is
// portal/wire/drafts/numbering.py.

import type { NodeKind } from "./text.ts";

/** What numbering needs to know of a node. Parents come before their children. */
export interface NumberedNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly parent: string;
}

/** `number` as it is written, `ordinal` as it counts; "" and 0 where nothing is counted. `depth` from 0 at the top. */
export interface ClauseNumber {
  readonly number: string;
  readonly ordinal: number;
  readonly depth: number;
}

interface Place extends NumberedNode {
  readonly depth: number;
  /** How many of its kind stand above it. */
  readonly level: number;
  /** The annex in which it stands, or "". */
  readonly annex: string;
}

/**
 * Count `nodes`, which stand in the order of the document; those in `gone` are not counted. Footnotes count in the
 * order of `notes`: that of their references.
 *
 * Parts and articles count through the body, and anew through each annex; parts and points within their like count anew
 * in each. Paragraphs count anew in each article and in each paragraph, and elsewhere through the body or the annex. A
 * paragraph or an annex that is alone has no number.
 */
export function numberClauses(
  nodes: readonly NumberedNode[],
  gone: ReadonlySet<string> = new Set(),
  notes: readonly string[] = [],
): Map<string, ClauseNumber> {
  const references = new Map(notes.filter((id) => !gone.has(id)).map((id, i) => [id, i + 1]));
  const places = new Map<string, Place>();
  const counts = new Map<string, number>();
  const ordinals = new Map<string, [scope: string, ordinal: number]>();
  for (const node of nodes) {
    const place = placeOf(node, places);
    places.set(node.id, place);
    const scope = gone.has(node.id) ? null : scopeOf(place, places);
    if (scope === null) continue;
    const ordinal = node.kind === "note" ? (references.get(node.id) ?? 0) : (counts.get(scope) ?? 0) + 1;
    counts.set(scope, ordinal);
    ordinals.set(node.id, [scope, ordinal]);
  }
  const numbers = new Map<string, ClauseNumber>();
  for (const place of places.values()) {
    const [scope, ordinal] = ordinals.get(place.id) ?? ["", 0];
    const alone = counts.get(scope) === 1 && (place.kind === "paragraph" || place.kind === "annex");
    const counted = ordinal > 0 && !alone;
    const { depth } = place;
    numbers.set(place.id, { number: counted ? sign(place, ordinal) : "", ordinal: counted ? ordinal : 0, depth });
  }
  return numbers;
}

function placeOf(node: NumberedNode, places: ReadonlyMap<string, Place>): Place {
  const { id, kind, parent } = node;
  const above = places.get(parent);
  if (above === undefined) return { id, kind, parent, depth: 0, level: 0, annex: kind === "annex" ? id : "" };
  const level = above.kind === kind ? above.level + 1 : 0;
  return { id, kind, parent, depth: above.depth + 1, level, annex: kind === "annex" ? id : above.annex };
}

/** Among what a node is counted; null if it is not. */
function scopeOf(place: Place, places: ReadonlyMap<string, Place>): string | null {
  switch (place.kind) {
    case "title":
    case "preamble":
    case "final":
      return null;
    case "annex":
    case "note":
      return place.kind;
    case "point":
      return `point ${place.parent}`;
    case "part":
      return place.level === 0 ? `part in ${place.annex}` : `part ${place.parent}`;
    case "article":
      return `article in ${place.annex}`;
    case "paragraph":
      return places.get(place.parent)?.kind === "article" || place.level > 0
        ? `paragraph ${place.parent}`
        : `paragraph in ${place.annex}`;
  }
}

function sign({ kind, level }: Place, ordinal: number): string {
  if (kind === "annex" || (kind === "part" && level === 0)) return roman(ordinal);
  if (kind === "part" && level === 1) return letters(ordinal).toUpperCase();
  if (kind === "point" && level === 0) return letters(ordinal);
  if (kind === "point" && level === 1) return roman(ordinal).toLowerCase();
  if (kind === "point" && level === 2) return letters(ordinal).toUpperCase();
  return String(ordinal);
}

/** 1, 2 … 26, 27 as a, b … z, aa. */
function letters(ordinal: number): string {
  let text = "";
  for (let left = ordinal; left > 0; left = Math.floor((left - 1) / 26)) {
    text = String.fromCharCode(97 + ((left - 1) % 26)) + text;
  }
  return text;
}

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, "M"],
  [900, "CM"],
  [500, "D"],
  [400, "CD"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
  [1, "I"],
];

function roman(ordinal: number): string {
  let text = "";
  let left = ordinal;
  for (const [value, digits] of ROMAN) {
    for (; left >= value; left -= value) text += digits;
  }
  return text;
}
