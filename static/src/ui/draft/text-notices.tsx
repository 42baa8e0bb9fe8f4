// Above the clauses: what holds for the whole text, and decisions that wait to be put into it.

import type { Id } from "../../member/api.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { useSelect } from "../portal.ts";
import { useDraft } from "./use-draft.ts";

export function TextNotices() {
  const { document, projection, mode, desk, ops, lang } = useDraft();
  const { langs } = document.meta;
  const unsigned = projection.clauses.filter(({ stale, gone }) => !gone && stale.includes(lang)).length;
  const delegations = useSelect((state) => state.delegations);
  const whole = document.brackets.filter(({ id, whole }) => whole && projection.brackets[id]?.state !== "decided");
  const decided = new Map<Id, string>();
  for (const [bracket, { state, option }] of Object.entries(projection.brackets)) {
    if (state === "decided" && option !== null) decided.set(bracket, option);
  }
  const clean = (): void => {
    desk.undo.stopCapturing();
    ops.cleanDecided(decided);
    desk.undo.stopCapturing();
    desk.flush();
  };
  return (
    <>
      {whole.map(({ id, by, reason }) => (
        <Notice key={id} tone="warning" title={t("draft.whole.title")}>
          <DelegationChip delegation={delegations.find((each) => each.id === by) ?? null} /> {t("draft.whole.text")}
          {reason !== "" && (
            <>
              {" "}
              <q dir="auto">{reason}</q>
            </>
          )}
        </Notice>
      ))}
      {lang !== langs[0] && unsigned > 0 && (
        <p class="text-decided quiet">{tn("draft.unsigned", unsigned, { language: languageName(langs[0] ?? lang) })}</p>
      )}
      {decided.size > 0 && mode === "write" && (
        <p class="text-decided">
          {tn("draft.decided", decided.size)}{" "}
          <button type="button" class="button-small" onClick={clean}>
            <Icon name="check" size={14} /> {t("draft.clean")}
          </button>
        </p>
      )}
    </>
  );
}
