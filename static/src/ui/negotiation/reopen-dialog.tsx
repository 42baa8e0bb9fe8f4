// Before agreed clauses are opened again: the reason is part of what is signed.

import { useState } from "preact/hooks";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { ActDialog } from "./act-dialog.tsx";

export function ReopenDialog({ clauses, onClose }: { clauses: readonly ClauseView[]; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const nodes = clauses.map(({ node }) => node);
  return (
    <ActDialog
      title={t("negotiation.reopen.title")}
      submit={t("negotiation.reopen.sign")}
      wish={reason.trim() === "" ? null : { t: "reopen", nodes, reason: reason.trim() }}
      done={t("negotiation.reopen.done")}
      onClose={onClose}
    >
      <p>{t("negotiation.reopen.text")}</p>
      <TextField label={t("negotiation.reopen.reason")} value={reason} onInput={setReason} required autoFocus />
    </ActDialog>
  );
}
