// How what a piece of work costs grows with its size, whatever the machine: no seconds, only a ratio.

const TIMES = 4;
/** Four times as much may cost this many times as much: linear work costs four times, quadratic work sixteen. */
const MOST = 12;
const TRIES = 6;

/**
 * Whether work of four times the size costs about four times as much processor time. The least of several tries counts,
 * both sizes in turn: what else the machine does can only add to a try.
 */
export function growsAsItsSize(prepare: (size: number) => () => void, size: number): boolean {
  const works = [prepare(size), prepare(TIMES * size)] as const;
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  for (let count = 0; count < TRIES; count++) {
    for (const place of [0, 1] as const) {
      const begun = process.cpuUsage();
      works[place]();
      const { user, system } = process.cpuUsage(begun);
      least[place] = Math.min(least[place], Math.max(user + system, 1));
    }
    if (least[1] < MOST * least[0]) return true;
  }
  return false;
}
