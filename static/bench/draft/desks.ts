// People who edit one text at once, and how long each edit takes to the others' screens.
//
// A desk is one editor's page: a Yjs document that is written into here, and that the subject keeps in step with those of
// the others. An edit is on a screen when the document there has it.

import * as Y from "yjs";

import { clausesIn, type Edit, perform } from "./trace.ts";

/** Origin of the edits of the person at a desk. */
export const OWN = Symbol("own");

export interface Desk {
  /** What the page shows; changes of origin OWN are the person's, all others came from elsewhere. */
  readonly doc: Y.Doc;
}

/** Milliseconds, ascending. */
export interface Latencies {
  /** Of every edit that put something in, to every other screen. */
  each: number[];
  /** Of the oldest edit in everything that came to a screen: who waited longest for it. */
  oldest: number[];
}

const PATIENCE_MS = 60_000;

/** Edits made and not yet on every other screen, by client number; `end` is the clock that a screen reaches with it. */
interface Made {
  end: number;
  at_ms: number;
}

export class Watch {
  readonly found: Latencies = { each: [], oldest: [] };
  private readonly made = new Map<number, Made[]>();
  private readonly desks: readonly Desk[];

  constructor(desks: readonly Desk[]) {
    this.desks = desks;
    for (const { doc } of desks) this.watch(doc);
  }

  /** Do an edit at a desk; the clock runs from before it. */
  perform(edit: Edit, clauses: readonly string[]): void {
    const { doc } = this.desks[edit.editor]!;
    const at_ms = performance.now();
    const before = Y.getState(doc.store, doc.clientID);
    perform(doc, clauses, edit, OWN);
    const end = Y.getState(doc.store, doc.clientID);
    if (end === before) return; // a deletion: nothing of it could be recognised elsewhere
    const list = this.made.get(doc.clientID) ?? [];
    this.made.set(doc.clientID, list);
    list.push({ end, at_ms });
  }

  /** Rejects with the number of desks that differ after a long time. */
  async settled(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!this.agree()) {
      if (performance.now() > deadline) throw new Error("the documents did not come together");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private agree(): boolean {
    const [first, ...others] = this.desks.map(({ doc }) => Y.snapshot(doc));
    return others.every((other) => Y.equalSnapshots(first!, other));
  }

  private watch(doc: Y.Doc): void {
    const next = new Map<number, number>();
    doc.on("afterTransaction", ({ origin, afterState, beforeState }: Y.Transaction) => {
      if (origin === OWN) return;
      const now_ms = performance.now();
      for (const [client, end] of afterState)
        if (end !== beforeState.get(client) && client !== doc.clientID) this.arrived(client, end, now_ms, next);
    });
  }

  private arrived(client: number, end: number, now_ms: number, next: Map<number, number>): void {
    const list = this.made.get(client) ?? [];
    const first = next.get(client) ?? 0;
    let at = first;
    for (; at < list.length && list[at]!.end <= end; at++) this.found.each.push(now_ms - list[at]!.at_ms);
    if (at > first) this.found.oldest.push(now_ms - list[first]!.at_ms);
    next.set(client, at);
  }
}

/** Play edits at their times. Returns how far behind the last one was, in milliseconds: more than a few mean overload. */
export async function play(desks: readonly Desk[], edits: readonly Edit[], watch: Watch): Promise<number> {
  const clauses = clausesIn(desks[0]!.doc);
  const begun_ms = performance.now();
  let late_ms = 0;
  for (const edit of edits) {
    const wait_ms = begun_ms + edit.at_ms - performance.now();
    if (wait_ms > 0) await new Promise((resolve) => setTimeout(resolve, wait_ms));
    else await new Promise((resolve) => setImmediate(resolve));
    late_ms = performance.now() - begun_ms - edit.at_ms;
    watch.perform(edit, clauses);
  }
  await watch.settled();
  return late_ms;
}

/** The value below which a share of all lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
