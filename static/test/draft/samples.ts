// Drafts to export and import: one that a person would read, and random ones in many scripts.

import { b64, utf8 } from "../../src/wire/bytes.ts";
import {
  type ExportWords,
  type Manuscript,
  type ManuscriptComment,
  type Source,
  manuscriptOf,
} from "../../src/draft/exports/manuscript.ts";
import { type Version } from "../../src/draft/redline/redline.ts";
import { numberClauses } from "../../src/wire/drafts/numbering.ts";
import type { ClauseView } from "../../src/wire/drafts/projection-types.ts";
import type { Bracket, BracketMark, NodeKind, Run, TextDocument, TextNode } from "../../src/wire/drafts/text.ts";

export const WORDS: ExportWords = {
  lang: "en",
  version: "{name} of {date}",
  compared: "Changes from {before} to {after}",
  whole: "The whole text is in brackets.",
  movedFrom: "moved, was {number}",
  movedTo: "moved, now {number}",
  moved: "moved",
  comments: "Comments",
  citations: "Agreed language cited",
  footnotes: "Footnotes",
  evidence: "A signature in the portal is evidence; it is not the signature under law.",
};

export const NAMES: Readonly<Record<string, string>> = { NO: "Norway", US: "United States", CL: "Chile", JO: "Jordan" };

/** An id from a name: 16 bytes. */
export function id(name: string): string {
  const raw = new Uint8Array(16);
  raw.set(utf8(name).subarray(0, 16));
  return b64(raw);
}

export function run(text: string, brackets: readonly BracketMark[] = [], marks: readonly string[] = []): Run {
  return { text, marks, brackets };
}

/** What the acts make of a text on which nobody has acted yet. */
export function versionOf(document: TextDocument): Version {
  const numbers = numberClauses(document.nodes);
  const clauses = document.nodes.map((node): ClauseView => {
    const { number, ordinal, depth } = numbers.get(node.id) ?? { number: "", ordinal: 0, depth: 0 };
    const open = [
      ...new Set(
        Object.values(node.text).flatMap((runs) =>
          runs.flatMap(({ brackets }) => brackets.map(([bracket]) => bracket)),
        ),
      ),
    ];
    return {
      node: node.id,
      kind: node.kind,
      parent: node.parent,
      number,
      ordinal,
      depth,
      gone: false,
      state: open.length > 0 ? "bracketed" : "open",
      voided: false,
      waitsFor: [],
      packages: [],
      hash: {},
      stale: [],
      concord: {},
      runs: node.text,
      open,
      conflicted: [],
      positions: { NO: { stance: "accept", fresh: true }, CL: { stance: "reserve", fresh: false } },
    };
  });
  const supporters = (bracket: string, option: string): string[] => {
    const by =
      document.brackets.find((each) => each.id === bracket)?.options.find((each) => each.id === option)?.by ?? "";
    return by === "" ? [] : [by];
  };
  return { clauses, brackets: document.brackets, supporters, whole: document.brackets.some(({ whole }) => whole) };
}

export function sourceOf(name: string, document: TextDocument, author: string, at_ms: number): Source {
  return { name, at_ms, author, hash: b64(new Uint8Array(32).fill(7)), version: versionOf(document) };
}

export function manuscript(
  documents: { before?: TextDocument; after: TextDocument },
  comments: readonly ManuscriptComment[] = [],
  langs: readonly string[] = documents.after.meta.langs,
): Manuscript {
  const { before, after } = documents;
  return manuscriptOf({
    draft: id("draft"),
    title: after.meta.title,
    langs,
    source: sourceOf("Rev.2", after, "Ingrid Nilsen", Date.UTC(2026, 10, 20, 9, 30)),
    before: before === undefined ? null : sourceOf("Rev.1", before, "Omar Haddad", Date.UTC(2026, 10, 3, 17, 5)),
    comments,
    names: NAMES,
    made_ms: Date.UTC(2026, 10, 22, 12),
    words: WORDS,
  });
}

type Line = [kind: NodeKind, name: string, parent: string, texts: Readonly<Record<string, readonly Run[]>>];

export function documentOf(
  title: Readonly<Record<string, string>>,
  lines: readonly Line[],
  brackets: readonly Bracket[] = [],
): TextDocument {
  const nodes = lines.map(([kind, name, parent, text], index): TextNode => {
    return { id: id(name), kind, parent: parent === "" ? "" : id(parent), order: String(index).padStart(5, "0"), text };
  });
  return { meta: { title, langs: Object.keys(title), template: "treaty" }, nodes, brackets };
}

const BRACKETS: readonly Bracket[] = [
  {
    id: id("force"),
    by: "NO",
    at: 1,
    reason: "",
    whole: false,
    options: [
      { id: id("shall"), by: "NO", kind: "text", from: [] },
      { id: id("should"), by: "US", kind: "text", from: [] },
    ],
  },
  {
    id: id("prompt"),
    by: "CL",
    at: 2,
    reason: "",
    whole: false,
    options: [
      { id: id("promptly"), by: "CL", kind: "text", from: [] },
      { id: id("nothing"), by: "US", kind: "delete", from: [] },
    ],
  },
];
const SHALL: BracketMark = [id("force"), id("shall")];
const SHOULD: BracketMark = [id("force"), id("should")];
const PROMPTLY: BracketMark = [id("prompt"), id("promptly")];

/** Where words of the second article were agreed. */
export const CHARTER = "Charter of the United Nations, Article 100(1)";
const CITED: Run = { ...run(" confidential."), cite: { id: id("charter"), source: CHARTER } };

/** The text before: three articles of a protocol in English, Arabic and Chinese. */
export function protocolBefore(): TextDocument {
  const all = (en: string, ar: string, zh: string): Record<string, Run[]> => ({
    en: [run(en)],
    ar: [run(ar)],
    zh: [run(zh)],
  });
  return documentOf(
    { en: "Protocol on the Exchange of Indicators", ar: "بروتوكول بشأن تبادل المؤشرات", zh: "关于交换指标的议定书" },
    [
      ["preamble", "p1", "", all("The Parties,", "إن الأطراف،", "各缔约方，")],
      [
        "preamble",
        "p2",
        "",
        all("Recognizing the value of early warning,", "إذ تدرك قيمة الإنذار المبكر،", "认识到早期预警的价值，"),
      ],
      ["article", "a1", "", all("Exchange", "التبادل", "交换")],
      [
        "paragraph",
        "a1p1",
        "a1",
        all(
          "Each Party notifies the Secretariat within thirty calendar days.",
          "يخطر كل طرف الأمانة في غضون ثلاثين يوما.",
          "各缔约方应当在三十日内通知秘书处。",
        ),
      ],
      ["paragraph", "a1p2", "a1", all("A notification contains:", "يتضمن الإخطار ما يلي:", "通知应载明：")],
      ["point", "a1p2a", "a1p2", all("the indicator;", "المؤشر؛", "指标；")],
      ["point", "a1p2b", "a1p2", all("the date of its observation.", "تاريخ رصده.", "观测日期。")],
      ["article", "a2", "", all("Secretariat", "الأمانة", "秘书处")],
      [
        "paragraph",
        "a2p1",
        "a2",
        all(
          "The Secretariat keeps the notifications confidential.",
          "تحافظ الأمانة على سرية الإخطارات.",
          "秘书处对通知予以保密。",
        ),
      ],
      ["paragraph", "a2p2", "a2", all("It reports once a year.", "وتقدم تقريرا مرة في السنة.", "秘书处每年报告一次。")],
      [
        "final",
        "f1",
        "",
        all(
          "Done in three languages, each text being equally authentic.",
          "حرر بثلاث لغات، وجميع النصوص متساوية في الحجية.",
          "本议定书以三种语文写成，各种文本同等作准。",
        ),
      ],
    ],
  );
}

/** The text after: words changed and bracketed, a clause gone, one new, one moved, a footnote. */
export function protocolAfter(): TextDocument {
  const before = protocolBefore();
  const all = (en: Run[], ar: Run[], zh: Run[]): Record<string, Run[]> => ({ en, ar, zh });
  const changed: Record<string, Record<string, Run[]>> = {
    [id("a1p1")]: all(
      [
        run("Each Party "),
        run("shall", [SHALL]),
        run("should", [SHOULD]),
        run(" notify the Secretariat"),
        run(" promptly and", [PROMPTLY]),
        run(" within ninety working days"),
        { ...run(""), atom: { note: id("n1") } },
        run("."),
      ],
      [
        run("يخطر كل طرف الأمانة "),
        run("فورا", [PROMPTLY]),
        run(" في غضون تسعين يوم عمل"),
        { ...run(""), atom: { note: id("n1") } },
        run("."),
      ],
      [
        run("各缔约方"),
        run("应当", [SHALL]),
        run("可以", [SHOULD]),
        run("在九十个工作日内通知秘书处"),
        { ...run(""), atom: { note: id("n1") } },
        run("。"),
      ],
    ),
    [id("a2p1")]: all(
      [run("The Secretariat keeps the notifications "), run("strictly", [], ["em"]), CITED],
      [run("تحافظ الأمانة على السرية "), run("التامة", [], ["em"]), run(" للإخطارات.")],
      [run("秘书处对通知予以"), run("严格", [], ["strong"]), run("保密。")],
    ),
  };
  const node = (name: string, kind: NodeKind, parent: string, text: Record<string, Run[]>): TextNode => ({
    id: id(name),
    kind,
    parent: parent === "" ? "" : id(parent),
    order: "z",
    text,
  });
  const kept = before.nodes.filter((each) => each.id !== id("a1p2b") && each.id !== id("a2p2"));
  const nodes = kept.map((each) => ({ ...each, text: changed[each.id] ?? each.text }));
  const at = (name: string): number => nodes.findIndex((each) => each.id === id(name));
  nodes.splice(
    at("a1p1") + 1,
    0,
    node(
      "n1",
      "note",
      "a1p1",
      all([run("Days on which the Secretariat is open.")], [run("أيام عمل الأمانة.")], [run("指秘书处的工作日。")]),
    ),
  );
  nodes.splice(at("a2p1"), 0, {
    ...(before.nodes.find((each) => each.id === id("a2p2")) as TextNode),
    order: "00007b",
  });
  nodes.splice(
    at("a2p1") + 1,
    0,
    node(
      "a2p3",
      "paragraph",
      "a2",
      all(
        [run("It may ask a Party for further information.")],
        [run("ولها أن تطلب معلومات إضافية من أي طرف.")],
        [run("秘书处可要求缔约方提供补充资料。")],
      ),
    ),
  );
  nodes.push(node("x1", "annex", "", all([run("List of indicators")], [run("قائمة المؤشرات")], [run("指标清单")])));
  nodes.push(
    node(
      "x1p1",
      "paragraph",
      "x1",
      all(
        [run("Water level at "), run("agreed", [], ["strong"]), run(" gauges.")],
        [run("منسوب المياه.")],
        [run("水位。")],
      ),
    ),
  );
  return { ...before, nodes, brackets: BRACKETS };
}

export function protocolComments(): ManuscriptComment[] {
  const base = { node: id("a1p1"), lang: "en", resolved: false };
  return [
    {
      ...base,
      quote: "ninety working days",
      author: "Omar Haddad",
      at_ms: Date.UTC(2026, 10, 19, 8),
      text: "Too long for early warning.\nThirty would do.",
      reply: null,
    },
    {
      ...base,
      quote: "ninety working days",
      author: "Ingrid Nilsen",
      at_ms: Date.UTC(2026, 10, 19, 9),
      text: "We can accept sixty.",
      reply: 0,
    },
    {
      node: id("a2p1"),
      lang: "ar",
      quote: "",
      author: "ليلى حداد",
      at_ms: Date.UTC(2026, 10, 19, 10),
      text: "هل هذا هو المعنى نفسه؟",
      reply: null,
      resolved: true,
    },
  ];
}

/** A small generator with a seed, so that a failure can be had again: whole numbers from 0 to below. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const POOLS: Readonly<Record<string, readonly string[]>> = {
  en: [
    "shall",
    "cooperate",
    "Article 5",
    "(a)",
    "1.",
    "[",
    "]",
    "/",
    "<b>&amp;",
    '"quoted"',
    "naïve",
    "cafe\u0301",
    "e.g.",
    "—",
  ],
  ar: ["يتعاون", "الأطراف", "بِحُسنِ", "نية", "المادة", "٤", "Party", "(ب)", "می\u200cخواهم"],
  zh: ["缔约方", "应当", "合作", "，", "（一）", "第一条", "𠀀", "。"],
  ko: ["당사자는", "협력한다", "제1조", "가.", "각"],
  th: ["ภาคี", "ให้ความร่วมมือ", "กำ", "น้ำ"],
  hi: ["पक्षकार", "सहयोग", "क्षि", "र\u094d\u200dय"],
  ru: ["Стороны", "сотрудничают", "й", "и\u0306"],
  he: ["הצדדים", "יְשַׁתְּפוּ", "פעולה", "EU"],
};

/** What no draft may hold, as a hostile browser may write it. */
const HOSTILE = "\u0000\u0008\u202e\ud800\uffff]]>-->&#x0;";

interface Wish {
  /** Only trees that the styles of a Word document can tell, and only words that a draft may hold. */
  conventional?: boolean;
}

/** A random draft in two to four languages: kinds, footnotes, brackets that nest and overlap, emphasis, odd characters. */
export function randomDraft(seed: number, { conventional = false }: Wish = {}): TextDocument {
  const next = randomNumbers(seed);
  const all = Object.keys(POOLS);
  const langs = Array.from(
    { length: 2 + next(3) },
    (_, index) => all[(seed + index * 3 + next(2)) % all.length] ?? "en",
  ).filter((lang, index, list) => list.indexOf(lang) === index);
  const brackets = Array.from({ length: next(4) }, (_, index) => randomBracket(`${seed} bracket ${index}`, next));
  const title = Object.fromEntries(langs.map((lang) => [lang, `${POOLS[lang]?.[0] ?? ""} ${seed}`]));
  const nodes: TextNode[] = [];
  const add = (kind: NodeKind, parent: string, bare = false): string => {
    const node = id(`${seed}n${nodes.length}`);
    const text = Object.fromEntries(
      langs.map((lang) => [lang, bare ? [run(title[lang] ?? "")] : randomRuns(lang, brackets, next, conventional)]),
    );
    nodes.push({ id: node, kind, parent, order: String(nodes.length).padStart(5, "0"), text });
    if (!bare && kind !== "note" && next(6) === 0) call(nodes.length - 1, add("note", node), langs, nodes);
    return node;
  };
  add("title", "", true);
  for (let count = next(3); count > 0; count--) add("preamble", "");
  const top = next(2) === 0 ? add("part", "") : "";
  for (let articles = 1 + next(3); articles > 0; articles--) {
    const article = add("article", top);
    for (let paragraphs = 1 + next(3); paragraphs > 0; paragraphs--) {
      const paragraph = add("paragraph", article);
      for (let points = next(3); points > 0; points--) {
        const point = add("point", paragraph);
        if (next(3) === 0) add("point", point);
      }
    }
    if (!conventional && next(3) === 0) add("paragraph", add("point", article));
  }
  if (!conventional && next(2) === 0) add("part", add("part", ""));
  add("final", "");
  if (next(2) === 0) add("paragraph", add("annex", ""));
  return { meta: { title, langs, template: "" }, nodes, brackets };
}

function randomBracket(name: string, next: (below: number) => number): Bracket {
  const people = Object.keys(NAMES);
  const options = Array.from({ length: 1 + next(3) }, (_, index) => {
    return {
      id: id(`${name}.${index}`),
      by: people[next(people.length)] ?? "",
      kind: index > 0 && next(3) === 0 ? ("delete" as const) : ("text" as const),
      from: [],
    };
  });
  return { id: id(name), by: "", at: 1, reason: '<why> & "how"', whole: next(8) === 0, options };
}

function randomRuns(
  lang: string,
  brackets: readonly Bracket[],
  next: (below: number) => number,
  clean: boolean,
): Run[] {
  const pool = POOLS[lang] ?? [];
  return Array.from({ length: 1 + next(6) }, (): Run => {
    if (next(12) === 0) return { ...run(""), atom: "br" };
    const text = Array.from({ length: 1 + next(4) }, () => pool[next(pool.length)] ?? "").join(
      next(5) === 0 ? "" : " ",
    );
    const marks = [...(next(5) === 0 ? ["em"] : []), ...(next(6) === 0 ? ["strong"] : [])];
    const held = brackets
      .filter(({ whole }) => !whole && next(3) === 0)
      .map(({ id: bracket, options }): BracketMark => [bracket, options[next(options.length)]?.id ?? ""]);
    const hostile = clean || next(40) > 0 ? "" : HOSTILE;
    return run(
      `${text} ${hostile}`,
      held.sort(([a], [b]) => (a < b ? -1 : 1)),
      marks,
    );
  });
}

/** The sign of a footnote at the end of a clause's words. */
function call(index: number, note: string, langs: readonly string[], nodes: TextNode[]): void {
  const at = nodes.findIndex(({ id: node }) => node === nodes.find((each) => each.id === note)?.parent);
  const node = nodes[at === -1 ? index : at] as TextNode;
  const text = Object.fromEntries(
    langs.map((lang) => [lang, [...(node.text[lang] ?? []), { ...run(""), atom: { note } }]]),
  );
  nodes[at === -1 ? index : at] = { ...node, text };
}
