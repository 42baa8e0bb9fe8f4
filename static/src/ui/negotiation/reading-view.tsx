// The whole text to be read in one of four ways.
//
// compilation: every option and alternative with who stands behind it · unattributed: the same without names ·
// chair: the text on the table with its brackets alone · clean: what is settled, with "[…]" where it is not.

import { type Alternative, alternativesByClause } from "../../draft/negotiation/alternatives.ts";
import { segmentsOf } from "../../draft/negotiation/segments.ts";
import { allProposals, supportersOf } from "../../draft/negotiation/support.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { Bracket, BracketMark, Run } from "../../wire/drafts/text.ts";
import { t } from "../i18n.ts";
import { DelegationTag, useByName } from "./delegations.tsx";
import { alternativeName } from "./proposal-card.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export const READINGS = ["compilation", "unattributed", "chair", "clean"] as const;
export type Reading = (typeof READINGS)[number];

export function ReadingView({ reading }: { reading: Reading }) {
  const { projection, boards, lang } = useNegotiation();
  const alternatives = alternativesByClause(allProposals(boards));
  const withAlternatives = reading === "compilation" || reading === "unattributed";
  return (
    <div class="neg-reading" aria-label={t(`negotiation.reading.${reading}`)}>
      <p class="quiet">{t(`negotiation.reading.text.${reading}`)}</p>
      {projection.clauses
        .filter(({ gone }) => !gone)
        .map((clause) => (
          <Clause
            key={clause.node}
            clause={clause}
            lang={lang}
            reading={reading}
            alternatives={withAlternatives ? standing(alternatives.get(clause.node)) : []}
          />
        ))}
    </div>
  );
}

function standing(alternatives: readonly Alternative[] = []): Alternative[] {
  return alternatives.filter(({ proposal }) => !proposal.withdrawn);
}

interface ClauseProps {
  clause: ClauseView;
  lang: string;
  reading: Reading;
  alternatives: readonly Alternative[];
}

const HEADINGS: ReadonlySet<string> = new Set(["title", "part", "article", "annex"]);

function Clause({ clause, lang, reading, alternatives }: ClauseProps) {
  const { names } = useNegotiation();
  const heading = HEADINGS.has(clause.kind);
  return (
    <section class={`neg-read neg-read-${clause.kind}`}>
      <p class={heading ? "neg-read-heading" : ""} lang={lang} dir="auto">
        <span class="neg-read-number">{heading ? names.of(clause.node) : clause.number}</span>{" "}
        <Words runs={clause.runs[lang] ?? []} reading={reading} />
      </p>
      {alternatives.map((alternative) => (
        <AlternativeLine key={alternative.proposal.id} alternative={alternative} lang={lang} reading={reading} />
      ))}
    </section>
  );
}

function Words({ runs, reading }: { runs: readonly Run[]; reading: Reading }) {
  const segments = segmentsOf(runs);
  return (
    <>
      {segments.map(({ brackets, words }, index) => {
        const [first] = brackets;
        if (first === undefined) return words;
        if (reading === "clean") return (segments[index - 1]?.brackets.length ?? 0) > 0 ? null : "[…]";
        return <Bracketed key={index} mark={first} words={words} reading={reading} />;
      })}
    </>
  );
}

interface BracketedProps {
  mark: BracketMark;
  words: string;
  reading: Reading;
}

/** One option's words in brackets; in the compilation with those who stand behind it. */
function Bracketed({ mark: [id, optionId], words, reading }: BracketedProps) {
  const { bracket: bracketOf, boards } = useNegotiation();
  const byName = useByName();
  const bracket = bracketOf(id);
  const option = bracket?.options.find((each) => each.id === optionId);
  const supporters =
    bracket === undefined || option === undefined || reading !== "compilation"
      ? []
      : byName(supportersOf(id, option, boards).map(({ delegation }) => delegation));
  return (
    <span class="neg-bracketed">
      [{supporters.map((delegation) => <DelegationTag key={delegation} id={delegation} />)}
      {supporters.length > 0 && ": "}
      {words}
      {bracket !== undefined && isLast(bracket, optionId) && <Deletions bracket={bracket} reading={reading} />}]
    </span>
  );
}

/** Whether it is the option behind which the bracket's "delete" is to be named. */
function isLast(bracket: Bracket, option: string): boolean {
  const withWords = bracket.options.filter(({ kind }) => kind !== "delete");
  return withWords.at(-1)?.id === option;
}

function Deletions({ bracket, reading }: { bracket: Bracket; reading: Reading }) {
  const { boards } = useNegotiation();
  const byName = useByName();
  const deletes = bracket.options.filter(({ kind }) => kind === "delete");
  if (deletes.length === 0) return null;
  const supporters = deletes.flatMap((option) => supportersOf(bracket.id, option, boards));
  return (
    <>
      {" / "}
      {reading === "compilation" &&
        byName(new Set(supporters.map(({ delegation }) => delegation))).map((id) => <DelegationTag key={id} id={id} />)}
      <em>{t("negotiation.option.delete")}</em>
    </>
  );
}

function AlternativeLine({ alternative, lang, reading }: { alternative: Alternative; lang: string; reading: Reading }) {
  const { proposal } = alternative;
  const language = proposal.text[lang] !== undefined ? lang : (Object.keys(proposal.text)[0] ?? lang);
  return (
    <p class="neg-read-alternative">
      <strong>{alternativeName(alternative)}</strong>{" "}
      {reading === "compilation" && <DelegationTag id={proposal.delegation} />}{" "}
      {proposal.kind === "delete" ? (
        <em>{t("negotiation.alternative.deletes")}</em>
      ) : (
        <span lang={language} dir="auto">
          {proposal.text[language] ?? ""}
        </span>
      )}
    </p>
  );
}
