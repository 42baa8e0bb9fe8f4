// Whether the person is there, and what the browser's tab says about unread messages.

import type { MemberApi } from "../member/api.ts";
import { t } from "./i18n.ts";
import type { State } from "./state.ts";
import type { Store } from "./store.ts";

const AWAY_AFTER_MS = 5 * 60_000;
const SIGNS_OF_LIFE = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

/** Tell the worker when the person comes and goes: the page is in view and was used within five minutes. */
export function watchAttention(api: MemberApi, store: Store<State>): void {
  let active: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (now: boolean): void => {
    if (now === active || store.get().status.phase !== "ready") return;
    active = now;
    void api.setActive(now).catch(() => {
      active = null; // said again at the next sign of life
    });
  };
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(false), AWAY_AFTER_MS);
    tell(document.visibilityState === "visible");
  };
  for (const sign of SIGNS_OF_LIFE) addEventListener(sign, alive, { passive: true });
  document.addEventListener("visibilitychange", alive);
  store.subscribe(() => {
    if (store.get().status.phase !== "ready") active = null;
    else if (active === null) alive();
  });
}

/** Keep the number of unread messages in the title of the tab. */
export function keepTitle(store: Store<State>): void {
  store.subscribe(() => {
    const { rooms, room, status } = store.get();
    const unread = (rooms ?? []).reduce((sum, each) => sum + each.unread, 0);
    const place = status.phase === "ready" ? (room?.name ?? null) : null;
    const title = place === null ? t("app.name") : `${place} · ${t("app.name")}`;
    document.title = unread > 0 ? `(${unread}) ${title}` : title;
  });
}
