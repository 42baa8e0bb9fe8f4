// A translation that was made for one person's question: the text with its warnings.

import { useState } from "preact/hooks";
import type { AskedTranslation } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { tn } from "../i18n.ts";
import { MessageText } from "../room/message-text.tsx";
import { placesOf, warningsOf } from "./pieces.ts";
import { ProblemWords } from "./problem.tsx";
import { leftAsWritten } from "./shown.ts";
import { Warnings } from "./warnings.tsx";

interface AskedTextProps {
  asked: AskedTranslation;
  /** The text that was translated. */
  linksOf: string;
  /** As a step on the way, such as the text read back: quieter, and without its warnings. */
  quiet?: boolean;
}

export function AskedText({ asked, linksOf, quiet = false }: AskedTextProps) {
  const [active, setActive] = useState<number | null>(null);
  const warnings = quiet ? [] : warningsOf(asked.sentences);
  const left = leftAsWritten(asked);
  const places = placesOf(
    warnings,
    "target",
    left.map(({ target }) => target),
  );
  const [problem] = left;
  return (
    <>
      <MessageText
        text={asked.text}
        lang={asked.to}
        mentions={[]}
        quiet={quiet}
        linksOf={linksOf}
        markings={{ places, active, foreign: asked.from, onPick: setActive }}
      />
      {problem !== undefined && (
        <p class="reading-rest">
          <Icon name="warning" size={14} /> {tn("translation.leftAsWritten", left.length)}{" "}
          <ProblemWords problem={problem.problem ?? "failed"} from={asked.from} to={asked.to} />
        </p>
      )}
      <Warnings warnings={warnings} active={active} onPick={setActive} />
    </>
  );
}
