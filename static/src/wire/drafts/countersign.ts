// What confirms a snapshot: its number and the hash of the state that the countersigner found too (docs/protocol.md §10).
// The Python twin is portal/wire/drafts/countersign.py.

import { b64, type Bytes, MalformedError, unb64 } from "../bytes.ts";
import { canonicalJson, integerOf, parseCanonicalObject, textOf } from "../canonical.ts";

/** `snapshot` is the item's number in its stream; `stateHash` (32 bytes) that of the state in it. */
export interface Countersign {
  readonly snapshot: number;
  readonly stateHash: Bytes;
}

/** The body of the item that says so. */
export function countersignBody({ snapshot, stateHash }: Countersign): Bytes {
  return canonicalJson({ hash: b64(stateHash), snapshot, v: 1 });
}

/** Read the body of a countersign; MalformedError for anything else. */
export function parseCountersign(raw: Uint8Array): Countersign {
  const body = parseCanonicalObject(raw, ["hash", "snapshot", "v"]);
  if (integerOf(body, "v") !== 1) throw new MalformedError("a countersign of another version");
  return { snapshot: integerOf(body, "snapshot"), stateHash: unb64(textOf(body, "hash"), 32) };
}
