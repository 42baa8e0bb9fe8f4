// The room's code, large enough to be read aloud: everyone in the room must see the same.

import { t } from "../i18n.ts";
import { Dialog } from "../parts/dialog.tsx";
import { DigitGroups } from "../parts/digit-groups.tsx";
import { usePortal, useSelect } from "../portal.ts";

export function EpochCode() {
  const { session } = usePortal();
  const code = useSelect((state) => state.room?.epochCode ?? "");
  return (
    <Dialog title={t("epochCode.title")} size="large" onClose={() => session.closeDialog()}>
      <DigitGroups digits={code} label={t("epochCode.title")} large />
      <p>{t("epochCode.how")}</p>
      <p class="quiet">{t("epochCode.when")}</p>
    </Dialog>
  );
}
