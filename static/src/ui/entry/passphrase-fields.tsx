// A new passphrase, typed twice, with an estimate of its strength.

import { t } from "../i18n.ts";
import { PassphraseField } from "../parts/field.tsx";
import { strength } from "./strength.ts";

export interface NewPassphrase {
  passphrase: string;
  again: string;
}

/** Whether both fields agree on a passphrase that is not too weak. */
export function isUsable({ passphrase, again }: NewPassphrase, personal: readonly string[]): boolean {
  return passphrase === again && strength(passphrase, personal).level > 0;
}

/** Tells a password manager to whom the passphrase belongs; nobody else needs it, so nobody meets it. */
export function OwnerOfPassphrase({ handle }: { handle: string }) {
  return (
    <div class="visually-hidden" aria-hidden="true">
      <input type="text" name="username" autocomplete="username" value={handle} readOnly tabIndex={-1} />
    </div>
  );
}

interface PassphraseFieldsProps {
  value: NewPassphrase;
  onChange: (value: NewPassphrase) => void;
  /** Name, sign-in name: what a guesser would try. */
  personal: readonly string[];
  autoFocus?: boolean;
}

export function PassphraseFields({ value, onChange, personal, autoFocus = false }: PassphraseFieldsProps) {
  const differ = value.again !== "" && !value.passphrase.startsWith(value.again);
  return (
    <>
      <PassphraseField
        label={t("passphrase.new")}
        value={value.passphrase}
        onInput={(passphrase) => onChange({ ...value, passphrase })}
        autoComplete="new-password"
        autoFocus={autoFocus}
        hint={<StrengthMeter passphrase={value.passphrase} personal={personal} />}
      />
      <PassphraseField
        label={t("passphrase.again")}
        value={value.again}
        onInput={(again) => onChange({ ...value, again })}
        autoComplete="new-password"
        error={differ ? t("passphrase.differ") : null}
      />
    </>
  );
}

function StrengthMeter({ passphrase, personal }: { passphrase: string; personal: readonly string[] }) {
  if (passphrase === "") return <>{t("passphrase.advice")}</>;
  const { level, hint } = strength(passphrase, personal);
  return (
    <div class={`strength strength-${level}`}>
      <span class="strength-bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span aria-live="polite">
        {t(`passphrase.level${level}`)}
        {hint !== null && ` ${t(`passphrase.hint.${hint}`)}`}
      </span>
    </div>
  );
}
