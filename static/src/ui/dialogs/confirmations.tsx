// Steps that concern others or can not be taken back, each with what will happen.

import type { Id } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { roomName } from "../room/naming.ts";
import { FormDialog } from "./form.tsx";

function useRoomName(id: Id): string {
  const room = useSelect((state) => state.rooms?.find((each) => each.room === id));
  return room === undefined ? "" : roomName(room);
}

export function RemoveMember({ room, account }: { room: Id; account: Id }) {
  const { api } = usePortal();
  const name = usePersonName(account);
  return (
    <FormDialog
      title={t("removeMember.title", { name })}
      submit={t("removeMember.action")}
      danger
      work={() => api.removeMember(room, account)}
      done={t("removeMember.done", { name })}
    >
      <p>{t("removeMember.text", { name })}</p>
    </FormDialog>
  );
}

export function LeaveRoom({ room }: { room: Id }) {
  const { api } = usePortal();
  const name = useRoomName(room);
  return (
    <FormDialog title={t("leave.of", { name })} submit={t("leave.title")} danger work={() => api.leaveRoom(room)}>
      <p>{t("leave.text")}</p>
    </FormDialog>
  );
}

export function ArchiveRoom({ room, archive }: { room: Id; archive: boolean }) {
  const { api } = usePortal();
  const name = useRoomName(room);
  return (
    <FormDialog
      title={t(archive ? "archive.of" : "archive.reopenOf", { name })}
      submit={t(archive ? "archive.title" : "archive.reopen")}
      work={() => api.archiveRoom(room, archive)}
    >
      <p>{t(archive ? "archive.text" : "archive.reopenText")}</p>
    </FormDialog>
  );
}
