// Why there is no translation, and what to do about it.

import type { ComponentChildren } from "preact";
import { failureWords } from "../failure-words.ts";
import { languageName } from "../format.ts";
import { type Key, translator } from "../i18n.ts";
import { Sentence } from "../parts/sentence.tsx";
import type { Failure } from "../../member/api.ts";

const PREFIX = "translation.";

/** The command that whoever runs the interpreter needs, as it is typed. */
function Install({ from, to }: { from: string; to: string }) {
  const code = (tag: string): string => tag.split("-")[0] ?? tag;
  return (
    <code dir="ltr" lang="en">
      portal languages install {code(from)} {code(to)}
    </code>
  );
}

interface ProblemProps {
  /** As in TranslationProblem, or what an interpreter answers besides. */
  problem: string;
  from: string;
  to: string;
}

export function ProblemWords({ problem, from, to }: ProblemProps) {
  const key = `error.translation.${problem}`;
  const values: Record<string, ComponentChildren> = { from: languageName(from), to: languageName(to) };
  if (problem === "no_model") {
    return <Sentence text="translation.noModel" values={{ ...values, command: <Install from={from} to={to} /> }} />;
  }
  return <Sentence text={(translator().has(key) ? key : "error.translation.failed") as Key} values={values} />;
}

/** The words of a question to an interpreter that failed. */
export function AskFailure({ failure, from, to }: { failure: Failure; from: string; to: string }) {
  if (failure.code.startsWith(PREFIX)) {
    return <ProblemWords problem={failure.code.slice(PREFIX.length)} from={from} to={to} />;
  }
  return <>{failureWords(failure.code, failure.detail)}</>;
}
