// The server says another name for somebody than this person knew: a new name, or somebody put in another's place.

import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePersonName } from "../parts/person.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function ChangedName({ account }: { account: Id }) {
  const { api, session } = usePortal();
  const name = usePersonName(account);
  const was = useSelect((state) => state.people.get(account)?.was ?? null) ?? name;
  return (
    <FormDialog
      title={t("changedName.title", { was, name })}
      submit={t("changedName.accept", { name })}
      work={() => api.acceptName(account, name)}
      done={t("changedName.done", { was, name })}
    >
      <p>{t("changedName.text", { was, name })}</p>
      <Notice
        tone="warning"
        actions={
          <button type="button" onClick={() => session.show({ kind: "verify", account })}>
            {t("changedKey.compare")}
          </button>
        }
      >
        {t("changedName.advice", { was, name })}
      </Notice>
    </FormDialog>
  );
}
