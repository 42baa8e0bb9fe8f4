// Everyone with an account, by delegation: roles, closing an account.

import { useState } from "preact/hooks";
import type { Person as PersonType, Role } from "../../member/api.ts";
import { collate, list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { InterpreterBadge, OwnerLine } from "../parts/interpreter-badge.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { byDelegation } from "../people/grouping.ts";
import { audienceWords } from "../people/interpreters.ts";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { RolesField } from "./roles-field.tsx";

export function People() {
  const people = useSelect((state) => state.people);
  const groups = byDelegation([...people.values()], (person) => person, collate);
  return (
    <Section title={t("administration.section.people")} text={t("administration.peopleText")}>
      {groups.map((group) => (
        <section key={group.delegation?.id ?? ""} class="member-group">
          <h3>
            <DelegationChip delegation={group.delegation} />
            <span dir="auto">{group.delegation?.name ?? t("delegation.none")}</span>
          </h3>
          <ul class="people-list">
            {group.people.map((person) => (
              <Account key={person.account} person={person} />
            ))}
          </ul>
        </section>
      ))}
    </Section>
  );
}

function Account({ person }: { person: PersonType }) {
  return (
    <li>
      <details class="account">
        <summary>
          <Icon name="forward" size={14} />
          <span class="account-person" dir="auto">
            {person.name}
          </span>
          <span class="quiet" dir="auto">
            {person.handle}
          </span>
          {person.disabled && <span class="role">{t("account.closed")}</span>}
          {person.interpreter?.vouched === false && <InterpreterBadge account={person.account} />}
          <span class="account-roles">{list(person.roles.map((role) => t(`role.${role}`)))}</span>
        </summary>
        {person.interpreter === null ? <HumanAccount person={person} /> : <InterpreterAccount person={person} />}
      </details>
    </li>
  );
}

/** An interpreter has no roles to choose from, and ends for good. */
function InterpreterAccount({ person }: { person: PersonType }) {
  const { session } = usePortal();
  const { account, name, disabled } = person;
  return (
    <div class="account-more">
      <p>
        <OwnerLine account={account} />. {audienceWords(person)}
      </p>
      {!disabled && (
        <div class="button-row">
          <button
            type="button"
            class="button-danger"
            aria-label={t("endInterpreter.of", { name })}
            onClick={() => session.show({ kind: "end-interpreter", account })}
          >
            {t("endInterpreter.action")}
          </button>
        </div>
      )}
    </div>
  );
}

function HumanAccount({ person }: { person: PersonType }) {
  const { api, session } = usePortal();
  const own = useSelect((state) => me(state)?.account) === person.account;
  const [roles, setRoles] = useState<readonly Role[]>(person.roles);
  const call = useCall();
  const change = async (wanted: { roles?: Role[]; disabled?: boolean }): Promise<void> => {
    if (!(await call.run(() => api.changeAccount(person.account, wanted)))) return;
    session.toast("done", t("settings.saved"));
    await session.refreshPeople();
  };
  const same = [...roles].sort().join() === [...person.roles].sort().join();
  return (
    <div class="account-more">
      <RolesField label={t("role.of", { name: person.name })} value={roles} onChange={setRoles} />
      <FailureNotice failure={call.failure} />
      <div class="button-row">
        <button
          type="button"
          class="button-primary"
          disabled={same || roles.length === 0 || call.busy}
          onClick={() => void change({ roles: [...roles] })}
        >
          {t("action.save")}
        </button>
        {!own && (
          <button
            type="button"
            class={person.disabled ? "" : "button-danger"}
            disabled={call.busy}
            onClick={() => void change({ disabled: !person.disabled })}
          >
            {t(person.disabled ? "account.reopen" : "account.close")}
          </button>
        )}
      </div>
      {!own && !person.disabled && <p class="quiet">{t("account.closeHint")}</p>}
    </div>
  );
}
