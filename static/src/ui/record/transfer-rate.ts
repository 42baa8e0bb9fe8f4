// How long a transfer will still take, from its recent progress.

interface Sample {
  at_ms: number;
  done_bytes: number;
}

const KEPT_MS = 10_000;

export class TransferRate {
  #samples: Sample[] = [];

  add(at_ms: number, done_bytes: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && done_bytes < last.done_bytes) this.#samples = []; // begun anew
    this.#samples.push({ at_ms, done_bytes });
    while ((this.#samples[0]?.at_ms ?? at_ms) < at_ms - KEPT_MS) this.#samples.shift();
  }

  /** Seconds until `total_bytes` are done; null while nothing can be said yet (less than two seconds of progress). */
  remaining_s(total_bytes: number): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at_ms - first.at_ms < 2000) return null;
    const rate = (last.done_bytes - first.done_bytes) / ((last.at_ms - first.at_ms) / 1000);
    return rate <= 0 ? null : (total_bytes - last.done_bytes) / rate;
  }
}
