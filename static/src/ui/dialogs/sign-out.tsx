// Signing out takes everything off this browser, also what is nowhere else: that is asked first.

import { t, tn } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { useAnswer, usePortal, useSelect } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function SignOut() {
  const { api } = usePortal();
  const complete = useSelect((state) => state.status.phase === "ready" && state.status.backup === "complete");
  const { value: unsent } = useAnswer(() => api.unsent(), []);
  const lost = unsent !== undefined && unsent.messages + unsent.drafts > 0;
  return (
    <FormDialog
      title={t("signOut.title")}
      submit={t(lost ? "signOut.lose" : "signOut.action")}
      danger={!complete || lost}
      disabled={unsent === undefined}
      work={() => api.signOut()}
    >
      <p>{t("signOut.text")}</p>
      {lost && (
        <Notice tone="danger" title={t("signOut.unsentTitle")} alert>
          <ul>
            {unsent.messages > 0 && <li>{tn("signOut.messages", unsent.messages)}</li>}
            {unsent.drafts > 0 && <li>{tn("signOut.drafts", unsent.drafts)}</li>}
          </ul>
        </Notice>
      )}
      {!complete && <Notice tone="warning">{t("signOut.notBackedUp")}</Notice>}
    </FormDialog>
  );
}
