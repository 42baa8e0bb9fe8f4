// Where a draft's table of rights speaks for somebody as of another delegation than the list of people does: a chair
// could let an account of her own act in another's name.

import type { Id } from "../../wire/ids.ts";
import { includes } from "../../wire/drafts/rights.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";
import { useSelect } from "../portal.ts";
import { useNegotiation } from "./use-negotiation.ts";

/** Whether the list of people knows the account as of another delegation; not for accounts that it does not have. */
function useMismatch(account: Id, delegation: Id | ""): boolean {
  const person = useSelect((state) => state.people.get(account));
  return person !== undefined && (person.delegation?.id ?? "") !== delegation;
}

/** Accounts that may act for a delegation by the table, and are of another one by the list of people. */
export function useMismatched(): Id[] {
  const { view } = useNegotiation();
  const people = useSelect((state) => state.people);
  return view.rights
    .filter(({ right }) => includes(right, "propose"))
    .filter(({ account, delegation }) => {
      const person = people.get(account);
      return person !== undefined && (person.delegation?.id ?? "") !== delegation;
    })
    .map(({ account }) => account);
}

/** Beside an act that was made in a delegation's name. */
export function MismatchNote({ account, delegation }: { account: Id; delegation: Id | "" }) {
  const name = usePersonName(account);
  if (!useMismatch(account, delegation)) return null;
  return (
    <span class="neg-mismatch">
      <Icon name="alert" size={14} /> {t("negotiation.mismatch.line", { name })}
    </span>
  );
}
