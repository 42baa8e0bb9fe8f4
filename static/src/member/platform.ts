// What the engine needs from where it runs. The browser's is in worker.ts; tests run engines in Node.

import type { WriterLock } from "./lock.ts";
import type { Backend } from "./store.ts";

export interface Platform {
  /** Scheme, host and port of the server, without a slash at the end. */
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch;
  /** Headers for the socket's handshake where the platform sets none itself (Node); browsers ignore it. */
  readonly socketHeaders?: () => Record<string, string>;
  readonly lock: WriterLock;
  /** The local database; asked for again after it was erased. */
  openBackend(): Promise<Backend>;
  /** This device's clock, Unix milliseconds. */
  now_ms(): number;
  /** How long to wait at random before doing what others may be about to do as well, in milliseconds. */
  patience_ms(): number;
  /** What the browser lacks for this program; empty if nothing. */
  missing(): Promise<string[]>;
}
