// Reads a Word document (DOCX): paragraphs, automatic numbers, recorded changes, footnotes, emphasis. Everything that is
// no text (pictures, positions, fonts) is left behind, and said to be.

import type { XmlElement } from "@rgrove/parse-xml";
import { partsOf } from "./archive.ts";
import { ImportRefusedError, LIMITS } from "./limits.ts";
import { type ReadFile, type ReadParagraph, type ReadRun, type TrackedChange, plainRun } from "./read.ts";
import { NO_STYLE, type Style, labelsOf, listOf, properties, stylesOf } from "./styles.ts";
import { childOf, childrenOf, isOn, localName, rootOf, textOf, valueOf } from "./xml.ts";

const PARTS = {
  document: "word/document.xml",
  styles: "word/styles.xml",
  numbering: "word/numbering.xml",
  footnotes: "word/footnotes.xml",
  endnotes: "word/endnotes.xml",
} as const;

/** Elements around text that say nothing about it. */
const AROUND = new Set([
  "hyperlink",
  "smartTag",
  "sdtContent",
  "customXml",
  "fldSimple",
  "dir",
  "bdo",
  "sdt",
  "ruby",
  "rubyBase",
]);
/** As many people as are told apart in a sentence. */
const MOST_AUTHORS = 20;
const CHANGES: Readonly<Record<string, TrackedChange["op"]>> = {
  ins: "inserted",
  moveTo: "inserted",
  del: "deleted",
  moveFrom: "deleted",
};

/** The text of a DOCX; ImportRefusedError if it is none, damaged, or beyond the limits. */
export function readWord(file: Uint8Array): ReadFile {
  const parts = partsOf(file, Object.values(PARTS));
  const document = parts.get(PARTS.document);
  if (document === undefined) throw new ImportRefusedError("no-docx");
  const part = (name: keyof typeof PARTS): XmlElement | null => {
    const xml = parts.get(PARTS[name]);
    return xml === undefined ? null : rootOf(xml);
  };
  const reader = new WordReader(stylesOf(part("styles")), labelsOf(part("numbering")));
  const body = childOf(rootOf(document), "body");
  if (body === null) throw new ImportRefusedError("damaged");
  reader.blocks(body);
  reader.notesOf(part("footnotes"), "footnote");
  reader.notesOf(part("endnotes"), "endnote");
  return reader.read;
}

class WordReader {
  readonly read: ReadFile = { paragraphs: [], notes: new Map(), warnings: new Set(), authors: [] };
  readonly #styles: ReadonlyMap<string, Style>;
  readonly #labels: ReadonlyMap<string, string[]>;

  constructor(styles: ReadonlyMap<string, Style>, labels: ReadonlyMap<string, string[]>) {
    this.#styles = styles;
    this.#labels = labels;
  }

  /** Paragraphs and what holds paragraphs, in reading order; tables row by row. */
  blocks(parent: XmlElement): void {
    for (const element of childrenOf(parent)) {
      const name = localName(element);
      if (name === "p") this.#paragraph(element);
      else if (name === "tbl") {
        this.read.warnings.add("table");
        this.blocks(element);
      } else if (["tr", "tc", "sdt", "sdtContent", "customXml", "ins", "moveTo"].includes(name)) this.blocks(element);
      else if (name === "AlternateContent") this.#alternative(element, (inner) => this.blocks(inner));
    }
  }

  /** The notes of a part; the separators that Word keeps there too have a type. */
  notesOf(root: XmlElement | null, name: "footnote" | "endnote"): void {
    for (const element of root === null ? [] : childrenOf(root, name)) {
      if (valueOf(element, "type") !== null && valueOf(element, "type") !== "normal") continue;
      const runs = childrenOf(element, "p").flatMap((paragraph, index) => [
        ...(index === 0 ? [] : [plainRun(" ")]),
        ...this.#runs(paragraph, null),
      ]);
      this.read.notes.set(`${name} ${valueOf(element, "id") ?? ""}`, runs);
    }
  }

  #paragraph(element: XmlElement): void {
    const about = properties(childOf(element, "pPr"));
    const style = this.#styles.get(valueOf(about.get("pStyle") ?? null) ?? "") ?? NO_STYLE;
    const list = listOf(about.get("numPr") ?? null) ?? style.list;
    const label = list === null ? undefined : this.#labels.get(list.id)?.[list.level];
    const align = valueOf(about.get("jc") ?? null);
    const outline = Number(valueOf(about.get("outlineLvl") ?? null) ?? "9");
    const paragraph: ReadParagraph = {
      runs: this.#runs(element, null),
      kind: style.kind,
      depth: style.depth,
      heading: style.heading ?? (outline < 9 ? outline + 1 : null),
      label: list === null || label === undefined || label === "" ? null : { text: label, level: list.level },
      centred: align === null ? style.centred : align === "center",
      endDeleted: childOf(about.get("rPr") ?? null, "del") !== null,
    };
    this.read.paragraphs.push(paragraph);
    if (this.read.paragraphs.length > LIMITS.nodes * 4) throw new ImportRefusedError("too-many-clauses");
  }

  #runs(parent: XmlElement, change: TrackedChange | null): ReadRun[] {
    const runs: ReadRun[] = [];
    for (const element of childrenOf(parent)) {
      const name = localName(element);
      const op = CHANGES[name];
      if (name === "r") runs.push(...this.#run(element, change));
      else if (op !== undefined) runs.push(...this.#runs(element, this.#changed(element, op, change)));
      else if (AROUND.has(name)) runs.push(...this.#runs(element, change));
      else if (name === "AlternateContent")
        this.#alternative(element, (inner) => runs.push(...this.#runs(inner, change)));
      else if (name === "oMath" || name === "oMathPara") {
        this.read.warnings.add("formula");
        runs.push({ ...plainRun(formula(element)), change });
      }
    }
    return runs;
  }

  /** What was inserted and deleted again is deleted. */
  #changed(element: XmlElement, op: TrackedChange["op"], outer: TrackedChange | null): TrackedChange {
    if (outer?.op === "deleted") return outer;
    const author = valueOf(element, "author") ?? "";
    const at_ms = Date.parse(valueOf(element, "date") ?? "");
    const { authors } = this.read;
    if (author !== "" && authors.length < MOST_AUTHORS && !authors.includes(author)) authors.push(author);
    return { op, author, at_ms: Number.isNaN(at_ms) ? null : at_ms };
  }

  #run(element: XmlElement, change: TrackedChange | null): ReadRun[] {
    const about = properties(childOf(element, "rPr"));
    if (isOn(about.get("vanish") ?? null)) return [];
    const style = this.#styles.get(valueOf(about.get("rStyle") ?? null) ?? "") ?? NO_STYLE;
    const own = (name: string): boolean | null => (about.has(name) ? isOn(about.get(name) ?? null) : null);
    const base = { ...plainRun(""), change, role: style.role };
    if (style.role === null) {
      base.em = own("i") ?? own("iCs") ?? style.em;
      base.strong = own("b") ?? own("bCs") ?? style.strong;
    }
    return childrenOf(element).flatMap((child) => this.#content(child, base));
  }

  #content(element: XmlElement, base: ReadRun): ReadRun[] {
    const name = localName(element);
    if (name === "t" || name === "delText") return [{ ...base, text: textOf(element) }];
    if (name === "tab" || name === "ptab") return [{ ...base, text: "\t" }];
    if (name === "noBreakHyphen") return [{ ...base, text: "\u2011" }];
    if (name === "cr" || (name === "br" && isLineBreak(element))) {
      return base.role === null ? [{ ...base, atom: "br" }] : []; // between the number and the words of our own headings
    }
    if (name === "footnoteReference" || name === "endnoteReference") {
      const note = `${name.replace("Reference", "")} ${valueOf(element, "id") ?? ""}`;
      return [{ ...base, em: false, strong: false, role: null, atom: { note } }];
    }
    if (name === "drawing" || name === "pict" || name === "object") this.read.warnings.add("picture");
    else if (name === "sym") this.read.warnings.add("symbols");
    else if (name === "commentReference") this.read.warnings.add("comments");
    return [];
  }

  /** Of the forms in which one thing is given, the first that has any. */
  #alternative(element: XmlElement, read: (inner: XmlElement) => void): void {
    const [first] = [...childrenOf(element, "Choice"), ...childrenOf(element, "Fallback")];
    if (first !== undefined) read(first);
  }
}

/** A break of a page or column is none of the text. */
function isLineBreak(element: XmlElement): boolean {
  return [null, "textWrapping"].includes(valueOf(element, "type"));
}

/** The letters of a formula, which is all of it that running text can hold. */
function formula(element: XmlElement): string {
  return childrenOf(element)
    .map((child) => (localName(child) === "t" ? textOf(child) : formula(child)))
    .join("");
}
