// Another passphrase for one's account.

import { useState } from "preact/hooks";
import { type NewPassphrase, OwnerOfPassphrase, PassphraseFields, isUsable } from "../entry/passphrase-fields.tsx";
import { t } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { FormDialog } from "./form.tsx";

export function NewPassphraseDialog() {
  const { api } = usePortal();
  const own = useSelect(me);
  const [secret, setSecret] = useState<NewPassphrase>({ passphrase: "", again: "" });
  const personal = [own?.name ?? "", own?.handle ?? ""];
  return (
    <FormDialog
      title={t("passphrase.set")}
      submit={t("passphrase.set")}
      disabled={!isUsable(secret, personal)}
      work={() => api.setPassphrase(secret.passphrase)}
      done={t("passphrase.done")}
    >
      <p>{t("passphrase.neverSent")}</p>
      <OwnerOfPassphrase handle={own?.handle ?? ""} />
      <PassphraseFields value={secret} onChange={setSecret} personal={personal} autoFocus />
    </FormDialog>
  );
}
