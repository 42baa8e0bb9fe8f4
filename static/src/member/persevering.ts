// Work that has to succeed some time.

import { backoff_ms, isPassing } from "./http.ts";
import { Gathered } from "./serial.ts";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Work that, after a failure which may pass, is done again after longer and longer pauses, as long as it is wanted. The
 * single requests inside have been repeated for seconds by then (http.ts).
 */
export class Persevering {
  private readonly work: Gathered;
  private readonly isWanted: () => boolean;
  private readonly onFault: (error: unknown) => void;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `onFault` is told what will not pass; the work is then not done again by itself. */
  constructor(parts: { work: () => Promise<void>; isWanted: () => boolean; onFault: (error: unknown) => void }) {
    this.work = new Gathered(parts.work);
    this.isWanted = parts.isWanted;
    this.onFault = parts.onFault;
  }

  /** Do it now; never rejects. */
  async run(): Promise<void> {
    this.stop();
    try {
      await this.work.run();
      this.failures = 0;
    } catch (error) {
      if (isPassing(error)) this.again();
      else this.onFault(error);
    }
  }

  /** Do it after a pause: something failed that it makes good. */
  again(): void {
    if (this.timer !== undefined) return;
    this.failures++;
    const wait_ms = backoff_ms(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.isWanted()) void this.run();
    }, wait_ms);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
