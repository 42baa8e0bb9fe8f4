// What would give a person away, but for names: twin of portal/server/feedback/personal_data.py, which has the last word.

export type Kind = "email" | "phone" | "id_number" | "card" | "account" | "profile";

const EMAIL = /[\p{L}\p{N}_.+-]{1,64}@[\p{L}\p{N}_-]{1,63}(?:\.[\p{L}\p{N}_-]{1,63}){1,8}/u;
// No lookbehind: telephones of 2015 do not know it.
const PROFILE = /(?:^|[^\p{L}\p{N}_@.])@[A-Za-z0-9_.]{3,30}|\b(?:t\.me|wa\.me|line\.me|open\.kakao\.com|vk\.com)\/\S+/u;
const IBAN = /\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g;
const NUMBER = /\+?[0-9(](?:[0-9]|[ ().\-/](?=[0-9(])){0,40}[0-9]/g;
const KOREAN_RESIDENT = /^[0-9]{6}-?[1-8][0-9]{6}$/;
const CHINESE_RESIDENT = /[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]/;
// The zeros of digits in use; each is followed by its nine others.
const ZEROS = [0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0xff10];

/** The kinds of what is found in `text`, each once. */
export function kindsIn(text: string): Set<Kind> {
  const plain = withPlainDigits(text);
  const kinds = new Set<Kind>();
  if (EMAIL.test(plain)) kinds.add("email");
  if (PROFILE.test(plain.replace(new RegExp(EMAIL.source, "gu"), " "))) kinds.add("profile");
  if ((plain.match(IBAN) ?? []).some((found) => isIban(found.replace(/ /g, "")))) kinds.add("account");
  if (CHINESE_RESIDENT.test(plain)) kinds.add("id_number");
  for (const found of plain.replace(new RegExp(CHINESE_RESIDENT.source, "g"), " ").match(NUMBER) ?? []) {
    const kind = kindOfNumber(found);
    if (kind) kinds.add(kind);
  }
  return kinds;
}

/** Whether anything is found in `text`. */
export function mayGiveAway(text: string): boolean {
  return kindsIn(text).size > 0;
}

function kindOfNumber(written: string): Kind | null {
  const digits = written.replace(/\D/g, "");
  if (KOREAN_RESIDENT.test(written)) return "id_number";
  if (digits.length >= 13 && digits.length <= 19 && isCard(digits)) return "card";
  const isDialled = /^(?:\+|0|\(0|\(\+)/.test(written);
  return isDialled && digits.length >= 9 && digits.length <= 15 ? "phone" : null;
}

/** Luhn's sum (ISO/IEC 7812-1, annex B). */
function isCard(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = 2 * digit;
    sum += place % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && new Set(digits).size > 1;
}

/** ISO 13616: MOD 97-10. */
function isIban(text: string): boolean {
  if (text.length < 15) return false;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

function withPlainDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = ZEROS.find((start) => code >= start && code < start + 10);
    return zero === undefined ? digit : String(code - zero);
  });
}
