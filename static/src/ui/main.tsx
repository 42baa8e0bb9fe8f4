// The page's entry: starts the worker that holds the keys, and draws what it tells.

import { connectMember } from "../member/rpc.ts";
import { asset } from "./catalogues.ts";
import { startPortal } from "./start.tsx";

/** The part of Trusted Types that is needed here; TypeScript's DOM types do not have it yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL };
}

/** The one place where a text becomes a script's address: only the worker's, and only as the build wrote it. */
function memberWorker(): Worker {
  const url = asset("member/worker")?.url;
  if (url === undefined) throw new Error("index.html names no worker");
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy("portal", {
    createScriptURL(given) {
      if (given !== url) throw new TypeError("not the member worker");
      return given;
    },
  });
  const address = policy === undefined ? url : policy.createScriptURL(url);
  return new Worker(address, { type: "module", name: "member" });
}

const root = document.querySelector<HTMLElement>("#portal");
if (root === null) throw new Error("index.html has no place for the portal");
const worker = memberWorker();
const stopped = new Promise<never>((_, reject) => {
  worker.addEventListener("error", (event) => reject(new Error(event.message || "the worker did not start")));
});
await startPortal(connectMember(worker), root, stopped);
