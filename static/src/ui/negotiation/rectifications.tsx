// Errors in the signed text, put right unless a delegation objects in time.

import { useState } from "preact/hooks";
import { REASON_CHARS_MAX } from "../../draft/negotiation/silence.ts";
import type { Rectification } from "../../wire/drafts/state.ts";
import { type Id, newId } from "../../wire/ids.ts";
import { deadline, languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { Field, TextField } from "../parts/field.tsx";
import { Person } from "../parts/person.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { DelegationName } from "./delegations.tsx";
import { MomentField } from "./moment-field.tsx";
import { Moment } from "./moment.tsx";
import { useNegotiation } from "./use-negotiation.ts";

const USUAL_MS = 90 * 86_400_000;

export function Rectifications() {
  const { acts, mayAct } = useNegotiation();
  const [opening, setOpening] = useState(false);
  const all = Object.entries(acts.rectifications);
  const signed = acts.signing !== null && acts.signing.signatures.length === acts.signing.order.length;
  if (all.length === 0 && !signed) return null;
  return (
    <section class="neg-part" aria-label={t("negotiation.rectify.title")}>
      <h2>{t("negotiation.rectify.title")}</h2>
      {all.length === 0 && <p class="quiet">{t("negotiation.rectify.none")}</p>}
      {all.map(([id, each]) => (
        <RectificationView key={id} id={id} rectification={each} />
      ))}
      {mayAct("rectify_open") && signed && (
        <div>
          <button type="button" onClick={() => setOpening(true)}>
            {t("negotiation.rectify.open")}
          </button>
        </div>
      )}
      {opening && <OpenRectification onClose={() => setOpening(false)} />}
    </section>
  );
}

function RectificationView({ id, rectification }: { id: Id; rectification: Rectification }) {
  const { names, own, mayAct } = useNegotiation();
  const [asking, setAsking] = useState<"object" | "close" | null>(null);
  const { items, status, objections, deadline_ms, eligible, opened } = rectification;
  const over = Date.now() > deadline_ms;
  const mine = objections.some(({ delegation }) => delegation === own);
  const outcome = objections.length > 0 ? "rejected" : "corrected";
  return (
    <article class="neg-silence">
      <header>
        <strong>{t(`negotiation.rectify.status.${status}`)}</strong>{" "}
        <span class="quiet">
          <Person account={opened.account} /> · <Moment at_ms={opened.at_ms} />
        </span>
      </header>
      <ul class="neg-list">
        {items.map((item, index) => (
          <li key={index}>
            {names.of(item.node)} · {languageName(item.lang)}:{" "}
            <del lang={item.lang} dir="auto">
              {item.from}
            </del>{" "}
            <ins lang={item.lang} dir="auto">
              {item.to}
            </ins>
          </li>
        ))}
      </ul>
      <p>{t("negotiation.silence.until", { deadline: deadline(deadline_ms) })}</p>
      {objections.map((each) => (
        <p key={each.number}>
          <DelegationName id={each.delegation} /> {t("negotiation.silence.objected")}{" "}
          <span dir="auto">{each.reason}</span>
        </p>
      ))}
      <div class="button-row">
        {status === "open" && !over && !mine && eligible.includes(own) && mayAct("rectify_object") && (
          <button type="button" class="button-danger" onClick={() => setAsking("object")}>
            {t("negotiation.silence.object")}
          </button>
        )}
        {(over || objections.length > 0) && rectification.closed === null && mayAct("rectify_close") && (
          <button type="button" onClick={() => setAsking("close")}>
            {t("negotiation.rectify.close")}
          </button>
        )}
      </div>
      {asking === "object" && <ObjectDialog id={id} onClose={() => setAsking(null)} />}
      {asking === "close" && (
        <ActDialog
          title={t("negotiation.rectify.close")}
          submit={t(`negotiation.rectify.close.${outcome}`)}
          wish={({ acts: { number, head, rectifications } }) => ({
            t: "rectify_close",
            rectification: id,
            through: number,
            head,
            outcome: (rectifications[id]?.objections.length ?? 0) > 0 ? "rejected" : "corrected",
          })}
          done={t("negotiation.rectify.closed")}
          onClose={() => setAsking(null)}
        >
          <p>{t(`negotiation.rectify.closeText.${outcome}`)}</p>
        </ActDialog>
      )}
    </article>
  );
}

function ObjectDialog({ id, onClose }: { id: Id; onClose: () => void }) {
  const [reason, setReason] = useState("");
  return (
    <ActDialog
      title={t("negotiation.rectify.objectTitle")}
      submit={t("negotiation.silence.breakSign")}
      danger
      wish={{ t: "rectify_object", rectification: id, ...(reason.trim() !== "" && { reason: reason.trim() }) }}
      done={t("negotiation.rectify.objected")}
      onClose={onClose}
    >
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

function OpenRectification({ onClose }: { onClose: () => void }) {
  const { projection, names, columns, lang: first } = useNegotiation();
  const [id] = useState(newId);
  const [node, setNode] = useState<Id | "">("");
  const [lang, setLang] = useState(first);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [deadline_ms, setDeadline] = useState<number | null>(() => Date.now() + USUAL_MS);
  const complete = node !== "" && from.trim() !== "" && to.trim() !== "" && deadline_ms !== null;
  return (
    <ActDialog
      title={t("negotiation.rectify.open")}
      submit={t("negotiation.rectify.openSign")}
      wish={complete ? { t: "rectify_open", rectification: id, items: [{ node, lang, from, to }], deadline_ms } : null}
      done={t("negotiation.rectify.opened")}
      onClose={onClose}
    >
      <p>{t("negotiation.rectify.openText")}</p>
      <Field label={t("negotiation.fact.clause")}>
        {(ids) => (
          <select {...ids} value={node} onChange={(event) => setNode(event.currentTarget.value)}>
            <option value="">{t("negotiation.link.choose")}</option>
            {projection.clauses
              .filter(({ gone }) => !gone)
              .map((clause) => (
                <option key={clause.node} value={clause.node}>
                  {names.of(clause.node)}
                </option>
              ))}
          </select>
        )}
      </Field>
      <Field label={t("negotiation.fact.languages")}>
        {(ids) => (
          <select {...ids} value={lang} onChange={(event) => setLang(event.currentTarget.value)}>
            {columns.map((each) => (
              <option key={each} value={each}>
                {languageName(each)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <TextField label={t("negotiation.rectify.from")} value={from} onInput={setFrom} required />
      <TextField label={t("negotiation.rectify.to")} value={to} onInput={setTo} required />
      <MomentField label={t("negotiation.fact.deadline")} value={deadline_ms} onChange={setDeadline} />
    </ActDialog>
  );
}
