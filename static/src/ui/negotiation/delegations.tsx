// Delegations as they are shown in a negotiation: letters on their colour, with the name for whoever can not see it.

import type { Delegation, Id } from "../../member/api.ts";
import { collate, list } from "../format.ts";
import { t } from "../i18n.ts";
import { DelegationChip } from "../parts/person.tsx";
import { usePortal, useSelect } from "../portal.ts";

export function useDelegation(id: Id | ""): Delegation | null {
  return useSelect((state) => state.delegations.find((each) => each.id === id) ?? null);
}

/** The name of a delegation, now; for sentences that are made outside of drawing. */
export function useDelegationNames(): (id: Id | "") => string {
  const { store } = usePortal();
  useSelect((state) => state.delegations);
  return (id) => store.get().delegations.find((each) => each.id === id)?.name ?? t("negotiation.delegation.unknown");
}

/** Letters and name. */
export function DelegationName({ id }: { id: Id | "" }) {
  const delegation = useDelegation(id);
  if (id === "") return <span class="quiet">{t("delegation.none")}</span>;
  return (
    <span class="person">
      <DelegationChip delegation={delegation} />
      <span class="person-name" dir="auto">
        {delegation?.name ?? t("negotiation.delegation.unknown")}
      </span>
    </span>
  );
}

/** Letters alone, where there is no room; the name is read out and shown under the pointer. */
export function DelegationTag({ id }: { id: Id | "" }) {
  const delegation = useDelegation(id);
  return (
    <span class="tagged">
      <span aria-hidden="true">
        <DelegationChip delegation={delegation} />
      </span>
      <span class="visually-hidden">{delegation?.name ?? t("negotiation.delegation.unknown")}</span>
    </span>
  );
}

/** Delegations' ids in the order of their names. */
export function useByName(): (ids: Iterable<Id>) => Id[] {
  const name = useDelegationNames();
  return (ids) => [...ids].sort((a, b) => collate(name(a), name(b)));
}

/** "Germany, France and Korea". */
export function useNameList(): (ids: Iterable<Id>) => string {
  const name = useDelegationNames();
  return (ids) => list([...ids].map(name).sort(collate));
}
