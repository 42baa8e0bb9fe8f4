// From an invitation to an account, one question a step:
//   look → name → languages → passphrase → key (shown) → read back → ready
// The worker makes the keys between "passphrase" and "key"; nothing is sent before the key was read back.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure, InvitationView } from "../../member/api.ts";
import { deadline, list } from "../format.ts";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { Loading } from "../parts/loading.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { type Call, useAnswer, useCall, usePortal } from "../portal.ts";
import { Frame } from "./frame.tsx";
import { foldHandle, handleProblem, suggestHandle } from "./handle.ts";
import { LanguagesField, browserLanguages } from "./languages-field.tsx";
import { type NewPassphrase, OwnerOfPassphrase, PassphraseFields, isUsable } from "./passphrase-fields.tsx";
import { ReadBack, RecoverySheet } from "./recovery-sheet.tsx";

const STEPS = ["welcome", "name", "languages", "passphrase", "key", "readBack"] as const;
type Step = (typeof STEPS)[number];

interface Answers {
  name: string;
  handle: string;
  languages: string[];
  secret: NewPassphrase;
}

interface StepProps {
  answers: Answers;
  set: (change: Partial<Answers>) => void;
  next: () => void;
}

export function Onboarding({ id, secret }: { id: string; secret: string }) {
  const { api, session } = usePortal();
  const [attempt, setAttempt] = useState(0);
  const look = useAnswer(() => api.lookInvitation(id, secret), [id, secret, attempt]);
  const [step, setStep] = useState<Step>("welcome");
  const [answers, setAnswers] = useState<Answers>(() => ({
    name: "",
    handle: "",
    languages: browserLanguages(),
    secret: { passphrase: "", again: "" },
  }));
  const [recoveryKey, setRecoveryKey] = useState("");
  const prepare = useCall();
  const confirm = useCall();
  useEffect(() => {
    const first = document.querySelector<HTMLElement>(".frame-main input:not([tabindex='-1'])");
    (first ?? document.querySelector<HTMLElement>(".frame-main h1"))?.focus();
  }, [step]);
  if (look.failure !== undefined) return <Refused failure={look.failure} again={() => setAttempt(attempt + 1)} />;
  if (look.value === undefined)
    return (
      <Frame title={t("onboarding.looking")}>
        <Loading />
      </Frame>
    );

  const set = (change: Partial<Answers>): void => setAnswers({ ...answers, ...change });
  const makeKeys = async (): Promise<void> => {
    const { name, handle, languages, secret: chosen } = answers;
    const made = await prepare.run(async () => {
      const account = { name: name.trim(), handle: foldHandle(handle), languages, passphrase: chosen.passphrase };
      setRecoveryKey((await api.prepareAccount(id, secret, account)).recoveryKey);
    });
    if (made) setStep("key");
  };
  const finish = async (): Promise<void> => {
    if (!(await confirm.run(() => api.confirmAccount()))) return;
    session.go({ screen: "home" }, true);
    session.toast("done", t("onboarding.done"));
  };
  const at = STEPS.indexOf(step);
  const numbered = step === "welcome" ? {} : { step: { at, of: STEPS.length - 1 } };
  const back = at > 0 && step !== "key" && step !== "readBack" ? () => setStep(STEPS[at - 1] ?? "welcome") : null;
  return (
    <Frame title={t(`onboarding.title.${step}`)} {...numbered}>
      {step === "welcome" && <Welcome invitation={look.value} next={() => setStep("name")} />}
      {step === "name" && <NameStep answers={answers} set={set} next={() => setStep("languages")} />}
      {step === "languages" && <LanguagesStep answers={answers} set={set} next={() => setStep("passphrase")} />}
      {step === "passphrase" && (
        <PassphraseStep answers={answers} set={set} next={() => void makeKeys()} call={prepare} />
      )}
      {step === "key" && (
        <>
          <p>{t("recovery.why")}</p>
          <RecoverySheet recoveryKey={recoveryKey} name={answers.name} handle={answers.handle} />
          <button type="button" class="button-wide" onClick={() => setStep("readBack")}>
            {t("recovery.kept")}
          </button>
        </>
      )}
      {step === "readBack" && (
        <>
          <ReadBack
            recoveryKey={recoveryKey}
            busy={confirm.busy}
            onConfirmed={() => void finish()}
            onBack={() => setStep("key")}
          />
          <FailureNotice failure={confirm.failure} />
        </>
      )}
      {back !== null && (
        <button type="button" class="button-link" onClick={back}>
          {t("action.back")}
        </button>
      )}
    </Frame>
  );
}

function Refused({ failure, again }: { failure: Failure; again: () => void }) {
  const { session } = usePortal();
  const passing = failure.code.startsWith("network.") || failure.code.startsWith("server.");
  return (
    <Frame title={t("onboarding.refused")}>
      <FailureNotice failure={failure} />
      <p>{passing ? t("onboarding.tryAgain") : t("onboarding.askAgain")}</p>
      <div class="button-row">
        {passing && (
          <button type="button" class="button-primary" onClick={again}>
            {t("action.retry")}
          </button>
        )}
        <button type="button" onClick={() => session.go({ screen: "home" }, true)}>
          {t("onboarding.toSignIn")}
        </button>
      </div>
    </Frame>
  );
}

/** An invitation was opened in a browser in which somebody is signed in already. */
export function AlreadySignedIn({ name }: { name: string }) {
  const { session } = usePortal();
  return (
    <Frame title={t("onboarding.signedInTitle")}>
      <p>{t("onboarding.signedInText", { name })}</p>
      <button type="button" class="button-primary" onClick={() => session.go({ screen: "home" }, true)}>
        {t("onboarding.toRooms")}
      </button>
    </Frame>
  );
}

function Welcome({ invitation, next }: { invitation: InvitationView; next: () => void }) {
  const { delegation, roles, inviter, expires_s } = invitation;
  return (
    <>
      <dl class="facts">
        {inviter !== null && (
          <Fact name={t("onboarding.inviter")}>
            <bdi>{inviter}</bdi>
          </Fact>
        )}
        <Fact name={t("delegation.label")}>
          {delegation === null ? (
            t("delegation.none")
          ) : (
            <>
              <DelegationChip delegation={delegation} /> <bdi>{delegation.name}</bdi>
            </>
          )}
        </Fact>
        <Fact name={t("role.name")}>{list(roles.map((role) => t(`role.${role}`)))}</Fact>
        <Fact name={t("invitation.expires")}>{deadline(expires_s * 1000)}</Fact>
      </dl>
      <p>{t("onboarding.welcomeText")}</p>
      <button type="button" class="button-primary button-wide" onClick={next}>
        {t("onboarding.begin")}
      </button>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function NextButton({ disabled, busy = false, label }: { disabled: boolean; busy?: boolean; label?: string }) {
  return (
    <button type="submit" class="button-primary button-wide" disabled={disabled || busy}>
      {busy ? t("onboarding.makingKeys") : (label ?? t("action.next"))}
    </button>
  );
}

function NameStep({ answers, set, next }: StepProps) {
  const [own, setOwn] = useState(answers.handle !== "");
  const problem = answers.handle === "" ? null : handleProblem(answers.handle);
  const submit = (event: Event): void => {
    event.preventDefault();
    next();
  };
  return (
    <form class="form" onSubmit={submit}>
      <TextField
        label={t("person.name")}
        hint={t("person.nameHint")}
        value={answers.name}
        onInput={(name) => set(own ? { name } : { name, handle: suggestHandle(name) })}
        autoComplete="name"
        maxLength={120}
        required
      />
      <TextField
        label={t("person.handle")}
        hint={t("person.handleHint")}
        error={problem === null ? null : t("person.handleMalformed")}
        value={answers.handle}
        onInput={(handle) => {
          setOwn(true);
          set({ handle: handle.trim() });
        }}
        autoComplete="username"
        maxLength={40}
        required
        code
      />
      <NextButton disabled={answers.name.trim() === "" || handleProblem(answers.handle) !== null} />
    </form>
  );
}

function LanguagesStep({ answers, set, next }: StepProps) {
  return (
    <div class="form">
      <LanguagesField value={answers.languages} onChange={(languages) => set({ languages })} />
      <button type="button" class="button-primary button-wide" onClick={next}>
        {t("action.next")}
      </button>
    </div>
  );
}

function PassphraseStep({ answers, set, next, call }: StepProps & { call: Call }) {
  const personal = [answers.name, answers.handle];
  const submit = (event: Event): void => {
    event.preventDefault();
    next();
  };
  return (
    <form class="form" onSubmit={submit}>
      <Notice tone="info">{t("passphrase.neverSent")}</Notice>
      <OwnerOfPassphrase handle={answers.handle} />
      <PassphraseFields value={answers.secret} onChange={(secret) => set({ secret })} personal={personal} autoFocus />
      <FailureNotice failure={call.failure} />
      <NextButton disabled={!isUsable(answers.secret, personal)} busy={call.busy} />
    </form>
  );
}
