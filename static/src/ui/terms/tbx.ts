// Terms as TBX (ISO 30042): read in the basic, core and older (martif) forms, written as TBX-Basic, in the form of
// portal/translation/exchange.py. The parser resolves no entity but those of XML itself and fetches nothing.

import { XmlElement, XmlError, XmlText, parseXml } from "@rgrove/parse-xml";
import { type Concept, ExchangeFault, type Status, type Word, distinct } from "./concept.ts";

const NAMESPACE = "urn:iso:std:iso:30042:ed-2";
const STATUS_OF: Readonly<Record<string, Status>> = {
  "preferredTerm-admn-sts": "preferred",
  "admittedTerm-admn-sts": "admitted",
  "deprecatedTerm-admn-sts": "forbidden",
  "supersededTerm-admn-sts": "forbidden",
  "standardizedTerm-admn-sts": "preferred",
  "legalTerm-admn-sts": "preferred",
  "regulatedTerm-admn-sts": "preferred",
};
const NAME_OF: Readonly<Record<Exclude<Status, "keep">, string>> = {
  preferred: "preferredTerm-admn-sts",
  admitted: "admittedTerm-admn-sts",
  forbidden: "deprecatedTerm-admn-sts",
};
/** An id of XML begins with a letter, an id of the portal need not. */
const OWN_ID = /^t([A-Za-z0-9_-]{22})$/;

/** Concepts of a document; ExchangeFault names the line where it is not well-formed. */
export function readTbx(text: string): Concept[] {
  const concepts: Concept[] = [];
  for (const entry of within(rootOf(text))) {
    if (!["conceptEntry", "termEntry"].includes(local(entry))) continue;
    const words = distinct(elementsOf(entry).flatMap((section) => wordsOf(section)));
    const note = elementsOf(entry).find((element) => local(element) === "note");
    const name = OWN_ID.exec(entry.attributes["id"] ?? "")?.[1] ?? null;
    if (words.length > 0) concepts.push({ name, words, note: note?.text.trim() ?? "" });
  }
  if (concepts.length === 0) throw new ExchangeFault("empty");
  return concepts;
}

function rootOf(text: string): XmlElement {
  if (/<!ENTITY/.test(text)) throw new ExchangeFault("entities");
  try {
    const { root } = parseXml(text);
    if (root === null) throw new ExchangeFault("empty");
    return root;
  } catch (error) {
    if (error instanceof XmlError) throw new ExchangeFault("xml", { line: error.line, column: error.column });
    if (error instanceof RangeError) throw new ExchangeFault("deep"); // the parser's stack has run out
    throw error;
  }
}

function elementsOf(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => child instanceof XmlElement);
}

/** All elements below, in the order of the document, and the given one itself. */
function* within(top: XmlElement): Generator<XmlElement> {
  const waiting = [top];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    waiting.push(...elementsOf(next).reverse());
  }
}

/** An element's name without its prefix. */
function local(element: XmlElement): string {
  return element.name.slice(element.name.indexOf(":") + 1);
}

/** The language without its region, as languages are named in rooms: "ko-KR" is "ko". */
function languageOf(section: XmlElement): string {
  const tag = section.attributes["xml:lang"] ?? section.attributes["lang"] ?? "";
  return tag.split(/[-_]/, 1)[0]?.toLowerCase() ?? "";
}

function wordsOf(section: XmlElement): Word[] {
  const lang = languageOf(section);
  if (!["langSec", "langSet"].includes(local(section)) || lang === "") return [];
  const words: Word[] = [];
  for (const group of elementsOf(section)) {
    const inside = [...within(group)];
    const text = inside.find((element) => local(element) === "term")?.text.trim() ?? "";
    const named = inside.find((element) => element.attributes["type"] === "administrativeStatus")?.text.trim() ?? "";
    const keep = inside.some((element) => local(element) === "note" && element.text.trim() === "keep");
    const status = keep ? "keep" : (STATUS_OF[named] ?? "preferred");
    if (text !== "") words.push({ lang, text, status });
  }
  return words;
}

/** A document of TBX-Basic in its DCA style. */
export function writeTbx(concepts: readonly Concept[]): string {
  const form = { type: "TBX-Basic", style: "dca", "xml:lang": "en", xmlns: NAMESPACE };
  const described = element("p", {}, [new XmlText("Agreed terms of a negotiation")]);
  const header = element("tbxHeader", {}, [element("fileDesc", {}, [element("sourceDesc", {}, [described])])]);
  const body = element("body", {}, concepts.map(entryOf));
  const root = element("tbx", form, [header, element("text", {}, [body])]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written(root, "")}\n`;
}

function entryOf({ name, words, note }: Concept, index: number): XmlElement {
  const languages = [...new Set(words.map(({ lang }) => lang))];
  const sections = languages.map((lang) => {
    return element("langSec", { "xml:lang": lang }, words.filter((word) => word.lang === lang).map(termOf));
  });
  const notes = note === "" ? [] : [element("note", {}, [new XmlText(note)])];
  return element("conceptEntry", { id: name === null ? `c${index + 1}` : `t${name}` }, [...notes, ...sections]);
}

function termOf({ text, status }: Word): XmlElement {
  const about =
    status === "keep"
      ? element("note", {}, [new XmlText("keep")])
      : element("termNote", { type: "administrativeStatus" }, [new XmlText(NAME_OF[status])]);
  return element("termSec", {}, [element("term", {}, [new XmlText(text)]), about]);
}

function element(name: string, attributes: Record<string, string>, children: (XmlElement | XmlText)[]): XmlElement {
  return new XmlElement(name, attributes, children);
}

/** An element as text, indented for people where it holds elements only. */
function written({ name, attributes, children }: XmlElement, indent: string): string {
  const named = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const inner = children.map((child) => {
    if (child instanceof XmlElement) return `\n${written(child, `${indent} `)}`;
    return child instanceof XmlText ? escaped(child.text) : "";
  });
  const closed = children[0] instanceof XmlElement ? `\n${indent}` : "";
  return `${indent}<${name}${named.join("")}>${inner.join("")}${closed}</${name}>`;
}

/** Without the characters that XML 1.0 can not hold. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("\r", "&#13;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
