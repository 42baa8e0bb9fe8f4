// What the middle shows while no room is open: the next step.

import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Loading } from "../parts/loading.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { KINDS } from "../room/naming.ts";
import { mayFound } from "../room/rights.ts";
import { me } from "../state.ts";

export function Home() {
  const { session } = usePortal();
  const person = useSelect(me);
  const rooms = useSelect((state) => state.rooms);
  const settling = useSelect((state) => state.settling);
  const alone = useSelect((state) => state.people.size < 2);
  if (person === null || rooms === null) return null;
  if (rooms.length === 0 && settling) return <Loading />;
  const founds = KINDS.some((kind) => mayFound(person, kind));
  const administrator = person.roles.includes("administrator");
  const newRoom = founds && (
    <button
      type="button"
      class={rooms.length === 0 && !alone ? "button-primary" : ""}
      onClick={() => session.show({ kind: "new-room" })}
    >
      <Icon name="plus" /> {t("rooms.new")}
    </button>
  );
  if (alone && administrator) {
    return (
      <div class="empty">
        <h1>{t("home.aloneTitle")}</h1>
        <p>{t("home.aloneText")}</p>
        <div class="button-row">
          <button
            type="button"
            class="button-primary"
            onClick={() => session.go({ screen: "administration", section: "invitations" })}
          >
            <Icon name="addPerson" /> {t("invitation.create")}
          </button>
          {newRoom}
        </div>
      </div>
    );
  }
  return (
    <div class="empty">
      <h1>{rooms.length === 0 ? t("home.noRoomsTitle") : t("home.chooseTitle")}</h1>
      <p>{rooms.length > 0 ? t("home.chooseText") : t(founds ? "home.noRoomsText" : "home.waitText")}</p>
      <div class="button-row">{newRoom}</div>
    </div>
  );
}
