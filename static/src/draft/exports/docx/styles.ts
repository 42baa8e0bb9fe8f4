// How an exported document looks in Word: a legal text in one serif face, its machinery (numbers, brackets, attribution)
// in styles of their own, so that a reader can change each at one place, and so that an import knows them again.

import { AlignmentType, type IStylesOptions } from "docx";
import type { NodeKind } from "../../../wire/drafts/text.ts";

/** Styles' names begin with this (imports/styles.ts knows them by it). */
const OWN = "Portal";
/** The style of a clause's paragraph. Points have one for each depth. */
export function paragraphStyle(kind: NodeKind, depth: number): string {
  const name = `${OWN}${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return kind === "point" ? `${name}${Math.min(Math.max(depth, 1), POINT_DEPTHS)}` : name;
}

export const NUMBER_STYLE = `${OWN}Number`;
export const SIGN_STYLE = `${OWN}Sign`;
export const BY_STYLE = `${OWN}By`;
export const REMOVAL_STYLE = `${OWN}Removal`;
export const LINE_STYLE = `${OWN}Line`;
/** Distance from one depth to the next, in twentieths of a point. */
export const STEP_TWIPS = 567; // 1 cm
const POINT_DEPTHS = 4;
const QUIET = "5A6570";
const ACCENT = "1D5A96";

type ParagraphStyle = NonNullable<IStylesOptions["paragraphStyles"]>[number];

/** All styles of an export. */
export function documentStyles(): IStylesOptions {
  return {
    default: {
      document: {
        run: { size: 23, font: { ascii: "Times New Roman", hAnsi: "Times New Roman", cs: "Times New Roman" } },
        paragraph: { spacing: { after: 140, line: 276 } },
      },
    },
    paragraphStyles: [
      heading("title", 32, { before: 0, after: 280 }, 0),
      heading("part", 25, { before: 400, after: 200 }, 0),
      heading("annex", 25, { before: 480, after: 200 }, 0),
      heading("article", 23, { before: 320, after: 160 }, 1),
      plain("preamble", 0),
      hanging("paragraph", STEP_TWIPS, 1),
      ...Array.from({ length: POINT_DEPTHS }, (_, at) => hanging("point", STEP_TWIPS * (at + 2), at + 1)),
      plain("final", 240),
      {
        id: LINE_STYLE,
        name: LINE_STYLE,
        basedOn: "Normal",
        run: { size: 18, color: QUIET },
        paragraph: { alignment: AlignmentType.CENTER, spacing: { after: 280 } },
      },
    ],
    characterStyles: [
      { id: NUMBER_STYLE, name: NUMBER_STYLE, run: {} },
      { id: SIGN_STYLE, name: SIGN_STYLE, run: { bold: true, color: ACCENT } },
      { id: BY_STYLE, name: BY_STYLE, run: { size: 17, color: ACCENT } },
      { id: REMOVAL_STYLE, name: REMOVAL_STYLE, run: { italics: true, color: QUIET } },
    ],
  };
}

function heading(
  kind: NodeKind,
  size: number,
  spacing: { before: number; after: number },
  outlineLevel: number,
): ParagraphStyle {
  return {
    id: paragraphStyle(kind, 0),
    name: paragraphStyle(kind, 0),
    basedOn: "Normal",
    next: paragraphStyle("paragraph", 0),
    quickFormat: true,
    run: { bold: true, boldComplexScript: true, size, sizeComplexScript: size },
    paragraph: { alignment: AlignmentType.CENTER, spacing, keepNext: true, outlineLevel },
  };
}

function plain(kind: NodeKind, before: number): ParagraphStyle {
  const id = paragraphStyle(kind, 0);
  return { id, name: id, basedOn: "Normal", quickFormat: true, paragraph: { spacing: { before, after: 140 } } };
}

/** The number hangs in front of the words; in a right-to-left paragraph Word takes the same distances from the right. */
function hanging(kind: NodeKind, left: number, depth: number): ParagraphStyle {
  const id = paragraphStyle(kind, depth);
  return {
    id,
    name: id,
    basedOn: "Normal",
    quickFormat: true,
    paragraph: { indent: { start: left, hanging: STEP_TWIPS } },
  };
}
