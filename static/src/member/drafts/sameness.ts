// Whether two documents hold the same under every id, so that every later edit does the same to both. Comparing what
// can be read is not enough: of two documents that read alike, one may lose other letters by the next deletion.

import * as Y from "yjs";

import { parseUpdate, type Place, Ref, type Struct } from "./parsing.ts";

/** Of clean documents: unit by unit, since how units are joined to structs depends on their history. */
export function isSameContent(one: Y.Doc, other: Y.Doc): boolean {
  if (!Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other))) return false;
  const [mine, theirs] = [one, other].map((doc) => parseUpdate(Y.encodeStateAsUpdate(doc)));
  if (!mine || !theirs) return false;
  const clients = new Set([...mine.structs.keys(), ...theirs.structs.keys()]);
  return [...clients].every((client) => {
    const [a, b] = [mine, theirs].map(({ structs }) => unitsOf(structs.get(client) ?? []));
    for (;;) {
      const [left, right] = [a!.next(), b!.next()];
      if (left.done || right.done) return left.done === right.done;
      if (left.value !== right.value) return false;
    }
  });
}

/** A line for each unit that is not gone. Where what is gone lies, the snapshots have compared. */
function* unitsOf(structs: readonly Struct[]): Generator<string> {
  for (const { client, clock, ref, origin, right, parent, key, units } of structs) {
    if (ref === Ref.gone || ref === Ref.deleted) continue;
    const within = typeof parent === "string" ? JSON.stringify(parent) : textOf(parent);
    for (const [tick, unit] of units.entries()) {
      const before = tick === 0 ? textOf(origin) : `${client}.${clock + tick - 1}`;
      const around = tick === 0 ? `${within} ${JSON.stringify(key)}` : "";
      yield `${clock + tick} ${before} ${textOf(right)} ${around} ${ref} ${unit}`;
    }
  }
}

function textOf(place: Place | null): string {
  return place ? `${place.client}.${place.clock}` : "-";
}
