// Crockford's base 32: what people read aloud and type (docs/protocol.md §3). The Python twin is portal/wire/base32.py.

/** No I, L, O, U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The first `characters` of `raw`, five bits each. */
export function crockford(raw: Iterable<number>, characters: number): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of raw) {
    bits = ((bits << 8) | byte) & 0xffff;
    held += 8;
    while (held >= 5 && text.length < characters) {
      held -= 5;
      text += ALPHABET[(bits >> held) & 31]!;
    }
  }
  return text;
}

/** Characters in groups of four. */
export function inFours(text: string): string {
  return text.replace(/.{4}(?=.)/g, "$& ");
}

/** What was typed, character by character, without spaces and hyphens, in capitals. */
export function typedCharacters(text: string): string[] {
  return [...text.toUpperCase().replace(/[\s\u00a0\-\u2010-\u2015]/g, "")];
}

/** The value of a typed character, 0 to 31; o is 0, i and l are 1. -1 for what is no character of the alphabet. */
export function crockfordValue(typed: string): number {
  const character = typed === "O" ? "0" : typed === "I" || typed === "L" ? "1" : typed;
  return character.length === 1 ? ALPHABET.indexOf(character) : -1;
}

/** The value's own character. */
export function crockfordCharacter(value: number): string {
  return ALPHABET[value]!;
}
