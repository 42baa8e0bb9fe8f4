// Reading what others wrote: each reader gives the value, or null for what it is not.

import { unb64 } from "../wire/bytes.ts";

export type Fields = Record<string, unknown>;

/** A language tag of BCP 47, as far as its shape goes. */
const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/;

/** The items of a list of at most `most`; null if one of them can not be read. */
export function listOf<T>(value: unknown, most: number, read: (inner: unknown) => T | null): T[] | null {
  if (!Array.isArray(value) || value.length > most) return null;
  const list = value.map(read);
  return list.includes(null) ? null : (list as T[]);
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `most`: Unicode characters. */
export function isText(value: unknown, most = Infinity): value is string {
  if (typeof value !== "string") return false;
  return value.length <= most || (value.length <= 2 * most && [...value].length <= most);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isLanguage(value: unknown): value is string {
  return typeof value === "string" && LANGUAGE.test(value);
}

/** Whether `value` is one of a closed list. */
export function isOneOf<T extends string>(value: unknown, list: readonly T[]): value is T {
  return (list as readonly unknown[]).includes(value);
}

/** Whether `value` is canonical b64 of so many bytes. */
export function isBytes(value: unknown, lengthBytes: number): value is string {
  if (typeof value !== "string") return false;
  try {
    return unb64(value, lengthBytes).length === lengthBytes;
  } catch {
    return false; // MalformedError is all that unb64 throws
  }
}
