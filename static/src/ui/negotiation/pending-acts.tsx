// Acts that were signed here and have no number yet: they wait for the connection, or were refused.

import { failureWords } from "../failure-words.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { actSentence } from "./act-words.ts";
import { Moment } from "./moment.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function PendingActs() {
  const negotiation = useNegotiation();
  const { pendingActs } = negotiation.view;
  if (pendingActs.length === 0) return null;
  return (
    <Notice tone="warning" title={t("negotiation.pending.title")}>
      <p>{t("negotiation.pending.text")}</p>
      <ul class="neg-list">
        {pendingActs.map(({ item, content, since_ms, failure }) => (
          <li key={item}>
            {actSentence(content, negotiation)} · <Moment at_ms={since_ms} />
            {failure !== null && <> — {failureWords(failure)}</>}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
