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

/** Of the scripts in an import map's `integrity`, those with their hashes that the page does not load at its start. */
export function scriptsBehind(importMap: string, early: Iterable<string>): [address: string, integrity: string][] {
  const { integrity = {} } = JSON.parse(importMap) as { integrity?: Record<string, string> };
  const loaded = new Set(early);
  return Object.entries(integrity).filter(([address]) => !loaded.has(address));
}

let arriving: Promise<void> | null = null;

/** Resolves once every script that is imported later lies in the browser's cache; TypeError as fetchText. */
export function scriptsArrived(): Promise<void> {
  arriving ??= fetchBehind().catch((error: unknown) => {
    arriving = null; // the next call tries again
    throw error;
  });
  return arriving;
}

async function fetchBehind(): Promise<void> {
  const importMap = document.querySelector<HTMLScriptElement>('script[type="importmap"]')?.textContent ?? "{}";
  const links = document.querySelectorAll<HTMLLinkElement>('link[rel="modulepreload"]');
  const early = [...links].map((link) => link.getAttribute("href") ?? "");
  await Promise.all(scriptsBehind(importMap, early).map(([address, integrity]) => fetchText(address, integrity)));
}
