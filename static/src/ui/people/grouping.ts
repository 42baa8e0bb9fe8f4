// People in the order in which they are always shown: by delegation, then by name.

import type { Delegation, Id, Person } from "../../member/api.ts";

export interface Group<T> {
  delegation: Delegation | null;
  people: T[];
}

/** Group by delegation; people without one come last. */
export function byDelegation<T>(
  items: readonly T[],
  person: (item: T) => Person | undefined,
  compare: (a: string, b: string) => number,
): Group<T>[] {
  const groups = new Map<Id | null, Group<T>>();
  for (const item of items) {
    const delegation = person(item)?.delegation ?? null;
    const group = groups.get(delegation?.id ?? null) ?? { delegation, people: [] };
    group.people.push(item);
    groups.set(delegation?.id ?? null, group);
  }
  for (const group of groups.values()) {
    group.people.sort((a, b) => compare(person(a)?.name ?? "", person(b)?.name ?? ""));
  }
  return [...groups.values()].sort((a, b) => {
    if (a.delegation === null || b.delegation === null) return a.delegation === null ? 1 : -1;
    return compare(a.delegation.name, b.delegation.name);
  });
}

/** How a huddle is called if nobody gives it a name: its people's family names or first words, at most three. */
export function huddleName(names: readonly string[], more: (count: number) => string): string {
  const shown = names.slice(0, 3);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} ${more(rest)}` : shown.join(", ");
}
