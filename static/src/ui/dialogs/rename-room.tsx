// Another name for a room; the name is sealed as everything else is.

import { useState } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { FormDialog } from "./form.tsx";

export function RenameRoom({ room }: { room: Id }) {
  const { api } = usePortal();
  const before = useSelect((state) => state.rooms?.find((each) => each.room === room)?.name ?? "");
  const [name, setName] = useState(before);
  const same = name.trim() === "" || name.trim() === before;
  return (
    <FormDialog
      title={t("rename.title")}
      submit={t("action.save")}
      disabled={same}
      work={() => api.renameRoom(room, name.trim())}
    >
      <TextField
        label={t("newRoom.name")}
        hint={t("newRoom.nameHint")}
        value={name}
        onInput={setName}
        maxLength={120}
        required
        autoFocus
      />
    </FormDialog>
  );
}
