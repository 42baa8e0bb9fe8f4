// The document of a hall: what the server's public_view says, in one language.

/** People's words; `original` where what is shown is a translation, `by` whom: "machine" or "checked". */
export type Spoken = { text: string; lang: string; by?: string; original?: string; original_lang?: string } | null;
export type Timer = {
  started_at_ms: number;
  budget_s: number;
  paused_total_ms: number;
  paused_at_ms: number | null;
  ended_at_ms: number | null;
} | null;
export type Value = { [name: string]: unknown };
export type Document = Value;

type Numbered = Value & { number: number };
type Question = Numbered & { standing: string; votes: number };
type Poll = Numbered & { open: boolean; options: Spoken[]; counts: number[] | null; groups: Record<string, number[]> | null };

const FIRST = 5;

/** Returns `known` with the parts of a patch, by path; null takes one out of a collection. */
export function apply(known: Document, patch: Value): Document {
  const next: Document = { ...known };
  for (const path of Object.keys(patch)) {
    const value = patch[path];
    const names = path.split(".");
    const name = names[0] ?? "";
    const number = names[1];
    if (number === undefined) {
      next[name] = value;
      continue;
    }
    const collection = { ...(next[name] as Value) };
    if (value === null) delete collection[number];
    else collection[number] = value;
    next[name] = collection;
  }
  return next;
}

/** Returns the document with the lists in the order in which pages show them; hall_view.lists has the same. */
export function derive(known: Document): Document {
  const all = (name: string) => Object.values((known[name] ?? {}) as Value);
  const asked = (all("questions") as Question[]).sort((a, b) => b.votes - a.votes || a.number - b.number);
  const newest = (all("polls") as Poll[]).sort((a, b) => b.number - a.number).map(withResults);
  const of = (standing: string) => asked.filter((question) => question.standing === standing);
  return {
    ...known,
    idle: !known["now"] && !known["recess"],
    taken: of("taken"),
    asked: of("shown"),
    asked_first: of("shown").slice(0, FIRST),
    answered: of("answered"),
    open_polls: newest.filter((poll) => poll.open),
    closed_polls: newest.filter((poll) => !poll.open),
    notes: (all("notes") as Numbered[]).sort((a, b) => b.number - a.number),
    ...shown(known),
  };
}

/** What the projector's slide names. */
function shown(known: Document): Value {
  const slide = (known["slide"] ?? {}) as { what?: string; id?: string | number };
  const items = (known["items"] ?? []) as { id: string }[];
  const by: Record<string, unknown> = {
    item: items.find((item) => item.id === slide.id),
    question: (known["questions"] as Value | undefined)?.[String(slide.id)],
    poll: (known["polls"] as Value | undefined)?.[String(slide.id)],
  };
  const found = by[slide.what ?? ""] as Value | undefined;
  const results = found && slide.what === "poll" ? withResults(found as Poll)["results"] : [];
  return { shown: found ?? null, shown_results: results };
}

function withResults(poll: Poll): Poll & Value {
  const results = poll.options.map((text, key) => ({ key, text, votes: poll.counts?.[key] ?? "" }));
  const groups = poll.groups ?? {};
  const one = (community: string) => ({ key: community, community, counts: (groups[community] ?? []).join(" · ") });
  return { ...poll, results, by_group: Object.keys(groups).map(one) };
}
