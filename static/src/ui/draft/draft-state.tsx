// Under a draft's title: what of it is agreed, and whether everything written here was sent.

import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { useSelect } from "../portal.ts";
import { isOnline } from "../state.ts";
import { useDraft } from "./use-draft.ts";

export function DraftState() {
  const { projection, view, outside } = useDraft();
  const { open, conflicted, agreed, adRef, clauses } = projection.counts;
  return (
    <p class="draft-state">
      <span>{t("draft.agreed", { agreed: agreed + adRef, of: clauses })}</span>
      {open > 0 && <span>{tn("draft.openBrackets", open)}</span>}
      {conflicted > 0 && (
        <span class="draft-conflicted">
          <Icon name="alert" size={14} /> {tn("draft.conflicted", conflicted)}
        </span>
      )}
      {!outside && <Sending unsent={view.unsent} />}
    </p>
  );
}

function Sending({ unsent }: { unsent: number }) {
  const online = useSelect(isOnline);
  const words = unsent === 0 ? t("draft.sent") : online ? t("draft.sending") : tn("draft.unsent", unsent);
  return (
    <span class="draft-sending" role="status">
      <Icon name={unsent === 0 ? "saved" : online ? "saving" : "unsaved"} size={14} /> {words}
    </span>
  );
}
