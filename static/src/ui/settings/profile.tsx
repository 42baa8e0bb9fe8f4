// Name, delegation and roles: what the others see.

import { useState } from "preact/hooks";
import { languageName, list } from "../format.ts";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { fragmentOf } from "../shell/route.ts";
import { me } from "../state.ts";

export function Profile() {
  const { api, session } = usePortal();
  const own = useSelect(me);
  const [name, setName] = useState(own?.name ?? "");
  const call = useCall();
  if (own === null) return null;
  const changed = name.trim() !== own.name;
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const done = await call.run(() => api.updateMe({ name: name.trim() }));
    if (done) session.toast("done", t("settings.saved"));
  };
  return (
    <Section title={t("settings.section.profile")}>
      <form class="form" onSubmit={(event) => void save(event)}>
        <TextField
          label={t("person.name")}
          hint={t("person.nameHint")}
          value={name}
          onInput={setName}
          autoComplete="name"
          maxLength={120}
          required
        />
        <FailureNotice failure={call.failure} />
        <div class="button-row">
          <button type="submit" class="button-primary" disabled={!changed || name.trim() === "" || call.busy}>
            {call.busy ? t("state.working") : t("action.save")}
          </button>
        </div>
      </form>
      <dl class="facts">
        <div>
          <dt>{t("person.handle")}</dt>
          <dd>
            <bdi>{own.handle}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t("delegation.label")}</dt>
          <dd>
            {own.delegation === null ? (
              t("delegation.none")
            ) : (
              <>
                <DelegationChip delegation={own.delegation} /> <bdi>{own.delegation.name}</bdi>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{t("person.languages")}</dt>
          <dd>
            <a href={fragmentOf({ screen: "settings", section: "languages" })}>
              {list(own.languages.map((tag) => languageName(tag)))}
            </a>
          </dd>
        </div>
        <div>
          <dt>{t("role.name")}</dt>
          <dd>{list(own.roles.map((role) => t(`role.${role}`)))}</dd>
        </div>
      </dl>
    </Section>
  );
}
