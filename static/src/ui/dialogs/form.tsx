// A dialog that asks for something and does it: form, failure, buttons.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Failure } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall, usePortal } from "../portal.ts";

interface FormDialogProps {
  title: string;
  submit: string;
  danger?: boolean;
  size?: "small" | "medium" | "large";
  /** Nothing can be done yet. */
  disabled?: boolean;
  /** Does it; the dialog closes when it succeeded, and says so in words when it did not. */
  work: () => Promise<unknown>;
  /** Words for a failure that means something special here; undefined: its usual ones. */
  words?: (failure: Failure) => string | undefined;
  /** Said in a toast afterwards. */
  done?: string;
  /** The focus goes to the button that does it, for dialogs that are complete as they open. */
  focusSubmit?: boolean;
  children?: ComponentChildren;
}

export function FormDialog(props: FormDialogProps) {
  const {
    title,
    submit,
    danger = false,
    size = "small",
    disabled = false,
    work,
    words,
    done,
    focusSubmit = false,
    children,
  } = props;
  const { session } = usePortal();
  const call = useCall();
  const shown = useRef(true);
  useEffect(() => () => void (shown.current = false), []);
  const act = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (disabled || call.busy || !(await call.run(work))) return;
    if (shown.current) session.closeDialog(); // it may be another one's turn by now
    if (done !== undefined) session.toast("done", done);
  };
  const special = call.failure === null ? undefined : words?.(call.failure);
  return (
    <Dialog title={title} size={size} keepOpen onClose={() => session.closeDialog()}>
      <form class="form" onSubmit={(event) => void act(event)}>
        {children}
        {special === undefined ? (
          <FailureNotice failure={call.failure} />
        ) : (
          <Notice tone="danger" alert>
            {special}
          </Notice>
        )}
        <DialogActions>
          <button type="button" onClick={() => session.closeDialog()}>
            {t("action.cancel")}
          </button>
          <button
            type="submit"
            class={danger ? "button-danger-full" : "button-primary"}
            disabled={disabled || call.busy}
            autofocus={focusSubmit}
          >
            {call.busy ? t("state.working") : submit}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
