// The rule "double queue": from a week's published ballot file to its agenda, the same for everyone who computes it.
// The Python twin is portal/wire/agenda.py, which says the rule; the file format is in docs/agenda.md. Whole numbers
// only: shares are compared by multiplying crosswise, and stay far below 2^53.

export const COMMUNITY_MIN = 50;
export const THEME_MINUTES = 20;
const OTHER = "other";
const ALL = "all";
const MINUTES_MAX = 100_000;
const NAME_CHARS_MAX = 200;
const WEEK = /^[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])$/;
const HEX = /^[0-9A-Fa-f]{1,128}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

export type Topic = { id: string; theme: string; minutes: number };
export type Ballot = { community: string; supports: string[] };
export type BallotFile = { week: string; minutes: number; beacon: string; topics: Topic[]; ballots: Ballot[] };
export type ResultItem = { topic: string; minutes: number; queue: string; why: string };
export type Result = {
  items: ResultItem[];
  heard: { ballots: number; of: number };
  per_community: Map<string, { heard: number; of: number }>;
};

/** A file is no ballot file; the message says where, and what must stand there. */
export class BallotFileError extends Error {}

/** The agenda of `file`. */
export async function compute(file: BallotFile): Promise<Result> {
  const ties = new Map<string, string>();
  for (const topic of file.topics) ties.set(topic.id, await tie(file.beacon, topic.id));
  const count = new Count(file);
  const themes = new Map<string, number>();
  const items: ResultItem[] = [];
  for (let left = file.minutes; ; ) {
    const candidates = file.topics.filter(
      (topic) =>
        topic.minutes <= left &&
        (themes.get(topic.theme) ?? 0) + topic.minutes <= THEME_MINUTES &&
        count.unheard(topic.id, ALL) > 0,
    );
    if (candidates.length === 0) break;
    const [topic, queue] = choice(count, candidates, items.length + 1, ties);
    items.push(count.hear(topic, queue));
    left -= topic.minutes;
    themes.set(topic.theme, (themes.get(topic.theme) ?? 0) + topic.minutes);
  }
  return { items, heard: count.total(), per_community: count.shares() };
}

/** Read a ballot file; BallotFileError if it is none. */
export function parse(text: string): BallotFile {
  let value: unknown;
  try {
    value = JSON.parse(text, wholeNumbers);
  } catch (error) {
    if (error instanceof BallotFileError) throw error;
    throw new BallotFileError(`this is no JSON text: ${error instanceof Error ? error.message : ""}`);
  }
  const top = objectOf(value, "the file", ["week", "minutes", "beacon", "topics", "ballots"]);
  const topics = listOf(top["topics"], "topics").map((item, place) => topicOf(item, `topics[${place}]`));
  const known = new Set(topics.map((topic) => topic.id));
  if (known.size < topics.length) throw new BallotFileError("topics: an id stands there twice");
  const ballots = listOf(top["ballots"], "ballots").map((item, place) => ballotOf(item, `ballots[${place}]`, known));
  return {
    week: matching(top["week"], "week", WEEK),
    minutes: minutesOf(top["minutes"], "minutes"),
    beacon: matching(top["beacon"], "beacon", HEX),
    topics,
    ballots,
  };
}

/** The one text of a result: sorted keys, no spaces, as Python's json_text writes it. */
export function resultText(result: Result): string {
  const shares = [...result.per_community].map(([name, it]) => `${JSON.stringify(name)}:${shareText(it.heard, it.of)}`);
  const items = result.items.map(
    (it) =>
      `{"minutes":${it.minutes},"queue":${JSON.stringify(it.queue)},"topic":${JSON.stringify(it.topic)},` +
      `"why":${JSON.stringify(it.why)}}`,
  );
  const heard = `{"ballots":${result.heard.ballots},"of":${result.heard.of}}`;
  return `{"heard":${heard},"items":[${items.join(",")}],"per_community":{${shares.join(",")}}}`;
}

type Group = { community: string; supports: string[]; size: number; isHeard: boolean };

/** Who is heard: kept up to date as topics are chosen. Equal ballots are counted together. */
class Count {
  readonly #groups = new Map<string, Group>();
  readonly #ofTopic = new Map<string, Group[]>();
  readonly #unheard = new Map<string, Map<string, number>>();
  readonly #sizes = new Map<string, number>();
  readonly #heard = new Map<string, number>();

  constructor(file: BallotFile) {
    for (const topic of file.topics) {
      this.#ofTopic.set(topic.id, []);
      this.#unheard.set(topic.id, new Map());
    }
    const named = new Map<string, number>();
    for (const { community } of file.ballots) add(named, community, 1);
    for (const { community, supports } of file.ballots)
      this.#take((named.get(community) ?? 0) >= COMMUNITY_MIN ? community : OTHER, [...supports].sort());
    for (const group of this.#groups.values()) this.#enter(group);
  }

  total(): { ballots: number; of: number } {
    return { ballots: sum(this.#heard), of: sum(this.#sizes) };
  }

  shares(): Map<string, { heard: number; of: number }> {
    const names = [...this.#sizes.keys()].sort(byCodePoint);
    return new Map(names.map((name) => [name, { heard: this.#heard.get(name) ?? 0, of: this.#sizes.get(name) ?? 0 }]));
  }

  unheard(topic: string, queue: string): number {
    const counts = this.#unheard.get(topic) ?? new Map<string, number>();
    return queue === ALL ? sum(counts) : (counts.get(queue) ?? 0);
  }

  /** The communities, the one with the smallest share heard first; ties by name. */
  leastHeard(): string[] {
    return [...this.shares()]
      .sort(([a, of], [b, other]) => of.heard * other.of - other.heard * of.of || byCodePoint(a, b))
      .map(([name]) => name);
  }

  hear(topic: Topic, queue: string): ResultItem {
    const voices = this.unheard(topic.id, queue);
    const before = this.shares().get(queue);
    for (const group of this.#ofTopic.get(topic.id) ?? []) this.#hearGroup(group);
    return { topic: topic.id, minutes: topic.minutes, queue, why: why(topic, queue, voices, before) };
  }

  #take(community: string, supports: string[]): void {
    const key = JSON.stringify([community, supports]);
    const group = this.#groups.get(key) ?? { community, supports, size: 0, isHeard: false };
    group.size++;
    this.#groups.set(key, group);
  }

  #enter(group: Group): void {
    add(this.#sizes, group.community, group.size);
    for (const topic of group.supports) {
      this.#ofTopic.get(topic)?.push(group);
      const counts = this.#unheard.get(topic);
      if (counts !== undefined) add(counts, group.community, group.size);
    }
  }

  #hearGroup(group: Group): void {
    if (group.isHeard) return;
    group.isHeard = true;
    add(this.#heard, group.community, group.size);
    for (const topic of group.supports) {
      const counts = this.#unheard.get(topic);
      if (counts !== undefined) add(counts, group.community, -group.size);
    }
  }
}

/** What `slot` takes, and for whom. */
function choice(count: Count, candidates: Topic[], slot: number, ties: Map<string, string>): [Topic, string] {
  if (slot % 2 === 0) {
    for (const community of count.leastHeard()) {
      const raised = candidates.filter((topic) => count.unheard(topic.id, community) > 0);
      if (raised.length > 0) return [best(count, raised, community, ties), community];
    }
  }
  return [best(count, candidates, ALL, ties), ALL];
}

function best(count: Count, candidates: Topic[], queue: string, ties: Map<string, string>): Topic {
  const rank = (a: Topic, b: Topic): number =>
    count.unheard(b.id, queue) * a.minutes - count.unheard(a.id, queue) * b.minutes ||
    ((ties.get(a.id) ?? "") < (ties.get(b.id) ?? "") ? -1 : 1);
  return candidates.reduce((found, topic) => (rank(topic, found) < 0 ? topic : found));
}

function why(topic: Topic, queue: string, voices: number, before: { heard: number; of: number } | undefined): string {
  const most = `the most for each of its ${topic.minutes} minutes`;
  if (queue === ALL || before === undefined)
    return `${voices} ballots that nothing on the agenda answers yet support it: ${most}.`;
  return (
    `Of the ${before.of} ballots in ${queue}, ${before.heard} were heard by then, the smallest share that could still ` +
    `grow; ${voices} of the others support it: ${most}.`
  );
}

/** What decides between equals: the smaller goes first. */
async function tie(beacon: string, topic: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${beacon}:${topic}`));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function topicOf(value: unknown, where: string): Topic {
  const topic = objectOf(value, where, ["id", "theme", "minutes"]);
  return {
    id: nameOf(topic["id"], `${where}.id`),
    theme: nameOf(topic["theme"], `${where}.theme`),
    minutes: minutesOf(topic["minutes"], `${where}.minutes`),
  };
}

function ballotOf(value: unknown, where: string, known: Set<string>): Ballot {
  const ballot = objectOf(value, where, ["community", "supports"]);
  const supports = listOf(ballot["supports"], `${where}.supports`).map((it) => nameOf(it, `${where}.supports`));
  if (!supports.every((topic) => known.has(topic))) throw new BallotFileError(`${where}.supports: an unknown topic`);
  if (new Set(supports).size < supports.length) throw new BallotFileError(`${where}.supports: a topic stands twice`);
  const community = nameOf(ballot["community"], `${where}.community`);
  if (community === ALL) throw new BallotFileError(`${where}.community: that is everybody, and no community`);
  return { community, supports };
}

function objectOf(value: unknown, where: string, keys: string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BallotFileError(`${where}: must be an object`);
  if (Object.keys(value).length !== keys.length || !keys.every((key) => Object.hasOwn(value, key)))
    throw new BallotFileError(`${where}: must have ${keys.join(", ")} and nothing else`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new BallotFileError(`${where}: must be a list`);
  return value;
}

function nameOf(value: unknown, where: string): string {
  const length = typeof value === "string" ? [...value].length : 0;
  if (typeof value !== "string" || length < 1 || length > NAME_CHARS_MAX || LONE_SURROGATE.test(value))
    throw new BallotFileError(`${where}: must be a text of 1 to ${NAME_CHARS_MAX} characters`);
  return value;
}

function minutesOf(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > MINUTES_MAX)
    throw new BallotFileError(`${where}: must be a whole number from 1 to ${MINUTES_MAX}`);
  return value;
}

function matching(value: unknown, where: string, pattern: RegExp): string {
  if (typeof value !== "string" || !pattern.test(value)) throw new BallotFileError(`${where}: not as it must be`);
  return value;
}

/** Refuses 10.0, which is no whole number to other readers; browsers that do not show the source text take it. */
function wholeNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === "number" && context?.source !== undefined && !/^-?[0-9]+$/.test(context.source))
    throw new BallotFileError(`${context.source}: is no whole number`);
  return value;
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const length = Math.min(left.length, right.length);
  for (let place = 0; place < length; place++) {
    const difference = (left[place]?.codePointAt(0) ?? 0) - (right[place]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function add(counts: Map<string, number>, key: string, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

function sum(counts: Map<string, number>): number {
  let total = 0;
  for (const number of counts.values()) total += number;
  return total;
}

function shareText(heard: number, of: number): string {
  return `{"heard":${heard},"of":${of}}`;
}
