// Makes a clause wait for another one, or ends that.

import { useState } from "preact/hooks";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { Id } from "../../wire/ids.ts";
import { t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function LinkDialog({ clause, onClose }: { clause: ClauseView; onClose: () => void }) {
  const { projection, names, acts } = useNegotiation();
  const [on, setOn] = useState<Id | "">("");
  const linked = new Set(acts.links[clause.node] ?? []);
  const others = projection.clauses.filter(({ node, gone }) => node !== clause.node && !gone);
  const set = !linked.has(on);
  return (
    <ActDialog
      title={t("negotiation.link.title", { clause: names.of(clause.node) })}
      submit={t(set ? "negotiation.link.sign" : "negotiation.link.end")}
      wish={({ acts: { links } }) => {
        const there = links[clause.node]?.includes(on) === true;
        return on === "" ? null : { t: "link", node: clause.node, on, set: !there };
      }}
      done={t(set ? "negotiation.link.done" : "negotiation.link.ended")}
      onClose={onClose}
    >
      <p>{t("negotiation.link.text")}</p>
      <Field label={t("negotiation.link.on")}>
        {(ids) => (
          <select {...ids} value={on} onChange={(event) => setOn(event.currentTarget.value)}>
            <option value="">{t("negotiation.link.choose")}</option>
            {others.map(({ node }) => (
              <option key={node} value={node}>
                {linked.has(node) ? t("negotiation.link.already", { clause: names.of(node) }) : names.of(node)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </ActDialog>
  );
}
