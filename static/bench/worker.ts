// Entry of the worker in which `portal bench catchup` measures: posts its figures, or what went wrong.

import { IndexedDbBackend } from "../src/member/indexeddb.ts";
import { measure } from "./catchup.ts";

const ITEMS = Number(new URL(location.href).searchParams.get("items"));
const AUTHORS = 5;

try {
  postMessage(await measure(ITEMS, AUTHORS, await IndexedDbBackend.open(`bench-${crypto.randomUUID()}`)));
} catch (error) {
  postMessage({ failure: String(error) });
}
