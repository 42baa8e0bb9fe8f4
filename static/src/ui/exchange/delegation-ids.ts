// Delegations by the names under which our own exports put them.

import { useMemo } from "preact/hooks";
import { useSelect } from "../portal.ts";

export function useDelegationIds(): ReadonlyMap<string, string> {
  const delegations = useSelect((state) => state.delegations);
  return useMemo(() => new Map(delegations.map(({ id, name }) => [name, id])), [delegations]);
}
