// The command palette: rooms, people and actions by a few typed letters.

import { useId, useState } from "preact/hooks";
import { Icon, type IconName } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Dialog } from "../parts/dialog.tsx";
import { DelegationChip } from "../parts/person.tsx";
import { type Portal, usePortal, useSelect } from "../portal.ts";
import { KINDS, KIND_ICONS, inOrder, roomName } from "../room/naming.ts";
import { mayConnectInterpreter, mayFound } from "../room/rights.ts";
import { togglePanel } from "../shell/keys.ts";
import { best } from "../shell/match.ts";
import { type State, me } from "../state.ts";
import type { Delegation } from "../../member/api.ts";

interface Command {
  key: string;
  text: string;
  /** What kind of thing it is, beside its name. */
  about: string;
  icon: IconName;
  delegation?: Delegation | null;
  run: () => void;
}

const SHOWN = 12;

export function Palette() {
  const portal = usePortal();
  const { session, store } = portal;
  const rooms = useSelect((state) => state.rooms);
  const people = useSelect((state) => state.people);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const state = store.get();
  const commands = [
    ...roomCommands(portal, { ...state, rooms }),
    ...actionCommands(portal),
    ...personCommands(portal, { ...state, people }),
  ];
  const found = best(commands, query, (command) => command.text, SHOWN);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    session.closeDialog();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setAt((chosen - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") run(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("palette.title")} onClose={() => session.closeDialog()}>
      <input
        type="text"
        class="palette-input"
        role="combobox"
        aria-label={t("palette.label")}
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        placeholder={t("palette.placeholder")}
        autocomplete="off"
        autofocus
        dir="auto"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul class="palette-list" id={`${id}-list`} role="listbox" aria-label={t("palette.title")}>
        {found.map((command, index) => (
          <li
            key={command.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(command)}
          >
            {command.delegation === undefined ? (
              <Icon name={command.icon} />
            ) : (
              <DelegationChip delegation={command.delegation} />
            )}
            <span class="palette-text" dir="auto">
              {command.text}
            </span>
            <span class="quiet">{command.about}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="quiet">{t("palette.nothing")}</p>}
    </Dialog>
  );
}

function roomCommands({ session }: Portal, { rooms }: State): Command[] {
  return inOrder(rooms ?? []).map((room) => ({
    key: room.room,
    text: roomName(room),
    about: t(`room.kind.${room.kind}`),
    icon: KIND_ICONS[room.kind],
    run: () => session.go({ screen: "room", room: room.room, panel: null }),
  }));
}

function personCommands({ session }: Portal, state: State): Command[] {
  const own = me(state);
  if (!mayFound(own, "huddle")) return [];
  return [...state.people.values()]
    .filter((person) => person.account !== own?.account && !person.disabled && person.interpreter === null)
    .map((person) => ({
      key: person.account,
      text: person.name,
      about: t("huddle.short"),
      icon: "person",
      delegation: person.delegation,
      run: () => session.show({ kind: "huddle", people: [person.account] }),
    }));
}

function actionCommands(portal: Portal): Command[] {
  const { session, store } = portal;
  const state = store.get();
  const action = (key: string, text: string, icon: IconName, run: () => void): Command => ({
    key,
    text,
    about: t("palette.action"),
    icon,
    run,
  });
  const room = state.room;
  const inRoom =
    room === null
      ? []
      : [
          action("members", t("panel.members"), "people", () => togglePanel(portal, "members", true)),
          action("terms", t("panel.terms"), "terms", () => togglePanel(portal, "terms", true)),
          action("search", t("search.title"), "search", () => togglePanel(portal, "search", true)),
          action("jump", t("jump.title"), "calendar", () => session.show({ kind: "jump" })),
          action("export", t("export.title"), "download", () => session.show({ kind: "export", room: room.room })),
          action("code", t("epochCode.title"), "volume", () => session.show({ kind: "epoch-code" })),
        ];
  const administration = me(state)?.roles.includes("administrator")
    ? [
        action("administration", t("administration.title"), "administration", () =>
          session.go({ screen: "administration", section: "people" }),
        ),
        action("invite", t("invitation.create"), "addPerson", () =>
          session.go({ screen: "administration", section: "invitations" }),
        ),
      ]
    : [];
  return [
    ...(KINDS.some((kind) => mayFound(me(state), kind))
      ? [action("new", t("rooms.new"), "plus", () => session.show({ kind: "new-room" }))]
      : []),
    ...inRoom,
    action("settings", t("settings.title"), "settings", () => session.go({ screen: "settings", section: "profile" })),
    action("devices", t("settings.section.devices"), "browser", () =>
      session.go({ screen: "settings", section: "devices" }),
    ),
    action("languages", t("settings.section.languages"), "globe", () =>
      session.go({ screen: "settings", section: "languages" }),
    ),
    ...(mayConnectInterpreter(me(state))
      ? [
          action("interpreters", t("settings.section.interpreters"), "interpreter", () =>
            session.go({ screen: "settings", section: "interpreters" }),
          ),
        ]
      : []),
    action("shortcuts", t("shortcut.title"), "keyboard", () => session.show({ kind: "shortcuts" })),
    ...administration,
    action("sign-out", t("signOut.action"), "leave", () => session.show({ kind: "sign-out" })),
  ];
}
