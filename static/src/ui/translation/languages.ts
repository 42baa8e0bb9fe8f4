// Which languages are one and the same to a reader.

import type { Id, Person, RoomView } from "../../member/api.ts";

/** Language and script of a BCP 47 tag, with the script that is usual where none is named; the tag if it is none. */
function essence(tag: string): string {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script ?? ""}`;
  } catch (error) {
    if (error instanceof RangeError) return tag;
    throw error;
  }
}

/** Whether whoever reads one of them reads the other: "en-GB" and "en", but not the two scripts of Chinese. */
export function sameLanguage(a: string, b: string): boolean {
  return a === b || essence(a) === essence(b);
}

export function isAmong(tag: string, languages: readonly string[]): boolean {
  return languages.some((each) => sameLanguage(each, tag));
}

/** First languages of the room's other people that are not `lang`; the one that most of them read comes first. */
export function languagesOfOthers(
  room: RoomView,
  people: ReadonlyMap<Id, Person>,
  own: Id,
  lang: string,
): { lang: string; readers: Id[] }[] {
  const found: { lang: string; readers: Id[] }[] = [];
  for (const account of room.members) {
    const person = people.get(account);
    const first = person?.languages[0];
    if (account === own || first === undefined || person?.interpreter != null || sameLanguage(first, lang)) continue;
    const known = found.find((each) => sameLanguage(each.lang, first));
    if (known === undefined) found.push({ lang: first, readers: [account] });
    else known.readers.push(account);
  }
  return found.sort((a, b) => b.readers.length - a.readers.length);
}
