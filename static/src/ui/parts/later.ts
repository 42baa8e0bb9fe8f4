// What sign-in and the list of rooms do not need, with its words and style sheets: fetched when it is wanted.

import { useAllWords, useSheet } from "../catalogues.ts";
import { scriptsArrived } from "../fetching.ts";

/** TypeError while it can not be fetched; what could not is asked for again by the next call. */
export async function fetchLater(): Promise<typeof import("../later.ts")> {
  const [pieces] = await Promise.all([
    scriptsArrived("later").then(() => import("../later.ts")),
    useSheet("css/later"),
    useAllWords(),
  ]);
  return pieces;
}

/** The page of a draft, without its sides, which it fetches itself, and the dialog for a new one. TypeError as above. */
export async function fetchDrafts(): Promise<typeof import("../draft/draft-page.tsx")> {
  const [page] = await Promise.all([
    scriptsArrived("draft-page").then(() => import("../draft/draft-page.tsx")),
    useSheet("css/drafts"),
    fetchLater(),
  ]);
  return page;
}
