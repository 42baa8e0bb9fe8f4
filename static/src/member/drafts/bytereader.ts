// Reading bytes as lib0 writes them (lib0/decoding.js of yjs 13.6), strictly: what one program takes, all must. The
// Python twin is portal/member/drafts/lib0.py.

import { fromUtf8, MalformedError } from "../../wire/bytes.ts";

/** How deep values are nested in others. */
const DEPTH_MAX = 8;
const INTEGER_BYTES_MAX = 8;

/** Reads one value after another; MalformedError where the bytes are none. */
export class ByteReader {
  private readonly raw: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(raw: Uint8Array) {
    this.raw = raw;
    this.view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.raw.length;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** A varUint: seven bits a byte, the lowest first, in as few bytes as it needs. */
  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError("a number of 2^53 or more");
      if (byte >= 0x80) continue;
      if (byte === 0 && factor > 1) throw new MalformedError("a number that is longer than it need be");
      return value;
    }
  }

  text(): string {
    return fromUtf8(this.take(this.number()));
  }

  /** What compares equal for equal JSON values. */
  json(): string {
    let value: unknown;
    try {
      value = JSON.parse(this.text());
    } catch (error) {
      if (error instanceof SyntaxError) throw new MalformedError("what should be JSON is none");
      throw error;
    }
    return plain(value, 0, true);
  }

  /** As many values as a number before them says. */
  repeated<T>(read: () => T): T[] {
    const count = this.number();
    if (count > this.raw.length) throw new MalformedError("more values than bytes");
    return Array.from({ length: count }, read);
  }

  /** What compares equal for equal values of the encoding "any". */
  any(): string {
    return plain(this.anyValue(0), 0, false);
  }

  private anyValue(depth: number): unknown {
    const kind = this.byte();
    if (depth > DEPTH_MAX) throw new MalformedError("nested too deeply");
    switch (kind) {
      case 127:
      case 126:
        return null;
      case 125:
        return this.integer();
      case 124:
        return this.view.getFloat32(this.skip(4));
      case 123:
        return this.view.getFloat64(this.skip(8));
      case 122:
        return Number(this.view.getBigInt64(this.skip(8)));
      case 121:
      case 120:
        return kind === 120;
      case 119:
        return this.text();
      case 118:
        return Object.fromEntries(this.repeated(() => [this.text(), this.anyValue(depth + 1)]));
      case 117:
        return this.repeated(() => this.anyValue(depth + 1));
      case 116:
        return this.take(this.number());
      default:
        throw new MalformedError(`a value of kind ${kind}`);
    }
  }

  /** A varInt: its first byte holds six bits and the sign. */
  private integer(): number {
    const first = this.byte();
    let value = first & 0x3f;
    let more = (first & 0x80) !== 0;
    for (let bytes = 0, factor = 64; more; bytes++, factor *= 128) {
      if (bytes === INTEGER_BYTES_MAX) throw new MalformedError("a number without end");
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      more = byte >= 0x80;
    }
    return (first & 0x40) !== 0 ? -value : value;
  }

  private skip(size: number): number {
    const { at } = this;
    this.take(size);
    return at;
  }

  private take(size: number): Uint8Array {
    const end = this.at + size;
    if (end > this.raw.length) throw new MalformedError("cut off");
    const taken = this.raw.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

/** One text for each value, however it was written; of JSON, MalformedError for what not every program holds. */
function plain(value: unknown, depth: number, strict: boolean): string {
  if (typeof value === "number") {
    if (strict && Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new MalformedError("a number of 2^53 or more");
    if (strict && depth > DEPTH_MAX) throw new MalformedError("nested too deeply");
    return Object.is(value, -0) ? "-0" : String(value);
  }
  if (strict && depth > DEPTH_MAX) throw new MalformedError("nested too deeply");
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new MalformedError("half of a letter");
    return JSON.stringify(value);
  }
  if (value instanceof Uint8Array) return `bytes ${value.join()}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((inner) => plain(inner, depth + 1, strict)).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${plain(key, 0, strict)}:${plain(inner, depth + 1, strict)}`).join()}}`;
}
