// Passphrase and recovery key.

import { t } from "../i18n.ts";
import { Icon } from "../icons.tsx";
import { Section } from "../parts/page.tsx";
import { usePortal } from "../portal.ts";

export function Security() {
  const { session } = usePortal();
  return (
    <>
      <Section title={t("passphrase.name")} text={t("settings.passphraseText")}>
        <button type="button" onClick={() => session.show({ kind: "passphrase" })}>
          <Icon name="lock" /> {t("passphrase.set")}
        </button>
      </Section>
      <Section title={t("recovery.key")} text={t("settings.recoveryText")}>
        <button type="button" onClick={() => session.show({ kind: "recovery-key" })}>
          <Icon name="key" /> {t("recovery.renew")}
        </button>
      </Section>
    </>
  );
}
