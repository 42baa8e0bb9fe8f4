// One act in a log: who, in whose name, what in plain words, when, and by which number and hash it can be found.

import type { ActLog } from "../../member/drafts/api.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Person } from "../parts/person.tsx";
import { actSentence } from "./act-words.ts";
import { MismatchNote } from "./mismatch.tsx";
import { Moment } from "./moment.tsx";
import { Hash, SignedFacts, word } from "./signed-facts.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function ActEntry({ line, details = false }: { line: ActLog; details?: boolean }) {
  const negotiation = useNegotiation();
  const { content } = line;
  const plain = content.t === "founding" || content.t === "rights" || content.t === "unread";
  return (
    <li class={line.refused === null ? "neg-act" : "neg-act neg-act-refused"}>
      <p class="neg-act-head quiet">
        <span>№&nbsp;{line.number}</span> <Person account={line.account} /> <Moment at_ms={line.at_ms} />
        <MismatchNote account={line.account} delegation={line.delegation} />
      </p>
      <p dir="auto">{actSentence(content, negotiation)}</p>
      {line.refused !== null && (
        <p class="neg-note">
          <Icon name="alert" size={14} /> {t("negotiation.log.refused")} {word(`negotiation.refused.${line.refused}`)}
        </p>
      )}
      {details && !plain && (
        <details>
          <summary>{t("negotiation.log.details")}</summary>
          <SignedFacts content={content} />
          <dl class="facts">
            <div>
              <dt>{t("negotiation.log.head")}</dt>
              <dd>
                <Hash hash={line.head} />
              </dd>
            </div>
            <div>
              <dt>{t("negotiation.log.receipt")}</dt>
              <dd>{line.receipt === null ? t("negotiation.log.noReceipt") : <Hash hash={line.receipt} />}</dd>
            </div>
          </dl>
        </details>
      )}
    </li>
  );
}
