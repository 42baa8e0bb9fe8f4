// Short messages about what has just been done or has failed. They never take the focus.

import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";

export function Toasts() {
  const { session } = usePortal();
  const toasts = useSelect((state) => state.toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, tone, text }) => (
        <div key={id} class={`toast toast-${tone}`}>
          <Icon name={tone === "done" ? "check" : "alert"} size={18} />
          <span>{text}</span>
          <button
            type="button"
            class="button-quiet button-icon"
            aria-label={t("action.dismiss")}
            onClick={() => session.dismiss(id)}
          >
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
