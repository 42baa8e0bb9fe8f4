// Word's styles and automatic numbers, as far as they tell what a paragraph is.

import type { XmlElement } from "@rgrove/parse-xml";
import { OWN_KINDS, type OwnKind, type Role } from "./read.ts";
import { childOf, childrenOf, isOn, localName, valueOf } from "./xml.ts";

/** Styles of our own exports (exports/docx/styles.ts). */
const ROLES: Readonly<Record<string, Role>> = {
  PortalNumber: "number",
  PortalSign: "sign",
  PortalBy: "by",
  PortalRemoval: "removal",
};
/** Styles that are based on one another go no deeper; a circle ends here. */
const MAX_BASES = 20;

export interface Style {
  kind: OwnKind | null;
  depth: number;
  role: Role | null;
  heading: "title" | number | null;
  em: boolean;
  strong: boolean;
  centred: boolean;
  list: { id: string; level: number } | null;
}

export const NO_STYLE: Style = {
  kind: null,
  depth: 0,
  role: null,
  heading: null,
  em: false,
  strong: false,
  centred: false,
  list: null,
};

/** Styles by their ids. */
export function stylesOf(root: XmlElement | null): Map<string, Style> {
  const elements = new Map<string, XmlElement>();
  for (const element of root === null ? [] : childrenOf(root, "style")) {
    const id = valueOf(element, "styleId");
    if (id !== null) elements.set(id, element);
  }
  return new Map([...elements.keys()].map((id) => [id, resolved(id, elements)]));
}

/** A style with what it takes from those that it is based on; what is nearer wins. */
function resolved(id: string, elements: ReadonlyMap<string, XmlElement>): Style {
  const style = { ...NO_STYLE };
  let element = elements.get(id);
  for (let depth = 0; element !== undefined && depth < MAX_BASES; depth++) {
    inherit(style, element, valueOf(element, "styleId") ?? "");
    element = elements.get(valueOf(childOf(element, "basedOn")) ?? "");
  }
  return style;
}

function inherit(style: Style, element: XmlElement, id: string): void {
  const name = valueOf(childOf(element, "name")) ?? id;
  if (style.kind === null) [style.kind, style.depth] = ownKind(name) ?? ownKind(id) ?? [null, 0];
  style.role ??= ROLES[name] ?? ROLES[id] ?? null;
  style.heading ??= headingOf(name, childOf(element, "pPr", "outlineLvl"));
  style.em ||= isOn(childOf(element, "rPr", "i"));
  style.strong ||= isOn(childOf(element, "rPr", "b"));
  style.centred ||= valueOf(childOf(element, "pPr", "jc")) === "center";
  style.list ??= listOf(childOf(element, "pPr", "numPr"));
}

/** "PortalPoint2": a point inside a point. */
function ownKind(name: string): [OwnKind, number] | null {
  const [, word = "", depth = "0"] = /^Portal([A-Z][a-z]+)(\d?)$/.exec(name) ?? [];
  const kind = OWN_KINDS.find((each) => each === word.toLowerCase());
  return kind === undefined ? null : [kind, Number(depth || "0")];
}

/** Word keeps the English names of its own styles in every language. */
function headingOf(name: string, outline: XmlElement | null): "title" | number | null {
  if (/^title$/i.test(name)) return "title";
  const level = /^heading (\d)$/i.exec(name)?.[1];
  if (level !== undefined) return Number(level);
  const outlined = Number(valueOf(outline) ?? "9"); // 9 is Word's "body text"
  return Number.isInteger(outlined) && outlined >= 0 && outlined < 9 ? outlined + 1 : null;
}

/** The list and level that a numPr names; list "0" takes a paragraph out of every list. */
export function listOf(element: XmlElement | null): { id: string; level: number } | null {
  const id = valueOf(childOf(element, "numId"));
  if (id === null) return null;
  const level = Number(valueOf(childOf(element, "ilvl")) ?? "0");
  return { id, level: Number.isInteger(level) && level >= 0 && level < 9 ? level : 0 };
}

const FIRST: Readonly<Record<string, string>> = {
  decimalZero: "01",
  upperRoman: "I",
  lowerRoman: "i",
  upperLetter: "A",
  lowerLetter: "a",
  bullet: "•",
  none: "",
};

/** How the numbers of each list look, by list and level: the label of the first item, such as "Article 1" or "(a)". */
export function labelsOf(root: XmlElement | null): Map<string, string[]> {
  const labels = new Map<string, string[]>();
  if (root === null) return labels;
  const patterns = new Map<string, string[]>();
  for (const element of childrenOf(root, "abstractNum")) {
    patterns.set(valueOf(element, "abstractNumId") ?? "", patternsOf(childrenOf(element, "lvl")));
  }
  for (const element of childrenOf(root, "num")) {
    const pattern = [...(patterns.get(valueOf(childOf(element, "abstractNumId")) ?? "") ?? [])];
    for (const override of childrenOf(element, "lvlOverride")) {
      const [label] = patternsOf(childrenOf(override, "lvl"));
      const level = Number(valueOf(override, "ilvl") ?? "0");
      if (label !== undefined && level >= 0 && level < 9) pattern[level] = label;
    }
    labels.set(valueOf(element, "numId") ?? "", pattern);
  }
  return labels;
}

function patternsOf(levels: readonly XmlElement[]): string[] {
  const formats = levels.map((level) => valueOf(childOf(level, "numFmt")) ?? "decimal");
  return levels.map((level, index) => {
    const format = formats[index] ?? "decimal";
    if (format === "bullet") return "•";
    const text = valueOf(childOf(level, "lvlText")) ?? "";
    return text.replace(/%(\d)/g, (_, digit: string) => FIRST[formats[Number(digit) - 1] ?? "decimal"] ?? "1").trim();
  });
}

/** The elements that say how a run or paragraph looks, by their names. */
export function properties(element: XmlElement | null): Map<string, XmlElement> {
  return new Map((element === null ? [] : childrenOf(element)).map((child) => [localName(child), child]));
}
