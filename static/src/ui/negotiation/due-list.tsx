// What this reader still has to do, above everything that was done.

import { type Due, dueFor } from "../../draft/negotiation/due.ts";
import { deadline } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { usePortal } from "../portal.ts";
import type { DraftTab } from "../shell/route.ts";
import { useNegotiation } from "./use-negotiation.ts";

/** The side on which it is done; what is done on this one needs no way there. */
const SIDES: Readonly<Record<Due["kind"], DraftTab | null>> = {
  conflict: "text",
  position: "positions",
  silence: null,
  close: null,
  sign: null,
};

export function DueList() {
  const { view, own, mayAct, projection, acts } = useNegotiation();
  const { session } = usePortal();
  const due = dueFor(
    {
      own,
      proposes: mayAct("position"),
      decides: mayAct("decide"),
      chairs: mayAct("silence_close"),
      clauses: projection.clauses,
      silences: acts.silences,
      signing: acts.signing,
    },
    Date.now(),
  );
  return (
    <section class="neg-part" aria-label={t("negotiation.due.title")}>
      <h2>{t("negotiation.due.title")}</h2>
      {due.length === 0 && <p class="quiet">{t("negotiation.due.nothing")}</p>}
      <ul class="neg-due">
        {due.map((each, index) => {
          const side = SIDES[each.kind];
          return (
            <li key={index}>
              <Icon name="forward" size={14} /> <DueWords due={each} />
              {side !== null && (
                <button
                  type="button"
                  class="button-link"
                  onClick={() => session.go({ screen: "draft", room: view.room, draft: view.draft, tab: side })}
                >
                  {t("negotiation.due.go")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function DueWords({ due }: { due: Due }) {
  switch (due.kind) {
    case "conflict":
      return <>{tn("negotiation.due.conflict", due.count)}</>;
    case "silence":
      return <>{t("negotiation.due.silence", { deadline: deadline(due.deadline_ms) })}</>;
    case "position":
      return <>{tn("negotiation.due.position", due.count)}</>;
    default:
      return <>{t(`negotiation.due.${due.kind}`)}</>;
  }
}
