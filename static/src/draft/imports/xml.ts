// One part of a DOCX as elements, within limits. Entities from outside can not be asked for: a document type, which is
// where they would be declared, is refused, as the DOCX standard itself demands.

import { parseXml, XmlElement, XmlError, XmlText } from "@rgrove/parse-xml";
import { ImportRefusedError, LIMITS } from "./limits.ts";

/** The root element of `xml`; ImportRefusedError if it is not well-formed, or larger or deeper than anybody writes. */
export function rootOf(xml: string): XmlElement {
  insistOnSize(xml);
  try {
    const { root } = parseXml(xml);
    if (root !== null) return root;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
  throw new ImportRefusedError("damaged");
}

/** One walk over the tags, before a parser that calls itself for each level sees them. */
function insistOnSize(xml: string): void {
  let [depth, elements, at] = [0, 0, xml.indexOf("<")];
  while (at !== -1) {
    if (xml.startsWith("<!--", at)) at = end(xml, "-->", at);
    else if (xml.startsWith("<![CDATA[", at)) at = end(xml, "]]>", at);
    else if (xml.startsWith("<?", at)) at = end(xml, "?>", at);
    else if (xml.startsWith("<!", at)) throw new ImportRefusedError("doctype");
    else if (xml.startsWith("</", at)) {
      depth--;
      at = end(xml, ">", at);
    } else {
      if (++elements > LIMITS.elements) throw new ImportRefusedError("too-many-elements");
      at = endOfTag(xml, at);
      if (xml[at - 2] !== "/" && ++depth > LIMITS.depth) throw new ImportRefusedError("too-deep");
    }
    at = xml.indexOf("<", at);
  }
}

function end(xml: string, mark: string, from: number): number {
  const found = xml.indexOf(mark, from);
  if (found === -1) throw new ImportRefusedError("damaged");
  return found + mark.length;
}

/** Behind the ">" of the tag at `from`; one inside a quoted value ends nothing. */
function endOfTag(xml: string, from: number): number {
  let quote = "";
  for (let at = from; at < xml.length; at++) {
    const letter = xml[at] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === ">") return at + 1;
  }
  throw new ImportRefusedError("damaged");
}

/** An element's name without its prefix: which prefix stands for a namespace is the writer's choice. */
export function localName(element: XmlElement): string {
  return element.name.slice(element.name.indexOf(":") + 1);
}

/** The elements directly below `element`, all or those of one name. */
export function childrenOf(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && (name === undefined || localName(child) === name),
  );
}

/** The first element of this name directly below, or below these one after the other; null if there is none. */
export function childOf(element: XmlElement | null, ...path: readonly string[]): XmlElement | null {
  let found = element;
  for (const name of path) {
    if (found === null) return null;
    found = childrenOf(found, name)[0] ?? null;
  }
  return found;
}

/** The value of an attribute, whatever its prefix; null if there is none. */
export function valueOf(element: XmlElement | null, name = "val"): string | null {
  if (element === null) return null;
  const own = element.attributes[`w:${name}`] ?? element.attributes[name];
  if (own !== undefined) return own;
  const key = Object.keys(element.attributes).find((each) => each.endsWith(`:${name}`));
  return key === undefined ? null : (element.attributes[key] ?? null);
}

/** A switch of Word's: there without a value means on. */
export function isOn(element: XmlElement | null): boolean {
  if (element === null) return false;
  const value = valueOf(element);
  return value === null || !["0", "false", "off", "none"].includes(value);
}

/** The text directly inside an element. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => (child instanceof XmlText ? child.text : "")).join("");
}
