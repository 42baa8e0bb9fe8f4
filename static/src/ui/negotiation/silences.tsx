// Silence procedures: whoever does not object by the deadline agrees. What is running is counted down; an objection
// that the server has not confirmed can be handed over another way.

import { useEffect, useState } from "preact/hooks";
import { countdown, needsOtherWay, phaseOf, tick_ms } from "../../draft/negotiation/silence.ts";
import type { Silence } from "../../wire/drafts/state.ts";
import type { Id } from "../../wire/ids.ts";
import { deadline, list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { DelegationName } from "./delegations.tsx";
import { MismatchNote } from "./mismatch.tsx";
import { Moment } from "./moment.tsx";
import { ObjectionWay } from "./objection-way.tsx";
import { Hash } from "./signed-facts.tsx";
import { OpenSilence, SilenceDialogs, type SilenceStep } from "./silence-dialogs.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function Silences() {
  const { acts, mayAct, projection } = useNegotiation();
  const [opening, setOpening] = useState(false);
  const silences = Object.entries(acts.silences).sort(([, a], [, b]) => b.opened.number - a.opened.number);
  const running = silences.some(([, { status }]) => status === "open");
  const adopted = acts.adoption !== null && acts.adoption.status === "adopted";
  return (
    <section class="neg-part" aria-label={t("negotiation.silence.title")}>
      <h2>{t("negotiation.silence.title")}</h2>
      {silences.length === 0 && <p class="quiet">{t("negotiation.silence.none")}</p>}
      {silences.map(([id, silence]) => (
        <SilenceView key={id} id={id} silence={silence} />
      ))}
      {mayAct("silence_open") && !running && !adopted && (
        <div>
          <button type="button" disabled={projection.root === null} onClick={() => setOpening(true)}>
            <Icon name="clock" /> {t("negotiation.silence.open")}
          </button>
          {projection.root === null && <p class="quiet">{t("negotiation.silence.blocked")}</p>}
        </div>
      )}
      {opening && <OpenSilence onClose={() => setOpening(false)} />}
    </section>
  );
}

/** The present time, renewed as often as the countdown needs it. */
function useNow(deadline_ms: number, running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    const timer = setTimeout(() => setNow(Date.now()), tick_ms(deadline_ms, Date.now()));
    return () => clearTimeout(timer);
  }, [now, deadline_ms, running]);
  return now;
}

function SilenceView({ id, silence }: { id: Id; silence: Silence }) {
  const { view, own, mayAct, projection } = useNegotiation();
  const [step, setStep] = useState<SilenceStep | null>(null);
  const now = useNow(silence.deadline_ms, silence.status === "open");
  const phase = phaseOf(silence, now);
  const waiting = view.pendingActs.some(({ content }) => content.t === "silence_break" && content.silence === id);
  const answered = [...silence.objections, ...silence.consents].some(({ delegation }) => delegation === own);
  const eligible = silence.eligible.includes(own) && mayAct("silence_break");
  return (
    <article class={`neg-silence neg-silence-${phase}`}>
      <header>
        <strong>{t(`negotiation.silence.phase.${phase}`)}</strong>{" "}
        <span class="quiet">
          <Person account={silence.opened.account} /> · <Moment at_ms={silence.opened.at_ms} />
        </span>
      </header>
      <Deadline silence={silence} now_ms={now} />
      <p class="quiet">
        {t("negotiation.fact.root")} <Hash hash={silence.root} />{" "}
        {projection.root !== silence.root && t("negotiation.silence.otherText")}
      </p>
      <Answers silence={silence} />
      {phase === "disputed" && <Notice tone="danger">{t("negotiation.silence.disputedText")}</Notice>}
      {phase === "void" && <Notice tone="danger">{t("negotiation.silence.voidText")}</Notice>}
      {waiting && <ObjectionWay silence={id} urgent={needsOtherWay(silence.deadline_ms, waiting, now)} />}
      <div class="button-row">
        {phase === "running" && eligible && !answered && (
          <>
            <button type="button" class="button-danger" onClick={() => setStep("break")}>
              {t("negotiation.silence.object")}
            </button>
            <button type="button" onClick={() => setStep("consent")}>
              {t("negotiation.silence.consent")}
            </button>
          </>
        )}
        {phase === "running" && mayAct("silence_extend") && (
          <button type="button" onClick={() => setStep("extend")}>
            {t("negotiation.silence.extend")}
          </button>
        )}
        {silence.closed === null && (phase === "lapsed" || phase === "broken") && mayAct("silence_close") && (
          <button type="button" class="button-primary" onClick={() => setStep("close")}>
            {t("negotiation.silence.close")}
          </button>
        )}
        {(phase === "adopted" || phase === "disputed") && <LateButton onClick={() => setStep("late")} />}
      </div>
      {step !== null && <SilenceDialogs id={id} silence={silence} step={step} onClose={() => setStep(null)} />}
    </article>
  );
}

function LateButton({ onClick }: { onClick: () => void }) {
  const { mayAct } = useNegotiation();
  if (!mayAct("silence_late")) return null;
  return (
    <button type="button" onClick={onClick}>
      {t("negotiation.silence.late")}
    </button>
  );
}

/** The moment, with its zone, and how long it is until then. */
function Deadline({ silence, now_ms }: { silence: Silence; now_ms: number }) {
  const { days, hours, minutes, seconds } = countdown(silence.deadline_ms, now_ms);
  const running = phaseOf(silence, now_ms) === "running";
  const parts = [
    ...(days > 0 ? [tn("negotiation.time.days", days)] : []),
    ...(days > 0 || hours > 0 ? [tn("negotiation.time.hours", hours)] : []),
    tn("negotiation.time.minutes", minutes),
    ...(days === 0 && hours === 0 ? [tn("negotiation.time.seconds", seconds)] : []),
  ];
  return (
    <p class="neg-deadline">
      <Icon name="clock" size={16} /> {t("negotiation.silence.until", { deadline: deadline(silence.deadline_ms) })}
      {running && (
        <span class="neg-countdown" role="timer">
          {" "}
          {t("negotiation.silence.left", { left: list(parts) })}
        </span>
      )}
      {silence.extensions.length > 0 && (
        <span class="quiet"> {tn("negotiation.silence.extended", silence.extensions.length)}</span>
      )}
    </p>
  );
}

/** What each delegation that may object has said so far. */
function Answers({ silence }: { silence: Silence }) {
  const { view } = useNegotiation();
  const running = silence.status === "open";
  const receiptOf = (number: number): boolean => view.actLog.find((line) => line.number === number)?.receipt != null;
  return (
    <ul class="neg-answers">
      {silence.eligible.map((delegation) => {
        const objection = silence.objections.find((each) => each.delegation === delegation);
        const consent = silence.consents.find((each) => each.delegation === delegation);
        const made = objection ?? consent;
        return (
          <li key={delegation}>
            <DelegationName id={delegation} />{" "}
            {objection !== undefined ? (
              <strong>
                <Icon name="close" size={14} /> {t("negotiation.silence.objected")}
              </strong>
            ) : (
              <span>
                {consent !== undefined ? <Icon name="check" size={14} /> : <span aria-hidden="true">–</span>}{" "}
                {t(`negotiation.silence.${consent !== undefined ? "consented" : running ? "silent" : "wasSilent"}`)}
              </span>
            )}
            {objection !== undefined && objection.reason !== "" && (
              <span class="neg-reason" dir="auto">
                {objection.reason}
              </span>
            )}
            {made !== undefined && (
              <span class="quiet">
                {" "}
                <Person account={made.account} /> · <Moment at_ms={made.at_ms} /> ·{" "}
                {t(receiptOf(made.number) ? "negotiation.silence.receipt" : "negotiation.silence.noReceipt")}{" "}
                <MismatchNote account={made.account} delegation={made.delegation} />
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
