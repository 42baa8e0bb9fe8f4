// Above the record: which room, who reads it, whether they are verified, and what one can do with it.

import type { RoomView } from "../../member/api.ts";
import { collate } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { byDelegation } from "../people/grouping.ts";
import { companyOf, companyWords } from "../people/interpreters.ts";
import { useOnePane } from "../parts/width.ts";
import { usePortal, useSelect } from "../portal.ts";
import { togglePanel } from "../shell/keys.ts";
import { KIND_ICONS, roomName } from "./naming.ts";
import { mayFound, mayManage } from "./rights.ts";
import { me } from "../state.ts";

const SHOWN_DELEGATIONS = 5;

export function RoomHeader({ room }: { room: RoomView }) {
  const portal = usePortal();
  const panel = useSelect((state) => (state.route.screen === "room" ? state.route.panel : null));
  const onePane = useOnePane();
  return (
    <header class="room-head">
      <button
        type="button"
        class="button-quiet button-icon only-narrow"
        aria-label={t("room.toRooms")}
        onClick={() => portal.session.go({ screen: "home" })}
      >
        <Icon name="back" size={18} />
      </button>
      <div class="room-title">
        <h1>
          <Icon name={KIND_ICONS[room.kind]} size={18} />
          <span dir="auto">{roomName(room)}</span>
        </h1>
        {room.standing !== "removed" && (
          <p class="room-readers">
            <button type="button" class="button-plain" onClick={() => togglePanel(portal, "about")}>
              <Icon name="lock" size={14} /> {readersWords(room, onePane)}
            </button>
            {!onePane && <Here room={room} />}
            {room.translations === "off" && <TranslationsOff />}
            <Verification room={room} />
          </p>
        )}
      </div>
      <div class="room-tools">
        <button
          type="button"
          class="button-quiet"
          aria-expanded={panel === "members"}
          onClick={() => togglePanel(portal, "members")}
        >
          {!onePane && <Delegations room={room} />}
          <Counts room={room} />
        </button>
        {!onePane && (
          <button
            type="button"
            class="button-quiet button-icon"
            aria-label={t("search.title")}
            title={t("search.title")}
            aria-expanded={panel === "search"}
            onClick={() => togglePanel(portal, "search")}
          >
            <Icon name="search" />
          </button>
        )}
        {!onePane && <HuddleButton room={room} />}
        <RoomMenu room={room} whole={onePane} />
        <button
          type="button"
          class="button-quiet button-icon only-wide"
          aria-label={t("panel.toggle")}
          title={t("panel.toggle")}
          aria-expanded={panel !== null}
          onClick={() => togglePanel(portal, panel ?? "members")}
        >
          <Icon name="panel" />
        </button>
      </div>
    </header>
  );
}

/** Who can read what is written here; interpreters are named, since they read along. */
function readersWords(room: RoomView, short: boolean): string {
  const company = companyOf(room);
  if (company.interpreters.length === 0) return t(short ? "room.readersShort" : "room.readers");
  return short ? companyWords(company) : t("room.readersWith", { company: companyWords(company) });
}

/** How many people are members, and how many interpreters. */
function Counts({ room }: { room: RoomView }) {
  const { people, interpreters } = companyOf(room);
  return (
    <>
      <Icon name="people" />
      <span>
        <span aria-hidden="true">{people.length}</span>
        <span class="visually-hidden">{tn("room.members", people.length)}</span>
      </span>
      {interpreters.length > 0 && (
        <>
          <Icon name="interpreter" />
          <span>
            <span aria-hidden="true">{interpreters.length}</span>
            <span class="visually-hidden">{tn("room.interpreters", interpreters.length)}</span>
          </span>
        </>
      )}
    </>
  );
}

function TranslationsOff() {
  const portal = usePortal();
  return (
    <button type="button" class="button-plain" onClick={() => togglePanel(portal, "members", true)}>
      <Icon name="interpreter" size={14} /> {t("translations.off")}
    </button>
  );
}

/** The delegations in the room by their colours and letters; of many the first ones and how many more. */
function Delegations({ room }: { room: RoomView }) {
  const people = useSelect((state) => state.people);
  const groups = byDelegation(companyOf(room).people, (member) => people.get(member.account), collate);
  const present = groups.flatMap(({ delegation }) => delegation ?? []);
  const more = present.length - SHOWN_DELEGATIONS;
  return (
    <span class="room-delegations only-wide">
      {present.slice(0, SHOWN_DELEGATIONS).map((delegation) => (
        <DelegationChip key={delegation.id} delegation={delegation} />
      ))}
      {more > 0 && <span class="quiet">+{more}</span>}
    </span>
  );
}

/** How many are at their screens now. */
function Here({ room }: { room: RoomView }) {
  const portal = usePortal();
  const here = companyOf(room).people.filter((member) => member.presence === "active").length;
  if (here === 0) return null;
  return (
    <button type="button" class="button-plain" onClick={() => togglePanel(portal, "members", true)}>
      <span class="presence presence-active" /> {tn("room.here", here)}
    </button>
  );
}

/** Of the others in the room: how many one has compared safety numbers with. */
function Verification({ room }: { room: RoomView }) {
  const portal = usePortal();
  const own = useSelect((state) => me(state)?.account);
  const others = companyOf(room).people.filter((member) => member.account !== own);
  if (others.length === 0) return null;
  const changed = room.memberViews.filter((member) => member.keyChanged).length;
  const renamed = room.renamed.length;
  const verified = others.filter((member) => member.verified).length;
  const all = verified === others.length;
  const text =
    changed > 0
      ? tn("room.changedKeys", changed)
      : renamed > 0
        ? tn("room.changedNames", renamed)
        : all
          ? t("room.allVerified")
          : t("room.someVerified", { verified, of: others.length });
  const state = changed + renamed > 0 ? "is-danger" : all ? "is-done" : "";
  return (
    <button
      type="button"
      class={`button-plain verification ${state}`}
      onClick={() => togglePanel(portal, "members", true)}
    >
      <Icon name={state === "is-danger" ? "changed" : all ? "verified" : "unverified"} size={14} /> {text}
    </button>
  );
}

/** Whether a side room with some of the others is something else than this room. */
function useMayHuddle(room: RoomView): boolean {
  const person = useSelect(me);
  const others = companyOf(room).people.filter(({ account }) => account !== person?.account);
  return room.standing === "member" && others.length >= 2 && mayFound(person, "huddle");
}

function HuddleButton({ room }: { room: RoomView }) {
  const { session } = usePortal();
  if (!useMayHuddle(room)) return null;
  return (
    <button
      type="button"
      class="button-quiet"
      title={t("huddle.title")}
      onClick={() => session.show({ kind: "huddle", people: [] })}
    >
      <Icon name="huddle" /> <span class="only-wide">{t("huddle.short")}</span>
    </button>
  );
}

/** @param whole also what stands beside the menu where there is more room. */
function RoomMenu({ room, whole }: { room: RoomView; whole: boolean }) {
  const portal = usePortal();
  const mayHuddle = useMayHuddle(room);
  const { session } = portal;
  const manages = mayManage(room);
  const member = room.standing === "member";
  const archived = room.state === "archived";
  const off = room.translations === "off";
  const id = room.room;
  const items: (MenuItem | null | false)[] = [
    whole && { label: t("search.title"), icon: "search", run: () => togglePanel(portal, "search") },
    whole &&
      mayHuddle && {
        label: t("huddle.title"),
        icon: "huddle",
        run: () => session.show({ kind: "huddle", people: [] }),
      },
    { label: t("jump.title"), icon: "calendar", run: () => session.show({ kind: "jump" }) },
    { label: t("panel.files"), icon: "file", run: () => togglePanel(portal, "files", true) },
    { label: t("panel.terms"), icon: "terms", run: () => togglePanel(portal, "terms", true) },
    { label: t("export.title"), icon: "download", run: () => session.show({ kind: "export", room: id }) },
    { label: t("epochCode.title"), icon: "volume", run: () => session.show({ kind: "epoch-code" }) },
    null,
    manages &&
      !archived && {
        label: t("addMembers.title"),
        icon: "addPerson",
        run: () => session.show({ kind: "add-members", room: id }),
      },
    manages &&
      !archived && {
        label: t("rename.title"),
        icon: "correct",
        run: () => session.show({ kind: "rename-room", room: id }),
      },
    room.mayTranslationsSwitch &&
      !archived && {
        label: t(off ? "translations.turnOn" : "translations.turnOff"),
        icon: "interpreter",
        run: () => session.show({ kind: "translations", room: id, on: off }),
      },
    manages && {
      label: t(archived ? "archive.reopen" : "archive.title"),
      icon: "archive",
      run: () => session.show({ kind: "archive-room", room: id, archive: !archived }),
    },
    member && {
      label: t("leave.title"),
      icon: "leave",
      danger: true,
      run: () => session.show({ kind: "leave-room", room: id }),
    },
  ];
  return (
    <Menu label={t("room.menu")} items={items.filter((item) => item !== false)}>
      <Icon name="more" />
    </Menu>
  );
}
