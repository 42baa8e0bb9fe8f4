// What concerns the whole portal and needs the person: no connection, a wrong clock, no space, no passphrase.

import { useEffect, useState } from "preact/hooks";
import { remaining } from "../format.ts";
import { t } from "../i18n.ts";
import { fetchLater } from "../parts/later.ts";
import { lazy } from "../parts/lazy.ts";
import { Notice } from "../parts/notice.tsx";
import { usePortal, useSelect } from "../portal.ts";

/** Nearly nobody ever needs them. */
const LedgerBanners = lazy(async () => (await fetchLater()).LedgerBanners);

/** A connection that comes back at once is not worth a banner. */
const PATIENCE_MS = 4000;

export function Banners() {
  const { session } = usePortal();
  const status = useSelect((state) => state.status);
  const demonstration = useSelect((state) => state.demonstration === true);
  const doubts = useSelect((state) => state.ledgerFindings.some(({ answered }) => !answered));
  const offline = useLasting(status.phase === "ready" && status.connection !== "online");
  if (status.phase !== "ready") return null;
  return (
    <div class="banners">
      {offline && (
        <Notice tone="warning" title={t("banner.offline.title")}>
          {t("banner.offline.text")}
        </Notice>
      )}
      {status.clockOff_s !== null && (
        <Notice tone="warning" title={t("banner.clock.title")}>
          {t("banner.clock.text", { time: remaining(Math.abs(status.clockOff_s)) })}
        </Notice>
      )}
      {status.storageFull && (
        <Notice tone="danger" title={t("banner.storage.title")}>
          {t("banner.storage.text")}
        </Notice>
      )}
      {doubts && <LedgerBanners />}
      {status.needsPassphrase && !demonstration && (
        <Notice
          tone="warning"
          title={t("banner.passphrase.title")}
          actions={
            <button type="button" class="button-primary" onClick={() => session.show({ kind: "passphrase" })}>
              {t("passphrase.set")}
            </button>
          }
        >
          {t("banner.passphrase.text")}
        </Notice>
      )}
    </div>
  );
}

function useLasting(on: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!on) {
      setLasting(false);
      return undefined;
    }
    const timer = setTimeout(() => setLasting(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [on]);
  return lasting;
}
