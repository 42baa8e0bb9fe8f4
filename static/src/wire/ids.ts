// Identifiers (docs/protocol.md, Conventions). The Python twin is portal/wire/ids.py.

import { b64, type Bytes, MalformedError, random, unb64 } from "./bytes.ts";

/** Any identifier: 16 random bytes as 22 characters of base64url without padding. */
export type Id = string;

export const ID_BYTES = 16;

/** A fresh random identifier. */
export function newId(): Id {
  return b64(random(ID_BYTES));
}

/** The 16 bytes of an identifier; MalformedError if it is none. */
export function idBytes(id: Id): Bytes {
  return unb64(id, ID_BYTES);
}

/** The identifier of 16 bytes; MalformedError at another length. */
export function idText(raw: Uint8Array): Id {
  if (raw.length !== ID_BYTES) throw new MalformedError(`an id has ${ID_BYTES} bytes, not ${raw.length}`);
  return b64(raw);
}

/** Whether `value` is a well-formed identifier. */
export function isId(value: unknown): value is Id {
  if (typeof value !== "string") return false;
  try {
    idBytes(value);
    return true;
  } catch {
    return false;
  }
}
