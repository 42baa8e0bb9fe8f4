// What a person types into a plain field while others write in the same words.

/** A stretch of a text, and what stands there instead. */
interface Change {
  start: number;
  end: number;
  words: string;
}

/**
 * What was typed, put into words that have changed meanwhile: `before` became `typed` in the field and `now` elsewhere.
 * Where both have changed the same letters, both texts remain, and those of others come first.
 */
export function mergedWords(before: string, typed: string, now: string): string {
  if (before === now) return typed;
  const own = changeOf(before, typed);
  const other = changeOf(before, now);
  const shift = now.length - before.length;
  if (own.start >= other.end) return put(now, { ...own, start: own.start + shift, end: own.end + shift });
  if (own.end <= other.start) return put(now, own);
  const behind = other.end + shift;
  return put(now, { start: behind, end: behind, words: own.words });
}

/** Where a caret at `offset` in `before` stands in `now`. */
export function movedCaret(before: string, now: string, offset: number): number {
  const { start, end, words } = changeOf(before, now);
  if (offset <= start) return offset;
  return offset >= end ? offset + now.length - before.length : start + words.length;
}

function changeOf(before: string, after: string): Change {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  // Never between the halves of a letter: one of them alone is no text.
  if (start > 0 && isHigh(before, start - 1)) start -= 1;
  if (same > 0 && isLow(before, before.length - same)) same -= 1;
  return { start, end: before.length - same, words: after.slice(start, after.length - same) };
}

function isHigh(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

function isLow(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

function put(text: string, { start, end, words }: Change): string {
  return text.slice(0, start) + words + text.slice(end);
}
