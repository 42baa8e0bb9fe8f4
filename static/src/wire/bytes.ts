// Byte strings: text, numbers, base64url, hexadecimal, comparison. The Python twin is portal/wire/ids.py.

/** Bytes that own an ordinary buffer, which is what WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes or text that no honest peer writes. The message is for the log, never for people. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of `text`, without a terminator. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; MalformedError if they are none. */
export function fromUtf8(raw: Uint8Array): string {
  try {
    return decoder.decode(raw);
  } catch {
    throw new MalformedError("not UTF-8");
  }
}

/** `‖`: all parts, one after the other, in new memory. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** `raw` over an ordinary buffer: the same memory where that is possible, else a copy. */
export function own(raw: Uint8Array): Bytes {
  return raw.buffer instanceof ArrayBuffer ? (raw as Bytes) : new Uint8Array(raw);
}

/** Fresh random bytes. */
export function random(lengthBytes: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

/** Four bytes, big-endian; RangeError outside 0 … 2^32-1. */
export function u32(value: number): Bytes {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`${value} is no u32`);
  const raw = new Uint8Array(4);
  new DataView(raw.buffer).setUint32(0, value);
  return raw;
}

/** Eight bytes, big-endian; RangeError outside 0 … 2^53-1, the integers that a number holds exactly. */
export function u64(value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no u64 below 2^53`);
  const raw = new Uint8Array(8);
  new DataView(raw.buffer).setBigUint64(0, BigInt(value));
  return raw;
}

/** The u32 at `offset`; RangeError if it is not all there. */
export function readU32(raw: Uint8Array, offset: number): number {
  return view(raw).getUint32(offset);
}

/** The u64 at `offset`; MalformedError from 2^53 on, RangeError if it is not all there. */
export function readU64(raw: Uint8Array, offset: number): number {
  const value = view(raw).getBigUint64(offset);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedError("a number of 2^53 or more");
  return Number(value);
}

/** Whether two byte strings are equal, in a time that depends on their lengths only. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Below zero, zero or above it, as `a` comes before, is, or comes after `b`: byte by byte, the shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Lower-case hexadecimal. */
export function hex(raw: Uint8Array): string {
  let text = "";
  for (const byte of raw) text += byte.toString(16).padStart(2, "0");
  return text;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Character code → value, -1 for what is not in the alphabet. */
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** base64url without padding (RFC 4648 §5). */
export function b64(raw: Uint8Array): string {
  let text = "";
  for (let i = 0; i < raw.length; i += 3) {
    const left = raw.length - i;
    const bits = (raw[i]! << 16) | ((raw[i + 1] ?? 0) << 8) | (raw[i + 2] ?? 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    if (left > 1) text += ALPHABET[(bits >> 6) & 63]!;
    if (left > 2) text += ALPHABET[bits & 63]!;
  }
  return text;
}

/**
 * The bytes of canonical base64url text.
 *
 * MalformedError: another alphabet, padding, non-zero spare bits, or not `lengthBytes` bytes long.
 */
export function unb64(text: string, lengthBytes?: number): Bytes {
  const spare = text.length % 4;
  if (spare === 1) throw new MalformedError("base64url text of an impossible length");
  const raw = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0) throw new MalformedError("not base64url without padding");
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    raw[offset++] = (bits >> held) & 0xff;
  }
  if ((bits & ((1 << held) - 1)) !== 0) throw new MalformedError("base64url text is not canonical");
  if (lengthBytes !== undefined && raw.length !== lengthBytes) {
    throw new MalformedError(`${raw.length} bytes where ${lengthBytes} are due`);
  }
  return raw;
}

function view(raw: Uint8Array): DataView {
  return new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
}
