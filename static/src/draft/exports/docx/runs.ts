// The words of a clause as Word's runs: emphasis, brackets, recorded changes, footnotes, the ends of comments.

import {
  CommentRangeEnd,
  CommentRangeStart,
  CommentReference,
  DeletedTextRun,
  FootnoteReferenceRun,
  InsertedTextRun,
  type IRunOptions,
  type ParagraphChild,
  TextRun,
} from "docx";
import type { Operation } from "../../redline/compare.ts";
import type { Piece } from "../../redline/redline.ts";
import type { Atom } from "../../redline/signs.ts";
import { directionOf, removalIn } from "../labels.ts";
import { namesOf } from "../manuscript.ts";
import { printable } from "../markup.ts";
import type { Spot } from "../ranges.ts";
import { BY_STYLE, NUMBER_STYLE, REMOVAL_STYLE, SIGN_STYLE } from "./styles.ts";

/** Who is behind recorded changes, and when. */
export interface Recorder {
  author: string;
  date: string;
}

type RunLanguage = NonNullable<IRunOptions["language"]>;
const SIGNS = { open: "[", or: " / ", close: "]" } as const;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const FONTS: Readonly<Record<string, string>> = {
  zh: "SimSun",
  ja: "MS Mincho",
  ko: "Batang",
};

/** Makes the runs of one column. Numbers of recorded changes count through the whole document. */
export class RunWriter {
  readonly lang: string;
  readonly #recorder: Recorder;
  readonly #names: Readonly<Record<string, string>>;
  /** Number of each footnote in the whole document, by its node. */
  readonly #notes: ReadonlyMap<string, number>;
  readonly #change: () => number;

  constructor(about: {
    lang: string;
    recorder: Recorder;
    names: Readonly<Record<string, string>>;
    notes: ReadonlyMap<string, number>;
    /** A fresh number for a recorded change. */
    change: () => number;
  }) {
    this.lang = about.lang;
    this.#recorder = about.recorder;
    this.#names = about.names;
    this.#notes = about.notes;
    this.#change = about.change;
  }

  /** What a recorded change says of itself. */
  recorded(): Recorder & { id: number } {
    return { id: this.#change(), ...this.#recorder };
  }

  /** The number of a clause; `end`: what stands between it and the words. */
  number(label: string, end: "tab" | "line", op: Operation): ParagraphChild {
    return this.#run(op, { style: NUMBER_STYLE, ...(end === "tab" ? { text: `${label}\t` } : { text: label }) });
  }

  /** A line break that belongs to the number above the words of a heading. */
  lineAfterNumber(op: Operation): ParagraphChild {
    return this.#run(op, { style: NUMBER_STYLE, break: 1 });
  }

  spots(spots: readonly Spot[]): ParagraphChild[] {
    return spots.flatMap((spot) => {
      if (spot.t === "piece") return this.piece(spot.piece);
      if (spot.t === "from") return [new CommentRangeStart(spot.comment)];
      return [new CommentRangeEnd(spot.comment), new TextRun({ children: [new CommentReference(spot.comment)] })];
    });
  }

  piece({ op, atom }: Piece): ParagraphChild[] {
    if (atom.t !== "note") return [this.#run(op, this.#options(atom))];
    const number = this.#notes.get(atom.note);
    return number === undefined || op === "deleted" ? [] : [new FootnoteReferenceRun(number)];
  }

  #options(atom: Exclude<Atom, { t: "note" }>): IRunOptions {
    switch (atom.t) {
      case "text":
        return {
          text: printable(atom.text),
          ...(atom.em ? { italics: true, italicsComplexScript: true } : {}),
          ...(atom.strong ? { bold: true, boldComplexScript: true } : {}),
        };
      case "break":
        return { break: 1 };
      case "sign":
        return { text: SIGNS[atom.sign], style: SIGN_STYLE };
      case "by":
        return { text: printable(` (${namesOf(atom.delegations, this.#names)})`), style: BY_STYLE };
      case "removal":
        return { text: removalIn(this.lang), style: REMOVAL_STYLE };
    }
  }

  #run(op: Operation, options: IRunOptions): ParagraphChild {
    const whole = { ...options, ...this.#script(typeof options.text === "string" ? options.text : "") };
    if (op === "inserted") return new InsertedTextRun({ ...whole, ...this.recorded() });
    if (op === "deleted") return new DeletedTextRun({ ...whole, ...this.recorded() });
    return new TextRun(whole);
  }

  /** Language, direction and face: Word checks spelling and chooses letters by them. */
  #script(text: string): IRunOptions {
    const primary = this.lang.split("-")[0] ?? "";
    const eastAsia = FONTS[primary];
    if (directionOf(this.lang) === "rtl") {
      const foreign = /\p{Script=Latin}/u.test(text) && !RIGHT_TO_LEFT.test(text); // a name that is written in Latin letters
      return foreign ? {} : { rightToLeft: true, language: { bidirectional: this.lang } };
    }
    const language: RunLanguage =
      eastAsia === undefined ? { value: this.lang } : { value: this.lang, eastAsia: this.lang };
    if (eastAsia === undefined) return { language };
    return { language, font: { ascii: "Times New Roman", hAnsi: "Times New Roman", eastAsia } };
  }
}
