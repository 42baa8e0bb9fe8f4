// Comparing a safety number with somebody, face to face or on a call: the same digits mean that nobody is in between.

import { useState } from "preact/hooks";
import type { Id, SafetyNumber } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { DigitGroups } from "../parts/digit-groups.tsx";
import { Loading } from "../parts/loading.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { usePersonName } from "../parts/person.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import { useAnswer, useCall, usePortal } from "../portal.ts";

export function Verify({ account }: { account: Id }) {
  const { api, session } = usePortal();
  const name = usePersonName(account);
  const answer = useAnswer(() => api.safetyNumber(account), [account]);
  return (
    <Dialog title={t("verify.title", { name })} onClose={() => session.closeDialog()}>
      {answer.value === undefined && answer.failure === undefined && <Loading />}
      <FailureNotice failure={answer.failure} />
      {answer.value !== undefined && <Compare account={account} name={name} number={answer.value} />}
    </Dialog>
  );
}

function Compare({ account, name, number }: { account: Id; name: string; number: SafetyNumber }) {
  const { api, session } = usePortal();
  const call = useCall();
  const [differ, setDiffer] = useState(false);
  const say = async (verified: boolean): Promise<void> => {
    if (!(await call.run(() => api.setVerified(account, verified, name)))) return;
    session.closeDialog();
    session.toast("done", t(verified ? "verify.done" : "verify.undone", { name }));
  };
  return (
    <>
      {number.verified && <Notice tone="done">{t("verify.is", { name })}</Notice>}
      {number.keyChanged && <Notice tone="danger">{t("verify.changed", { name })}</Notice>}
      <p>{t("verify.how", { name })}</p>
      <div class="verify">
        <DigitGroups digits={number.digits} label={t("verify.number")} />
        <QrCode text={number.qr} label={t("verify.qr", { name })} />
      </div>
      {differ && (
        <Notice tone="danger" title={t("verify.differTitle")} alert>
          {t("verify.differText", { name })}
        </Notice>
      )}
      <FailureNotice failure={call.failure} />
      <DialogActions>
        {number.verified ? (
          <button type="button" disabled={call.busy} onClick={() => void say(false)}>
            {t("verify.takeBack")}
          </button>
        ) : (
          <button type="button" disabled={call.busy} onClick={() => setDiffer(true)}>
            {t("verify.differ")}
          </button>
        )}
        <button
          type="button"
          class="button-primary"
          disabled={call.busy || number.verified || differ}
          onClick={() => void say(true)}
        >
          {t("verify.match")}
        </button>
      </DialogActions>
    </>
  );
}
