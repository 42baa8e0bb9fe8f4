// How hard a passphrase would be to guess: a cautious estimate in bits, made in the browser, never sent anywhere.
//
// The server can not test guesses offline (OPAQUE), so that this only has to keep people from what is guessed first.

export interface Strength {
  bits: number;
  /** 0: refused, 1: weak, 2: good, 3: strong. */
  level: 0 | 1 | 2 | 3;
  /** What weakens it most, if something does. */
  hint: "short" | "common" | "personal" | "repeats" | "sequence" | null;
}

/** Below this the passphrase is not taken. */
export const LEAST_BITS = 40;

const COMMON = [
  "password", "passphrase", "passwort", "letmein", "welcome", "qwerty", "azerty", "qwertz", "iloveyou", "admin", "secret",
  "monkey", "dragon", "football", "master", "sunshine", "princess", "login", "portal", "negotiation", "ministry", "embassy",
  "delegation", "treaty", "summit", "korea", "seoul", "비밀번호", "사랑해", "대한민국", "пароль", "密码", "パスワード", "azertyuiop",
]; // prettier-ignore

const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ",
];

/** Bits that one more character of this kind adds. */
function bitsOf(character: string): number {
  if (/[0-9]/.test(character)) return 3.3;
  if (/[a-z]/.test(character)) return 2.6; // words and names, not random letters
  if (/[\p{L}]/u.test(character)) return /[\uac00-\ud7af\u3400-\u9fff]/u.test(character) ? 7 : 3.2;
  return character === " " ? 1 : 4;
}

/** The longest piece of the alphabet, of the digits or of a row of keys, forwards or backwards. */
function longestRun(text: string): string {
  let longest = "";
  for (const run of [...RUNS, ...RUNS.map((each) => [...each].reverse().join(""))]) {
    for (let from = 0; from < text.length; from += 1) {
      let end = from;
      while (end < text.length && run.includes(text.slice(from, end + 1))) end += 1;
      if (end - from > longest.length) longest = text.slice(from, end);
    }
  }
  return longest;
}

/** The characters that count: a character that repeats one of the two before it counts a quarter. */
function rawBits(text: string): { bits: number; repeated: number } {
  const characters = [...text];
  let bits = 0;
  let repeated = 0;
  characters.forEach((character, index) => {
    const repeats = character === characters[index - 1] || character === characters[index - 2];
    bits += bitsOf(character) * (repeats ? 0.25 : 1);
    repeated += repeats ? 1 : 0;
  });
  return { bits, repeated };
}

/** A text that is one piece again and again is worth that piece. */
function period(text: string): number {
  const at = (text + text).indexOf(text, 1);
  return at === -1 ? text.length : at;
}

/**
 * Estimate a passphrase.
 *
 * @param personal names and the like that an acquaintance would try.
 */
export function strength(passphrase: string, personal: readonly string[] = []): Strength {
  const text = passphrase.normalize("NFKC").toLowerCase().trim();
  if (text === "") return { bits: 0, level: 0, hint: "short" };
  const own = personal.flatMap((name) => name.toLowerCase().split(/[\s.@_-]+/)).filter((name) => name.length > 2);
  const once = [...new Set(text.split(/\s+/))].join(" ");
  const piece = once.slice(0, period(once));
  const { bits: counted, repeated } = rawBits(piece);
  let bits = counted;
  let hint: Strength["hint"] = null;
  const lower = (found: string | undefined, why: Strength["hint"], worth: number): void => {
    if (found === undefined) return;
    bits -= Math.max(0, rawBits(found).bits - worth);
    hint = why;
  };
  lower(
    COMMON.find((word) => text.includes(word)),
    "common",
    6,
  );
  lower(
    own.find((name) => text.includes(name)),
    "personal",
    4,
  );
  const run = longestRun(text);
  if (run.length >= 4) lower(run, "sequence", 4);
  if (repeated > text.length / 3 || piece.length < text.length) hint ??= "repeats";
  bits = Math.max(0, Math.round(bits));
  if (hint === null && bits < 56) hint = "short";
  return { bits, level: bits < LEAST_BITS ? 0 : bits < 56 ? 1 : bits < 80 ? 2 : 3, hint: bits >= 56 ? null : hint };
}
