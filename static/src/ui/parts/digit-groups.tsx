// Numbers that two people compare: groups of five digits, always from left to right.

/** @param digits groups that are separated by spaces, or a run of digits. */
export function DigitGroups({ digits, label, large = false }: { digits: string; label: string; large?: boolean }) {
  const groups = digits.replace(/\s+/g, "").match(/.{1,5}/g) ?? [];
  return (
    <ol class={large ? "digits digits-large" : "digits"} dir="ltr" aria-label={label}>
      {groups.map((group, index) => (
        // Spelled out for screen readers: one number word of five digits can not be compared.
        <li key={index}>
          <span aria-hidden="true">{group}</span>
          <span class="visually-hidden">{[...group].join(" ")}</span>
        </li>
      ))}
    </ol>
  );
}
