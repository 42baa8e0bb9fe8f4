// What rows show besides their words, kept as the same objects while it is the same: of 400 clauses only those are drawn
// again in which something changed.

import { useMemo, useRef } from "preact/hooks";
import type { Delegation, Id } from "../../member/api.ts";
import type { Projection } from "../../wire/drafts/projection.ts";
import type { TextDocument } from "../../wire/drafts/text.ts";
import { useSelect } from "../portal.ts";
import { type ClauseSigns, type Looks, type OptionLook, layOut } from "./editor/signs.ts";
import { useDraft } from "./use-draft.ts";

export interface Layout {
  signs: ReadonlyMap<Id, ClauseSigns>;
  looks: Looks;
  /** Displayed numbers of footnotes. */
  notes: ReadonlyMap<Id, string>;
}

/** The same object as long as it says the same. */
function useSame<T>(fresh: T, said: string): T {
  const kept = useRef<{ value: T; said: string }>({ value: fresh, said });
  if (kept.current.said !== said) kept.current = { value: fresh, said };
  return kept.current.value;
}

function looksOf(document: TextDocument, projection: Projection, codes: ReadonlyMap<Id, string>): Map<string, OptionLook> {
  const looks = new Map<string, OptionLook>();
  for (const bracket of document.brackets) {
    const view = projection.brackets[bracket.id];
    const alone = bracket.options.length === 1;
    for (const option of bracket.options) {
      const by = option.by !== "" || !alone ? option.by : bracket.by;
      const decided = view?.option === option.id ? "kept" : "struck";
      const state = view === undefined || view.state === "open" ? "open" : view.state === "conflicted" ? "conflicted" : decided;
      looks.set(`${bracket.id} ${option.id}`, { code: codes.get(by) ?? "", state });
    }
  }
  return looks;
}

export function useLayout(): Layout {
  const { document, projection, lang } = useDraft();
  const delegations = useSelect((state) => state.delegations);
  const codes = useMemo(() => new Map(delegations.map(({ id, code }: Delegation) => [id, code])), [delegations]);
  const before = useRef(new Map<Id, { signs: ClauseSigns; said: string }>());
  const signs = useMemo(() => {
    const known = before.current;
    const kept = new Map<Id, { signs: ClauseSigns; said: string }>();
    for (const [node, fresh] of layOut(document, lang)) {
      const said = JSON.stringify(fresh);
      const old = known.get(node);
      kept.set(node, old?.said === said ? old : { signs: fresh, said });
    }
    before.current = kept;
    return new Map([...kept].map(([node, each]) => [node, each.signs]));
  }, [document, lang]);
  const looks = useMemo(() => looksOf(document, projection, codes), [document, projection, codes]);
  const notes = useMemo(() => {
    const numbered = projection.clauses.filter(({ kind }) => kind === "note");
    return new Map(numbered.map(({ node, number }) => [node, number]));
  }, [projection]);
  return { signs, looks: useSame(looks, JSON.stringify([...looks])), notes: useSame(notes, JSON.stringify([...notes])) };
}
