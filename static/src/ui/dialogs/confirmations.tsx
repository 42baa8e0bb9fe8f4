// Steps that concern others or can not be taken back, each with what will happen.

import type { Id, TermView } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { roomName } from "../room/naming.ts";
import { TermWords } from "../terms/term-words.tsx";
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

export function EndInterpreter({ account }: { account: Id }) {
  const { api, session } = usePortal();
  const name = usePersonName(account);
  const end = async (): Promise<void> => {
    await api.endInterpreter(account);
    await session.refreshPeople();
  };
  return (
    <FormDialog
      title={t("endInterpreter.title", { name })}
      submit={t("endInterpreter.action")}
      danger
      work={end}
      done={t("endInterpreter.done", { name })}
    >
      <p>{t("endInterpreter.text")}</p>
    </FormDialog>
  );
}

export function SwitchTranslations({ room, on }: { room: Id; on: boolean }) {
  const { api } = usePortal();
  return (
    <FormDialog
      title={t(on ? "translations.onTitle" : "translations.offTitle")}
      submit={t(on ? "translations.turnOn" : "translations.turnOff")}
      work={() => api.setTranslations(room, on)}
      done={t(on ? "translations.nowOn" : "translations.nowOff")}
      focusSubmit
    >
      <p>{t(on ? "translations.onText" : "translations.offText")}</p>
    </FormDialog>
  );
}

export function RemoveTerm({ room, term }: { room: Id; term: TermView }) {
  const { api } = usePortal();
  return (
    <FormDialog
      title={t("terms.removeTitle")}
      submit={t("terms.remove")}
      danger
      work={() => api.removeTerm(room, term.term)}
      done={t("terms.removed")}
    >
      <TermWords words={term.words} />
      <p>{t("terms.removeText")}</p>
    </FormDialog>
  );
}
