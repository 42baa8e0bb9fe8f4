// Signing out takes everything off this browser.

import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function SignOut() {
  const { api } = usePortal();
  const complete = useSelect((state) => state.status.phase === "ready" && state.status.backup === "complete");
  return (
    <FormDialog title={t("signOut.title")} submit={t("signOut.action")} danger={!complete} work={() => api.signOut()}>
      <p>{t("signOut.text")}</p>
      {!complete && <Notice tone="warning">{t("signOut.notBackedUp")}</Notice>}
    </FormDialog>
  );
}
