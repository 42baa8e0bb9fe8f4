// What the others learn while one works, and what this browser may show when the portal is not in front.

import { useState } from "preact/hooks";
import type { Me } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";

export function Privacy() {
  const { api, session } = usePortal();
  const own = useSelect(me);
  if (own === null) return null;
  const set = (change: Partial<Me["settings"]>): void => {
    void session.attempt(api.updateMe({ settings: { ...own.settings, ...change } }));
  };
  return (
    <>
      <Section title={t("settings.seen")}>
        <label class="check">
          <input
            type="checkbox"
            checked={own.settings.presence}
            onChange={(event) => set({ presence: event.currentTarget.checked })}
          />
          {t("settings.presence")}
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={own.settings.typing}
            onChange={(event) => set({ typing: event.currentTarget.checked })}
          />
          {t("settings.typing")}
        </label>
      </Section>
      <Notifications />
    </>
  );
}

function Notifications() {
  const { session } = usePortal();
  const wanted = useSelect((state) => state.preferences.notifications);
  const able = "Notification" in window;
  const [permission, setPermission] = useState(able ? Notification.permission : "denied");
  const change = async (on: boolean): Promise<void> => {
    if (on && Notification.permission === "default") setPermission(await Notification.requestPermission());
    await session.prefer({ notifications: on && Notification.permission === "granted" });
  };
  return (
    <Section title={t("settings.notifications")} text={t("settings.notificationsText")}>
      <label class="check">
        <input
          type="checkbox"
          checked={wanted && permission === "granted"}
          disabled={permission === "denied"}
          onChange={(event) => void change(event.currentTarget.checked)}
        />
        {t("settings.notify")}
      </label>
      {permission === "denied" && (
        <Notice tone="info">{t(able ? "settings.notifyDenied" : "settings.notifyUnable")}</Notice>
      )}
    </Section>
  );
}
