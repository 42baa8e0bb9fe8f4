// Who is writing. Its height is always there, so that the record does not move.

import type { Id } from "../../member/api.ts";
import { list } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { useSelect } from "../portal.ts";

const NAMED = 3;

export function TypingLine({ typing }: { typing: readonly Id[] }) {
  const people = useSelect((state) => state.people);
  const names = typing.slice(0, NAMED).map((account) => people.get(account)?.name ?? t("person.unknown"));
  return (
    <p class="typing-line" aria-live="off">
      {typing.length > NAMED
        ? tn("typing.many", typing.length)
        : names.length > 0 && tn("typing.some", names.length, { names: list(names) })}
    </p>
  );
}
