// The one dialog before anything is signed: what it means, and exactly what is signed.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { DraftProblem, DraftView } from "../../member/drafts/api.ts";
import type { ActType } from "../../wire/drafts/acts.ts";
import { list } from "../format.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { useMismatched } from "./mismatch.tsx";
import { DelegationName } from "./delegations.tsx";
import { SignedFacts } from "./signed-facts.tsx";
import { type Wish, useAct } from "./use-act.ts";
import { type Negotiation, useNegotiation } from "./use-negotiation.ts";

interface ActDialogProps {
  /** May be the name of the button that opened it: its dots are left away. */
  title: string;
  submit: string;
  danger?: boolean;
  /**
   * What will be signed, as the fields stand; null while they are not complete. A function: what of it comes from the
   * draft is that of the moment at which the dialog opened, until the reader takes over what has changed since.
   */
  wish: Wish | null | ((negotiation: Negotiation) => Wish | null);
  /** What is signed beyond the act itself, where that is a statement that stands on its own. */
  statement?: (wish: Wish) => Readonly<Record<string, unknown>>;
  /** Signs by another way than as an act alone; else `wish` is signed as it is. */
  work?: (wish: Wish) => Promise<unknown>;
  /** Why it can not be signed now, whatever the fields say. */
  hindrance?: string | null;
  done?: string;
  size?: "small" | "medium" | "large";
  onClose: () => void;
  /** What it means, and the fields. */
  children?: ComponentChildren;
}

export function ActDialog(props: ActDialogProps) {
  const { title, submit, danger = false, statement, work, done } = props;
  const { size = "medium", onClose, children } = props;
  const { wish, changed, renew } = useFrozen(props.wish);
  const { view } = useNegotiation();
  const mismatch = useMismatchHindrance(wish);
  const hindrance = props.hindrance ?? doubtOf(view, wish) ?? mismatch;
  const sign = useAct();
  const call = useCall();
  const shown = useRef(true);
  useEffect(() => () => void (shown.current = false), []);
  const act = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (wish === null || changed || hindrance !== null || call.busy) return;
    const signed = await call.run(() => (work === undefined ? sign(wish, done) : work(wish)));
    if (signed && shown.current) onClose();
  };
  return (
    <Dialog title={title.replace(/…$/u, "")} size={size} keepOpen onClose={onClose}>
      <form class="form" onSubmit={(event) => void act(event)}>
        {children}
        {hindrance !== null && <Notice tone="danger">{hindrance}</Notice>}
        {view.unconfirmed && <Notice tone="warning">{t("draft.unconfirmed")}</Notice>}
        {wish !== null && <Signing facts={statement?.(wish) ?? wish} exactly={statement?.(wish) ?? { ...wish, v: 1 }} />}
        {changed && <Changed renew={renew} />}
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button
            type="submit"
            class={danger ? "button-danger-full" : "button-primary"}
            disabled={wish === null || changed || hindrance !== null || call.busy}
          >
            {call.busy ? t("state.working") : submit}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/**
 * Nobody signs anything but what stood before her eyes: what others write meanwhile is not slipped under the pen.
 * `changed`: what would be signed now is another thing than what is shown; `renew` takes it over.
 */
function useFrozen(wish: ActDialogProps["wish"]): { wish: Wish | null; changed: boolean; renew: () => void } {
  const live = useNegotiation();
  const [frozen, setFrozen] = useState(live);
  if (typeof wish !== "function") return { wish, changed: false, renew: () => undefined };
  const shown = wish(frozen);
  const changed = frozen !== live && JSON.stringify(shown) !== JSON.stringify(wish(live));
  return { wish: shown, changed, renew: () => setFrozen(live) };
}

/** Who objects does not vouch for a text: that must be possible whatever is shown here. */
const OBJECTIONS: ReadonlySet<ActType> = new Set<ActType>(["silence_break", "silence_late", "rectify_object"]);
/** Alarms that mean that others may have another text before them. */
const DOUBTS: ReadonlySet<DraftProblem["kind"]> = new Set<DraftProblem["kind"]>(["fork", "dropped", "forged", "snapshot"]);

/** Nobody signs over a text that may not be the others'. */
function doubtOf({ problem, waitingFor }: DraftView, wish: Wish | null): string | null {
  if (wish === null || OBJECTIONS.has(wish.t)) return null;
  if (waitingFor !== null) return t(`draft.waiting.${waitingFor}`);
  return problem !== null && DOUBTS.has(problem.kind) ? t("negotiation.sign.doubt") : null;
}

/** Acts by which a text becomes agreed or signed. */
const BINDING: ReadonlySet<ActType> = new Set<ActType>([
  "agree",
  "initial",
  "lifecycle",
  "sign",
  "sign_open",
  "silence_close",
]);

/** Nothing that binds is signed while somebody may act for a delegation that she is not of. */
function useMismatchHindrance(wish: Wish | null): string | null {
  const mismatched = useMismatched();
  const people = useSelect((state) => state.people);
  if (wish === null || !BINDING.has(wish.t) || mismatched.length === 0) return null;
  const names = mismatched.map((account) => people.get(account)?.name ?? t("person.unknown"));
  return t("negotiation.mismatch.banner", { names: list(names) });
}

function Changed({ renew }: { renew: () => void }) {
  return (
    <Notice
      tone="warning"
      alert
      actions={
        <button type="button" onClick={renew}>
          {t("negotiation.sign.renew")}
        </button>
      }
    >
      {t("negotiation.sign.changed")}
    </Notice>
  );
}

/** Who signs what; the bytes themselves for whoever wants to see them. */
function Signing({ facts, exactly }: { facts: object; exactly: object }) {
  const { view } = useNegotiation();
  const name = useSelect((state) => me(state)?.name ?? "");
  return (
    <section class="signing" aria-label={t("negotiation.sign.what")}>
      <h3>{t("negotiation.sign.what")}</h3>
      <SignedFacts content={facts} />
      <p class="quiet signing-by">
        {t("negotiation.sign.by")} <bdi>{name}</bdi>
        {view.delegation !== "" && (
          <>
            {" · "}
            <DelegationName id={view.delegation} />
          </>
        )}
      </p>
      <details>
        <summary>{t("negotiation.sign.exactly")}</summary>
        <p class="quiet">{t("negotiation.sign.exactlyText")}</p>
        <pre class="signing-bytes" dir="ltr" tabIndex={0}>
          {JSON.stringify(exactly, null, 2)}
        </pre>
      </details>
    </section>
  );
}
