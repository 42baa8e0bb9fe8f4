// Who may do what in a draft, by person and delegation. The table is signed by a chair; relay and readers hold to it.

import { useState } from "preact/hooks";
import type { DraftRight, Right } from "../../member/drafts/api.ts";
import type { Id } from "../../wire/ids.ts";
import { RIGHTS } from "../../wire/drafts/rights.ts";
import { collate } from "../format.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { DelegationName, useByName } from "./delegations.tsx";
import { MismatchNote } from "./mismatch.tsx";
import { useNegotiation } from "./use-negotiation.ts";

/** What those may who are not named. */
const DEFAULTS: readonly Right[] = ["read", "comment", "propose"];

interface Row extends DraftRight {
  name: string;
}

/** Everybody of the room who is a person, and whoever is in the table already. */
function useRows(): Row[] {
  const { view } = useNegotiation();
  const people = useSelect((state) => state.people);
  const members = useSelect((state) => state.rooms?.find((each) => each.room === view.room)?.members) ?? [];
  const listed = new Map(view.rights.map((each) => [each.account, each]));
  const accounts = new Set([...members, ...listed.keys()]);
  return [...accounts]
    .filter((account) => people.get(account)?.interpreter == null)
    .map((account) => {
      const known = listed.get(account);
      const person = people.get(account);
      return {
        account,
        delegation: known?.delegation ?? person?.delegation?.id ?? "",
        right: known?.right ?? view.default,
        name: person?.name ?? t("person.unknown"),
      };
    })
    .sort((a, b) => collate(a.name, b.name));
}

export function RightsDialog({ onClose }: { onClose: () => void }) {
  const { drafts, view, may } = useNegotiation();
  const { session } = usePortal();
  const call = useCall();
  const byName = useByName();
  const initial = useRows();
  const [rows, setRows] = useState(initial);
  const [otherwise, setOtherwise] = useState<Right>(view.default);
  const chairs = rows.filter(({ right }) => right === "chair").length;
  const delegations = byName(new Set(rows.flatMap(({ delegation }) => (delegation === "" ? [] : [delegation]))));
  const editable = may("chair");
  const set = (holds: (row: Row) => boolean, right: Right): void =>
    setRows(rows.map((row) => (holds(row) ? { ...row, right } : row)));
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const members = rows
      .map(({ account, delegation, right }) => ({ account, delegation, right }))
      .sort((a, b) => (a.account < b.account ? -1 : 1));
    if (!(await call.run(() => drafts.setDraftRights(view.room, view.draft, members, otherwise)))) return;
    session.toast("done", t("negotiation.rights.done"));
    onClose();
  };
  return (
    <Dialog title={t("negotiation.rights.title")} size="large" keepOpen onClose={onClose}>
      <form class="form" onSubmit={(event) => void save(event)}>
        <p>{t(editable ? "negotiation.rights.text" : "negotiation.rights.readOnly")}</p>
        {delegations.map((delegation) => (
          <DelegationRights
            key={delegation}
            delegation={delegation}
            rows={rows.filter((row) => row.delegation === delegation)}
            editable={editable}
            set={set}
          />
        ))}
        <DelegationRights
          delegation=""
          rows={rows.filter((row) => row.delegation === "")}
          editable={editable}
          set={set}
        />
        <Field label={t("negotiation.rights.default")} hint={t("negotiation.rights.defaultHint")}>
          {(ids) => (
            <select
              {...ids}
              value={otherwise}
              disabled={!editable}
              onChange={(event) => setOtherwise(event.currentTarget.value as Right)}
            >
              {DEFAULTS.map((right) => (
                <option key={right} value={right}>
                  {t(`negotiation.right.${right}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {chairs === 0 && (
          <Notice tone="danger" alert>
            {t("negotiation.rights.noChair")}
          </Notice>
        )}
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t(editable ? "action.cancel" : "action.close")}
          </button>
          {editable && (
            <button type="submit" class="button-primary" disabled={chairs === 0 || call.busy}>
              {call.busy ? t("state.working") : t("negotiation.rights.sign")}
            </button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface DelegationRightsProps {
  delegation: Id | "";
  rows: readonly Row[];
  editable: boolean;
  set: (holds: (row: Row) => boolean, right: Right) => void;
}

function DelegationRights({ delegation, rows, editable, set }: DelegationRightsProps) {
  if (rows.length === 0) return null;
  return (
    <fieldset class="field neg-rights">
      <legend>
        <DelegationName id={delegation} />
      </legend>
      {editable && rows.length > 1 && (
        <label class="neg-select">
          <span>{t("negotiation.rights.everybody")}</span>
          <RightSelect
            value=""
            label={null}
            onChange={(right) => set((row) => row.delegation === delegation, right)}
          />
        </label>
      )}
      <ul>
        {rows.map((row) => (
          <li key={row.account}>
            <span>
              <Person account={row.account} /> <MismatchNote account={row.account} delegation={row.delegation} />
            </span>
            {editable ? (
              <RightSelect
                value={row.right}
                label={t("negotiation.rights.of", { name: row.name })}
                onChange={(right) => set(({ account }) => account === row.account, right)}
              />
            ) : (
              <span>{t(`negotiation.right.${row.right}`)}</span>
            )}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

interface RightSelectProps {
  value: Right | "";
  /** Null where a label stands around it. */
  label: string | null;
  onChange: (right: Right) => void;
}

function RightSelect({ value, label, onChange }: RightSelectProps) {
  return (
    <select
      aria-label={label ?? undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Right)}
    >
      {value === "" && <option value="">{t("negotiation.rights.choose")}</option>}
      {RIGHTS.map((right) => (
        <option key={right} value={right}>
          {t(`negotiation.right.${right}`)}
        </option>
      ))}
    </select>
  );
}
