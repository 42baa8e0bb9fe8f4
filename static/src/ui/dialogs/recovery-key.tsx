// A new printed recovery key: made, kept, read back. The old one stops working as soon as the new one is made.

import { useState } from "preact/hooks";
import { ReadBack, RecoverySheet } from "../entry/recovery-sheet.tsx";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";

export function RecoveryKeyDialog() {
  const { api, session } = usePortal();
  const own = useSelect(me);
  const call = useCall();
  const [key, setKey] = useState<string | null>(null);
  const [reading, setReading] = useState(false);
  const close = (): void => session.closeDialog();
  const make = (): void => {
    void call.run(async () => setKey((await api.renewRecoveryKey()).recoveryKey));
  };
  return (
    <Dialog title={t("recovery.renew")} keepOpen onClose={close}>
      {key === null && (
        <>
          <p>{t("recovery.renewText")}</p>
          <FailureNotice failure={call.failure} />
          <DialogActions>
            <button type="button" onClick={close}>
              {t("action.cancel")}
            </button>
            <button type="button" class="button-primary" disabled={call.busy} onClick={make}>
              {call.busy ? t("state.working") : t("recovery.make")}
            </button>
          </DialogActions>
        </>
      )}
      {key !== null && !reading && (
        <>
          <Notice tone="warning">{t("recovery.oldGone")}</Notice>
          <RecoverySheet recoveryKey={key} name={own?.name ?? ""} handle={own?.handle ?? ""} />
          <button type="button" class="button-wide" onClick={() => setReading(true)}>
            {t("recovery.kept")}
          </button>
        </>
      )}
      {key !== null && reading && (
        <ReadBack
          recoveryKey={key}
          busy={false}
          onBack={() => setReading(false)}
          onConfirmed={() => {
            close();
            session.toast("done", t("recovery.renewed"));
          }}
        />
      )}
    </Dialog>
  );
}
