// A draft in Akoma Ntoso 3.0 (OASIS LegalDocML), one document for each language: expressions of one work.
// https://docs.oasis-open.org/legaldocml/akn-core/v1.0/os/part1-vocabulary/akn-core-v1.0-os-part1-vocabulary.html
//
// What the standard has no words for (states of clauses, positions, who is behind an option) is in a name space of ours,
// where the standard has places for such: <otherAnalysis>, and attributes.

import { strToU8, zipSync } from "fflate";
import type { Manuscript } from "../manuscript.ts";
import { namesOf, positionsOf } from "../manuscript.ts";
import { element, escaped } from "../markup.ts";
import { elementIds, TreeWriter } from "./tree.ts";

const AKN = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0";
const OWN = "urn:portal:draft:1";
/** ISO 639-3, which Akoma Ntoso asks for. */
const THREE_LETTERS: Readonly<Record<string, string>> = {
  ar: "ara", de: "deu", en: "eng", es: "spa", fa: "fas", fr: "fra", he: "heb", hi: "hin", id: "ind", it: "ita",
  ja: "jpn", ko: "kor", nl: "nld", pt: "por", ru: "rus", sw: "swa", th: "tha", tr: "tur", uk: "ukr", vi: "vie", zh: "zho",
}; // prettier-ignore

/** What happened to the text, for <lifecycle> and <workflow>. */
export interface History {
  /** The oldest first. */
  revisions: readonly { name: string; at_ms: number }[];
  /** Adopted, signed …; `delegation` "" for all. */
  steps: readonly { step: string; at_ms: number; delegation: string }[];
}

/** A file for one column; a package of such files for several. */
export function aknFileOf(manuscript: Manuscript, history: History): { bytes: Uint8Array; ending: "xml" | "zip" } {
  const { columns } = manuscript;
  const files = columns.map(({ lang }) => [`${lang}.xml`, strToU8(aknOf(manuscript, lang, history))] as const);
  const [only] = files;
  if (files.length === 1 && only !== undefined) return { bytes: only[1], ending: "xml" };
  return { bytes: zipSync(Object.fromEntries(files)), ending: "zip" };
}

/** The document of one column. */
export function aknOf(manuscript: Manuscript, lang: string, history: History): string {
  return new AknWriter(manuscript, lang, history).document();
}

class AknWriter {
  readonly #manuscript: Manuscript;
  readonly #lang: string;
  readonly #history: History;
  readonly #ids: Map<string, string>;
  readonly #tree: TreeWriter;

  constructor(manuscript: Manuscript, lang: string, history: History) {
    this.#manuscript = manuscript;
    this.#lang = lang;
    this.#history = history;
    const { clauses, brackets, supporters } = manuscript.source.version;
    this.#ids = elementIds(clauses);
    const by = (bracket: string, option: string): string =>
      (supporters?.(bracket, option) ?? []).map((delegation) => `#${organization(delegation)}`).join(" ");
    this.#tree = new TreeWriter({ lang, clauses, ids: this.#ids, brackets, by });
  }

  document(): string {
    const parts = [this.#meta(), this.#preface(), this.#preamble(), this.#body(), this.#conclusions()];
    const values = { name: "negotiatingText", contains: "singleVersion" };
    const root = { xmlns: AKN, "xmlns:pt": OWN };
    return `<?xml version="1.0" encoding="UTF-8"?>\n${element("akomaNtoso", root, element("doc", values, parts.join("\n")))}\n`;
  }

  #meta(): string {
    return element(
      "meta",
      {},
      [this.#identification(), this.#lifecycle(), this.#workflow(), this.#analysis(), this.#references()].join("\n"),
    );
  }

  #identification(): string {
    const { draft, source, made_ms } = this.#manuscript;
    const born = day(this.#history.revisions[0]?.at_ms ?? source.at_ms);
    const language = THREE_LETTERS[this.#lang.split("-")[0] ?? ""] ?? this.#lang;
    const work = `/akn/zz/doc/${born}/${draft}`;
    const expression = `${work}/${language}@${day(source.at_ms)}`;
    const level = (name: string, uri: string, date: string, more: string): string => {
      const shared = element("FRBRthis", { value: `${uri}/!main` }) + element("FRBRuri", { value: uri });
      return element(
        name,
        {},
        shared + element("FRBRdate", { date, name }) + element("FRBRauthor", { href: "#conference" }) + more,
      );
    };
    return element(
      "identification",
      { source: "#portal" },
      level("FRBRWork", work, born, element("FRBRcountry", { value: "zz" })) +
        level("FRBRExpression", expression, day(source.at_ms), element("FRBRlanguage", { language })) +
        level(
          "FRBRManifestation",
          `${expression}.xml`,
          day(made_ms),
          element("FRBRformat", { value: "application/akn+xml" }),
        ),
    );
  }

  /** One event for each revision: the first brings the text forth, the later ones change it. */
  #lifecycle(): string {
    const { source } = this.#manuscript;
    const revisions = this.#revisions();
    const events = revisions.map(({ at_ms }, index) =>
      element("eventRef", {
        eId: `event_${index + 1}`,
        date: day(at_ms),
        source: `#rev_${index + 1}`,
        type: index === 0 ? "generation" : "amendment",
      }),
    );
    return element(
      "lifecycle",
      { source: "#portal" },
      events.join("") || element("eventRef", { date: day(source.at_ms), source: "#rev_1", type: "generation" }),
    );
  }

  #revisions(): { name: string; at_ms: number }[] {
    const { name, at_ms } = this.#manuscript.source;
    return this.#history.revisions.length === 0 ? [{ name, at_ms }] : [...this.#history.revisions];
  }

  #workflow(): string {
    const { steps } = this.#history;
    if (steps.length === 0) return "";
    const all = steps.map(({ step, at_ms, delegation }, index) =>
      element("step", {
        eId: `step_${index + 1}`,
        date: day(at_ms),
        by: `#${delegation === "" ? "conference" : organization(delegation)}`,
        outcome: `#step_is_${step}`,
      }),
    );
    return element("workflow", { source: "#portal" }, all.join(""));
  }

  /** What the standard has no words for: states of clauses, positions, reasons and readings of brackets. */
  #analysis(): string {
    const { clauses, brackets, whole } = this.#manuscript.source.version;
    const states = clauses
      .filter(({ kind, gone }) => kind !== "note" && !gone)
      .map(({ node, state }) => element("pt:clause", { ref: `#${this.#ids.get(node) ?? ""}`, state }));
    const positions = positionsOf(clauses).map(({ node, delegation, stance, fresh }) =>
      element("pt:position", {
        ref: `#${this.#ids.get(node) ?? ""}`,
        by: `#${organization(delegation)}`,
        stance,
        fresh: String(fresh),
      }),
    );
    const reasons = brackets.map(({ id, reason, by, whole: around }) =>
      element("pt:bracket", {
        id,
        by: by === "" ? null : `#${organization(by)}`,
        whole: around ? String(whole) : null,
        reason: reason || null,
      }),
    );
    const all = [...states, ...positions, ...reasons].join("");
    if (all === "") return "";
    return element("analysis", { source: "#portal" }, element("otherAnalysis", { source: "#portal" }, all));
  }

  #references(): string {
    const { names, draft } = this.#manuscript;
    const revisions = this.#revisions().map(({ name, at_ms }, index) =>
      element(index === 0 ? "original" : "passiveRef", {
        eId: `rev_${index + 1}`,
        href: `/akn/zz/doc/${day(at_ms)}/${draft}`,
        showAs: name,
      }),
    );
    const organizations = [
      ["portal", "Portal"],
      ["conference", "Conference"],
      ...this.#delegations().map((each) => [organization(each), namesOf([each], names)]),
    ];
    const people = organizations.map(([eId = "", showAs = ""]) =>
      element("TLCOrganization", { eId, href: `/akn/ontology/organization/zz/${eId}`, showAs }),
    );
    const steps = [...new Set(this.#history.steps.map(({ step }) => step))].map((step) =>
      element("TLCConcept", { eId: `step_is_${step}`, href: `/akn/ontology/concept/zz/${step}`, showAs: step }),
    );
    return element("references", { source: "#portal" }, [...revisions, ...people, ...steps].join(""));
  }

  /** Every delegation that the document speaks of. */
  #delegations(): string[] {
    const { version } = this.#manuscript.source;
    const behind = version.brackets.flatMap(({ id, by, options }) => [
      by,
      ...options.flatMap((option) => [...(version.supporters?.(id, option.id) ?? [])]),
    ]);
    const positions = positionsOf(version.clauses).map(({ delegation }) => delegation);
    const steps = this.#history.steps.map(({ delegation }) => delegation);
    return [...new Set([...behind, ...positions, ...steps])].filter((delegation) => delegation !== "").sort();
  }

  #preface(): string {
    const [title] = this.#tree.top("title");
    const bare = this.#manuscript.columns.find(({ lang }) => lang === this.#lang)?.title ?? "";
    const words = title === undefined ? escaped(bare) : this.#tree.words(title);
    const docTitle = element(
      "docTitle",
      { eId: this.#ids.get(title?.node ?? "") ?? null, wId: title?.node ?? null },
      words,
    );
    const number = element("docNumber", {}, escaped(this.#manuscript.source.name));
    return element("preface", {}, element("p", {}, docTitle) + element("p", {}, number));
  }

  #preamble(): string {
    const recitals = this.#tree
      .top("preamble")
      .map((clause) =>
        element("recital", { eId: this.#ids.get(clause.node) ?? null, wId: clause.node }, this.#tree.blocks(clause)),
      );
    return recitals.length === 0 ? "" : element("preamble", {}, element("recitals", {}, recitals.join("")));
  }

  /** Never empty, or it would not be valid; further titles are headings like others. */
  #body(): string {
    const [first, ...titles] = this.#tree.top("title");
    const clauses = [
      ...(first === undefined ? [] : this.#tree.below(first)),
      ...titles,
      ...this.#tree.top("part", "article", "paragraph", "point", "annex"),
    ];
    return element(
      "mainBody",
      {},
      clauses.map((clause) => this.#tree.hierarchy(clause)).join("\n") || element("p", {}),
    );
  }

  #conclusions(): string {
    const lines = this.#tree
      .top("final")
      .map((clause) =>
        element(
          "blockContainer",
          { eId: this.#ids.get(clause.node) ?? null, wId: clause.node },
          this.#tree.blocks(clause),
        ),
      );
    return lines.length === 0 ? "" : element("conclusions", {}, lines.join(""));
  }
}

/** A delegation as an id of the document: ids may begin with any sign, names of XML may not. */
function organization(delegation: string): string {
  return `org_${delegation}`;
}

function day(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10);
}
