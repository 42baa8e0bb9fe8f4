// Shown while something is fetched; it stays invisible for the first 300 ms (style sheet), so that quick answers do not flicker.

import { t } from "../i18n.ts";

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">{t("state.loading")}</span>
      <span class="loading-line" />
      <span class="loading-line" />
      <span class="loading-line" />
    </div>
  );
}
