// Signing an act: the worker signs what the dialog has shown, and says whether it is numbered or waits to be sent.

import type { ActContent } from "../../wire/drafts/acts.ts";
import { pause } from "../fetching.ts";
import { t } from "../i18n.ts";
import { usePortal } from "../portal.ts";
import { useNegotiation } from "./use-negotiation.ts";

/** So long a dialog waits for the server's number; what is signed is kept here before, and goes out in any case. */
const PATIENCE_MS = 2500;

type Unsigned<Act> = Act extends unknown ? Omit<Act, "v" | "at"> : never;

/** An act's content before it has a version and a time. */
export type Wish = Unsigned<ActContent>;

/** Sign an act and say in a toast what became of it. Rejects with a Failure. */
export function useAct(): (wish: Wish, done?: string) => Promise<void> {
  const { drafts, view } = useNegotiation();
  const tell = useTelling();
  return async (wish, done) => {
    const content = { ...wish, v: 1, at: Date.now() } as ActContent;
    await tell(drafts.draftAct(view.room, view.draft, content), done);
  };
}

/** Wait for an act's number, not for long, and say in a toast what became of it. Rejects with a Failure. */
export function useTelling(): (signing: Promise<number | null>, done?: string) => Promise<void> {
  const { session } = usePortal();
  return async (signing, done) => {
    const late = Symbol("late");
    const number = await Promise.race([signing, pause(PATIENCE_MS).then(() => late)]);
    if (number === late) void session.attempt(signing); // a refusal is told even after the dialog
    if (number === null || number === late) session.toast("done", t("negotiation.act.waits"));
    else if (done !== undefined) session.toast("done", done);
  };
}
