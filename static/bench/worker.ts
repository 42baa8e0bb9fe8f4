// Entry of the worker in which `portal bench catchup` measures: says when it is ready, then does each step that it is
// asked for and tells how long it took, or what went wrong.

import { IndexedDbBackend } from "../src/member/indexeddb.ts";
import { prepared, type Steps } from "./catchup.ts";

const ITEMS = Number(new URL(location.href).searchParams.get("items"));
const AUTHORS = 5;

const failed = (error: unknown): void => postMessage({ failure: String(error) });

async function run(step: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  await step();
  postMessage({ ms: performance.now() - begun });
}

try {
  const steps = await prepared(ITEMS, AUTHORS, await IndexedDbBackend.open(`bench-${crypto.randomUUID()}`));
  addEventListener("message", ({ data }: MessageEvent<keyof Steps>) => void run(() => steps[data]()).catch(failed));
  postMessage({ ms: 0 });
} catch (error) {
  failed(error);
}
