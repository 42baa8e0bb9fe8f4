// The public register: what all who signed choose to show of it. The text itself stays with them.

import { useEffect, useState } from "preact/hooks";
import type { Instrument } from "../../member/drafts/api.ts";
import { b64 } from "../../wire/bytes.ts";
import { canonicalText, RefusedText } from "../../wire/drafts/text.ts";
import type { Id } from "../../wire/ids.ts";
import { list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { safeFileName, saveBlob } from "../parts/save.ts";
import { useAnswer, useCall, usePortal } from "../portal.ts";
import { useDelegationNames } from "./delegations.tsx";
import { Moment } from "./moment.tsx";
import { Hash } from "./signed-facts.tsx";
import { useNegotiation } from "./use-negotiation.ts";

const TITLE_CHARS_MAX = 200;

/** Shown once everybody whose turn it was has signed: what is public, what waits for whom, and how to propose it. */
export function Register() {
  const { acts, own } = useNegotiation();
  const [asking, setAsking] = useState<Instrument | "new" | null>(null);
  const { instruments, failure, again } = useInstruments();
  const signers = [...new Set(acts.signing?.signatures.map(({ delegation }) => delegation))];
  if (acts.signing === null || signers.length < acts.signing.order.length || signers.length < 2) return null;
  const close = (): void => {
    setAsking(null);
    again();
  };
  return (
    <section class="neg-part" aria-label={t("negotiation.register.title")}>
      <h2>{t("negotiation.register.title")}</h2>
      <p class="quiet">{t("negotiation.register.text")}</p>
      <FailureNotice failure={failure} />
      <ul class="neg-list">
        {instruments.map((each) => (
          <Line key={each.instrument} instrument={each} signers={signers} onConsent={() => setAsking(each)} />
        ))}
      </ul>
      {signers.includes(own) && (
        <div>
          <button type="button" onClick={() => setAsking("new")}>
            {t("negotiation.register.propose")}
          </button>
        </div>
      )}
      {asking === "new" && <ProposeDialog onClose={close} />}
      {asking !== null && asking !== "new" && <ConsentDialog instrument={asking} onClose={close} />}
    </section>
  );
}

interface LineProps {
  instrument: Instrument;
  signers: readonly Id[];
  onConsent: () => void;
}

function Line({ instrument, signers, onConsent }: LineProps) {
  const { own } = useNegotiation();
  const name = useDelegationNames();
  const { title, bundle, consented, published_ms } = instrument;
  const awaited = signers.filter((delegation) => !consented.includes(delegation));
  return (
    <li>
      <strong dir="auto">{title}</strong> · {t("negotiation.register.file")} <Hash hash={bundle} />{" "}
      {published_ms === null ? (
        <span class="quiet">{t("negotiation.register.waits", { names: list(awaited.map(name)) })}</span>
      ) : (
        <>
          <Icon name="check" size={14} /> {t("negotiation.register.public")} <Moment at_ms={published_ms} /> ·{" "}
          <a href={`/instruments#${instrument.instrument}`} target="_blank" rel="noreferrer">
            {t("negotiation.register.look")}
          </a>
        </>
      )}
      {published_ms === null && awaited.includes(own) && (
        <button type="button" onClick={onConsent}>
          {t("negotiation.register.consent")}
        </button>
      )}
    </li>
  );
}

/** Makes the file that the parties hand out, keeps it on this machine, and proposes its hash under a title. */
function ProposeDialog({ onClose }: { onClose: () => void }) {
  const { document, drafts, view } = useNegotiation();
  const [title, setTitle] = useState(() => document.meta.title[document.meta.langs[0] ?? ""] ?? "");
  const call = useCall();
  const publish = usePublish();
  const wished = titleOf(title);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (call.busy || wished === "") return;
    const published = await call.run(async () => {
      const file = await drafts.draftBundle(view.room, view.draft, "public");
      const bundle = b64(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
      await publish({ title: wished, bundle });
      saveBlob(file, `${safeFileName(wished)}.portal-draft.json`);
    });
    if (published) onClose();
  };
  return (
    <Dialog title={t("negotiation.register.propose").replace(/…$/u, "")} keepOpen onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <p>{t("negotiation.register.proposeText")}</p>
        <TextField
          label={t("negotiation.register.titleField")}
          hint={t("negotiation.register.titleHint")}
          value={title}
          maxLength={TITLE_CHARS_MAX}
          onInput={setTitle}
          required
        />
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={call.busy || wished === ""}>
            {call.busy ? t("state.working") : t("negotiation.register.proposeSubmit")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function ConsentDialog({ instrument, onClose }: { instrument: Instrument; onClose: () => void }) {
  const call = useCall();
  const publish = usePublish();
  const { title, bundle } = instrument;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!call.busy && (await call.run(() => publish({ title, bundle })))) onClose();
  };
  return (
    <Dialog title={t("negotiation.register.consent").replace(/…$/u, "")} keepOpen onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <p>{t("negotiation.register.consentText")}</p>
        <dl class="facts">
          <dt>{t("negotiation.register.titleField")}</dt>
          <dd dir="auto">{title}</dd>
          <dt>{t("negotiation.register.file")}</dt>
          <dd>
            <code class="hash" dir="ltr">
              {bundle}
            </code>
          </dd>
        </dl>
        <FailureNotice failure={call.failure} />
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={call.busy}>
            {call.busy ? t("state.working") : t("negotiation.register.consentSubmit")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Consent to a publication, and say what has come of it. */
function usePublish(): (wish: { title: string; bundle: string }) => Promise<void> {
  const { drafts, view } = useNegotiation();
  const { session } = usePortal();
  return async (wish) => {
    const { published_ms } = await drafts.publishDraft(view.room, view.draft, wish);
    session.toast("done", t(published_ms === null ? "negotiation.register.noted" : "negotiation.register.isPublic"));
  };
}

/** What is, or is to be, public of this draft; asked for again when somebody has said something about it. */
function useInstruments() {
  const { acts, drafts, view } = useNegotiation();
  const { session } = usePortal();
  const [round, setRound] = useState(0);
  const again = (): void => setRound((before) => before + 1);
  useEffect(
    () =>
      session.onDraft((event) => {
        if (event.type === "drafts" && event.room === view.room) again();
      }),
    [view.room],
  );
  const signed = acts.signing?.signatures.length ?? 0;
  const ask = async (): Promise<Instrument[]> => (signed === 0 ? [] : drafts.draftInstruments(view.room, view.draft));
  const { value, failure } = useAnswer(ask, [view.room, view.draft, signed > 0, round]);
  const [instruments, setInstruments] = useState<readonly Instrument[]>([]);
  useEffect(() => {
    if (value !== undefined) setInstruments(value);
  }, [value]);
  return { instruments, failure, again };
}

/** A title in its one form, on one line; "" if the public could not be shown it. */
function titleOf(typed: string): string {
  try {
    return canonicalText(typed.replace(/\n/gu, " "));
  } catch (error) {
    if (error instanceof RefusedText) return "";
    throw error;
  }
}
