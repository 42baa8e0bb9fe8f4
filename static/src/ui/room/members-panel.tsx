// Who is in the room, by delegation: on which kinds of devices, verified or not, and what one can do.

import type { MemberView, RoomView } from "../../member/api.ts";
import { collate, shortDay } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { DelegationChip, FormerName } from "../parts/person.tsx";
import { type Group, byDelegation } from "../people/grouping.ts";
import { companyOf } from "../people/interpreters.ts";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { InterpretersList } from "./interpreters-list.tsx";
import { ChangedKeyButton, RemoveButton } from "./member-buttons.tsx";
import { mayFound, mayManage } from "./rights.ts";

const DEVICE_ICONS = { browser: "browser", interpreter: "interpreter", archive: "archive" } as const satisfies Record<
  string,
  IconName
>;
type DeviceKind = keyof typeof DEVICE_ICONS;

export function MembersPanel({ room }: { room: RoomView }) {
  const { session } = usePortal();
  const people = useSelect((state) => state.people);
  const groups = byDelegation(companyOf(room).people, (member) => people.get(member.account), collate);
  const adds = mayManage(room) && room.state === "active";
  return (
    <div class="members">
      {groups.map((group) => (
        <MemberGroup key={group.delegation?.id ?? ""} group={group} room={room} />
      ))}
      <InterpretersList room={room} />
      {adds && (
        <button
          type="button"
          class="button-wide"
          onClick={() => session.show({ kind: "add-members", room: room.room })}
        >
          <Icon name="addPerson" /> {t("addMembers.title")}
        </button>
      )}
    </div>
  );
}

function MemberGroup({ group, room }: { group: Group<MemberView>; room: RoomView }) {
  const { delegation } = group;
  return (
    <section class="member-group">
      <h2>
        <DelegationChip delegation={delegation} />
        <span dir="auto">{delegation?.name ?? t("delegation.none")}</span>
        <span class="quiet">{group.people.length}</span>
      </h2>
      <ul>
        {group.people.map((member) => (
          <Member key={member.account} member={member} room={room} />
        ))}
      </ul>
    </section>
  );
}

function Member({ member, room }: { member: MemberView; room: RoomView }) {
  const { session } = usePortal();
  const person = useSelect((state) => state.people.get(member.account));
  const own = useSelect((state) => me(state)?.account) === member.account;
  const huddles = useSelect((state) => mayFound(me(state), "huddle"));
  const name = person?.name ?? t("person.unknown");
  const was = person?.was ?? null;
  return (
    <li class={member.keyChanged ? "member member-changed" : "member"}>
      <details name="member">
        <summary>
          <Icon name="forward" size={14} />
          <span class={`presence presence-${member.presence}`} title={t(`presence.${member.presence}`)} />
          <span class="member-name">
            <span dir="auto">{name}</span>
            <FormerName account={member.account} />
            {own && <span class="quiet"> {t("person.you")}</span>}
            <span class="visually-hidden">, {t(`presence.${member.presence}`)}</span>
          </span>
          {member.role !== "member" && <span class="role">{t(`roomRole.${member.role}`)}</span>}
          <Devices member={member} />
        </summary>
        <div class="member-more">
          <p class="quiet">{t("member.since", { date: shortDay(member.since_ms) })}</p>
          {!own && <MemberActions member={member} room={room} name={name} was={was} />}
        </div>
      </details>
      {!own && <Verified member={member} name={name} was={was} />}
      {!own && huddles && (
        <button
          type="button"
          class="button-quiet button-icon"
          aria-label={t("huddle.with", { name })}
          title={t("huddle.with", { name })}
          onClick={() => session.show({ kind: "huddle", people: [member.account] })}
        >
          <Icon name="huddle" />
        </button>
      )}
    </li>
  );
}

function Devices({ member }: { member: MemberView }) {
  const counts = new Map<DeviceKind, number>();
  for (const { kind } of member.devices) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const text = [...counts].map(([kind, count]) => tn(`device.${kind}`, count)).join(", ") || t("device.none");
  return (
    <span class="devices" title={text}>
      {[...counts].map(([kind, count]) => (
        <span key={kind} aria-hidden="true">
          <Icon name={DEVICE_ICONS[kind]} size={14} />
          {count > 1 && count}
        </span>
      ))}
      <span class="visually-hidden">, {text}</span>
    </span>
  );
}

/** Tells whether one has verified this person, and leads to where one does. */
function Verified({ member, name, was }: { member: MemberView; name: string; was: string | null }) {
  const { session } = usePortal();
  const { account } = member;
  const renamed = member.verified && was !== null;
  const state = member.keyChanged || renamed ? "changed" : member.verified ? "verified" : "unverified";
  const words = renamed ? t("changedName.title", { name, was }) : t(`verified.of.${state}`, { name });
  const kind = member.keyChanged ? "changed-key" : renamed ? "changed-name" : "verify";
  return (
    <button
      type="button"
      class={`button-quiet button-icon verified verified-${state}`}
      aria-label={words}
      title={words}
      onClick={() => session.show({ kind, account })}
    >
      <Icon name={state} />
    </button>
  );
}

interface MemberActionsProps {
  member: MemberView;
  room: RoomView;
  name: string;
  /** The name that this person was known by, if it is another one. */
  was: string | null;
}

function MemberActions({ member, room, name, was }: MemberActionsProps) {
  const { session } = usePortal();
  const { account } = member;
  return (
    <div class="button-column">
      {member.keyChanged && <ChangedKeyButton account={account} />}
      {was !== null && (
        <button type="button" onClick={() => session.show({ kind: "changed-name", account })}>
          <Icon name="changed" /> {t("changedName.look")}
        </button>
      )}
      <button type="button" onClick={() => session.show({ kind: "verify", account })}>
        <Icon name="verified" /> {t(member.verified ? "verify.again" : "verify.action")}
      </button>
      <RemoveButton room={room} account={account} name={name} />
    </div>
  );
}
