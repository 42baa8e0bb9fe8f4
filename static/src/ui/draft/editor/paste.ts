// What is pasted, as words with their marks: several paragraphs become several clauses.
//
// The page may make no elements of foreign text (Trusted Types), and need not: of the HTML that word processors put on
// the clipboard, only paragraphs, line breaks, bold and italic are taken, and from a draft where words were agreed.
// Everything else is left out by not being read.

import type { Citation, Run } from "../../../wire/drafts/text.ts";
import { newId } from "../../../wire/ids.ts";
import { LONGEST_SOURCE } from "../../../draft/model/citations.ts";
import { merged } from "../../../draft/model/inline.ts";
import { CITED } from "./schema.ts";

const BLOCKS = new Set(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "blockquote", "ul", "ol", "table", "body"]);
const HIDDEN = new Set(["style", "script", "head", "title", "xml", "template", "noscript"]);
const VOID = new Set(["br", "img", "hr", "meta", "link", "input", "col", "wbr", "area", "base"]);
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  hellip: "…",
  middot: "·",
  bull: "•",
  shy: "",
  zwnj: "\u200c",
  zwj: "\u200d",
};
const HIGHEST = 0x10ffff;
/** More than this is not read: a treaty of 400 pages has less. */
const LONGEST = 1 << 20;
// No tag holds a "<" outside of its quotes: so none is looked for twice.
const TOKEN = /<[!?][^<>]*>|<\/?([A-Za-z][\w:-]*)((?:"[^"<]*"|'[^'<]*'|[^'"<>])*)>|[^<]+|</g;

const CITED_IS = new RegExp(`(?:^|\\s)${CITED}\\s*=\\s*("[^"]*"|'[^']*')`, "i");

interface Open {
  tag: string;
  hidden: boolean;
  strong: boolean;
  em: boolean;
  cite: Citation | undefined;
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(decimal, 10);
    return point > 0 && point <= HIGHEST && !(point >= 0xd800 && point < 0xe000) ? String.fromCodePoint(point) : "";
  });
}

function styleOf(attributes: string): string {
  return decode(/\bstyle\s*=\s*("[^"]*"|'[^']*')/i.exec(attributes)?.[1] ?? "").toLowerCase();
}

/** Of words copied from a draft; pasted, they are a citation of their own. */
function citationOf(attributes: string): Citation | undefined {
  const said = CITED_IS.exec(attributes)?.[1];
  const source = decode(said?.slice(1, -1) ?? "").trim();
  return source === "" || source.length > LONGEST_SOURCE ? undefined : { id: newId(), source };
}

/** What an element makes of the text in it; bold and italic are also said by styles, "normal" takes them back. */
function opened(tag: string, attributes: string, around: Open | undefined): Open {
  const style = styleOf(attributes);
  // Word writes "mso-bidi-font-weight:normal" beside what is bold: of letters that run from right to left.
  const weight = /(?<![-\w])font-weight\s*:\s*(\w+)/.exec(style)?.[1];
  const slant = /(?<![-\w])font-style\s*:\s*(\w+)/.exec(style)?.[1];
  const bold = weight === undefined ? tag === "b" || tag === "strong" || around?.strong === true : /bold|[6-9]00/.test(weight);
  const italic = slant === undefined ? tag === "i" || tag === "em" || around?.em === true : /italic|oblique/.test(slant);
  // Word writes the signs of its lists as text, under this style.
  const hidden = around?.hidden === true || HIDDEN.has(tag) || /mso-list\s*:\s*ignore|display\s*:\s*none/.test(style);
  return { tag, hidden, strong: bold, em: italic, cite: citationOf(attributes) ?? around?.cite };
}

class Paragraphs {
  readonly done: Run[][] = [];
  #runs: Run[] = [];

  add(run: Run): void {
    this.#runs.push(run);
  }

  end(): void {
    const runs = trimmed(this.#runs);
    if (runs.length > 0) this.done.push(runs);
    this.#runs = [];
  }
}

/** White space is one space; none at the ends. */
function trimmed(runs: readonly Run[]): Run[] {
  let spaced = true;
  const out = runs.map((run) => {
    if (run.atom !== undefined) {
      spaced = true;
      return run;
    }
    let text = run.text.replace(/[ \t\r\n\u00a0]+/g, " ");
    if (spaced && text.startsWith(" ")) text = text.slice(1);
    if (text !== "") spaced = text.endsWith(" ");
    return { ...run, text };
  });
  while (out.at(-1)?.atom === "br") out.pop();
  const last = out.at(-1);
  if (last !== undefined && last.atom === undefined) out[out.length - 1] = { ...last, text: last.text.trimEnd() };
  return merged(out);
}

/** What stands between the marks that programs put around what was copied. */
function betweenMarks(html: string): string {
  const [begin, end] = ["<!--StartFragment-->", "<!--EndFragment-->"];
  const from = html.indexOf(begin);
  const to = html.lastIndexOf(end);
  return from >= 0 && to > from ? html.slice(from + begin.length, to) : html;
}

function withoutComments(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (let from = html.indexOf("<!--"); from >= 0; from = html.indexOf("<!--", at)) {
    pieces.push(html.slice(at, from));
    const end = html.indexOf("-->", from);
    at = end < 0 ? html.length : end + 3;
  }
  return pieces.join("") + html.slice(at);
}

/** The paragraphs of a piece of HTML. */
export function paragraphsOfHtml(html: string): Run[][] {
  const fragment = withoutComments(betweenMarks(html.slice(0, LONGEST)));
  const stack: Open[] = [];
  const counts = new Map<string, number>();
  const count = (tag: string, by: number): number => {
    const now = (counts.get(tag) ?? 0) + by;
    counts.set(tag, now);
    return now;
  };
  const found = new Paragraphs();
  for (const [token, name, attributes = ""] of fragment.matchAll(TOKEN)) {
    const tag = name?.toLowerCase();
    const around = stack.at(-1);
    if (tag === undefined) {
      if (token.startsWith("<!") || token.startsWith("<?") || around?.hidden === true) continue;
      const marks = [around?.em === true && "em", around?.strong === true && "strong"].filter((each) => each !== false);
      found.add({ text: decode(token), marks, brackets: [], ...(around?.cite !== undefined && { cite: around.cite }) });
    } else if (token.startsWith("</")) {
      if ((counts.get(tag) ?? 0) > 0) {
        for (let last = stack.pop(); last !== undefined; last = stack.pop()) {
          count(last.tag, -1);
          if (last.tag === tag) break;
        }
      }
      if (BLOCKS.has(tag)) found.end();
    } else {
      if (BLOCKS.has(tag)) found.end();
      if (tag === "br" && around?.hidden !== true) found.add({ text: "", marks: [], brackets: [], atom: "br" });
      if (tag === "td" || tag === "th") found.add({ text: " ", marks: [], brackets: [] });
      if (VOID.has(tag) || attributes.endsWith("/")) continue;
      stack.push(opened(tag, attributes, around));
      count(tag, 1);
    }
  }
  found.end();
  return found.done;
}

/** The paragraphs of plain text: a line each. */
export function paragraphsOfText(text: string): Run[][] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => trimmed([{ text: line, marks: [], brackets: [] }]));
  return lines.filter((runs) => runs.length > 0);
}
