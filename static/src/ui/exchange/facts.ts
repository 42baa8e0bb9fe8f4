// What the exports and comparisons of this draft are made from, as the page knows it now.

import { useMemo } from "preact/hooks";
import { t } from "../i18n.ts";
import { useDelegationNames } from "../negotiation/delegations.tsx";
import { useNegotiation } from "../negotiation/use-negotiation.ts";
import { useSelect } from "../portal.ts";
import type { ExportFacts } from "./making.ts";
import { useKept, useNow } from "./source.ts";

export function useExportFacts(): ExportFacts {
  const { view, acts } = useNegotiation();
  const now = useNow();
  const kept = useKept();
  const people = useSelect((state) => state.people);
  const nameOfDelegation = useDelegationNames();
  return useMemo(
    () => ({
      draft: view.draft,
      now,
      kept,
      acts,
      comments: view.comments,
      nameOfPerson: (account) => people.get(account)?.name ?? t("person.unknown"),
      nameOfDelegation,
    }),
    [view, now, kept, people],
  );
}
