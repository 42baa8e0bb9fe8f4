// Invitations: a link for one person, good once and for some days.

import { useState } from "preact/hooks";
import type { InvitationRow, Role } from "../../member/api.ts";
import { deadline, list } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Field } from "../parts/field.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { useAnswer, useCall, usePortal, useSelect } from "../portal.ts";
import { RolesField } from "./roles-field.tsx";

const DAYS = [1, 3, 7, 14, 30];
/** In place of a delegation's id. */
const NONE = "none";

export function Invitations() {
  const { api } = usePortal();
  const [round, setRound] = useState(0);
  const { value, failure } = useAnswer(() => api.invitations(), [round]);
  const [rows, setRows] = useState<InvitationRow[]>([]);
  if (value !== undefined && value !== rows) setRows(value);
  const again = (): void => setRound(round + 1);
  return (
    <>
      <NewInvitation onCreated={again} />
      <Section title={t("invitation.open")}>
        <FailureNotice failure={failure} />
        {rows.length === 0 ? (
          <p class="quiet">{t("invitation.none")}</p>
        ) : (
          <ul class="invitation-list">
            {rows.map((row) => (
              <Invitation key={row.id} row={row} onChange={again} />
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

function NewInvitation({ onCreated }: { onCreated: () => void }) {
  const { api } = usePortal();
  const delegations = useSelect((state) => state.delegations);
  // Which delegation somebody belongs to can not be changed later: it is chosen, never assumed.
  const [chosen, setDelegation] = useState<string | null>(null);
  const delegation = chosen ?? (delegations.length === 0 ? NONE : "");
  const [roles, setRoles] = useState<Role[]>(["delegate"]);
  const [days, setDays] = useState(7);
  const [made, setMade] = useState<{ link: string; expires_s: number } | null>(null);
  const call = useCall();
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    const done = await call.run(async () =>
      setMade(await api.invite(delegation === NONE ? null : delegation, roles, days)),
    );
    if (done) onCreated();
  };
  return (
    <Section title={t("invitation.create")} text={t("invitation.text")}>
      <form class="form" onSubmit={(event) => void create(event)}>
        <Field label={t("delegation.label")} {...(delegations.length === 0 && { hint: t("invitation.noDelegations") })}>
          {(ids) => (
            <select {...ids} value={delegation} onChange={(event) => setDelegation(event.currentTarget.value)}>
              <option value="" disabled hidden>
                {t("delegation.choose")}
              </option>
              <option value={NONE}>{t("delegation.none")}</option>
              {delegations.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.code} · {each.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <RolesField label={t("role.name")} value={roles} onChange={setRoles} />
        <Field label={t("invitation.days")}>
          {(ids) => (
            <select {...ids} value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
              {DAYS.map((each) => (
                <option key={each} value={each}>
                  {tn("time.days", each)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <FailureNotice failure={call.failure} />
        <div class="button-row">
          <button type="submit" class="button-primary" disabled={delegation === "" || roles.length === 0 || call.busy}>
            {call.busy ? t("state.working") : t("invitation.make")}
          </button>
        </div>
      </form>
      {made !== null && (
        <Notice
          tone="done"
          title={t("invitation.made")}
          alert
          actions={<CopyButton text={made.link} label={t("invitation.copy")} primary />}
        >
          <p>{t("invitation.once", { time: deadline(made.expires_s * 1000) })}</p>
          <code class="link-text" dir="ltr">
            {made.link}
          </code>
        </Notice>
      )}
    </Section>
  );
}

function Invitation({ row, onChange }: { row: InvitationRow; onChange: () => void }) {
  const { api, session } = usePortal();
  const expired = row.expires_s * 1000 < Date.now();
  const who = row.delegation?.name ?? t("delegation.none");
  const withdraw = async (): Promise<void> => {
    await session.attempt(api.withdrawInvitation(row.id));
    onChange();
  };
  return (
    <li>
      <DelegationChip delegation={row.delegation} />
      <span class="invitation-text">
        <span dir="auto">{who}</span> · {list(row.roles.map((role) => t(`role.${role}`)))}
        <span class="quiet">
          {row.used
            ? t("invitation.used")
            : expired
              ? t("invitation.expired")
              : t("invitation.until", { time: deadline(row.expires_s * 1000) })}
        </span>
      </span>
      {!row.used && !expired && (
        <button
          type="button"
          class="button-small button-danger"
          aria-label={t("invitation.withdrawOf", { who })}
          onClick={() => void withdraw()}
        >
          {t("invitation.withdraw")}
        </button>
      )}
    </li>
  );
}
