// Examining items on all of the machine's cores. A browser runs WebCrypto on the thread that asks, so one worker uses
// one core, and verifying a signature is most of what opening an item costs. Many items are shared out, in portions, to
// helpers (workers of this one, which live as long as there is much to do) and to this thread.
//
// | helper                    | then                                                            |
// |---------------------------|-----------------------------------------------------------------|
// | answers                   | gets the next portion; the last one is ended after a while      |
// | can not be started, fails | its portion is done here, like those that nobody has taken yet  |

import { examine, type Examination, type Sealed } from "../e2ee/examine.ts";
import type { RecordKey } from "../e2ee/record.ts";
import { Refusal } from "../e2ee/refusal.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { Posted, Task } from "./examiner.ts";

/** Where the helpers' script lies; put in by the build, and absent where sources run as they are. */
declare const EXAMINER_ADDRESS: string | undefined;

/** From how many items on helpers are worth their start, and how many each gets at a time. */
const MANY = 256;
const PORTION = 64;
const HELPERS_MAX = 7;
const IDLE_MS = 5_000;

interface Portion {
  begin: number;
  items: readonly Sealed[];
}

let helpers: Helper[] | undefined;
let users = 0;
let idle: ReturnType<typeof setTimeout> | undefined;

/** Examine items of content, in their order, on as many cores as there are. */
export async function examineAll(items: readonly Sealed[]): Promise<Examination[]> {
  if (items.length < MANY) return examine(items);
  const found = new Array<Examination>(items.length);
  const portions: Portion[] = [];
  for (let begin = 0; begin < items.length; begin += PORTION)
    portions.push({ begin, items: items.slice(begin, begin + PORTION) });
  const work = async (through: typeof examine): Promise<void> => {
    for (let portion = portions.shift(); portion; portion = portions.shift()) {
      const examined = await through(portion.items).catch((error: unknown) => {
        portions.push(portion!);
        throw error;
      });
      for (const [at, examination] of examined.entries()) found[portion.begin + at] = examination;
    }
  };
  users++;
  clearTimeout(idle);
  const helping = Promise.allSettled(start().map((helper) => work((portion) => helper.examine(portion))));
  try {
    await work(examine);
    await helping;
    await work(examine); // what a helper that failed has given back
  } finally {
    if (--users === 0 && helpers !== undefined) idle = setTimeout(end, IDLE_MS);
  }
  return found;
}

/**
 * The helpers: one for each core but this thread's; none where there is no script for them. Never throws: where the
 * browser does not let a helper start, there are those that did.
 */
function start(): readonly Helper[] {
  if (helpers !== undefined || typeof EXAMINER_ADDRESS === "undefined") return helpers ?? [];
  helpers = [];
  const count = Math.min(HELPERS_MAX, Math.max(1, navigator.hardwareConcurrency - 1));
  try {
    const address = trustedAddress(EXAMINER_ADDRESS);
    while (helpers.length < count)
      helpers.push(new Helper(new Worker(address, { type: "module", name: "examiner" })));
  } catch {
    if (helpers.length === 0) helpers = undefined; // this thread does the work, and the next time it is tried again
  }
  return helpers ?? [];
}

function end(): void {
  for (const helper of helpers ?? []) helper.end();
  helpers = undefined;
}

/** The part of Trusted Types that is needed here; TypeScript's types of workers do not have it yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** The one place in the worker where a text becomes a script's address: only the helpers', as the build wrote it. */
function trustedAddress(address: string): string | URL {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("portal", {
    createScriptURL(given) {
      if (given !== address) throw new TypeError("not the helpers' script");
      return given;
    },
  });
  return policy === undefined ? address : policy.createScriptURL(address);
}

/** One worker, which has one portion at a time. */
class Helper {
  private readonly worker: Worker;
  private turn: Promise<unknown> = Promise.resolve();
  private waiting: { resolve(found: Examination[]): void; reject(error: Error): void } | null = null;
  private failure: Error | null = null;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Posted[]>) => this.waiting?.resolve(data.map(received));
    worker.onerror = (event) => {
      event.preventDefault(); // told to nobody else: this thread does the work
      this.fail(event.message);
    };
    worker.onmessageerror = () => this.fail("an answer that can not be read");
  }

  /** Rejects if this helper can not: it did not load, or had a defect, and never answers again. */
  examine(items: readonly Sealed[]): Promise<Examination[]> {
    const run = this.turn.then(() => this.ask(items));
    this.turn = run.catch(() => {});
    return run;
  }

  end(): void {
    this.worker.terminate();
    this.fail("ended");
  }

  private ask(items: readonly Sealed[]): Promise<Examination[]> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.waiting = { resolve, reject };
      this.worker.postMessage(taskOf(items));
    });
  }

  private fail(reason: string): void {
    this.failure = new Error(reason);
    this.waiting?.reject(this.failure);
  }
}

function taskOf(sealed: readonly Sealed[]): Task {
  const devices: Bytes[] = [];
  const keys: RecordKey[] = [];
  const items = sealed.map(({ raw, deviceKey, key }) => {
    return { raw, device: indexIn(devices, deviceKey), key: indexIn(keys, key) };
  });
  return { devices, keys: keys.map(({ room, epoch, bucket, value }) => ({ room, epoch, bucket, value })), items };
}

/** The place of `one` in `all`, where it is put if it is not there; -1 for null. */
function indexIn<T>(all: T[], one: T | null): number {
  if (one === null) return -1;
  const at = all.indexOf(one);
  return at === -1 ? all.push(one) - 1 : at;
}

function received({ opened, ...rest }: Posted): Examination {
  const refused = opened !== null && "code" in opened;
  return { ...rest, opened: refused ? new Refusal(opened.code, opened.detail) : opened };
}
