// What can be done in a silence procedure, each step confirmed with what is signed.

import { useState } from "preact/hooks";
import { REASON_CHARS_MAX, countsSeconds, earliestDeadline, offeredDeadline } from "../../draft/negotiation/silence.ts";
import type { LangRoot, OfflineObjection } from "../../wire/drafts/acts.ts";
import type { Silence } from "../../wire/drafts/state.ts";
import { type Id, newId } from "../../wire/ids.ts";
import { deadline } from "../format.ts";
import { t } from "../i18n.ts";
import { Field, TextField } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { DelegationName, useByName } from "./delegations.tsx";
import { MomentField } from "./moment-field.tsx";
import type { Wish } from "./use-act.ts";
import { type Negotiation, useNegotiation } from "./use-negotiation.ts";

export type SilenceStep = "break" | "consent" | "extend" | "close" | "late";

/** The authentic languages with the roots of their texts; null while something stands in their way. */
export function rootsOf({ columns, projection }: Negotiation): LangRoot[] | null {
  const roots: LangRoot[] = [];
  for (const lang of [...columns].sort()) {
    const root = projection.roots[lang];
    if (root === null || root === undefined) return null;
    roots.push([lang, root]);
  }
  return roots;
}

export function OpenSilence({ onClose }: { onClose: () => void }) {
  const { parties, silenceMin_ms } = useNegotiation();
  const [id] = useState(newId);
  const [earliest_ms] = useState(() => earliestDeadline(Date.now(), silenceMin_ms));
  const [deadline_ms, setDeadline] = useState<number | null>(() => offeredDeadline(earliest_ms, silenceMin_ms));
  const [eligible, setEligible] = useState<ReadonlySet<Id>>(new Set(parties));
  const byName = useByName();
  const inTime = deadline_ms !== null && deadline_ms >= earliest_ms;
  const wish = (now: Negotiation): Wish | null => {
    const langs = rootsOf(now);
    const { root } = now.projection;
    if (root === null || langs === null || !inTime || eligible.size === 0) return null;
    return { t: "silence_open", silence: id, root, langs, deadline_ms, eligible: [...eligible].sort() };
  };
  const toggle = (delegation: Id, on: boolean): void => {
    const next = new Set(eligible);
    if (on) next.add(delegation);
    else next.delete(delegation);
    setEligible(next);
  };
  return (
    <ActDialog
      title={t("negotiation.silence.open")}
      submit={t("negotiation.silence.openSign")}
      wish={wish}
      done={t("negotiation.silence.opened")}
      onClose={onClose}
    >
      <p>{t("negotiation.silence.openText")}</p>
      <MomentField
        label={t("negotiation.fact.deadline")}
        value={deadline_ms}
        onChange={setDeadline}
        seconds={countsSeconds(silenceMin_ms)}
        hint={t("negotiation.silence.earliest", { deadline: deadline(earliest_ms) })}
        error={inTime ? null : t("negotiation.silence.tooEarly")}
      />
      <fieldset class="field">
        <legend>{t("negotiation.fact.eligible")}</legend>
        {byName(parties).map((delegation) => (
          <label key={delegation} class="check">
            <input
              type="checkbox"
              checked={eligible.has(delegation)}
              onChange={(event) => toggle(delegation, event.currentTarget.checked)}
            />
            <DelegationName id={delegation} />
          </label>
        ))}
      </fieldset>
    </ActDialog>
  );
}

interface StepProps {
  id: Id;
  silence: Silence;
  onClose: () => void;
}

export function SilenceDialogs({ step, ...props }: StepProps & { step: SilenceStep }) {
  switch (step) {
    case "break":
      return <BreakSilence {...props} />;
    case "consent":
      return <ConsentSilence {...props} />;
    case "extend":
      return <ExtendSilence {...props} />;
    case "close":
      return <CloseSilence {...props} />;
    case "late":
      return <LateObjection {...props} />;
  }
}

function BreakSilence({ id, onClose }: StepProps) {
  const [reason, setReason] = useState("");
  return (
    <ActDialog
      title={t("negotiation.silence.breakTitle")}
      submit={t("negotiation.silence.breakSign")}
      danger
      wish={{ t: "silence_break", silence: id, ...(reason.trim() !== "" && { reason: reason.trim() }) }}
      done={t("negotiation.silence.brokenDone")}
      onClose={onClose}
    >
      <p>{t("negotiation.silence.breakText")}</p>
      <TextField
        label={t("negotiation.silence.breakReason")}
        value={reason}
        onInput={setReason}
        maxLength={REASON_CHARS_MAX}
        autoFocus
      />
    </ActDialog>
  );
}

function ConsentSilence({ id, onClose }: StepProps) {
  return (
    <ActDialog
      title={t("negotiation.silence.consentTitle")}
      submit={t("negotiation.silence.consentSign")}
      wish={{ t: "silence_consent", silence: id }}
      done={t("negotiation.silence.consentDone")}
      onClose={onClose}
    >
      <p>{t("negotiation.silence.consentText")}</p>
    </ActDialog>
  );
}

function ExtendSilence({ id, silence, onClose }: StepProps) {
  const { silenceMin_ms } = useNegotiation();
  const [deadline_ms, setDeadline] = useState<number | null>(silence.deadline_ms + 86_400_000);
  const later = deadline_ms !== null && deadline_ms > silence.deadline_ms;
  return (
    <ActDialog
      title={t("negotiation.silence.extendTitle")}
      submit={t("negotiation.silence.extendSign")}
      wish={later ? { t: "silence_extend", silence: id, deadline_ms } : null}
      done={t("negotiation.silence.extendDone")}
      onClose={onClose}
    >
      <p>{t("negotiation.silence.extendText", { deadline: deadline(silence.deadline_ms) })}</p>
      <MomentField
        label={t("negotiation.fact.deadline")}
        value={deadline_ms}
        onChange={setDeadline}
        seconds={countsSeconds(silenceMin_ms)}
        error={later ? null : t("negotiation.silence.notLater")}
      />
    </ActDialog>
  );
}

/** The closing act quotes the acts' head, so that whatever was left out of them can be proved. */
function CloseSilence({ id, silence, onClose }: StepProps) {
  const broken = silence.objections.length > 0;
  return (
    <ActDialog
      title={t("negotiation.silence.closeTitle")}
      submit={t(broken ? "negotiation.silence.closeBroken" : "negotiation.silence.closeAdopted")}
      wish={({ acts: { number, head, silences } }) => ({
        t: "silence_close",
        silence: id,
        through: number,
        head,
        outcome: (silences[id]?.objections.length ?? 0) > 0 ? "broken" : "adopted",
      })}
      done={t(broken ? "negotiation.silence.closedBroken" : "negotiation.silence.closedAdopted")}
      onClose={onClose}
    >
      <p>{t(broken ? "negotiation.silence.closeBrokenText" : "negotiation.silence.closeAdoptedText")}</p>
    </ActDialog>
  );
}

/** An objection that was handed over outside of the server. */
function LateObjection({ id, onClose }: StepProps) {
  const [objection, setObjection] = useState<OfflineObjection | null>(null);
  const [wrong, setWrong] = useState(false);
  const read = async (file: File | undefined): Promise<void> => {
    const found = file === undefined ? null : objectionIn(await file.text());
    setObjection(found);
    setWrong(file !== undefined && found === null);
  };
  return (
    <ActDialog
      title={t("negotiation.silence.lateTitle")}
      submit={t("negotiation.silence.lateSign")}
      wish={objection === null ? null : { t: "silence_late", silence: id, objection }}
      done={t("negotiation.silence.lateDone")}
      onClose={onClose}
    >
      <p>{t("negotiation.silence.lateText")}</p>
      <Field label={t("negotiation.silence.lateFile")} error={wrong ? t("negotiation.silence.lateWrong") : null}>
        {(ids) => (
          <input
            {...ids}
            type="file"
            accept=".json,application/json"
            onChange={(event) => void read(event.currentTarget.files?.[0])}
          />
        )}
      </Field>
      {objection !== null && <Notice tone="info">{t("negotiation.silence.lateRead")}</Notice>}
    </ActDialog>
  );
}

/** The objection in a file; null if it is none. What it is worth, every reader's program decides by its signatures. */
function objectionIn(text: string): OfflineObjection | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { objection } = parsed as { objection?: Partial<OfflineObjection> | null };
  const { statement, sig, receipt } = objection ?? {};
  if (typeof statement !== "string" || typeof sig !== "string") return null;
  return { statement, sig, ...(receipt !== undefined && { receipt }) };
}
