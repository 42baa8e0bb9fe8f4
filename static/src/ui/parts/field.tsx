// Form fields: label, hint and error belong to the control for everybody who reads them.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | null;
  /** Draws the control with the ids that tie it to its label and its descriptions. */
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ComponentChildren;
}

export function Field({ label, hint, error = null, children }: FieldProps) {
  const id = useId();
  const described = [hint === undefined ? "" : `${id}-hint`, error === null ? "" : `${id}-error`].filter(Boolean);
  return (
    <div class={error === null ? "field" : "field field-wrong"}>
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": described.join(" ") || undefined, "aria-invalid": error !== null })}
      {hint !== undefined && (
        <div class="field-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {error !== null && (
        <div class="field-error" id={`${id}-error`}>
          <Icon name="alert" size={14} /> {error}
        </div>
      )}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | null;
  autoComplete?: string;
  autoFocus?: boolean;
  maxLength?: number;
  required?: boolean;
  /** Typed characters are an id, a key: no spelling, no capitals, left to right. */
  code?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onInput, autoComplete = "off", autoFocus, maxLength, required = false, code = false } = props;
  return (
    <Field label={label} error={props.error ?? null} {...(props.hint !== undefined && { hint: props.hint })}>
      {(ids) => (
        <input
          {...ids}
          type="text"
          class={code ? "code" : undefined}
          dir={code ? "ltr" : "auto"}
          value={value}
          autocomplete={autoComplete}
          autofocus={autoFocus}
          autocapitalize={code ? "none" : undefined}
          spellcheck={code ? false : undefined}
          maxLength={maxLength}
          required={required}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface PassphraseFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** "new-password" lets password managers offer to keep it. */
  autoComplete: "current-password" | "new-password";
  hint?: ComponentChildren;
  error?: string | null;
  autoFocus?: boolean;
}

/** A passphrase that can be shown while it is typed. */
export function PassphraseField(props: PassphraseFieldProps) {
  const { label, value, onInput, autoComplete, autoFocus } = props;
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} error={props.error ?? null} {...(props.hint !== undefined && { hint: props.hint })}>
      {(ids) => (
        <div class="input-with-button">
          <input
            {...ids}
            {...(shown ? ({ type: "text", autocapitalize: "none" } as const) : ({ type: "password" } as const))}
            dir="ltr"
            value={value}
            autocomplete={autoComplete}
            autofocus={autoFocus}
            spellcheck={false}
            required
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <button type="button" class="button-quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? t("action.hide") : t("action.show")}
          </button>
        </div>
      )}
    </Field>
  );
}
