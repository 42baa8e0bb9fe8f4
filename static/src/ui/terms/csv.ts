// Terms as a table, in the form of portal/translation/exchange.py: a column for each language code, and perhaps
// "concept", "status" and "note". Lines with the same concept speak of the same thing.

import { type Concept, ExchangeFault, STATUSES, type Status, type Word, distinct } from "./concept.ts";

const CODE = /^[a-z]{2,3}$/;
const SEPARATORS = [",", ";", "\t"] as const;
/** Cells that begin so are taken for formulas by spreadsheets. */
const FORMULA = /^[=+\-@\t\r']/;

interface Row {
  /** Line of the file in which the row begins, from 1. */
  line: number;
  cells: string[];
}

/** Rows of a table after RFC 4180; empty lines are left out. ExchangeFault if a quoted cell has no end. */
export function rowsOf(text: string, separator: string): Row[] {
  const rows: Row[] = [];
  let row: Row = { line: 1, cells: [] };
  let line = 1;
  let at = 0;
  const endRow = (): void => {
    if (row.cells.some((cell) => cell !== "")) rows.push(row);
    row = { line, cells: [] };
  };
  while (at < text.length) {
    const cell = text[at] === '"' ? quoted(text, at, separator, line) : bare(text, at, separator);
    row.cells.push(cell.text);
    line += cell.lines;
    at = cell.end;
    const next = text[at];
    if (next === separator) {
      at += 1;
      if (at === text.length) row.cells.push("");
    } else if (next !== undefined) {
      at += text.startsWith("\r\n", at) ? 2 : 1;
      line += 1;
      endRow();
    }
  }
  endRow();
  return rows;
}

interface Cell {
  text: string;
  /** Line ends inside. */
  lines: number;
  end: number;
}

function bare(text: string, from: number, separator: string): Cell {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return { text: text.slice(from, end), lines: 0, end };
}

function quoted(text: string, from: number, separator: string, line: number): Cell {
  let content = "";
  let at = from + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) throw new ExchangeFault("quote", { line });
    content += text.slice(at, end);
    at = end + 1;
    if (text[at] !== '"') break;
    content += '"';
    at += 1;
  }
  // What stands between the quote and the next separator belongs to the cell, as in other programs.
  const rest = bare(text, at, separator);
  return { text: content + rest.text, lines: content.split(/\r\n|\r|\n/).length - 1, end: rest.end };
}

/** The separator that the first line uses: spreadsheets of some countries write semicolons. */
function separatorOf(text: string): string {
  const first = text.split(/[\r\n]/, 1)[0] ?? "";
  return SEPARATORS.find((each) => first.includes(each)) ?? ",";
}

/** Concepts of a table; ExchangeFault names the line that is wrong. */
export function readCsv(text: string): Concept[] {
  const [header, ...rows] = rowsOf(text, separatorOf(text));
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  if (!names.some((name) => CODE.test(name))) throw new ExchangeFault("header");
  const concepts = new Map<string, Concept>();
  for (const row of rows) {
    const cell = (name: string): string => plain(row.cells[names.indexOf(name)] ?? "");
    const words = wordsOf(row, names);
    if (words.length === 0) continue;
    const name = cell("concept") || null;
    const key = name === null ? `line ${row.line}` : `concept ${name}`;
    const before = concepts.get(key);
    const note = before?.note || cell("note");
    concepts.set(key, { name, words: distinct([...(before?.words ?? []), ...words]), note });
  }
  if (concepts.size === 0) throw new ExchangeFault("empty");
  return [...concepts.values()];
}

/** The words of a line. The first word of a line of forbidden ones says what they stand for: it is not forbidden itself. */
function wordsOf(row: Row, names: readonly string[]): Word[] {
  const given = (row.cells[names.indexOf("status")] ?? "").trim().toLowerCase() || "preferred";
  const status = STATUSES.find((each) => each === given);
  if (status === undefined) throw new ExchangeFault("status", { line: row.line, status: given });
  const words: Word[] = [];
  for (const [column, lang] of names.entries()) {
    const text = plain(row.cells[column] ?? "");
    if (CODE.test(lang) && text !== "") words.push({ lang, text, status });
  }
  const [first] = words;
  if (status === "forbidden" && first !== undefined && words.length > 1) words[0] = { ...first, status: "preferred" };
  return words;
}

function plain(cell: string): string {
  const text = cell.trim();
  return text.startsWith("'") ? text.slice(1) : text;
}

/** The table of `readCsv`, a line for each word, with the mark by which spreadsheets know UTF-8. */
export function writeCsv(concepts: readonly Concept[]): string {
  const languages = [...new Set(concepts.flatMap(({ words }) => words.map(({ lang }) => lang)))].sort();
  const lines = [[...languages, "concept", "status", "note"]];
  for (const [index, { name, words, note }] of concepts.entries()) {
    for (const { lang, text, status } of words) {
      const cells = languages.map((each) => (each === lang ? text : ""));
      lines.push([...cells, name ?? String(index + 1), status satisfies Status, note]);
    }
  }
  return `\ufeff${lines.map((cells) => `${cells.map(cellOf).join(",")}\n`).join("")}`;
}

function cellOf(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
