// Somebody's key is another one than before: a new account key after a loss, or somebody in between.

import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePersonName } from "../parts/person.tsx";
import { usePortal } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function ChangedKey({ account }: { account: Id }) {
  const { api, session } = usePortal();
  const name = usePersonName(account);
  return (
    <FormDialog
      title={t("changedKey.title", { name })}
      submit={t("changedKey.accept")}
      work={() => api.acknowledgeKey(account)}
      done={t("changedKey.done", { name })}
    >
      <p>{t("changedKey.text", { name })}</p>
      <Notice
        tone="warning"
        actions={
          <button type="button" onClick={() => session.show({ kind: "verify", account })}>
            {t("changedKey.compare")}
          </button>
        }
      >
        {t("changedKey.advice", { name })}
      </Notice>
      <p class="quiet">{t("changedKey.after")}</p>
    </FormDialog>
  );
}
