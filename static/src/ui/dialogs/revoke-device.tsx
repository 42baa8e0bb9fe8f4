// Taking a device off one's account.

import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { usePortal } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function RevokeDevice({ device, label }: { device: Id; label: string }) {
  const { api } = usePortal();
  return (
    <FormDialog
      title={t("revoke.title", { label })}
      submit={t("revoke.action")}
      danger
      work={() => api.revokeDevice(device)}
      done={t("revoke.done", { label })}
    >
      <p>{t("revoke.text")}</p>
    </FormDialog>
  );
}
