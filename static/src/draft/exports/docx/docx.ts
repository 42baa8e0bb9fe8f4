// A draft as a Word document (DOCX), made here and never at the server: real insertions, deletions and comments with
// their authors and times, footnotes, right-to-left columns, and a style for each kind of clause.

import { Document, type FileChild, type ICommentOptions, Packer, Paragraph, TextRun } from "docx";
import type { Operation } from "../../redline/compare.ts";
import type { Entry } from "../../redline/redline.ts";
import { plainAtom } from "../../redline/signs.ts";
import { directionOf, isHeading, labelOf } from "../labels.ts";
import { type Column, type Manuscript, type ManuscriptComment, sourceLine } from "../manuscript.ts";
import { printable } from "../markup.ts";
import { withRanges } from "../ranges.ts";
import { type Recorder, RunWriter } from "./runs.ts";
import { documentStyles, LINE_STYLE, paragraphStyle } from "./styles.ts";

/** The bytes of the document. */
export async function docxOf(manuscript: Manuscript): Promise<Uint8Array> {
  const document = new DocxWriter(manuscript).document();
  return new Uint8Array(await Packer.toArrayBuffer(document));
}

class DocxWriter {
  readonly #manuscript: Manuscript;
  readonly #recorder: Recorder;
  readonly #footnotes: Record<string, { children: Paragraph[] }> = {};
  #changes = 0;

  constructor(manuscript: Manuscript) {
    const { source } = manuscript;
    this.#manuscript = manuscript;
    this.#recorder = {
      author: printable(source.author === "" ? source.name : `${source.author} (${source.name})`),
      date: new Date(source.at_ms).toISOString().replace(/\.\d+Z$/, "Z"),
    };
  }

  document(): Document {
    const { columns, words, comments, source } = this.#manuscript;
    const children = columns.flatMap((column, index) => this.#column(column, index));
    return new Document({
      title: printable(columns[0]?.title ?? ""),
      description: printable(`${sourceLine(this.#manuscript)}\n${words.evidence}`),
      creator: printable(source.author),
      lastModifiedBy: printable(source.author),
      styles: documentStyles(),
      footnotes: this.#footnotes,
      comments: { children: comments.map((comment, id) => commentOf(comment, id)) },
      sections: [{ children }],
    });
  }

  #column(column: Column, index: number): FileChild[] {
    const { source } = this.#manuscript;
    const writer = this.#writer(column);
    const blocks: FileChild[] = [];
    const pageBreakBefore = index > 0;
    if (!column.entries.some(({ kind }) => kind === "title") && column.title !== "") {
      const children = writer.piece({ op: "same", atom: plainAtom(column.title) });
      blocks.push(
        new Paragraph({ style: paragraphStyle("title", 0), children, pageBreakBefore, ...direction(column.lang) }),
      );
    }
    blocks.push(this.#line(sourceLine(this.#manuscript), pageBreakBefore && blocks.length === 0));
    if (source.version.whole) blocks.push(this.#line(this.#manuscript.words.whole));
    blocks.push(...column.entries.flatMap((entry) => this.#entry(entry, writer)));
    if (column.citations.length > 0) blocks.push(this.#line(this.#manuscript.words.citations));
    for (const { words, source } of column.citations) blocks.push(this.#line(`“${words}” — ${source}`));
    return blocks;
  }

  /** Registers the footnotes of a column, which Word counts through the whole file. */
  #writer({ lang, notes }: Column): RunWriter {
    const { names } = this.#manuscript;
    const first = Object.keys(this.#footnotes).length;
    const numbers = new Map([...notes].map(([node, { number }]) => [node, first + number]));
    const change = (): number => ++this.#changes;
    const writer = new RunWriter({ lang, recorder: this.#recorder, names, notes: numbers, change });
    for (const [node, { pieces }] of notes) {
      const number = numbers.get(node) ?? 0;
      const children = [new TextRun(" "), ...pieces.flatMap((piece) => writer.piece(piece))];
      this.#footnotes[number] = { children: [new Paragraph({ children, ...direction(lang) })] };
    }
    return writer;
  }

  #entry(entry: Entry, writer: RunWriter): FileChild[] {
    const op = OPERATIONS[entry.change];
    const comments = this.#manuscript.comments.flatMap((comment, id) =>
      comment.node === entry.node && comment.lang === writer.lang && entry.change !== "away"
        ? [{ comment: id, quote: comment.quote }]
        : [],
    );
    const pieces = op === null ? entry.pieces : wholly(entry, op);
    const children = [...this.#numbered(entry, writer, op ?? "same"), ...writer.spots(withRanges(pieces, comments))];
    const point = entry.kind === "point" ? pointDepth(entry, this.#manuscript) : 0;
    const style = paragraphStyle(entry.kind, point);
    if (op === null || op === "same") return [this.#paragraph(writer.lang, style, children)];
    const mark = op === "inserted" ? { insertion: writer.recorded() } : { deletion: writer.recorded() };
    return [new Paragraph({ style, children, ...direction(writer.lang), run: mark })];
  }

  #numbered(entry: Entry, writer: RunWriter, op: Operation): ReturnType<RunWriter["spots"]> {
    const label = labelOf(entry, writer.lang);
    if (label === "") return [];
    if (!isHeading(entry.kind)) return [writer.number(label, "tab", op)];
    const number = writer.number(label, "line", op);
    return entry.pieces.length === 0 ? [number] : [number, writer.lineAfterNumber(op)];
  }

  #paragraph(lang: string, style: string, children: ReturnType<RunWriter["spots"]>): Paragraph {
    return new Paragraph({ style, children, ...direction(lang) });
  }

  #line(text: string, pageBreakBefore = false): Paragraph {
    const { lang } = this.#manuscript.words;
    const children = [new TextRun({ text: printable(text), language: { value: lang } })];
    return new Paragraph({ style: LINE_STYLE, children, pageBreakBefore, ...direction(lang) });
  }
}

/** What Word records of a whole clause; null: of its words one by one. A moved clause goes at one place and comes at the other. */
const OPERATIONS: Readonly<Record<Entry["change"], Operation | null>> = {
  same: null,
  changed: null,
  inserted: "inserted",
  deleted: "deleted",
  away: "deleted",
  moved: "inserted",
};

/** The words of one side only, all of them with the same operation. */
function wholly({ pieces }: Entry, op: Operation): Entry["pieces"] {
  const other = op === "inserted" ? "deleted" : "inserted";
  return pieces.filter((piece) => piece.op !== other).map(({ atom }) => ({ op, atom }));
}

/** How many points a point stands in, itself included. */
function pointDepth(entry: Entry, { source, before }: Manuscript): number {
  const clauses = [...source.version.clauses, ...(before?.version.clauses ?? [])];
  let depth = 0;
  for (let node: string | undefined = entry.node; depth < 9; depth++) {
    const clause = clauses.find((each) => each.node === node);
    if (clause?.kind !== "point") break;
    node = clause.parent;
  }
  return depth;
}

function direction(lang: string): { bidirectional?: true } {
  return directionOf(lang) === "rtl" ? { bidirectional: true } : {};
}

function commentOf(comment: ManuscriptComment, id: number): ICommentOptions {
  const { author, at_ms, text, resolved, reply } = comment;
  return {
    id,
    author: printable(author),
    initials: printable(initialsOf(author)),
    date: new Date(at_ms),
    resolved,
    ...(reply === null ? {} : { parentId: reply }),
    children: text.split("\n").map((line) => new Paragraph(printable(line))),
  };
}

/** "IN" for "Ingrid Nilsen"; a name in another script gives its first letters. */
function initialsOf(name: string): string {
  const parts = name.split(/\s+/).filter((part) => part !== "");
  return (
    parts
      .slice(0, 3)
      .map((part) => [...part][0] ?? "")
      .join("")
      .toUpperCase() || "?"
  );
}
