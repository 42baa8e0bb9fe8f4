// What can be recorded of a clause: agreed, agreed ad referendum, opened again, made to wait for another, initialled.

import { useState } from "preact/hooks";
import { obstacles } from "../../draft/negotiation/matrix.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import { t } from "../i18n.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { AgreeDialog } from "./agree-dialog.tsx";
import { useNameList } from "./delegations.tsx";
import { InitialDialog } from "./initial-dialog.tsx";
import { LinkDialog } from "./link-dialog.tsx";
import { ReopenDialog } from "./reopen-dialog.tsx";
import { refsOf, useNegotiation } from "./use-negotiation.ts";

type Asking = "ad_ref" | "agreed" | "reopen" | "link" | "initial";

export function ClauseActs({ clause }: { clause: ClauseView }) {
  const { mayAct, own, columns, projection } = useNegotiation();
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = (): void => setAsking(null);
  const agreed = clause.state === "agreed" || clause.state === "agreed_ad_ref";
  const settled = clause.open.length === 0 && clause.conflicted.length === 0;
  const readable = refsOf(clause, columns).length > 0;
  const more: MenuItem[] = [
    ...(agreed && mayAct("reopen") ? [{ label: t("negotiation.reopen.action"), run: () => setAsking("reopen") }] : []),
    ...(mayAct("link") ? [{ label: t("negotiation.link.action"), run: () => setAsking("link") }] : []),
    ...(settled && own !== "" && readable && projection.root !== null && mayAct("initial")
      ? [{ label: t("negotiation.initial.action"), run: () => setAsking("initial") }]
      : []),
  ];
  return (
    <section class="neg-section">
      {settled && !agreed && <Hindrance clause={clause} />}
      <div class="button-row">
        {mayAct("agree") && settled && readable && clause.state !== "agreed" && (
          <>
            {clause.state !== "agreed_ad_ref" && (
              <button type="button" onClick={() => setAsking("ad_ref")}>
                {t("negotiation.agree.adRef")}
              </button>
            )}
            <button type="button" onClick={() => setAsking("agreed")}>
              {t("negotiation.agree.agreed")}
            </button>
          </>
        )}
        {more.length > 0 && (
          <Menu label={t("negotiation.clause.more")} items={more} class="" named>
            {t("negotiation.clause.more")}
          </Menu>
        )}
      </div>
      {(asking === "ad_ref" || asking === "agreed") && (
        <AgreeDialog clauses={[clause]} level={asking} onClose={close} />
      )}
      {asking === "reopen" && <ReopenDialog clauses={[clause]} onClose={close} />}
      {asking === "link" && <LinkDialog clause={clause} onClose={close} />}
      {asking === "initial" && <InitialDialog clauses={[clause]} onClose={close} />}
    </section>
  );
}

/** Who stands in the way of agreeing it. */
export function Hindrance({ clause }: { clause: ClauseView }) {
  const { parties } = useNegotiation();
  const names = useNameList();
  const { against, silent } = obstacles(clause, parties);
  if (against.length === 0 && silent.length === 0) return <p class="quiet">{t("negotiation.agree.nothingInTheWay")}</p>;
  return (
    <p class="quiet">
      {against.length > 0 && <>{t("negotiation.agree.against", { names: names(against) })} </>}
      {silent.length > 0 && t("negotiation.agree.silent", { names: names(silent) })}
    </p>
  );
}
