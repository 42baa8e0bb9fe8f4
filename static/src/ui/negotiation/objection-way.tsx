// An objection that the server has not confirmed, as a file or a QR code to be handed over without it.

import { useState } from "preact/hooks";
import type { Id } from "../../wire/ids.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import { saveBlob } from "../parts/save.ts";
import { useCall } from "../portal.ts";
import { useNegotiation } from "./use-negotiation.ts";

export function ObjectionWay({ silence, urgent }: { silence: Id; urgent: boolean }) {
  const { drafts, view } = useNegotiation();
  const call = useCall();
  const [made, setMade] = useState<{ file: Blob; qr: string } | null>(null);
  const make = (): void => {
    void call.run(async () => setMade(await drafts.offlineObjection(view.room, view.draft, silence)));
  };
  return (
    <Notice
      tone={urgent ? "danger" : "warning"}
      alert={urgent}
      title={t(urgent ? "negotiation.objection.urgent" : "negotiation.objection.waiting")}
      actions={
        made === null ? (
          <button type="button" disabled={call.busy} onClick={make}>
            {t("negotiation.objection.make")}
          </button>
        ) : (
          <button type="button" onClick={() => saveBlob(made.file, "objection.json")}>
            <Icon name="download" /> {t("negotiation.objection.save")}
          </button>
        )
      }
    >
      <p>{t("negotiation.objection.text")}</p>
      {made !== null && <QrCode text={made.qr} label={t("negotiation.objection.qr")} />}
      <FailureNotice failure={call.failure} />
    </Notice>
  );
}
