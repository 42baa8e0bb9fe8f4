// The list of rooms, by kind, with what is unread in each.

import type { RoomSummary } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { memo } from "../parts/memo.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { Loading } from "../parts/loading.tsx";
import { DelegationChip, usePersonName } from "../parts/person.tsx";
import { hasRoomForPanel, useOnePane } from "../parts/width.ts";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { KINDS, KIND_ICONS, inOrder, isPut, roomName } from "../room/naming.ts";
import { mayFound } from "../room/rights.ts";
import { modKey } from "./keys.ts";
import { fragmentOf, roomOf } from "./route.ts";
import { Home } from "./home.tsx";
import { StatusLine } from "./status-line.tsx";

export function RoomsPane() {
  const { session } = usePortal();
  const rooms = useSelect((state) => state.rooms);
  const settling = useSelect((state) => state.settling);
  const onePane = useOnePane();
  const alone = useSelect((state) => state.route.screen === "home") && onePane;
  const founds = useSelect((state) => KINDS.some((kind) => mayFound(me(state), kind)));
  const sorted = inOrder(rooms ?? []);
  const put = sorted.filter((room) => isPut(room));
  return (
    <div class="rooms-pane" role={alone ? "main" : "navigation"} aria-label={t("rooms.title")}>
      {alone && <h1 class="visually-hidden">{t("rooms.title")}</h1>}
      <PaneHead />
      <div class="rooms-tools">
        <button type="button" class="rooms-find" onClick={() => session.show({ kind: "palette" })}>
          <Icon name="search" /> <span>{t("palette.open")}</span> <kbd>{modKey()} K</kbd>
        </button>
        {founds && (
          <button
            type="button"
            class="button-quiet button-icon"
            aria-label={t("rooms.new")}
            title={t("rooms.new")}
            onClick={() => session.show({ kind: "new-room" })}
          >
            <Icon name="plus" />
          </button>
        )}
      </div>
      <div class="rooms-list">
        {(rooms === null || (rooms.length === 0 && settling)) && <Loading />}
        {rooms?.length === 0 && !settling && (alone ? <Home /> : <p class="rooms-none">{t("rooms.none")}</p>)}
        {KINDS.map((kind) => (
          <RoomGroup
            key={kind}
            title={t(`room.kinds.${kind}`)}
            rooms={sorted.filter((room) => room.kind === kind && !isPut(room))}
          />
        ))}
        {put.length > 0 && (
          <details class="rooms-put">
            <summary>{t("rooms.put", { count: put.length })}</summary>
            <ul>
              {put.map((room) => (
                <RoomItem key={room.room} room={room} />
              ))}
            </ul>
          </details>
        )}
      </div>
      <StatusLine />
    </div>
  );
}

function PaneHead() {
  const { session } = usePortal();
  const person = useSelect(me);
  if (person === null) return null;
  const items: (MenuItem | null)[] = [
    { label: t("settings.title"), icon: "settings", run: () => session.go({ screen: "settings", section: "profile" }) },
    ...(person.roles.includes("administrator")
      ? [
          {
            label: t("administration.title"),
            icon: "administration" as const,
            run: () => session.go({ screen: "administration", section: "people" }),
          },
        ]
      : []),
    { label: t("shortcut.title"), icon: "keyboard", shortcut: "?", run: () => session.show({ kind: "shortcuts" }) },
    null,
    { label: t("signOut.action"), icon: "leave", run: () => session.show({ kind: "sign-out" }) },
  ];
  return (
    <div class="rooms-head">
      <Menu label={t("account.menu")} items={items} class="button-quiet account-button" named>
        {person.delegation !== null && <DelegationChip delegation={person.delegation} />}
        <span class="account-name" dir="auto">
          {person.name}
        </span>
        <span class="visually-hidden">{t("account.menu")}</span>
        <Icon name="expand" size={14} />
      </Menu>
    </div>
  );
}

function RoomGroup({ title, rooms }: { title: string; rooms: readonly RoomSummary[] }) {
  if (rooms.length === 0) return null;
  return (
    <section class="rooms-group">
      <h2>{title}</h2>
      <ul>
        {rooms.map((room) => (
          <RoomItem key={room.room} room={room} />
        ))}
      </ul>
    </section>
  );
}

const RoomItem = memo(function RoomItem({ room }: { room: RoomSummary }) {
  const current = useSelect((state) => roomOf(state.route) === room.room);
  const panel = useSelect((state) => (state.route.screen === "room" ? state.route.panel : null));
  const unread = room.unread > 0 && !current;
  return (
    <li>
      <a
        class={unread ? "room-item room-item-unread" : "room-item"}
        href={fragmentOf({ screen: "room", room: room.room, panel: hasRoomForPanel() ? panel : null })}
        aria-current={current ? "page" : undefined}
      >
        <Icon name={KIND_ICONS[room.kind]} />
        <span class="room-item-name" dir="auto">
          {roomName(room)}
        </span>
        {room.problem !== null && (
          <span class="room-item-problem" title={t("room.hasProblem")}>
            <Icon name="warning" />
            <span class="visually-hidden">{t("room.hasProblem")}</span>
          </span>
        )}
        {room.mentioned && (
          <span class="room-item-mention" title={t("rooms.mentioned")}>
            <Icon name="mention" size={14} />
            <span class="visually-hidden">{t("rooms.mentioned")}</span>
          </span>
        )}
        {unread && (
          <span class="badge">
            <span aria-hidden="true">{room.unread > 99 ? "99+" : room.unread}</span>
            <span class="visually-hidden">{tn("rooms.unread", room.unread)}</span>
          </span>
        )}
        <Newest room={room} />
      </a>
    </li>
  );
});

function Newest({ room }: { room: RoomSummary }) {
  const name = usePersonName(room.newest?.account ?? null);
  if (room.newest === null) return null;
  return (
    <span class="room-item-newest" dir="auto">
      {t("rooms.newest", { name, text: room.newest.text.slice(0, 120) })}
    </span>
  );
}
