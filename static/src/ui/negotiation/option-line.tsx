// One option of a bracket: its words, who stands behind it and why, and what one can do with it.

import type { ComponentChildren } from "preact";
import { optionLine } from "../../draft/negotiation/options.ts";
import { type Because, type Supporter, supportersOf } from "../../draft/negotiation/support.ts";
import { setSupport } from "../../draft/negotiation/proposals.ts";
import type { Bracket, BracketOption } from "../../wire/drafts/text.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { DelegationTag, useByName, useDelegationNames } from "./delegations.tsx";
import { useNegotiation } from "./use-negotiation.ts";

/** The words of an option in the drafting language, or that it takes the bracket's words away. */
export function OptionWords({ bracket, option }: { bracket: Bracket; option: BracketOption }) {
  const { document, lang } = useNegotiation();
  const line = optionLine(document, bracket.id, option, lang);
  if (line === null) return <em class="neg-delete">{t("negotiation.option.delete")}</em>;
  return (
    <span class="neg-words" lang={line.lang} dir="auto">
      {line.words.trim() === "" ? t("negotiation.option.empty") : line.words}
    </span>
  );
}

interface OptionLineProps {
  bracket: Bracket;
  option: BracketOption;
  chosen: boolean;
  /** Buttons beside the support. */
  children?: ComponentChildren;
}

export function OptionLine({ bracket, option, chosen, children }: OptionLineProps) {
  const { boards, own, proposals, may } = useNegotiation();
  const supporters = supportersOf(bracket.id, option, boards);
  const mine = supporters.find(({ delegation }) => delegation === own);
  const board = proposals.get(own);
  const saidSo = mine?.because === "supports";
  return (
    <li class={chosen ? "neg-option neg-option-chosen" : "neg-option"}>
      <p>
        {chosen && (
          <span class="neg-chosen">
            <Icon name="check" size={14} /> {t("negotiation.option.chosen")}
          </span>
        )}
        <OptionWords bracket={bracket} option={option} />
      </p>
      <Supporters supporters={supporters} />
      <div class="button-row">
        {own !== "" && may("propose") && board !== undefined && (mine === undefined || saidSo) && (
          <button
            type="button"
            class="button-small"
            aria-pressed={saidSo}
            onClick={() => setSupport(board, { bracket: bracket.id, option: option.id }, !saidSo)}
          >
            <Icon name={saidSo ? "check" : "agree"} size={14} />{" "}
            {t(saidSo ? "negotiation.option.supported" : "negotiation.option.support")}
          </button>
        )}
        {children}
      </div>
    </li>
  );
}

const BECAUSE = {
  by: "negotiation.because.by",
  source: "negotiation.because.source",
  supports: "negotiation.because.supports",
  cosponsor: "negotiation.because.cosponsor",
} as const satisfies Record<Because, string>;

function Supporters({ supporters }: { supporters: readonly Supporter[] }) {
  const byName = useByName();
  const name = useDelegationNames();
  if (supporters.length === 0) {
    return (
      <p class="neg-note">
        <Icon name="warning" size={14} /> {t("negotiation.option.nobody")}
      </p>
    );
  }
  const because = new Map(supporters.map((each) => [each.delegation, each.because]));
  return (
    <ul class="neg-supporters" aria-label={t("negotiation.option.supporters")}>
      {byName(because.keys()).map((delegation) => {
        const why = t(BECAUSE[because.get(delegation) ?? "supports"], { name: name(delegation) });
        return (
          <li key={delegation} title={why}>
            <DelegationTag id={delegation} />
            <span class="visually-hidden">{why}</span>
          </li>
        );
      })}
    </ul>
  );
}
