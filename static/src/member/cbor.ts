// The bytes in which values are stored: the part of CBOR (RFC 8949) that plain data needs.
//
// Integers up to 2^53 - 1 in size, finite fractions, text, bytes, arrays, maps with text keys, booleans and null;
// `undefined` inside of a map means "absent".

import { type Bytes, fromUtf8, utf8 } from "../wire/bytes.ts";

export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const FLOAT64 = 0xfb;

/** Bytes of `value`; TypeError for what is no plain data. */
export function encodePlain(value: unknown): Bytes {
  const writer = new Writer();
  writer.value(value);
  return writer.bytes();
}

/** The value of `raw`, which must hold exactly one; RangeError or TypeError if it does not. */
export function decodePlain(raw: Uint8Array): unknown {
  const reader = new Reader(raw);
  const value = reader.value();
  if (reader.at !== raw.length) throw new TypeError(`${raw.length - reader.at} bytes after the value`);
  return value;
}

/** Names of fields come again and again: their bytes are made once. */
const fieldNames = new Map<string, Bytes>();
const FIELD_NAMES_MAX = 256;
const encoder = new TextEncoder();
/** UTF-8 needs at most three bytes for a unit of UTF-16. */
const BYTES_A_UNIT = 3;

class Writer {
  private raw = new Uint8Array(4096);
  private view = new DataView(this.raw.buffer);
  private at = 0;

  bytes(): Bytes {
    return this.raw.slice(0, this.at);
  }

  value(value: unknown): void {
    if (value === null) this.byte(NULL);
    else if (value === true || value === false) this.byte(value ? TRUE : FALSE);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "string") this.text(value);
    else if (value instanceof Uint8Array) this.counted(MAJOR.bytes, value);
    else if (Array.isArray(value)) {
      this.head(MAJOR.array, value.length);
      for (const inner of value) this.value(inner);
    } else if (typeof value === "object") this.map(value as Record<string, unknown>);
    else throw new TypeError(`${typeof value} can not be stored`);
  }

  private map(value: Record<string, unknown>): void {
    const present = Object.entries(value).filter(([, inner]) => inner !== undefined);
    this.head(MAJOR.map, present.length);
    for (const [name, inner] of present) {
      this.counted(MAJOR.text, fieldName(name));
      this.value(inner);
    }
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.head(MAJOR.unsigned, value);
      else this.head(MAJOR.negative, -1 - value);
      return;
    }
    this.byte(FLOAT64);
    this.reserve(8);
    this.view.setFloat64(this.at, value);
    this.at += 8;
  }

  /** A text straight into its place: behind a head for as many bytes as it turns out to have. */
  private text(value: string): void {
    if (value.length * BYTES_A_UNIT >= 0x100) return this.counted(MAJOR.text, utf8(value));
    this.reserve(2 + value.length * BYTES_A_UNIT);
    const begin = this.at + (value.length < 24 ? 1 : 2);
    const { written } = encoder.encodeInto(value, this.raw.subarray(begin));
    // Few characters may need many bytes, and with them a longer head.
    if (written >= 24 && begin === this.at + 1) this.raw.copyWithin(begin + 1, begin, begin + written);
    this.head(MAJOR.text, written);
    this.at += written;
  }

  private counted(major: number, raw: Uint8Array): void {
    this.head(major, raw.length);
    this.reserve(raw.length);
    this.raw.set(raw, this.at);
    this.at += raw.length;
  }

  private head(major: number, argument: number): void {
    const tag = major << 5;
    if (argument < 24) return this.byte(tag | argument);
    const bytes = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
    this.byte(tag | (bytes === 1 ? 24 : bytes === 2 ? 25 : bytes === 4 ? 26 : 27));
    this.reserve(bytes);
    if (bytes === 1) this.view.setUint8(this.at, argument);
    else if (bytes === 2) this.view.setUint16(this.at, argument);
    else if (bytes === 4) this.view.setUint32(this.at, argument);
    else this.view.setBigUint64(this.at, BigInt(argument));
    this.at += bytes;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.raw[this.at++] = value;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.raw.length) return;
    const larger = new Uint8Array(Math.max(this.raw.length * 2, this.at + bytes));
    larger.set(this.raw);
    this.raw = larger;
    this.view = new DataView(larger.buffer);
  }
}

function fieldName(name: string): Bytes {
  const known = fieldNames.get(name);
  if (known) return known;
  const raw = utf8(name);
  if (fieldNames.size < FIELD_NAMES_MAX) fieldNames.set(name, raw);
  return raw;
}

class Reader {
  at = 0;
  private readonly raw: Uint8Array;
  private readonly view: DataView;

  constructor(raw: Uint8Array) {
    this.raw = raw;
    this.view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  }

  value(): unknown {
    const first = this.view.getUint8(this.at++);
    const major = first >> 5;
    if (major === MAJOR.simple) return this.simple(first);
    const argument = this.argument(first & 31);
    if (major === MAJOR.unsigned) return argument;
    if (major === MAJOR.negative) return -1 - argument;
    if (major === MAJOR.bytes) return this.take(argument).slice();
    if (major === MAJOR.text) return fromUtf8(this.take(argument));
    if (major === MAJOR.array) return Array.from({ length: argument }, () => this.value());
    if (major === MAJOR.map) return this.map(argument);
    throw new TypeError(`major type ${major} is not stored`);
  }

  private map(entries: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let i = 0; i < entries; i++) {
      const key = this.value();
      if (typeof key !== "string") throw new TypeError("a key is no text");
      // Defined, not assigned: a key named __proto__ stays a plain key.
      Object.defineProperty(map, key, { value: this.value(), enumerable: true, configurable: true, writable: true });
    }
    return map;
  }

  private simple(first: number): unknown {
    if (first === NULL) return null;
    if (first === TRUE) return true;
    if (first === FALSE) return false;
    if (first !== FLOAT64) throw new TypeError(`simple value ${first} is not stored`);
    this.at += 8;
    return this.view.getFloat64(this.at - 8);
  }

  private argument(short: number): number {
    if (short < 24) return short;
    if (short > 27) throw new TypeError("indefinite lengths are not stored");
    const bytes = 1 << (short - 24);
    this.at += bytes;
    if (bytes === 1) return this.view.getUint8(this.at - 1);
    if (bytes === 2) return this.view.getUint16(this.at - 2);
    if (bytes === 4) return this.view.getUint32(this.at - 4);
    return Number(this.view.getBigUint64(this.at - 8));
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.raw.length) throw new RangeError("the value is cut short");
    this.at += length;
    return this.raw.subarray(this.at - length, this.at);
  }
}
