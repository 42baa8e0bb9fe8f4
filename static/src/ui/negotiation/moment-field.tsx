// A moment in the reader's own time zone, with the zone's name beside it.

import { zone } from "../format.ts";
import { t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";

interface MomentFieldProps {
  label: string;
  /** Unix milliseconds; null while nothing is chosen. */
  value: number | null;
  onChange: (value: number | null) => void;
  /** Down to seconds, where minutes are too long. */
  seconds?: boolean;
  hint?: string;
  error?: string | null;
}

export function MomentField({ label, value, onChange, seconds = false, hint, error = null }: MomentFieldProps) {
  const zoned = t("negotiation.moment.zone", { zone: zone(value ?? Date.now()) });
  return (
    <Field label={label} hint={hint === undefined ? zoned : `${zoned} ${hint}`} error={error}>
      {(ids) => (
        <input
          {...ids}
          type="datetime-local"
          class="neg-moment"
          step={seconds ? 1 : 60}
          value={value === null ? "" : localText(value, seconds)}
          onInput={(event) => onChange(momentOf(event.currentTarget.value))}
        />
      )}
    </Field>
  );
}

/** As the browser's field wants it: local time without a zone. */
export function localText(at_ms: number, seconds: boolean): string {
  const at = new Date(at_ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minutes = `${date}T${two(at.getHours())}:${two(at.getMinutes())}`;
  return seconds ? `${minutes}:${two(at.getSeconds())}` : minutes;
}

/** The moment that a local time names; null if it names none. */
export function momentOf(local: string): number | null {
  const at_ms = new Date(local).getTime();
  return Number.isNaN(at_ms) ? null : at_ms;
}
