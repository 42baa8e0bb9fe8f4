// Acts in plain words: one sentence each, to be read behind the name of whoever made it.

import type { ActContent, ClauseRef, RightsContent, Unread } from "../../wire/drafts/acts.ts";
import type { Id } from "../../wire/ids.ts";
import { optionLine, excerpt } from "../../draft/negotiation/options.ts";
import { deadline, languageName, list } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { word } from "./signed-facts.tsx";
import type { Negotiation } from "./use-negotiation.ts";

const LONGEST_QUOTE = 90;
const MOST_NAMED = 3;

/** The sentence of an act. */
export function actSentence(content: ActContent | RightsContent | Unread, negotiation: Negotiation): string {
  const { names } = negotiation;
  switch (content.t) {
    case "founding":
    case "rights":
      return t(`negotiation.said.${content.t}`);
    case "unread":
      return t("negotiation.said.unread");
    case "position":
      return positionSentence(content.items, negotiation);
    case "decide":
      return decideSentence(content, negotiation);
    case "agree":
      return t(`negotiation.said.agree.${content.level}`, { clauses: clausesOf(content.items, negotiation) });
    case "reopen":
      return t("negotiation.said.reopen", { clauses: nodesOf(content.nodes, negotiation), reason: content.reason });
    case "package":
      return packageSentence(content, negotiation);
    case "link":
      return t(content.set ? "negotiation.said.link" : "negotiation.said.unlink", {
        clause: names.of(content.node),
        other: names.of(content.on),
      });
    case "revision":
      return t("negotiation.said.revision", { name: content.name });
    case "authentic":
      return t("negotiation.said.authentic", { languages: list(content.langs.map(languageName)) });
    case "concord":
      return t("negotiation.said.concord", { clauses: clausesOf(content.items, negotiation) });
    default:
      return endSentence(content, negotiation);
  }
}

type EndAct = Exclude<
  ActContent,
  { t: "position" | "decide" | "agree" | "reopen" | "package" | "link" | "revision" | "authentic" | "concord" }
>;

/** Acts of silence, initials, signatures and what comes after them. */
function endSentence(content: EndAct, negotiation: Negotiation): string {
  switch (content.t) {
    case "silence_open":
    case "silence_extend":
      return t(`negotiation.said.${content.t}`, { deadline: deadline(content.deadline_ms) });
    case "silence_break":
    case "rectify_object":
      return withReason(t(`negotiation.said.${content.t}`), content.reason);
    case "silence_close":
      return t(`negotiation.said.silence_close.${content.outcome}`);
    case "rectify_close":
      return t(`negotiation.said.rectify_close.${content.outcome}`);
    case "rectify_open":
      return t("negotiation.said.rectify_open", {
        clauses: nodesOf(content.items.map(({ node }) => node), negotiation),
        deadline: deadline(content.deadline_ms),
      });
    case "initial":
      if (content.items.length === 0) return t("negotiation.said.initialWhole");
      return t("negotiation.said.initial", { clauses: clausesOf(content.items, negotiation) });
    case "lifecycle":
      return t("negotiation.said.lifecycle", { step: word(`negotiation.step.${content.step}`), date: content.date });
    case "silence_consent":
    case "silence_late":
    case "sign_open":
    case "sign":
      return t(`negotiation.said.${content.t}`);
  }
}

function positionSentence(
  items: readonly (ClauseRef & { stance: string })[],
  negotiation: Negotiation,
): string {
  const byStance = new Map<string, Id[]>();
  for (const { node, stance } of items) byStance.set(stance, [...(byStance.get(stance) ?? []), node]);
  const parts = [...byStance].map(([stance, nodes]) =>
    t("negotiation.said.position", {
      stance: word(`negotiation.stance.${stance}`),
      clauses: nodesOf(nodes, negotiation),
    }),
  );
  return parts.join("; ");
}

function decideSentence(content: Extract<ActContent, { t: "decide" }>, negotiation: Negotiation): string {
  const clauses = nodesOf(content.clause.map(({ node }) => node), negotiation);
  if (content.option === "") return t("negotiation.said.undecide", { clauses });
  const bracket = negotiation.bracket(content.bracket);
  const option = bracket?.options.find((each) => each.id === content.option);
  if (bracket === undefined || option === undefined) return t("negotiation.said.decideGone", { clauses });
  const line = optionLine(negotiation.document, bracket.id, option, negotiation.lang);
  if (line === null) return t("negotiation.said.decideDelete", { clauses });
  return t("negotiation.said.decide", { clauses, words: excerpt(line.words, LONGEST_QUOTE) });
}

function packageSentence(content: Extract<ActContent, { t: "package" }>, negotiation: Negotiation): string {
  const { name, nodes, on } = content;
  if (!on) return t("negotiation.said.packageOff", { name });
  const clauses = nodes.length === 0 ? t("negotiation.wholeDraft") : nodesOf(nodes, negotiation);
  return t("negotiation.said.package", { name, clauses });
}

function withReason(sentence: string, reason: string | undefined): string {
  return reason === undefined || reason === "" ? sentence : t("negotiation.said.because", { sentence, reason });
}

function clausesOf(items: readonly ClauseRef[], negotiation: Negotiation): string {
  return nodesOf(items.map(({ node }) => node), negotiation);
}

/** The names of a few clauses, or how many there are. */
function nodesOf(nodes: readonly Id[], { names }: Negotiation): string {
  const distinct = [...new Set(nodes)];
  if (distinct.length > MOST_NAMED) return tn("negotiation.clauses", distinct.length);
  return list(distinct.map((node) => names.of(node)));
}
