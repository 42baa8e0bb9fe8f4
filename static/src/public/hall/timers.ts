// Timers are data (server: townhall/timers.py); every screen counts by itself, by the server's clock.

import type { Timer } from "./document.ts";

/** Shows the time that each timer in `root` has left, each second. `serverNowMs` is the time at which it was made. */
export function startTimers(root: HTMLElement, serverNowMs: number): { tick: () => void } {
  const aheadMs = serverNowMs ? serverNowMs - Date.now() : 0;
  const tick = () => {
    for (const element of root.querySelectorAll<HTMLElement>("[data-running]")) {
      const timer = JSON.parse(element.dataset["running"] ?? "null") as Timer;
      if (timer) show(element, leftS(timer, Date.now() + aheadMs));
    }
  };
  setInterval(tick, 1000);
  return { tick };
}

/** Seconds that are left; negative once the time is used up. */
export function leftS(timer: NonNullable<Timer>, nowMs: number): number {
  const untilMs = timer.ended_at_ms ?? timer.paused_at_ms ?? nowMs;
  return timer.budget_s - Math.floor((untilMs - timer.started_at_ms - timer.paused_total_ms) / 1000);
}

function show(element: HTMLElement, seconds: number): void {
  const all = Math.abs(seconds);
  const text = `${seconds < 0 ? "−" : ""}${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("over", seconds < 0);
}
