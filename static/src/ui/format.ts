// Times, amounts and names of languages, as the reader writes them. Formatters are costly to make and kept.

import { t, tn, translator } from "./i18n.ts";

const kept = new Map<string, unknown>();

/** The reader's own region decides how dates are written, if the browser's language is the one of the page. */
function locale(): string {
  const { lang } = translator();
  return navigator.languages.find((tag) => tag === lang || tag.startsWith(`${lang}-`)) ?? lang;
}

function keep<T>(name: string, make: (lang: string) => T): T {
  const lang = locale();
  const key = `${lang} ${name}`;
  const known = kept.get(key);
  if (known !== undefined) return known as T;
  const made = make(lang);
  kept.set(key, made);
  return made;
}

/** Hours and minutes. */
export function clockTime(at_ms: number): string {
  return keep("clock", (lang) => new Intl.DateTimeFormat(lang, { timeStyle: "short" })).format(at_ms);
}

/** Hours and minutes where there is no room for "in the morning": always of 24 hours. */
export function narrowTime(at_ms: number): string {
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return keep("narrow", (lang) => new Intl.DateTimeFormat(lang, options)).format(at_ms);
}

/** Day and month, with the year when it is not this one. */
export function day(at_ms: number, now_ms = Date.now()): string {
  const sameYear = new Date(at_ms).getFullYear() === new Date(now_ms).getFullYear();
  const options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  if (sameYear) return keep("day", (lang) => new Intl.DateTimeFormat(lang, options)).format(at_ms);
  return keep("day+", (lang) => new Intl.DateTimeFormat(lang, { ...options, year: "numeric" })).format(at_ms);
}

/** A short date. */
export function shortDay(at_ms: number): string {
  return keep("short", (lang) => new Intl.DateTimeFormat(lang, { dateStyle: "medium" })).format(at_ms);
}

/** Date, time and time zone: for tooltips and wherever the exact moment matters. */
export function moment(at_ms: number): string {
  const options: Intl.DateTimeFormatOptions = {
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  };
  return keep("moment", (lang) => new Intl.DateTimeFormat(lang, options)).format(at_ms);
}

/** Date and time with its zone, to the minute: until when something is good. */
export function deadline(at_ms: number): string {
  const options: Intl.DateTimeFormatOptions = {
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  };
  return keep("deadline", (lang) => new Intl.DateTimeFormat(lang, options)).format(at_ms);
}

/** The reader's time zone as it is named at that moment, such as "CET". */
export function zone(at_ms: number): string {
  const parts = keep("zone", (lang) => new Intl.DateTimeFormat(lang, { timeZoneName: "short" })).formatToParts(at_ms);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "UTC";
}

/** When something happened, as short as it may be said: the time today, else the date. */
export function briefly(at_ms: number, now_ms = Date.now()): string {
  return dayKey(at_ms) === dayKey(now_ms) ? clockTime(at_ms) : shortDay(at_ms);
}

/** The reader's calendar day, as a key for comparison. */
export function dayKey(at_ms: number): string {
  const date = new Date(at_ms);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

export function number(value: number): string {
  return keep("number", (lang) => new Intl.NumberFormat(lang)).format(value);
}

export function percent(ratio: number): string {
  return keep("percent", (lang) => new Intl.NumberFormat(lang, { style: "percent" })).format(ratio);
}

const BYTE_UNITS = ["kilobyte", "megabyte", "gigabyte"] as const;

/** An amount of data in units of 1,000 bytes, of which one begun counts: nobody asks for single bytes. */
export function bytes(amount: number): string {
  let step = 0;
  let value = amount < 1000 ? Math.ceil(amount / 1000) : amount / 1000;
  while (value >= 999.5 && step < BYTE_UNITS.length - 1) {
    value /= 1000;
    step += 1;
  }
  const unit = BYTE_UNITS[step] ?? "gigabyte";
  const digits = step === 0 || value >= 99.5 ? 0 : 1;
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits } as const;
  return keep(`bytes ${unit} ${digits}`, (lang) => new Intl.NumberFormat(lang, options)).format(value);
}

/** A remaining time in the two largest fitting words, such as "40 seconds" or "3 minutes". */
export function remaining(seconds: number): string {
  if (seconds < 60) return tn("time.seconds", Math.max(1, Math.round(seconds)));
  if (seconds < 5400) return tn("time.minutes", Math.round(seconds / 60));
  return tn("time.hours", Math.round(seconds / 3600));
}

/** "A, B and C". */
export function list(items: readonly string[]): string {
  return keep("list", (lang) => new Intl.ListFormat(lang, { type: "conjunction" })).format(items);
}

/** Compare two texts as the reader's dictionary does. */
export function collate(a: string, b: string): number {
  return keep("collator", (lang) => new Intl.Collator(lang, { numeric: true })).compare(a, b);
}

/** The name of a language, in the reader's language. */
export function languageName(tag: string): string {
  try {
    return keep("languages", (lang) => new Intl.DisplayNames(lang, { type: "language" })).of(tag) ?? tag;
  } catch (error) {
    if (error instanceof RangeError) return tag; // not a well-formed tag: show what was written
    throw error;
  }
}

/** The name of a language in itself. */
export function ownLanguageName(tag: string): string {
  const name = new Intl.DisplayNames(tag, { type: "language" }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

/** A day counted from 1970 (UTC) as "today", "yesterday" or a date; the server keeps last visits no finer than this. */
export function visitDay(utcDay: number, now_ms = Date.now()): string {
  const ago = Math.floor(now_ms / 86_400_000) - utcDay;
  if (ago <= 0) return t("time.today");
  if (ago === 1) return t("time.yesterday");
  return shortDay(utcDay * 86_400_000 + 43_200_000);
}
