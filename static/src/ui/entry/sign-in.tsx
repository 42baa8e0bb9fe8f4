// Sign-in with the passphrase, or with the printed recovery key.

import { useState } from "preact/hooks";
import { t } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Field, PassphraseField, TextField } from "../parts/field.tsx";
import { useCall, usePortal } from "../portal.ts";
import { Frame } from "./frame.tsx";

export function SignIn() {
  const { api } = usePortal();
  const [handle, setHandle] = useState("");
  const [secret, setSecret] = useState("");
  const [recovery, setRecovery] = useState(false);
  const call = useCall();
  const name = handle.trim();

  const enter = (discard: boolean): void => {
    const signIn = recovery ? api.signInWithRecovery : api.signIn;
    void call.run(() => signIn(name, secret, discard));
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    enter(false);
  };
  const change = (): void => {
    setRecovery(!recovery);
    setSecret("");
    call.clear();
  };
  return (
    <Frame title={recovery ? t("signIn.recoveryTitle") : t("signIn.title")}>
      <form class="form" onSubmit={submit}>
        <TextField
          label={t("person.handle")}
          value={handle}
          onInput={setHandle}
          autoComplete="username"
          required
          autoFocus
          code
        />
        {recovery ? (
          <RecoveryKeyField value={secret} onInput={setSecret} />
        ) : (
          <PassphraseField
            label={t("signIn.passphrase")}
            value={secret}
            onInput={setSecret}
            autoComplete="current-password"
          />
        )}
        <FailureNotice failure={call.failure} />
        {call.failure?.code === "account.unsent" && (
          <button type="button" class="button-danger button-wide" onClick={() => enter(true)}>
            {t("signIn.discard")}
          </button>
        )}
        <button type="submit" class="button-primary button-wide" disabled={call.busy}>
          {call.busy ? t("signIn.busy") : t("signIn.submit")}
        </button>
        <button type="button" class="button-link" onClick={change}>
          {recovery ? t("signIn.usePassphrase") : t("signIn.useRecovery")}
        </button>
      </form>
      <p class="quiet">{t("signIn.byInvitation")}</p>
    </Frame>
  );
}

function RecoveryKeyField({ value, onInput }: { value: string; onInput: (value: string) => void }) {
  return (
    <Field label={t("recovery.key")} hint={t("signIn.recoveryHint")}>
      {(ids) => (
        <textarea
          {...ids}
          class="code"
          dir="ltr"
          rows={3}
          value={value}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          required
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
