// Delegations: name, two letters, a colour.

import { useState } from "preact/hooks";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";

const COLOURS = Array.from({ length: 12 }, (_, index) => index);

export function Delegations() {
  const delegations = useSelect((state) => state.delegations);
  return (
    <>
      <Section title={t("administration.section.delegations")}>
        {delegations.length === 0 ? (
          <p class="quiet">{t("delegation.noneYet")}</p>
        ) : (
          <ul class="delegation-list">
            {delegations.map((delegation) => (
              <li key={delegation.id}>
                <DelegationChip delegation={delegation} /> <span dir="auto">{delegation.name}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <NewDelegation taken={new Set(delegations.map((delegation) => delegation.colour))} />
    </>
  );
}

function NewDelegation({ taken }: { taken: ReadonlySet<number> }) {
  const { api, session } = usePortal();
  const [name, setName] = useState("");
  const [code, setCode] = useState("");
  const [chosen, setChosen] = useState<number | null>(null);
  const call = useCall();
  const colour = chosen ?? COLOURS.find((each) => !taken.has(each)) ?? 0;
  const valid = name.trim() !== "" && /^[A-Za-z]{2}$/.test(code);
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!(await call.run(() => api.createDelegation(name.trim(), code.toUpperCase(), colour)))) return;
    // What was typed on while this was under way stays.
    setName((now) => (now === name ? "" : now));
    setCode((now) => (now === code ? "" : now));
    setChosen(null);
    session.toast("done", t("delegation.created"));
    await session.refreshPeople();
  };
  return (
    <Section title={t("delegation.new")}>
      <form class="form" onSubmit={(event) => void create(event)}>
        <TextField label={t("delegation.name")} value={name} onInput={setName} maxLength={120} required />
        <TextField
          label={t("delegation.code")}
          hint={t("delegation.codeHint")}
          error={code === "" || /^[A-Za-z]{1,2}$/.test(code) ? null : t("delegation.codeMalformed")}
          value={code}
          onInput={setCode}
          maxLength={2}
          required
          code
        />
        <fieldset class="field">
          <legend>{t("delegation.colour")}</legend>
          <div class="colours">
            {COLOURS.map((each) => (
              <label key={each}>
                <input
                  type="radio"
                  name="colour"
                  checked={each === colour}
                  aria-label={t(taken.has(each) ? "delegation.colourTaken" : "delegation.colourNumber", {
                    number: each + 1,
                  })}
                  onChange={() => setChosen(each)}
                />
                <span class={`chip chip-${each}`} aria-hidden="true">
                  {code === "" ? "Ab" : code.toUpperCase()}
                </span>
              </label>
            ))}
          </div>
          <div class="field-hint">{t("delegation.colourHint")}</div>
        </fieldset>
        <FailureNotice failure={call.failure} />
        <div class="button-row">
          <button type="submit" class="button-primary" disabled={!valid || call.busy}>
            {call.busy ? t("state.working") : t("delegation.create")}
          </button>
        </div>
      </form>
    </Section>
  );
}
