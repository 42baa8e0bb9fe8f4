// A message in the page's flow: what happened, what was kept, what to do.

import type { ComponentChildren } from "preact";
import type { Failure } from "../../member/api.ts";
import { failureWords } from "../failure-words.ts";
import { Icon, type IconName } from "../icons.tsx";

type Tone = "info" | "warning" | "danger" | "done";
const ICONS: Record<Tone, IconName> = { info: "info", warning: "warning", danger: "alert", done: "check" };

interface NoticeProps {
  tone: Tone;
  title?: string;
  /** Read out at once: for what the person has just caused. */
  alert?: boolean;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

export function Notice({ tone, title, alert = false, actions, children }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={ICONS[tone]} size={18} />
      <div class="notice-text">
        {title !== undefined && <strong class="notice-title">{title}</strong>}
        {children !== undefined && <div>{children}</div>}
        {actions !== undefined && <div class="notice-actions">{actions}</div>}
      </div>
    </div>
  );
}

/** The words of a failed call, or nothing. */
export function FailureNotice({ failure }: { failure: Failure | null | undefined }) {
  if (failure === null || failure === undefined) return null;
  return (
    <Notice tone="danger" alert>
      {failureWords(failure.code, failure.detail)}
    </Notice>
  );
}
