// Modal dialogs on the native element: the browser keeps the focus inside and gives it back to where it was.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";

interface DialogProps {
  title: string;
  onClose: () => void;
  /** Wider than a form: pictures, settings. */
  size?: "small" | "medium" | "large";
  /** Something typed would be lost by a click beside the dialog. */
  keepOpen?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, size = "medium", keepOpen = false, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog dialog-${size}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return; // a file picker inside was cancelled
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current && !keepOpen) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="button-quiet button-icon" aria-label={t("action.close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** The row of buttons at a dialog's end; the last one does what the dialog is for. */
export function DialogActions({ children }: { children: ComponentChildren }) {
  return <footer class="dialog-actions">{children}</footer>;
}
