// The printed recovery key: 36 characters in nine groups of four (docs/protocol.md §3).

/** Number of groups of a recovery key. */
export const GROUPS = 9;

/** Characters as they are read back: case does not matter, o is 0, i and l are 1, spaces and hyphens do not count. */
export function normalise(text: string): string {
  return text
    .toUpperCase()
    .replace(/[\s\-–—_]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
}

/** The key's groups of four, as they are printed. */
export function groupsOf(key: string): string[] {
  return normalise(key).match(/.{1,4}/g) ?? [];
}

/** Whether a group was read back correctly. */
export function sameGroup(typed: string, group: string): boolean {
  return normalise(typed) === normalise(group);
}

/** Two different groups to ask for, in rising order (counted from 0). */
export function twoGroups(random: () => number = randomByte): [number, number] {
  const first = random() % GROUPS;
  const second = (first + 1 + (random() % (GROUPS - 1))) % GROUPS;
  return first < second ? [first, second] : [second, first];
}

function randomByte(): number {
  return crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
}
