// Who watches this portal: its public ledger as this browser has followed it, and whose witnesses stand behind it.

import type { LedgerView, WitnessView } from "../../member/api.ts";
import { moment, number } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { FindingRow } from "../ledger/findings.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { Loading } from "../parts/loading.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { useAnswer, usePortal, useSelect } from "../portal.ts";

export function Ledger() {
  const { api } = usePortal();
  const findings = useSelect((state) => state.ledgerFindings);
  const { value, failure } = useAnswer(() => api.ledger(), [findings]);
  return (
    <Section title={t("settings.section.ledger")} text={t("ledger.text")}>
      <FailureNotice failure={failure} />
      {value === undefined && failure === undefined && <Loading />}
      {value?.state === "none" && <p>{t("ledger.none")}</p>}
      {value?.state === "following" && <Followed view={value} />}
    </Section>
  );
}

function Followed({ view }: { view: LedgerView }) {
  const findings = useSelect((state) => state.ledgerFindings);
  return (
    <div class="ledger">
      <dl class="facts">
        <div>
          <dt>{t("ledger.entries")}</dt>
          <dd>{number(view.size)}</dd>
        </div>
        <div>
          <dt>{t("ledger.confirmed")}</dt>
          <dd>{view.confirmed_ms === 0 ? t("ledger.notYet") : moment(view.confirmed_ms)}</dd>
        </div>
        <div>
          <dt>{t("ledger.consistent")}</dt>
          <dd>{view.consistent_ms === 0 ? t("ledger.notYet") : moment(view.consistent_ms)}</dd>
        </div>
      </dl>
      <h3>{t("ledger.witnesses")}</h3>
      <p class="quiet">{t("ledger.witnessesText")}</p>
      <Witnesses view={view} />
      <h3>{t("ledger.key")}</h3>
      <p class="quiet">{t("ledger.keyText")}</p>
      <pre class="code ledger-key" dir="ltr">
        {view.vkey}
      </pre>
      <div class="button-row">
        <CopyButton text={view.vkey} label={t("ledger.copy")} />
      </div>
      <h3>{t("ledger.findings")}</h3>
      {findings.length === 0 ? (
        <p>
          <Icon name="check" size={18} /> {t("ledger.nothing")}
        </p>
      ) : (
        <ul class="finding-list">
          {[...findings].reverse().map((finding) => (
            <FindingRow key={finding.id} finding={finding} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Witnesses({ view: { witnesses, witnessed, enough } }: { view: LedgerView }) {
  if (!witnesses?.length) return <p>{t(witnesses ? "ledger.noWitnesses" : "ledger.witnessesUnknown")}</p>;
  return (
    <>
      <ul class="witness-list">
        {witnesses.map((witness) => (
          <Witness key={witness.name} witness={witness} />
        ))}
      </ul>
      {enough !== null && <p>{t(enough ? "ledger.enough" : "ledger.notEnough")}</p>}
      {witnessed !== null && <p class="quiet">{t("ledger.witnessed", { size: number(witnessed) })}</p>}
    </>
  );
}

function Witness({ witness: { name, cosigned_s } }: { witness: WitnessView }) {
  return (
    <li>
      <Icon name={cosigned_s === null ? "clock" : "check"} size={18} /> <strong dir="auto">{name}</strong>{" "}
      <span class="quiet">
        {cosigned_s === null ? t("ledger.unsigned") : t("ledger.signed", { date: moment(cosigned_s * 1000) })}
      </span>
    </li>
  );
}
