// Another passphrase for one's account: for whoever knows the present one, or has the recovery key at hand.

import { useState } from "preact/hooks";
import type { Failure, OwnerProof } from "../../member/api.ts";
import { type NewPassphrase, OwnerOfPassphrase, PassphraseFields, isUsable } from "../entry/passphrase-fields.tsx";
import { t } from "../i18n.ts";
import { PassphraseField, TextField } from "../parts/field.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { FormDialog } from "./form.tsx";

/** By what its owner is known; "signIn" was with the recovery key, just before. */
type Way = "passphrase" | "recoveryKey" | "signIn";

export function NewPassphraseDialog() {
  const { api } = usePortal();
  const own = useSelect(me);
  const recovered = useSelect(({ status }) => status.phase === "ready" && status.needsPassphrase);
  const [way, setWay] = useState<Way>(recovered ? "signIn" : "passphrase");
  const [shown, setShown] = useState("");
  const [secret, setSecret] = useState<NewPassphrase>({ passphrase: "", again: "" });
  const personal = [own?.name ?? "", own?.handle ?? ""];

  const change = (next: Way): void => {
    setWay(next);
    setShown("");
  };
  const work = async (): Promise<void> => {
    try {
      await api.setPassphrase(secret.passphrase, proofBy(way, shown));
    } catch (error) {
      // The sign-in is too long ago to count.
      if (way === "signIn" && (error as Failure).code === "signin.refused") change("recoveryKey");
      throw error;
    }
  };
  return (
    <FormDialog
      title={t("passphrase.set")}
      submit={t("passphrase.set")}
      disabled={!isUsable(secret, personal) || (way !== "signIn" && shown.trim() === "")}
      work={work}
      words={({ code }) => (code === "signin.refused" ? refusedWords(way, shown) : undefined)}
      done={t("passphrase.done")}
    >
      <p>{t("passphrase.neverSent")}</p>
      <OwnerOfPassphrase handle={own?.handle ?? ""} />
      {way !== "signIn" && <OwnerFields way={way} value={shown} onInput={setShown} onWay={change} />}
      <PassphraseFields value={secret} onChange={setSecret} personal={personal} autoFocus={way === "signIn"} />
    </FormDialog>
  );
}

interface OwnerFieldsProps {
  way: "passphrase" | "recoveryKey";
  value: string;
  onInput: (value: string) => void;
  onWay: (way: Way) => void;
}

function OwnerFields({ way, value, onInput, onWay }: OwnerFieldsProps) {
  return (
    <>
      {way === "recoveryKey" ? (
        <TextField
          label={t("recovery.key")}
          hint={t("signIn.recoveryHint")}
          value={value}
          onInput={onInput}
          required
          autoFocus
          code
        />
      ) : (
        <PassphraseField
          label={t("newPassphrase.present")}
          hint={t("newPassphrase.why")}
          value={value}
          onInput={onInput}
          autoComplete="current-password"
          autoFocus
        />
      )}
      <button
        type="button"
        class="button-link"
        onClick={() => onWay(way === "recoveryKey" ? "passphrase" : "recoveryKey")}
      >
        {way === "recoveryKey" ? t("signIn.usePassphrase") : t("signIn.useRecovery")}
      </button>
    </>
  );
}

function proofBy(way: Way, shown: string): OwnerProof | undefined {
  if (way === "signIn") return undefined;
  return way === "passphrase" ? { passphrase: shown } : { recoveryKey: shown };
}

function refusedWords(way: Way, shown: string): string {
  if (way === "passphrase") return t("newPassphrase.wrong");
  return shown === "" ? t("newPassphrase.late") : t("newPassphrase.wrongKey");
}
