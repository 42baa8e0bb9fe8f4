// Calls of the server's HTTP interface (docs/protocol.md §6).

import { MemberError } from "./failure.ts";

export interface HttpSettings {
  origin: string;
  fetch: typeof globalThis.fetch;
  now_ms: () => number;
  /** The server's clock minus this device's, in seconds, at each answer. */
  onClock?: (ahead_s: number) => void;
}

export interface CallOptions {
  /** How long one attempt may take. */
  timeout_ms?: number;
  /** The call may be made twice without harm, so it is repeated after faults of the network. */
  idempotent?: boolean;
  signal?: AbortSignal;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const TIMEOUT_MS = 20_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const PASSING_STATUS = new Set([429, 502, 503, 504]);
const OCTETS = "application/octet-stream";

export class Http {
  private readonly settings: HttpSettings;

  constructor(settings: HttpSettings) {
    this.settings = settings;
  }

  get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.json<T>("GET", path, undefined, { idempotent: true, ...options });
  }

  post<T = unknown>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<T> {
    return this.json<T>("POST", path, body, options);
  }

  put<T = unknown>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.json<T>("PUT", path, body, { idempotent: true, ...options });
  }

  patch<T = unknown>(path: string, body: unknown): Promise<T> {
    return this.json<T>("PATCH", path, body, { idempotent: true });
  }

  delete<T = unknown>(path: string): Promise<T> {
    return this.json<T>("DELETE", path, {}, { idempotent: true });
  }

  /** Bytes that the server answers with. */
  async getBytes(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    const answer = await this.call("GET", path, {}, { idempotent: true, ...options });
    return new Uint8Array(await whole(answer.arrayBuffer()));
  }

  /** Send bytes; the answer is JSON. */
  async sendBytes<T>(method: "POST" | "PUT", path: string, body: Uint8Array, options: CallOptions = {}): Promise<T> {
    const init = { body: body as BodyInit, headers: { "content-type": OCTETS } };
    return parsed<T>(await this.call(method, path, init, options));
  }

  private async json<T>(method: Method, path: string, body: unknown, options: CallOptions): Promise<T> {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return parsed<T>(await this.call(method, path, init, options));
  }

  private async call(method: Method, path: string, init: RequestInit, options: CallOptions): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(method, path, init, options);
      } catch (error) {
        const passing = error instanceof Passing ? error : null;
        const last = !options.idempotent || attempt === ATTEMPTS || options.signal?.aborted;
        if (!passing || last) throw passing?.failure ?? error;
        await pause(Math.max(passing.after_ms, backoff_ms(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)));
      }
    }
  }

  private async attempt(method: Method, path: string, init: RequestInit, options: CallOptions): Promise<Response> {
    const timeout = AbortSignal.timeout(options.timeout_ms ?? TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
    let answer: Response;
    try {
      const url = this.settings.origin + path;
      answer = await this.settings.fetch(url, {
        ...init,
        method,
        signal,
        credentials: "same-origin",
        cache: "no-store",
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new Passing(
        new MemberError(timeout.aborted ? "network.timeout" : "network.offline", {}, { cause: error }),
        0,
      );
    }
    this.noticeClock(answer);
    if (answer.ok) return answer;
    const failure = await refusal(answer);
    if (!PASSING_STATUS.has(answer.status)) throw failure;
    throw new Passing(failure, Number(answer.headers.get("retry-after") ?? 0) * 1000);
  }

  private noticeClock(answer: Response): void {
    const server_ms = Date.parse(answer.headers.get("date") ?? "");
    if (!Number.isNaN(server_ms)) this.settings.onClock?.(Math.round((server_ms - this.settings.now_ms()) / 1000));
  }
}

/** A failure that may be gone at the next attempt. */
class Passing extends Error {
  readonly failure: MemberError;
  readonly after_ms: number;

  constructor(failure: MemberError, after_ms: number) {
    super(failure.code);
    this.failure = failure;
    this.after_ms = Number.isFinite(after_ms) ? Math.min(after_ms, LONGEST_PAUSE_MS) : 0;
  }
}

/** Pause before attempt `attempt` + 1: doubling, at random between half and all of it, at most `longest_ms`. */
export function backoff_ms(attempt: number, first_ms: number, longest_ms: number): number {
  return Math.min(longest_ms, first_ms * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

export function pause(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}

/** A connection that breaks within the body is a fault of the network. */
async function whole<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new MemberError("network.offline", {}, { cause: error });
  }
}

async function parsed<T>(answer: Response): Promise<T> {
  const text = await whole(answer.text());
  try {
    return (text === "" ? {} : JSON.parse(text)) as T;
  } catch (error) {
    throw new MemberError("server.fault", { status: answer.status }, { cause: error });
  }
}

async function refusal(answer: Response): Promise<MemberError> {
  const text = await answer.text().catch(() => "");
  try {
    const { code, detail } = JSON.parse(text).error as { code: string; detail?: MemberError["detail"] };
    if (typeof code === "string") return new MemberError(code, detail ?? {});
  } catch (error) {
    return new MemberError("server.fault", { status: answer.status }, { cause: error });
  }
  return new MemberError("server.fault", { status: answer.status });
}

/** Whether nothing is known about the call's effect, or it can be tried again later. */
export function isPassing(error: unknown): boolean {
  const codes = ["network.offline", "network.timeout", "server.busy", "server.fault", "request.too_many"];
  return error instanceof MemberError && codes.includes(error.code);
}
