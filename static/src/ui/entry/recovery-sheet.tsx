// The recovery key on its way to the paper: shown, printed, copied, saved; then two of its groups are typed back.

import { useState } from "preact/hooks";
import { shortDay } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { TextField } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import { saveBlob } from "../parts/save.ts";
import { groupsOf, sameGroup, twoGroups } from "./recovery-key.ts";

interface SheetProps {
  recoveryKey: string;
  name: string;
  handle: string;
}

/** The key with what a person needs to know about it; this alone is what the printer gets. */
export function RecoverySheet({ recoveryKey, name, handle }: SheetProps) {
  const groups = groupsOf(recoveryKey);
  const lines = [
    t("recovery.sheetTitle"),
    `${name} (${handle})`,
    location.origin,
    "",
    groups.join("-"),
    "",
    t("recovery.sheetText"),
  ];
  const save = (): void =>
    saveBlob(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/plain" }), `${t("recovery.fileName")}.txt`);
  return (
    <>
      <section class="sheet" aria-label={t("recovery.key")}>
        <h2 class="sheet-title">{t("recovery.sheetTitle")}</h2>
        <p class="sheet-who">
          <bdi>{name}</bdi> · <bdi>{handle}</bdi> · <bdi dir="ltr">{location.origin}</bdi> · {shortDay(Date.now())}
        </p>
        <ol class="sheet-groups" dir="ltr">
          {groups.map((group, index) => (
            <li key={index}>
              <code>{group}</code>
            </li>
          ))}
        </ol>
        <p class="sheet-text">{t("recovery.sheetText")}</p>
      </section>
      <div class="button-row">
        <button type="button" class="button-primary" onClick={() => print()}>
          <Icon name="print" /> {t("recovery.print")}
        </button>
        <CopyButton text={groups.join("-")} label={t("recovery.copy")} />
        <button type="button" onClick={save}>
          <Icon name="download" /> {t("recovery.download")}
        </button>
      </div>
    </>
  );
}

interface ReadBackProps {
  recoveryKey: string;
  busy: boolean;
  onConfirmed: () => void;
  onBack: () => void;
}

/** Asks for two groups of the printed key, so that nobody goes on with a key that lies nowhere. */
export function ReadBack({ recoveryKey, busy, onConfirmed, onBack }: ReadBackProps) {
  const groups = groupsOf(recoveryKey);
  const [asked] = useState(() => twoGroups());
  const [typed, setTyped] = useState(["", ""]);
  const [wrong, setWrong] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    const right = asked.every((group, index) => sameGroup(typed[index] ?? "", groups[group] ?? ""));
    setWrong(!right);
    if (right) onConfirmed();
  };
  return (
    <form class="form" onSubmit={submit}>
      <p>{t("recovery.readBack")}</p>
      <div class="field-pair">
        {asked.map((group, index) => (
          <TextField
            key={group}
            label={t("recovery.group", { number: group + 1 })}
            value={typed[index] ?? ""}
            onInput={(value) => setTyped(typed.map((each, at) => (at === index ? value : each)))}
            autoFocus={index === 0}
            maxLength={8}
            code
          />
        ))}
      </div>
      {wrong && (
        <Notice tone="danger" alert>
          {t("recovery.wrong")}
        </Notice>
      )}
      <div class="button-row">
        <button type="button" onClick={onBack}>
          {t("recovery.showAgain")}
        </button>
        <button type="submit" class="button-primary" disabled={busy || typed.some((value) => value.trim() === "")}>
          {busy ? t("state.working") : t("recovery.confirm")}
        </button>
      </div>
    </form>
  );
}
