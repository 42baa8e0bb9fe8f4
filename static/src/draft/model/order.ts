// Places among siblings, as texts that sort between any two others ("fractional index"), so that a move changes one
// clause alone. Digits are 0–9, A–Z, a–z; a key never ends in the lowest digit, or nothing would fit before it. A few
// random digits at its end keep two keys that are made at the same place at once apart.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = DIGITS.length;
const RANDOM_DIGITS = 3;

function digitOf(key: string, at: number, otherwise: number): number {
  const digit = DIGITS.indexOf(key[at] ?? "");
  return digit < 0 ? otherwise : digit;
}

/**
 * A key that sorts after `before` and before `after`; "" for the beginning, null for the end.
 *
 * Where the two are equal or in the wrong order (two people moved at once), it sorts after `before` alone.
 */
export function orderBetween(before: string, after: string | null): string {
  const limit = after !== null && after > before ? after : null;
  let key = "";
  let bounded = limit !== null;
  for (let at = 0; ; at += 1) {
    const low = digitOf(before, at, 0);
    const high = bounded && limit !== null ? digitOf(limit, at, 0) : BASE;
    if (high - low > 1) return key + (DIGITS[Math.floor((low + high) / 2)] ?? "") + randomDigits();
    key += DIGITS[low] ?? "";
    if (high > low) bounded = false;
  }
}

function randomDigits(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(RANDOM_DIGITS));
  const digits = [...drawn].map((byte, at) => DIGITS[at === RANDOM_DIGITS - 1 ? 1 + (byte % (BASE - 1)) : byte % BASE]);
  return digits.join("");
}
