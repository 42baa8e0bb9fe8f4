// Before clauses, or the whole text, are initialled with this device's key.

import type { ActOf } from "../../wire/drafts/acts.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import { t } from "../i18n.ts";
import { useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { ActDialog } from "./act-dialog.tsx";
import { type Wish, useTelling } from "./use-act.ts";
import { refsOfAll, useNegotiation } from "./use-negotiation.ts";

/** Without clauses: under the whole text. */
export function InitialDialog({ clauses, onClose }: { clauses: readonly ClauseView[]; onClose: () => void }) {
  const { projection, drafts, view, acts } = useNegotiation();
  const tell = useTelling();
  const own = useSelect(me);
  const nodes = clauses.map(({ node }) => node);
  const edited = acts.adoption !== null && acts.adoption.root !== projection.root;
  const sign = async (wish: Wish): Promise<void> => {
    if (wish.t !== "initial") return;
    const { items, root } = wish;
    const signing = drafts.signDraft(view.room, view.draft, { kind: "initial", items: [...items], root });
    await tell(signing, t("negotiation.initial.done"));
  };
  return (
    <ActDialog
      title={t("negotiation.initial.title")}
      submit={t("negotiation.initial.sign")}
      wish={(now) => {
        const root = now.acts.adoption?.root ?? now.projection.root;
        return root === null ? null : { t: "initial", items: refsOfAll(nodes, now), root, sig: "" };
      }}
      statement={(wish) => {
        const { items, root } = wish as ActOf<"initial">;
        const { account, device } = own ?? {};
        return { account, delegation: view.delegation, device, draft: view.draft, items, root, v: 1 };
      }}
      hindrance={edited ? t("negotiation.signing.otherText") : null}
      work={sign}
      onClose={onClose}
    >
      <p>{t(clauses.length === 0 ? "negotiation.initial.whole" : "negotiation.initial.text")}</p>
      <p>{t("negotiation.sign.evidence")}</p>
    </ActDialog>
  );
}
