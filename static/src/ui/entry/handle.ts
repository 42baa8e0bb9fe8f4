// Sign-in names: 2 to 40 letters and digits of any script, dots, hyphens, underscores; case does not matter.

const LEAST = 2;
const MOST = 40;

/** A sign-in name as it is kept. The server folds once more and has the last word. */
export function foldHandle(text: string): string {
  return text.trim().normalize("NFKC").toLowerCase();
}

/** What is wrong with a sign-in name, or null. */
export function handleProblem(handle: string): "length" | "characters" | null {
  const folded = foldHandle(handle);
  if (!/^[\p{L}\p{Nd}._-]*$/u.test(folded)) return "characters";
  const { length } = [...folded];
  return length < LEAST || length > MOST ? "length" : null;
}

/** A sign-in name made of a name: "Anna Weiß" → "anna.weiß". */
export function suggestHandle(name: string): string {
  return [
    ...foldHandle(name)
      .replace(/\s+/g, ".")
      .replace(/[^\p{L}\p{Nd}._-]/gu, ""),
  ]
    .slice(0, MOST)
    .join("");
}
