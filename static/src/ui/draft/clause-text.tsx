// The words of a clause at rest, with brackets as negotiators write them: [shall]KR [should]ZA.

import type { ComponentChildren } from "preact";
import type { Run } from "../../wire/drafts/text.ts";
import { removalIn } from "../../draft/exports/labels.ts";
import { lengthOf } from "../../draft/model/inline.ts";
import { CITED } from "./editor/schema.ts";
import { memo } from "../parts/memo.ts";
import { type ClauseSigns, type Deletion, type Looks, type Sign, lookOf } from "./editor/signs.ts";

interface ClauseTextProps {
  runs: readonly Run[];
  signs: ClauseSigns | undefined;
  looks: Looks;
  /** Displayed numbers of footnotes, by id. */
  notes: ReadonlyMap<string, string>;
  lang: string;
}

export const ClauseText = memo(function ClauseText({ runs, signs, looks, notes, lang }: ClauseTextProps) {
  const pieces: ComponentChildren[] = [];
  const waiting = [...(signs?.signs ?? [])];
  const deletions = [...(signs?.deletions ?? [])];
  let at = 0;
  const putSigns = (): void => {
    while (waiting[0] !== undefined && waiting[0].at <= at) {
      const sign = waiting.shift();
      if (sign !== undefined) pieces.push(<SignMark key={`s${pieces.length}`} sign={sign} looks={looks} />);
    }
    while (deletions[0] !== undefined && deletions[0].at <= at) {
      const deletion = deletions.shift();
      if (deletion !== undefined) pieces.push(<DeletionMark key={`d${pieces.length}`} deletion={deletion} looks={looks} lang={lang} />);
    }
  };
  for (const run of runs) {
    putSigns();
    pieces.push(<Words key={`r${at}`} run={run} at={at} looks={looks} notes={notes} />);
    at += lengthOf(run);
  }
  putSigns();
  return <>{pieces}</>;
});

function SignMark({ sign, looks }: { sign: Sign; looks: Looks }) {
  const { code, state } = lookOf(looks, sign.bracket, sign.option);
  return (
    <span class={`sign sign-${state}`} data-at={sign.at} data-sign>
      {sign.side === "open" ? "[" : "]"}
      {sign.side === "close" && code !== "" && <sup class="sign-code">{code}</sup>}
    </span>
  );
}

function DeletionMark({ deletion, looks, lang }: { deletion: Deletion; looks: Looks; lang: string }) {
  const { code, state } = lookOf(looks, deletion.bracket, deletion.option);
  return (
    <span class={`sign sign-deletion sign-${state}`} data-at={deletion.at} data-sign>
      [{removalIn(lang)}]{code !== "" && <sup class="sign-code">{code}</sup>}
    </span>
  );
}

/** How a decision leaves these words: taken out by one, and not only bracketed. */
export function isStruck(run: Run, looks: Looks): boolean {
  return run.brackets.some(([bracket, option]) => lookOf(looks, bracket, option).state === "struck");
}

function Words({ run, at, looks, notes }: { run: Run; at: number; looks: Looks; notes: ReadonlyMap<string, string> }) {
  if (run.atom === "br") return <br data-at={at} />;
  if (run.atom !== undefined) {
    return (
      <sup class="note-sign" data-at={at} data-sign>
        {notes.get(run.atom.note) ?? "*"}
      </sup>
    );
  }
  const classes = [run.brackets.length > 0 && "bracketed", run.cite !== undefined && "cited"].filter(Boolean).join(" ");
  let words: ComponentChildren = run.text;
  if (run.marks.includes("em")) words = <em>{words}</em>;
  if (run.marks.includes("strong")) words = <strong>{words}</strong>;
  if (isStruck(run, looks)) words = <s>{words}</s>;
  return (
    <span class={classes === "" ? undefined : classes} title={run.cite?.source} {...{ [CITED]: run.cite?.source }} data-at={at}>
      {words}
    </span>
  );
}
