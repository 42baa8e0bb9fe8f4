// One writer in a browser profile: the tab that holds the Web Lock. Two tabs with the same keys would use the same
// sequence numbers and the same ratchet state twice.

/** Holds, gives up and notices the loss of the one lock. */
export interface WriterLock {
  /** Try to become the writer, by force if `steal`; false if another tab is. `onLost` is told when a tab takes over. */
  acquire(steal: boolean, onLost: () => void): Promise<boolean>;
  release(): void;
}

/** How long a page that is being left, or loaded anew, may take to give the lock back. */
const LEAVING_MS = 3_000;

export class WebLock implements WriterLock {
  private readonly name: string;
  private readonly locks: LockManager;
  private letGo: (() => void) | null = null;

  constructor(name: string, locks: LockManager = navigator.locks) {
    this.name = name;
    this.locks = locks;
  }

  acquire(steal: boolean, onLost: () => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let held = false;
      const hold = (): Promise<void> => {
        resolve(true);
        held = true;
        return new Promise((letGo) => (this.letGo = letGo));
      };
      // `steal` and `signal` exclude each other (Web Locks API §4).
      const signal = AbortSignal.timeout(LEAVING_MS);
      this.locks.request(this.name, steal ? { steal: true } : { signal }, hold).catch((error: unknown) => {
        // A stolen lock rejects the request of the tab that held it.
        if (held) onLost();
        else if (!steal && signal.aborted) resolve(false);
        else reject(error);
      });
    });
  }

  release(): void {
    this.letGo?.();
    this.letGo = null;
  }
}
