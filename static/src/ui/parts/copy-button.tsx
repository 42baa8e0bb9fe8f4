// Copies a text and says so on the button itself.

import { useEffect, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";

const SAID_MS = 2500;

export function CopyButton({ text, label, primary = false }: { text: string; label: string; primary?: boolean }) {
  const [state, setState] = useState<"idle" | "done" | "refused">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SAID_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("done");
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      setState("refused");
    }
  };
  return (
    <button type="button" class={primary ? "button-primary" : ""} onClick={() => void copy()}>
      <Icon name={state === "done" ? "check" : "copy"} />
      <span aria-live="polite">
        {state === "idle" ? label : state === "done" ? t("action.copied") : t("action.copyRefused")}
      </span>
    </button>
  );
}
