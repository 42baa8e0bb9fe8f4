// Code that is fetched when it is first needed.
//
// A script that could not be loaded as a module some browsers never ask for again until the page is loaded anew
// (https://github.com/whatwg/html/issues/6768). So the scripts of a piece are fetched as files first, which can be
// tried again. The server lets a browser keep them, and it takes them from there when they are imported.

import { MemberError } from "./failure.ts";
import { backoff_ms, pause } from "./http.ts";

/** A piece of code, by the name of its source. */
export type Piece = "later" | "opaquelibrary" | "drafts";

/** The addresses of the scripts of each piece. */
export type Scripts = Readonly<Record<Piece, readonly string[]>>;

/** How often a script is asked for before the caller learns of it, like any other request that can be repeated. */
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 2_000;

let scripts: Scripts = { later: [], opaquelibrary: [], drafts: [] };
const fetched = new Map<Piece, Promise<void>>();

/** Say where the scripts of the pieces lie; as long as nobody does, none is fetched before it is imported. */
export function useScripts(found: Scripts): void {
  scripts = found;
}

/** What is in later.ts. MemberError "network.offline" if it can not be fetched now. */
export function later(): Promise<typeof import("./later.ts")> {
  return arriving("later", () => import("./later.ts"));
}

/** What is in drafts/drafts.ts. MemberError "network.offline" if it can not be fetched now. */
export function drafts(): Promise<typeof import("./drafts/drafts.ts")> {
  return arriving("drafts", () => import("./drafts/drafts.ts"));
}

/** What `load` imports, which is `piece`. MemberError "network.offline" if it can not be fetched now. */
export async function arriving<T>(piece: Piece, load: () => Promise<T>): Promise<T> {
  try {
    await fetchedOnce(piece);
    return await load();
  } catch (error) {
    // The only thing by which a browser tells it: https://html.spec.whatwg.org/#hostloadimportedmodule
    if (!(error instanceof TypeError)) throw error;
    throw new MemberError("network.offline", {}, { cause: error });
  }
}

function fetchedOnce(piece: Piece): Promise<void> {
  let fetching = fetched.get(piece);
  if (fetching === undefined) {
    fetching = Promise.all(scripts[piece].map(fetchWhole)).then(() => {});
    fetched.set(piece, fetching);
    fetching.catch(() => fetched.delete(piece)); // the next call tries again
  }
  return fetching;
}

async function fetchWhole(address: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptWhole(address);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await pause(backoff_ms(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
    }
  }
}

async function attemptWhole(address: string): Promise<void> {
  const answer = await fetch(address);
  await answer.arrayBuffer(); // a browser keeps what has arrived to its end
  if (!answer.ok) throw new TypeError(`${address} was answered with ${answer.status}`);
}
