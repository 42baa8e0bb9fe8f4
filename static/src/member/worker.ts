// Entry of the one dedicated module worker: the engine on a browser's platform.

import type { MemberEvent } from "./api.ts";
import { Engine } from "./engine.ts";
import { IndexedDbBackend } from "./indexeddb.ts";
import { type Scripts, useScripts } from "./loading.ts";
import { WebLock } from "./lock.ts";
import type { Platform } from "./platform.ts";
import { serveMember } from "./rpc.ts";
import { isQuotaExceeded } from "./store.ts";

/** Scripts, as JSON; put in by the build, and only into this file, for no script imports it by its name. */
declare const LATER_SCRIPTS: string;

const DATABASE = "portal";
const LOCK = "portal-writer";
const PATIENCE_MAX_MS = 3_000;

const platform: Platform = {
  origin: location.origin,
  fetch: (input, init) => fetch(input, init),
  lock: new WebLock(LOCK),
  openBackend: () => IndexedDbBackend.open(DATABASE),
  now_ms: () => Date.now(),
  patience_ms: () => Math.random() * PATIENCE_MAX_MS,
  missing,
};

/** What this browser lacks. */
async function missing(): Promise<string[]> {
  const lacks: string[] = [];
  if (!("locks" in navigator)) lacks.push("Web Locks");
  try {
    // Some browsers have it and refuse it, in private windows or by a setting.
    (await IndexedDbBackend.open(DATABASE)).close();
  } catch (error) {
    // For want of room is another matter, and the engine says so.
    if (!isQuotaExceeded(error)) lacks.push("IndexedDB");
  }
  if (!globalThis.crypto?.subtle) return [...lacks, "WebCrypto"];
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  } catch {
    lacks.push("Ed25519");
  }
  return lacks;
}

useScripts(JSON.parse(LATER_SCRIPTS) as Scripts);
let send: (event: MemberEvent) => void = () => {};
const engine = new Engine(platform, (event) => send(event));
send = serveMember(self as unknown as Parameters<typeof serveMember>[0], engine);
addEventListener("online", () => engine.hurry());
void engine.start();
