// Withdrawing a message: it stays visible that there was one.

import { useState } from "preact/hooks";
import type { Id, MessageEntry } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { usePortal } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function Withdraw({ room, message }: { room: Id; message: MessageEntry }) {
  const { api } = usePortal();
  const [reason, setReason] = useState("");
  const withdraw = (): Promise<void> => api.withdraw(room, message.item, reason.trim() === "" ? null : reason.trim());
  return (
    <FormDialog title={t("withdraw.title")} submit={t("message.withdraw")} danger work={withdraw}>
      {message.text !== "" && (
        <blockquote class="quoted" dir="auto" lang={message.lang}>
          {message.text.slice(0, 400)}
        </blockquote>
      )}
      <p>{t("withdraw.text")}</p>
      <TextField label={t("withdraw.reason")} value={reason} onInput={setReason} maxLength={300} autoFocus />
    </FormDialog>
  );
}
