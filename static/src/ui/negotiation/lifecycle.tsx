// What follows the text outside of the portal: adoption by the chair's word, ratification, deposit, entry into force.

import { useState } from "preact/hooks";
import type { Step } from "../../wire/drafts/acts.ts";
import type { Id } from "../../wire/ids.ts";
import { t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { DelegationName, useByName, useDelegationNames } from "./delegations.tsx";
import { rootsOf } from "./silence-dialogs.tsx";
import type { Wish } from "./use-act.ts";
import { type Negotiation, useNegotiation } from "./use-negotiation.ts";

/** Steps of the text itself; the others are each delegation's own. */
const COMMON: readonly Step[] = ["adopted", "in_force", "withdrawn"];
const OWN: readonly Step[] = ["submitted", "ratified", "accepted", "acceded", "deposited", "withdrawn"];
const SHOWN = ["submitted", "ratified", "accepted", "acceded", "deposited", "withdrawn"] as const;

export function Lifecycle() {
  const { acts, parties, may, own, mayAct } = useNegotiation();
  const [asking, setAsking] = useState(false);
  const byName = useByName();
  const { instruments, signing } = acts;
  const shown = byName(new Set([...(signing?.order ?? []), ...Object.keys(instruments)]));
  return (
    <section class="neg-part" aria-label={t("negotiation.lifecycle.title")}>
      <h2>{t("negotiation.lifecycle.title")}</h2>
      {shown.length === 0 && <p class="quiet">{t("negotiation.lifecycle.none")}</p>}
      {shown.length > 0 && (
        <div class="neg-scroll">
          <table class="neg-table">
            <thead>
              <tr>
                <th scope="col">{t("delegation.label")}</th>
                {SHOWN.map((step) => (
                  <th key={step} scope="col">
                    {t(`negotiation.step.${step}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((delegation) => (
                <tr key={delegation}>
                  <th scope="row">
                    <DelegationName id={delegation} />
                  </th>
                  {SHOWN.map((step) => (
                    <td key={step}>{instruments[delegation]?.[step] ?? "–"}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(may("chair") || (own !== "" && mayAct("lifecycle"))) && parties.length > 0 && (
        <div>
          <button type="button" onClick={() => setAsking(true)}>
            {t("negotiation.lifecycle.record")}
          </button>
        </div>
      )}
      {asking && <LifecycleDialog onClose={() => setAsking(false)} />}
    </section>
  );
}

function LifecycleDialog({ onClose }: { onClose: () => void }) {
  const { may, own, parties, projection } = useNegotiation();
  const name = useDelegationNames();
  const [delegation, setDelegation] = useState<Id | "">(may("chair") ? "" : own);
  const steps = delegation === "" ? COMMON : OWN;
  const [chosen, setStep] = useState<Step>(steps[0] ?? "submitted");
  const step = steps.includes(chosen) ? chosen : (steps[0] ?? "submitted");
  const [date, setDate] = useState(() => new Date().toISOString().slice(0, 10));
  const subjects = may("chair") ? ["", ...parties] : [own];
  return (
    <ActDialog
      title={t("negotiation.lifecycle.record")}
      submit={t("negotiation.lifecycle.sign")}
      wish={wishOf}
      done={t("negotiation.lifecycle.done")}
      onClose={onClose}
    >
      <p>{t("negotiation.lifecycle.text")}</p>
      <Field label={t("negotiation.lifecycle.of")}>
        {(ids) => (
          <select {...ids} value={delegation} onChange={(event) => setDelegation(event.currentTarget.value)}>
            {subjects.map((each) => (
              <option key={each} value={each}>
                {each === "" ? t("negotiation.lifecycle.wholeText") : name(each)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("negotiation.fact.step")}>
        {(ids) => (
          <select {...ids} value={step} onChange={(event) => setStep(event.currentTarget.value as Step)}>
            {steps.map((each) => (
              <option key={each} value={each}>
                {t(`negotiation.step.${each}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("negotiation.fact.date")}>
        {(ids) => (
          <input {...ids} type="date" value={date} onInput={(event) => setDate(event.currentTarget.value)} required />
        )}
      </Field>
      {step === "adopted" && projection.root === null && <p class="field-error">{t("negotiation.silence.blocked")}</p>}
    </ActDialog>
  );

  function wishOf(now: Negotiation): Wish | null {
    if (date === "") return null;
    const subject = delegation === "" ? {} : { delegation };
    if (step !== "adopted") return { t: "lifecycle", step, date, ...subject };
    const langs = rootsOf(now);
    const { root } = now.projection;
    return root === null || langs === null ? null : { t: "lifecycle", step, date, root, langs };
  }
}
