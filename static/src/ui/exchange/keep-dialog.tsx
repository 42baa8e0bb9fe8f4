// Keeps the text as it is now under a name.

import { useState } from "preact/hooks";
import { useNegotiation } from "../negotiation/use-negotiation.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useCall, usePortal } from "../portal.ts";

const LONGEST_NAME = 80;

export function KeepDialog({ names, onClose }: { names: readonly string[]; onClose: () => void }) {
  const { desk } = useNegotiation();
  const { session } = usePortal();
  const call = useCall();
  const [name, setName] = useState(() => freeName(names));
  const trimmed = name.trim();
  const keep = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (call.busy || trimmed === "" || !(await call.run(() => desk.drafts.reviseDraft(desk.room, desk.draft, trimmed))))
      return;
    session.toast("done", t("exchange.kept"));
    onClose();
  };
  return (
    <Dialog title={t("exchange.keepTitle")} size="small" keepOpen onClose={onClose}>
      <form class="form" onSubmit={(event) => void keep(event)}>
        <p>{t("exchange.keepText")}</p>
        <TextField
          label={t("exchange.keepName")}
          value={name}
          onInput={setName}
          maxLength={LONGEST_NAME}
          autoFocus
          required
        />
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button
            type="submit"
            class="button-primary"
            disabled={call.busy || trimmed === "" || names.includes(trimmed)}
          >
            {call.busy ? t("state.working") : t("exchange.keep")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** "Rev.3" behind "Rev.2". */
function freeName(names: readonly string[]): string {
  let number = names.length + 1;
  while (names.includes(`Rev.${number}`)) number++;
  return `Rev.${number}`;
}
