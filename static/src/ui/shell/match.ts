// Matching for the command palette and the lists that are filtered while one types.

/** Letters without case and accents; Hangul syllables as their letters, so that a half-typed syllable matches. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * How well a text answers a query: 0 for not at all, else the more the better. Beginnings of words count most, then
 * runs inside of words, then the letters in this order anywhere.
 */
export function score(text: string, query: string): number {
  const wanted = fold(query.trim());
  const folded = fold(text);
  if (wanted === "") return 1;
  const at = folded.indexOf(wanted);
  if (at === 0) return 100;
  if (at > 0) return /[\s\-_.,/(]/.test(folded.charAt(at - 1)) ? 80 : 50;
  const words = wanted.split(/\s+/);
  if (words.length > 1 && words.every((word) => folded.includes(word))) return 40;
  return inOrder(folded, wanted) ? 10 : 0;
}

function inOrder(text: string, letters: string): boolean {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at === -1) return false;
  }
  return true;
}

/** The best matches, best first; equally good ones stay in their order. */
export function best<T>(items: readonly T[], query: string, text: (item: T) => string, limit: number): T[] {
  return items
    .map((item) => ({ item, value: score(text(item), query) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, limit)
    .map(({ item }) => item);
}
