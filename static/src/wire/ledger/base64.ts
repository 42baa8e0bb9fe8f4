// Base64 with padding (RFC 4648 §4), as signed notes write it; canonical text only, as in Python.

import { b64, type Bytes, MalformedError, unb64 } from "../bytes.ts";

const TEXT = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64 with padding. */
export function base64(raw: Uint8Array): string {
  const text = b64(raw).replaceAll("-", "+").replaceAll("_", "/");
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/** The bytes of canonical base64 text; MalformedError otherwise, or unless there are `lengthBytes` of them. */
export function unbase64(text: string, lengthBytes?: number): Bytes {
  if (text.length % 4 !== 0 || !TEXT.test(text)) throw new MalformedError("not base64 with padding");
  return unb64(text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"), lengthBytes);
}
