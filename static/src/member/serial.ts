// One piece of work after the other.

/** Runs what it is given one at a time, in the order of asking. */
export class Serial {
  private last: Promise<unknown> = Promise.resolve();

  /** Run `work` once everything asked for before has ended, well or badly. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work, work);
    this.last = result.catch(() => undefined);
    return result;
  }
}

/** Many askers, one run: whoever asks while a run goes on shares the one that follows it. */
export class Gathered {
  private readonly work: () => Promise<void>;
  private running: Promise<void> | null = null;
  private next: Promise<void> | null = null;

  constructor(work: () => Promise<void>) {
    this.work = work;
  }

  /** Resolves after a run that began no earlier than this call. */
  run(): Promise<void> {
    if (!this.running) {
      this.running = this.work().finally(() => (this.running = null));
      return this.running;
    }
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return this.run();
      });
    return this.next;
  }
}
