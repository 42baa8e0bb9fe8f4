// Letting more people into a room.

import { useState } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { PeoplePicker } from "../parts/people-picker.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { FormDialog } from "./form.tsx";
import { useOthers } from "./new-room.tsx";

export function AddMembers({ room: id }: { room: Id }) {
  const { api } = usePortal();
  const room = useSelect((state) => state.room);
  const others = useOthers().filter((person) => room === null || !room.members.includes(person.account));
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set());
  return (
    <FormDialog
      title={t("addMembers.title")}
      submit={t("addMembers.submit")}
      size="medium"
      disabled={chosen.size === 0}
      work={() => api.addMembers(id, [...chosen])}
      done={t("addMembers.done")}
    >
      <PeoplePicker label={t("newRoom.people")} from={others} chosen={chosen} onChange={setChosen} />
      {room !== null && (
        <Notice tone="info">{t(room.history === "none" ? "addMembers.historyNone" : "addMembers.historyAll")}</Notice>
      )}
    </FormDialog>
  );
}
