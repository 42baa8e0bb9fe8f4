// What this browser saw of the ledger at earlier visits: signed states, so that a rewritten ledger is noticed here too.

const NAME = "portal ledger seen v1";
const KEPT = 200;

/** A state of the ledger as this browser saw it; `at_ms` by its own clock. */
export interface Seen {
  readonly at_ms: number;
  readonly size: number;
  readonly note: string;
  readonly vkey: string;
}

/** What was seen, oldest first; nothing if the browser keeps nothing for this site. */
export function remembered(): Seen[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(NAME) ?? "[]");
    return Array.isArray(read) ? read.filter(isSeen) : [];
  } catch {
    return []; // not allowed to keep anything, or damaged: then this is a first visit
  }
}

/** Keep a state that holds, and give all that is kept now. */
export function remember(note: string, size: number, vkey: string): Seen[] {
  const before = remembered();
  const seen = before.at(-1)?.size === size ? before : [...before, { at_ms: Date.now(), size, note, vkey }];
  // The first one stays, and the newest: what lies between only draws the line.
  const kept = seen.length > KEPT ? [seen[0]!, ...seen.slice(2)] : seen;
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // full, or not allowed: the page works without
  }
  return kept;
}

/** Forget all: for who has found out by other ways that another key is right. */
export function forget(): void {
  localStorage.removeItem(NAME);
}

function isSeen(value: unknown): value is Seen {
  const { at_ms, size, note, vkey } = { ...(value as Partial<Seen> | null) };
  return typeof at_ms === "number" && typeof size === "number" && typeof note === "string" && typeof vkey === "string";
}
