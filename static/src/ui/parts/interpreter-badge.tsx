// How interpreters are marked wherever they stand among people: by icon and words, with who answers for them.

import type { Id, InterpreterCard } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { useSelect } from "../portal.ts";
import { Person } from "./person.tsx";
import { Sentence } from "./sentence.tsx";

/** The account's card, or null where it is a person's or not known. */
export function useInterpreterCard(account: Id): InterpreterCard | null {
  return useSelect((state) => state.people.get(account)?.interpreter ?? null);
}

/** Nothing at people; at an interpreter that nobody is known to answer for, a warning instead of the badge. */
export function InterpreterBadge({ account }: { account: Id }) {
  const card = useInterpreterCard(account);
  if (card === null) return null;
  return (
    <span class={card.vouched ? "interpreter-badge" : "interpreter-badge interpreter-doubted"}>
      <Icon name={card.vouched ? "interpreter" : "warning"} size={14} />
      <span>{t(card.vouched ? "interpreter.name" : "interpreter.unconfirmed")}</span>
    </span>
  );
}

/** "Interpreter of Kim Seo-yeon", with her delegation; says no more than what was checked. */
export function OwnerLine({ account }: { account: Id }) {
  const card = useInterpreterCard(account);
  const known = useSelect((state) => state.people.has(card?.owner ?? ""));
  if (card === null) return null;
  const name = known ? <Person account={card.owner} /> : card.ownerName;
  return (
    <span class="interpreter-owner">
      <Sentence text={card.vouched ? "interpreter.of" : "interpreter.claims"} values={{ name }} />
    </span>
  );
}
