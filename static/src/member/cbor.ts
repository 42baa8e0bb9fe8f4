// The bytes in which values are stored: the part of CBOR (RFC 8949) that plain data needs.
//
// Integers up to 2^53 - 1 in size, finite fractions, text, bytes, arrays, maps with text keys, booleans and null;
// `undefined` inside of a map means "absent".

import { type Bytes, concat, fromUtf8, utf8 } from "../wire/bytes.ts";

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
  const parts: Uint8Array[] = [];
  write(value, parts);
  return concat(...parts);
}

/** The value of `raw`, which must hold exactly one; RangeError or TypeError if it does not. */
export function decodePlain(raw: Uint8Array): unknown {
  const reader = new Reader(raw);
  const value = reader.value();
  if (reader.at !== raw.length) throw new TypeError(`${raw.length - reader.at} bytes after the value`);
  return value;
}

function write(value: unknown, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(NULL));
  else if (value === true || value === false) parts.push(Uint8Array.of(value ? TRUE : FALSE));
  else if (typeof value === "number") writeNumber(value, parts);
  else if (typeof value === "string") writeCounted(MAJOR.text, utf8(value), parts);
  else if (value instanceof Uint8Array) writeCounted(MAJOR.bytes, value, parts);
  else if (Array.isArray(value)) {
    parts.push(head(MAJOR.array, value.length));
    for (const inner of value) write(inner, parts);
  } else if (typeof value === "object") writeMap(value as Record<string, unknown>, parts);
  else throw new TypeError(`${typeof value} can not be stored`);
}

function writeMap(value: Record<string, unknown>, parts: Uint8Array[]): void {
  const present = Object.entries(value).filter(([, inner]) => inner !== undefined);
  parts.push(head(MAJOR.map, present.length));
  for (const [key, inner] of present) {
    writeCounted(MAJOR.text, utf8(key), parts);
    write(inner, parts);
  }
}

function writeNumber(value: number, parts: Uint8Array[]): void {
  if (Number.isSafeInteger(value)) {
    parts.push(value >= 0 ? head(MAJOR.unsigned, value) : head(MAJOR.negative, -1 - value));
    return;
  }
  const raw = new Uint8Array(9);
  raw[0] = FLOAT64;
  new DataView(raw.buffer).setFloat64(1, value);
  parts.push(raw);
}

function writeCounted(major: number, raw: Uint8Array, parts: Uint8Array[]): void {
  parts.push(head(major, raw.length), raw);
}

function head(major: number, argument: number): Uint8Array {
  const tag = major << 5;
  if (argument < 24) return Uint8Array.of(tag | argument);
  if (argument < 0x100) return Uint8Array.of(tag | 24, argument);
  const bytes = argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
  const raw = new Uint8Array(1 + bytes);
  const view = new DataView(raw.buffer);
  raw[0] = tag | (bytes === 2 ? 25 : bytes === 4 ? 26 : 27);
  if (bytes === 2) view.setUint16(1, argument);
  else if (bytes === 4) view.setUint32(1, argument);
  else view.setBigUint64(1, BigInt(argument));
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
