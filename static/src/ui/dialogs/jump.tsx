// Going to a day of the record.

import { useState } from "preact/hooks";
import { dayKey, zone } from "../format.ts";
import { t } from "../i18n.ts";
import { Field } from "../parts/field.tsx";
import { usePortal } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function JumpToDate() {
  const { api, record, session, store } = usePortal();
  const [date, setDate] = useState(dayKey(Date.now()));
  const jump = async (): Promise<void> => {
    const room = store.get().room?.room;
    const [year = 0, month = 1, dayOfMonth = 1] = date.split("-").map(Number);
    if (room === undefined) return;
    const number = await api.numberAt(room, new Date(year, month - 1, dayOfMonth).getTime());
    if (number === null) session.toast("done", t("jump.after"));
    await (number === null ? record.toNewest() : record.jumpTo(number));
  };
  return (
    <FormDialog title={t("jump.title")} submit={t("jump.go")} disabled={date === ""} work={jump}>
      <Field label={t("jump.date")} hint={t("jump.zone", { zone: zone(Date.now()) })}>
        {(ids) => (
          <input
            {...ids}
            type="date"
            value={date}
            max={dayKey(Date.now())}
            required
            autofocus
            onInput={(event) => setDate(event.currentTarget.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
