// What can be done about anybody in a room, person or interpreter.

import type { Id, RoomView } from "../../member/api.ts";
import { t } from "../i18n.ts";
import { Icon } from "../icons.tsx";
import { usePortal } from "../portal.ts";
import { mayManage } from "./rights.ts";

export function ChangedKeyButton({ account }: { account: Id }) {
  const { session } = usePortal();
  return (
    <button type="button" class="button-primary" onClick={() => session.show({ kind: "changed-key", account })}>
      <Icon name="changed" /> {t("changedKey.look")}
    </button>
  );
}

/** Nothing, for whoever may not remove people from this room. */
export function RemoveButton({ room, account, name }: { room: RoomView; account: Id; name: string }) {
  const { session } = usePortal();
  if (!mayManage(room) || room.state !== "active") return null;
  return (
    <button
      type="button"
      class="button-danger"
      aria-label={t("removeMember.of", { name })}
      onClick={() => session.show({ kind: "remove-member", room: room.room, account })}
    >
      <Icon name="removePerson" /> {t("removeMember.action")}
    </button>
  );
}
