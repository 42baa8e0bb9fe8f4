// Everything that sign-in and the list of rooms do not need, with its words.

import { useAllWords } from "../catalogues.ts";

export async function fetchLater(): Promise<typeof import("../later.ts")> {
  const [pieces] = await Promise.all([import("../later.ts"), useAllWords()]);
  return pieces;
}
