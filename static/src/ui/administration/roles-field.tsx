// The roles that an account holds; it can hold several.

import type { Role } from "../../member/api.ts";
import { t } from "../i18n.ts";

export const ROLES = ["delegate", "chair", "observer", "moderator", "administrator"] as const satisfies readonly Role[];

export function RolesField({
  value,
  onChange,
  label,
}: {
  value: readonly Role[];
  onChange: (roles: Role[]) => void;
  label: string;
}) {
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      {ROLES.map((role) => (
        <label key={role} class="check">
          <input
            type="checkbox"
            checked={value.includes(role)}
            onChange={(event) =>
              onChange(ROLES.filter((each) => (each === role ? event.currentTarget.checked : value.includes(each))))
            }
          />
          <span>
            {t(`role.${role}`)} <span class="quiet">{t(`roleHint.${role}`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
