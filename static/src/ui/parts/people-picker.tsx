// Choosing people: by delegation, with a filter, all of a delegation at once; interpreters apart.

import { useId, useState } from "preact/hooks";
import type { Id, Person } from "../../member/api.ts";
import { collate } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { type Group, byDelegation } from "../people/grouping.ts";
import { audienceWords } from "../people/interpreters.ts";
import { score } from "../shell/match.ts";
import { InterpreterBadge, OwnerLine } from "./interpreter-badge.tsx";
import { DelegationChip } from "./person.tsx";

interface PeoplePickerProps {
  /** Who can be chosen. */
  from: readonly Person[];
  chosen: ReadonlySet<Id>;
  onChange: (chosen: ReadonlySet<Id>) => void;
  label: string;
}

export function PeoplePicker({ from, chosen, onChange, label }: PeoplePickerProps) {
  const [filter, setFilter] = useState("");
  const id = useId();
  const text = (person: Person): string =>
    [person.name, person.handle, person.delegation?.name, person.delegation?.code, person.interpreter?.ownerName].join(" ");
  const shown = from.filter((person) => filter.trim() === "" || score(text(person), filter) >= 40);
  const groups = byDelegation(
    shown.filter(({ interpreter }) => interpreter === null),
    (person) => person,
    collate,
  );
  const interpreters = shown.filter(({ interpreter }) => interpreter !== null).sort((a, b) => collate(a.name, b.name));
  const set = (accounts: readonly Id[], on: boolean): void => {
    const next = new Set(chosen);
    for (const account of accounts) next[on ? "add" : "delete"](account);
    onChange(next);
  };
  return (
    <fieldset class="field people-picker">
      <legend>
        {label} <span class="quiet">{tn("picker.chosen", chosen.size)}</span>
      </legend>
      {from.length > 6 && (
        <>
          <label class="visually-hidden" for={id}>
            {t("picker.filter")}
          </label>
          <input
            id={id}
            type="search"
            value={filter}
            placeholder={t("picker.filter")}
            autocomplete="off"
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </>
      )}
      <div class="picker-list">
        {from.length === 0 && <p class="quiet">{t("picker.nobody")}</p>}
        {from.length > 0 && shown.length === 0 && <p class="quiet">{t("picker.noMatch")}</p>}
        {groups.map((group) => (
          <PickerGroup key={group.delegation?.id ?? ""} group={group} chosen={chosen} set={set} />
        ))}
        {interpreters.length > 0 && <InterpreterGroup interpreters={interpreters} chosen={chosen} set={set} />}
      </div>
    </fieldset>
  );
}

interface PickerGroupProps {
  group: Group<Person>;
  chosen: ReadonlySet<Id>;
  set: (accounts: readonly Id[], on: boolean) => void;
}

function PickerGroup({ group, chosen, set }: PickerGroupProps) {
  const accounts = group.people.map((person) => person.account);
  const all = accounts.every((account) => chosen.has(account));
  const name = group.delegation?.name ?? t("delegation.none");
  return (
    <div class="picker-group" role="group" aria-label={name}>
      <div class="picker-head">
        <DelegationChip delegation={group.delegation} />
        <span dir="auto">{name}</span>
        {accounts.length > 1 && (
          <button type="button" class="button-link" onClick={() => set(accounts, !all)}>
            {all ? t("picker.none") : t("picker.all")}
          </button>
        )}
      </div>
      {group.people.map((person) => (
        <label key={person.account} class="check">
          <input
            type="checkbox"
            checked={chosen.has(person.account)}
            onChange={(event) => set([person.account], event.currentTarget.checked)}
          />
          <span dir="auto">{person.name}</span>
          <span class="quiet" dir="auto">
            {person.handle}
          </span>
        </label>
      ))}
    </div>
  );
}

interface InterpreterGroupProps {
  interpreters: readonly Person[];
  chosen: ReadonlySet<Id>;
  set: (accounts: readonly Id[], on: boolean) => void;
}

/** Programs that translate: they read along as people do, so each says who answers for it. */
function InterpreterGroup({ interpreters, chosen, set }: InterpreterGroupProps) {
  const id = useId();
  return (
    <div class="picker-group" role="group" aria-label={t("interpreter.several")}>
      <div class="picker-head">
        <Icon name="interpreter" />
        <span>{t("interpreter.several")}</span>
      </div>
      {interpreters.map((person) => (
        <label key={person.account} class="check picker-interpreter">
          <input
            type="checkbox"
            aria-label={person.name}
            aria-describedby={`${id}-${person.account}`}
            checked={chosen.has(person.account)}
            onChange={(event) => set([person.account], event.currentTarget.checked)}
          />
          <span>
            <span dir="auto">{person.name}</span>{" "}
            {person.interpreter?.vouched === false && <InterpreterBadge account={person.account} />}
            <span class="quiet picker-about" id={`${id}-${person.account}`}>
              <OwnerLine account={person.account} />. {audienceWords(person)}
            </span>
          </span>
        </label>
      ))}
    </div>
  );
}
