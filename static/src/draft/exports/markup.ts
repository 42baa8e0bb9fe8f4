// Text inside of HTML and XML, escaped once and for all.

/** Letters that XML 1.0 can not hold. No honest browser writes them into a draft; a hostile one may. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** `text` without what no XML can hold: one such letter, and nothing opens the file any more. */
export function printable(text: string): string {
  return text.toWellFormed().replace(FORBIDDEN, "");
}

/** `text` as character data or as the value of an attribute in double quotes. */
export function escaped(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Attributes as they stand in a tag, each with its space; those without a value are left out. */
export function attributes(values: Readonly<Record<string, string | null>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === null ? "" : ` ${name}="${escaped(value)}"`))
    .join("");
}

/** An element with what is inside it, which is markup already. */
export function element(name: string, values: Readonly<Record<string, string | null>>, inner = ""): string {
  return inner === "" ? `<${name}${attributes(values)}/>` : `<${name}${attributes(values)}>${inner}</${name}>`;
}
