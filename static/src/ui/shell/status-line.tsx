// The one line that tells whether the server is reached and whether the backup is complete.

import type { Status } from "../../member/api.ts";
import { Icon, type IconName } from "../icons.tsx";
import { type Key, t } from "../i18n.ts";
import { useSelect } from "../portal.ts";

type Ready = Extract<Status, { phase: "ready" }>;

interface Line {
  tone: "calm" | "waiting" | "problem";
  icon: IconName;
  text: Key;
}

function lineOf({ connection, backup }: Ready): Line {
  if (connection === "offline") return { tone: "problem", icon: "offline", text: "status.offline" };
  if (connection === "connecting") return { tone: "waiting", icon: "offline", text: "status.connecting" };
  if (backup === "failed") return { tone: "problem", icon: "unsaved", text: "status.backupFailed" };
  if (backup === "pending") return { tone: "waiting", icon: "saving", text: "status.backupPending" };
  return { tone: "calm", icon: "saved", text: "status.complete" };
}

export function StatusLine() {
  const status = useSelect((state) => state.status);
  if (status.phase !== "ready") return null;
  const { tone, icon, text } = lineOf(status);
  return (
    <div class={`status-line status-${tone}`} role="status">
      <Icon name={icon} /> <span>{t(text)}</span>
    </div>
  );
}
