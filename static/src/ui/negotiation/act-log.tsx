// The log of all acts, the newest first; refused ones stay in it, with the reason.

import { useState } from "preact/hooks";
import type { Id } from "../../wire/ids.ts";
import { t, tn, translator } from "../i18n.ts";
import { ActEntry } from "./act-line.tsx";
import { useDelegationNames } from "./delegations.tsx";
import { useNegotiation } from "./use-negotiation.ts";

const PAGE = 50;

export function ActLogList() {
  const { view } = useNegotiation();
  const [type, setType] = useState("");
  const [delegation, setDelegation] = useState<Id | "">("");
  const [refusedOnly, setRefusedOnly] = useState(false);
  const [most, setMost] = useState(PAGE);
  const name = useDelegationNames();
  const found = view.actLog
    .filter(({ content }) => type === "" || content.t === type)
    .filter((line) => delegation === "" || line.delegation === delegation)
    .filter(({ refused }) => !refusedOnly || refused !== null)
    .reverse();
  const types = [...new Set(view.actLog.map(({ content }) => content.t))];
  const delegations = [...new Set(view.actLog.map((line) => line.delegation))].filter((each) => each !== "");
  return (
    <section class="neg-part" aria-label={t("negotiation.log.title")}>
      <h2>{t("negotiation.log.title")}</h2>
      <div class="neg-tools">
        <label class="neg-select">
          <span>{t("negotiation.log.type")}</span>
          <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
            <option value="">{t("negotiation.log.everything")}</option>
            {types.map((each) => (
              <option key={each} value={each}>
                {typeName(each)}
              </option>
            ))}
          </select>
        </label>
        <label class="neg-select">
          <span>{t("delegation.label")}</span>
          <select value={delegation} onChange={(event) => setDelegation(event.currentTarget.value)}>
            <option value="">{t("negotiation.proposals.everybody")}</option>
            {delegations.map((each) => (
              <option key={each} value={each}>
                {name(each)}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={refusedOnly}
            onChange={(event) => setRefusedOnly(event.currentTarget.checked)}
          />
          <span>{t("negotiation.log.onlyRefused")}</span>
        </label>
        <p class="quiet" role="status">
          {tn("negotiation.log.count", found.length)}
        </p>
      </div>
      {found.length === 0 && <p class="neg-empty">{t("negotiation.log.none")}</p>}
      <ol class="neg-acts">
        {found.slice(0, most).map((line) => (
          <ActEntry key={line.number} line={line} details />
        ))}
      </ol>
      {found.length > most && (
        <button type="button" onClick={() => setMost(most + PAGE)}>
          {t("negotiation.log.more")}
        </button>
      )}
    </section>
  );
}

/** What kind of act it is, in a word. */
function typeName(type: string): string {
  const key = `negotiation.type.${type}`;
  return translator().has(key) ? translator().lookup(key, {}) : type;
}
