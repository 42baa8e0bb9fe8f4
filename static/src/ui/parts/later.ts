// Everything that sign-in and the list of rooms do not need, with its words.

import { useAllWords } from "../catalogues.ts";
import { scriptsArrived } from "../fetching.ts";

/** TypeError while it can not be fetched; what could not is asked for again by the next call. */
export async function fetchLater(): Promise<typeof import("../later.ts")> {
  const [pieces] = await Promise.all([scriptsArrived().then(() => import("../later.ts")), useAllWords()]);
  return pieces;
}
