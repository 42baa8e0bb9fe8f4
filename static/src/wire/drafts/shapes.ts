// Shapes of JSON from strangers: small checks that are put together to large ones, each true or false and never an
// exception. The Python twin is portal/wire/drafts/shapes.py.

import { unb64 } from "../bytes.ts";
import { isId } from "../ids.ts";

/** Whether a value has the shape. */
export type Shape = (value: unknown) => boolean;

/** BCP 47 as far as columns of a draft need it: a language, and at most four subtags. */
const LANG = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$/;
const DATE = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/;
/** Controls but tab and line feed, and what turns the direction of the words around it. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

export const id: Shape = isId;
export const hash: Shape = (value) => isBase64(value, 32);
export const signature: Shape = (value) => isBase64(value, 64);
export const lang: Shape = (value) => typeof value === "string" && LANG.test(value);
export const date: Shape = (value) => typeof value === "string" && DATE.test(value);
export const flag: Shape = (value) => typeof value === "boolean";
/** An integer from 0 to 2^53-1. */
export const whole: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

/** Text of at least `min` and at most `max` code points, without what nobody sees. */
export function text(max: number, min = 0): Shape {
  return (value) => {
    // A code point has one or two code units: what is far too long is not counted.
    if (typeof value !== "string" || value.length > 2 * max || UNSEEN.test(value)) return false;
    const length = [...value].length;
    return length >= min && length <= max;
  };
}

/** One of these values. */
export function among(...values: readonly unknown[]): Shape {
  return (value) => values.includes(value);
}

/** Either shape. */
export function either(one: Shape, other: Shape): Shape {
  return (value) => one(value) || other(value);
}

/** From `min` to `max` elements of one shape. */
export function list(element: Shape, max: number, min = 0): Shape {
  return (value) => Array.isArray(value) && value.length >= min && value.length <= max && value.every(element);
}

/** Two elements of these shapes. */
export function pair(first: Shape, second: Shape): Shape {
  return (value) => Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1]);
}

/** A list whose elements differ in what `key` says of them. */
export function distinct(shape: Shape, key: (element: never) => string | number): Shape {
  return (value) => {
    if (!shape(value)) return false;
    const elements = value as never[];
    return new Set(elements.map(key)).size === elements.length;
  };
}

/** A list whose elements ascend strictly by what `key` says of them (code units, or numbers). */
export function ascending(shape: Shape, key: (element: never) => string | number): Shape {
  return (value) => {
    if (!shape(value)) return false;
    const keys = (value as never[]).map(key);
    return keys.every((one, place) => place === 0 || keys[place - 1]! < one);
  };
}

/** An object with exactly these fields; those in `optional` may be absent. */
export function object(fields: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  const due = Object.keys(fields);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const given = value as Readonly<Record<string, unknown>>;
    if (!due.every((name) => Object.hasOwn(given, name))) return false;
    return Object.keys(given).every((name) => {
      if (Object.hasOwn(fields, name)) return fields[name]!(given[name]);
      return Object.hasOwn(optional, name) && optional[name]!(given[name]);
    });
  };
}

/** An object of any size whose keys have one shape, and whose values have another. */
export function table(key: Shape, inner: Shape): Shape {
  return (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, one]) => key(name) && inner(one));
}

function isBase64(value: unknown, lengthBytes: number): boolean {
  if (typeof value !== "string") return false;
  try {
    unb64(value, lengthBytes);
    return true;
  } catch {
    return false;
  }
}
