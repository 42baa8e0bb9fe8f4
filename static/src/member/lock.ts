// One writer in a browser profile: the tab that holds the Web Lock. Two tabs with the same keys would use the same
// sequence numbers and the same ratchet state twice.

/** Holds, gives up and notices the loss of the one lock. */
export interface WriterLock {
  /** Try to become the writer, by force if `steal`; false if another tab is. `onLost` is told when a tab takes over. */
  acquire(steal: boolean, onLost: () => void): Promise<boolean>;
  release(): void;
}

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
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        resolve(lock !== null);
        if (lock === null) return undefined;
        held = true;
        return new Promise((letGo) => (this.letGo = letGo));
      };
      // `steal` and `ifAvailable` exclude each other (Web Locks API §4).
      this.locks.request(this.name, steal ? { steal: true } : { ifAvailable: true }, hold).catch((error: unknown) => {
        // A stolen lock rejects the request of the tab that held it.
        if (held) onLost();
        else reject(error);
      });
    });
  }

  release(): void {
    this.letGo?.();
    this.letGo = null;
  }
}
