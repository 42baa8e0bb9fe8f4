// The fewest deletions and insertions that lead from one sequence to another, made readable.

import { diffArrays } from "diff";

export type Operation = "same" | "deleted" | "inserted";

export interface Edit<T> {
  op: Operation;
  items: T[];
}

/** Beyond so many steps two sequences have little in common, and a comparison of them says nothing and takes seconds. */
const MAX_STEPS = 1500;

/**
 * Edits that lead from `before` to `after`. All that is not "inserted", joined, is `before`; all that is not "deleted"
 * is `after`, with the items of `after` where both have one. Items are compared by `key`.
 */
export function compare<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): Edit<T>[] {
  const [a, b] = [before.map(key), after.map(key)];
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const edits: Edit<T>[] = [{ op: "same", items: after.slice(0, head) }];
  edits.push(...middle(before, after, { a, b, head, tail }));
  edits.push({ op: "same", items: after.slice(after.length - tail) });
  return joined(edits);
}

interface Ends {
  a: string[];
  b: string[];
  /** How many are equal at the beginning and at the end. */
  head: number;
  tail: number;
}

function middle<T>(before: readonly T[], after: readonly T[], { a, b, head, tail }: Ends): Edit<T>[] {
  const left = a.slice(head, a.length - tail);
  const right = b.slice(head, b.length - tail);
  const changes = diffArrays(left, right, { maxEditLength: MAX_STEPS });
  let [from, to] = [head, head];
  if (changes === undefined) {
    return [
      { op: "deleted", items: before.slice(from, before.length - tail) },
      { op: "inserted", items: after.slice(to, after.length - tail) },
    ];
  }
  return changes.map(({ removed, added, count }): Edit<T> => {
    if (removed) return { op: "deleted", items: before.slice(from, (from += count)) };
    if (!added) from += count;
    return { op: added ? "inserted" : "same", items: after.slice(to, (to += count)) };
  });
}

/** Neighbours with the same operation as one, deletions before insertions, nothing empty. */
export function joined<T>(edits: readonly Edit<T>[]): Edit<T>[] {
  const result: Edit<T>[] = [];
  let [deleted, inserted]: [T[], T[]] = [[], []];
  const flush = (): void => {
    if (deleted.length > 0) result.push({ op: "deleted", items: deleted });
    if (inserted.length > 0) result.push({ op: "inserted", items: inserted });
    [deleted, inserted] = [[], []];
  };
  for (const { op, items } of edits) {
    if (items.length === 0) continue;
    if (op === "deleted") deleted.push(...items);
    else if (op === "inserted") inserted.push(...items);
    else {
      flush();
      const last = result.at(-1);
      if (last?.op === "same") last.items.push(...items);
      else result.push({ op, items: [...items] });
    }
  }
  flush();
  return result;
}

/**
 * The same edits with fewer, longer ones: what stayed between two changes and is `slight` (a space, a comma) is said to be
 * deleted and inserted again, so that "the old words" → "some new words" is not read word by word.
 */
export function smoothed<T>(edits: readonly Edit<T>[], slight: (items: readonly T[]) => boolean): Edit<T>[] {
  const result: Edit<T>[] = [];
  edits.forEach((edit, index) => {
    const [previous, next] = [edits[index - 1], edits[index + 1]];
    const between = edit.op === "same" && previous !== undefined && next !== undefined;
    if (between && isReplacement(edits, index - 1) && isReplacement(edits, index + 1) && slight(edit.items)) {
      result.push({ op: "deleted", items: edit.items }, { op: "inserted", items: edit.items });
    } else result.push(edit);
  });
  return joined(result);
}

/** Whether the change at `index` both takes away and adds: what stands between two of these is part of neither. */
function isReplacement<T>(edits: readonly Edit<T>[], index: number): boolean {
  const op = edits[index]?.op;
  if (op === undefined || op === "same") return false;
  const beside = op === "deleted" ? edits[index + 1] : edits[index - 1];
  return beside !== undefined && beside.op !== "same" && beside.op !== op;
}
