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

/** Work that can wait: one piece at a time, and none begins while somebody waits for something else. */
export class Background {
  private readonly serial = new Serial();
  private ahead = 0;
  private free: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  /** Run `work` when its turn has come. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.serial.run(async () => {
      while (this.ahead > 0) await this.free;
      return work();
    });
  }

  /** Run at once what somebody waits for. */
  async before<T>(work: () => Promise<T>): Promise<T> {
    if (this.ahead++ === 0) this.free = new Promise((resolve) => (this.release = resolve));
    try {
      return await work();
    } finally {
      if (--this.ahead === 0) this.release();
    }
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
