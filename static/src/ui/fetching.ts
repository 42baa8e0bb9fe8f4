// Files of the build that are fetched when they are first wanted, from a network that may fail for a moment.
//
// A script that could not be loaded as a module some browsers never ask for again until the page is loaded anew
// (https://github.com/whatwg/html/issues/6768). So what is imported later is fetched as files first, which can be tried
// again; the server lets a browser keep them, and it takes them from there. member/loading.ts does so in the worker.

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 300;

/** The text of a file. TypeError if after some attempts it can not be had, or is not what `integrity` says. */
export async function fetchText(address: string, integrity: string | null): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptText(address, integrity);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

async function attemptText(address: string, integrity: string | null): Promise<string> {
  const answer = await fetch(address, integrity === null ? {} : { integrity });
  const text = await answer.text();
  if (!answer.ok) throw new TypeError(`${address} was answered with ${answer.status}`);
  return text;
}

export function pause(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}

/** These scripts with their hashes, of an import map's `integrity`. */
export function scriptsOf(importMap: string, addresses: readonly string[]): [address: string, integrity: string | null][] {
  const { integrity = {} } = JSON.parse(importMap) as { integrity?: Record<string, string> };
  return addresses.map((address) => [address, integrity[address] ?? null]);
}

const arriving = new Map<string, Promise<void>>();

/**
 * Resolves once every script that belongs to a piece lies in the browser's cache; TypeError as fetchText.
 *
 * @param piece name of the source that is imported, without its ending.
 */
export function scriptsArrived(piece: string): Promise<void> {
  const under = arriving.get(piece);
  if (under !== undefined) return under;
  const fresh = fetchPiece(piece);
  arriving.set(piece, fresh);
  fresh.catch(() => arriving.delete(piece)); // the next call tries again
  return fresh;
}

async function fetchPiece(piece: string): Promise<void> {
  const importMap = document.querySelector<HTMLScriptElement>('script[type="importmap"]')?.textContent ?? "{}";
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="portal-piece"][data-name="${CSS.escape(piece)}"]`);
  const addresses = (meta?.content ?? "").split(" ").filter((address) => address !== "");
  await Promise.all(scriptsOf(importMap, addresses).map(([address, integrity]) => fetchText(address, integrity)));
}
