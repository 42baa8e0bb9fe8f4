// Mentions: the "@" list while writing, and the pieces of a text when it is shown.

export interface Typed {
  /** Where "@" stands. */
  start: number;
  /** What follows it, up to the caret. */
  query: string;
}

const BEFORE_CARET = /(?:^|[\s(（「"'“‘،、。])@([^\s@]{0,40}(?: [^\s@]{0,40})?)$/u;

/** The mention that is being typed at the caret, or null. */
export function typedMention(text: string, caret: number): Typed | null {
  const match = BEFORE_CARET.exec(text.slice(0, caret));
  if (match === null) return null;
  const query = match[1] ?? "";
  return { start: caret - query.length - 1, query };
}

/** The text after a name was picked from the list, and where the caret goes. */
export function complete(text: string, caret: number, typed: Typed, name: string): { text: string; caret: number } {
  const before = `${text.slice(0, typed.start)}@${name} `;
  const rest = text.slice(caret);
  return { text: before + (rest.startsWith(" ") ? rest.slice(1) : rest), caret: before.length };
}

/** The accounts whose "@name" occurs in the text; longer names are matched first, so that they win over their beginnings. */
export function mentioned(text: string, names: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  for (const part of splitText(text, [...names.keys()])) {
    const account = part.kind === "mention" ? names.get(part.text.slice(1)) : undefined;
    if (account !== undefined) found.add(account);
  }
  return [...found];
}

export type Part =
  { kind: "text"; text: string } | { kind: "mention"; text: string } | { kind: "link"; text: string; href: string };

const LINK = /https?:\/\/[^\s<>"'`）」』】]+/gu;
const TRAILING = /[.,;:!?)\]}。、，！？]+$/u;

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The addresses to which a text leads. */
export function addressesIn(text: string): ReadonlySet<string> {
  return new Set(splitText(text, []).flatMap((part) => (part.kind === "link" ? [part.href] : [])));
}

/** Cut a text into plain runs, links (http and https only) and mentions of these names. */
export function splitText(text: string, names: readonly string[]): Part[] {
  const sorted = names.filter((name) => name !== "").sort((a, b) => b.length - a.length);
  const mention = sorted.length === 0 ? "" : `|@(?:${sorted.map(escape).join("|")})`;
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(new RegExp(LINK.source + mention, "gu"))) {
    const whole = match[0];
    const shown = whole.startsWith("@") ? whole : withoutTrailing(whole);
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    parts.push(shown.startsWith("@") ? { kind: "mention", text: shown } : linkOrText(shown));
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

/** A sentence's punctuation is not part of the address; a closing parenthesis is, if the address opened one. */
function withoutTrailing(link: string): string {
  const shorter = link.replace(TRAILING, "");
  const next = link.charAt(shorter.length);
  return next === ")" && shorter.includes("(") ? `${shorter})` : shorter;
}

function linkOrText(text: string): Part {
  return URL.canParse(text) ? { kind: "link", text, href: new URL(text).href } : { kind: "text", text };
}
