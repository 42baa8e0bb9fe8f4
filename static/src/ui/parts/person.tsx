// People as they are shown everywhere: colour and letters of the delegation, and the name.

import type { Delegation, Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { useSelect } from "../portal.ts";

/** The delegation's colour, which never stands without its two letters. */
export function DelegationChip({ delegation }: { delegation: Delegation | null }) {
  if (delegation === null)
    return (
      <span class="chip chip-none" title={t("delegation.none")} aria-hidden="true">
        –
      </span>
    );
  return (
    <abbr class={`chip chip-${delegation.colour}`} title={delegation.name} dir="auto">
      {delegation.code}
    </abbr>
  );
}

/** The name of an account; an account that is not known (any more) has words instead. */
export function usePersonName(account: Id | null): string {
  const person = useSelect((state) => (account === null ? undefined : state.people.get(account)));
  return person?.name ?? t("person.unknown");
}

/** The name by which this person knew somebody, where the server says another one now. */
export function FormerName({ account }: { account: Id }) {
  const was = useSelect((state) => state.people.get(account)?.was ?? null);
  return was === null ? null : <span class="quiet"> {t("person.was", { name: was })}</span>;
}

export function PersonName({ account }: { account: Id }) {
  const name = usePersonName(account);
  return (
    <span class="person-name" dir="auto">
      {name}
      <FormerName account={account} />
    </span>
  );
}

export function Person({ account }: { account: Id }) {
  const delegation = useSelect((state) => state.people.get(account)?.delegation ?? null);
  return (
    <span class="person">
      <DelegationChip delegation={delegation} />
      <PersonName account={account} />
    </span>
  );
}
