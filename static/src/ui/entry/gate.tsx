// Screens that stand in for everything else: another tab, a browser that can not do it, a device that was removed.

import { t } from "../i18n.ts";
import { useCall, usePortal } from "../portal.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Frame } from "./frame.tsx";

/** Only one tab of a browser may hold the keys; this one can become it. */
export function Elsewhere() {
  const { api } = usePortal();
  const call = useCall();
  return (
    <Frame title={t("elsewhere.title")}>
      <p>{t("elsewhere.text")}</p>
      <FailureNotice failure={call.failure} />
      <button
        type="button"
        class="button-primary"
        disabled={call.busy}
        onClick={() => void call.run(() => api.takeOver())}
      >
        {t("elsewhere.use")}
      </button>
    </Frame>
  );
}

export function Unsupported({ missing }: { missing: readonly string[] }) {
  return (
    <Frame title={t("unsupported.title")}>
      <p>{t("unsupported.text")}</p>
      <ul>
        <li>{t("unsupported.update")}</li>
        <li>{t("unsupported.private")}</li>
        <li>{t("unsupported.ask")}</li>
      </ul>
      {missing.length > 0 && (
        <details>
          <summary>{t("unsupported.details")}</summary>
          <ul class="code" dir="ltr">
            {missing.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </details>
      )}
    </Frame>
  );
}

/** The browser has no room for the portal, and keeps nothing of it yet that could be read. */
export function StorageFull() {
  return (
    <Frame title={t("banner.storage.title")}>
      <p>{t("storageFull.text")}</p>
      <button type="button" class="button-primary" onClick={() => location.reload()}>
        {t("action.retry")}
      </button>
    </Frame>
  );
}

export function Revoked() {
  return (
    <Frame title={t("revoked.title")}>
      <p>{t("revoked.text")}</p>
      <p>{t("revoked.next")}</p>
      <button type="button" class="button-primary" onClick={() => location.reload()}>
        {t("revoked.signIn")}
      </button>
    </Frame>
  );
}

/** The page itself failed: what was typed is kept in the worker's store, and a reload brings it back. */
export function Fault() {
  return (
    <Frame title={t("fault.title")}>
      <p>{t("fault.text")}</p>
      <button type="button" class="button-primary" onClick={() => location.reload()}>
        {t("fault.reload")}
      </button>
    </Frame>
  );
}
