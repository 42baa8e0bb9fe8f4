// From what the page knows of a draft to the files that the exports make.

import {
  type ExportWords,
  type Manuscript,
  type ManuscriptComment,
  type Source,
  manuscriptOf,
} from "../../draft/exports/manuscript.ts";
import type { History } from "../../draft/exports/akn/akn.ts";
import type { CommentView, Id } from "../../member/api.ts";
import type { ActsState } from "../../wire/drafts/state.ts";
import { t, translator } from "../i18n.ts";
import type { Kept, Opened } from "./source.ts";
import { NOW } from "./source.ts";

/** What a person asks for. */
export interface ExportWish {
  /** Item of a kept version, or NOW. */
  version: Id;
  /** The version to compare with; null: none. */
  before: Id | null;
  langs: readonly string[];
  attribution: boolean;
  comments: boolean;
}

/** What the page knows. */
export interface ExportFacts {
  draft: Id;
  now: Opened;
  kept: readonly Kept[];
  acts: ActsState;
  comments: readonly CommentView[];
  nameOfPerson: (account: Id) => string;
  nameOfDelegation: (delegation: Id) => string;
}

/** What the exports are made from; null if one of the versions can not be read here. */
export function manuscriptFor(wish: ExportWish, facts: ExportFacts): Manuscript | null {
  const source = sourceFor(wish.version, wish, facts);
  const before = wish.before === null ? null : sourceFor(wish.before, wish, facts);
  const opened = openedFor(wish.version, facts);
  if (source === null || opened === null || (wish.before !== null && before === null)) return null;
  const { draft } = facts;
  const comments = wish.comments ? commentsFor(facts) : [];
  const { title } = opened.document.meta;
  const names = namesFor(facts);
  return manuscriptOf({
    draft,
    title,
    langs: wish.langs,
    source,
    before,
    comments,
    names,
    made_ms: Date.now(),
    words: wordsOf(),
  });
}

function openedFor(version: Id, { now, kept }: ExportFacts): Opened | null {
  return version === NOW ? now : (kept.find(({ revision }) => revision.item === version)?.opened ?? null);
}

function sourceFor(version: Id, { attribution }: ExportWish, facts: ExportFacts): Source | null {
  const opened = openedFor(version, facts);
  if (opened === null) return null;
  const revision = facts.kept.find((each) => each.revision.item === version)?.revision;
  const { hash } = opened;
  const shown = attribution ? opened.version : { ...opened.version, supporters: null };
  if (revision === undefined)
    return { name: t("exchange.file.now"), at_ms: Date.now(), author: "", hash, version: shown };
  return {
    name: revision.name,
    at_ms: revision.at_ms,
    author: facts.nameOfPerson(revision.account),
    hash,
    version: shown,
  };
}

/** Comments for the whole room that stand; a delegation's own never leave the portal in an export. */
function commentsFor({ comments, nameOfPerson }: ExportFacts): ManuscriptComment[] {
  const open = comments.filter(({ audience, withdrawn }) => audience === "room" && !withdrawn);
  const place = new Map(open.map(({ comment }, index) => [comment, index]));
  return open.map(({ account, at_ms, anchor, text, resolved, reply }) => {
    const { node, lang, quote } = anchor;
    const answered = reply === null ? null : (place.get(reply) ?? null);
    return { node, lang, quote, author: nameOfPerson(account), at_ms, text, resolved, reply: answered };
  });
}

function namesFor({ acts, now, kept, nameOfDelegation }: ExportFacts): Record<string, string> {
  const documents = [now.document, ...kept.flatMap(({ opened }) => (opened === null ? [] : [opened.document]))];
  const options = documents.flatMap(({ brackets }) =>
    brackets.flatMap(({ by, options: each }) => [by, ...each.map((option) => option.by)]),
  );
  const listed = acts.rights?.members.map(({ delegation }) => delegation) ?? [];
  const all = new Set([...listed, ...options].filter((delegation) => delegation !== ""));
  return Object.fromEntries([...all].map((delegation) => [delegation, nameOfDelegation(delegation)]));
}

/** Kept versions and stages, for formats that tell a text's history. */
export function historyOf(acts: ActsState): History {
  const revisions = acts.revisions.map(({ name, at_ms }) => ({ name, at_ms }));
  const stages = acts.stages
    .filter(({ stage }) => stage !== "draft" && stage !== "revision")
    .map(({ stage, at_ms, date }) => ({ step: stage, at_ms: date === "" ? at_ms : Date.parse(date), delegation: "" }));
  const instruments = Object.entries(acts.instruments).flatMap(([delegation, days]) =>
    Object.entries(days).map(([step, date]) => ({ step, at_ms: Date.parse(date), delegation })),
  );
  const steps = [...stages, ...instruments].filter(({ at_ms }) => !Number.isNaN(at_ms));
  return { revisions, steps: steps.sort((a, b) => a.at_ms - b.at_ms) };
}

/** The words beside the text, in the reader's language. */
export function wordsOf(): ExportWords {
  return {
    lang: translator().lang,
    version: t("exchange.file.version"),
    compared: t("exchange.file.compared"),
    whole: t("exchange.file.whole"),
    movedFrom: t("exchange.movedFrom"),
    movedTo: t("exchange.movedTo"),
    moved: t("exchange.moved"),
    comments: t("exchange.file.comments"),
    footnotes: t("exchange.file.footnotes"),
    citations: t("draft.sources"),
    evidence: t("exchange.file.evidence"),
  };
}
