// The interpreters of a room: who answers for each, for whom it translates, whether it is there.

import type { InterpreterView, MemberView, RoomView } from "../../member/api.ts";
import { shortDay } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { InterpreterBadge, OwnerLine } from "../parts/interpreter-badge.tsx";
import { Notice } from "../parts/notice.tsx";
import { companyOf, needsInterpreter } from "../people/interpreters.ts";
import { usePortal, useSelect } from "../portal.ts";
import { fragmentOf } from "../shell/route.ts";
import { me } from "../state.ts";
import { ChangedKeyButton, RemoveButton } from "./member-buttons.tsx";
import { mayConnectInterpreter, mayManage } from "./rights.ts";

export function InterpretersList({ room }: { room: RoomView }) {
  const { interpreters } = room;
  const { people: members } = companyOf(room);
  const people = useSelect((state) => state.people);
  if (interpreters.length === 0 && !needsInterpreter(members, people)) return null;
  return (
    <section class="member-group">
      <h2>
        <Icon name="interpreter" />
        <span>{t("interpreter.several")}</span>
        {interpreters.length > 0 && <span class="quiet">{interpreters.length}</span>}
      </h2>
      {interpreters.length === 0 && room.standing === "member" && <Nobody room={room} />}
      <ul>
        {interpreters.map((view) => (
          <Interpreter key={view.account} view={view} room={room} />
        ))}
      </ul>
      {room.translations === "off" && <TurnedOff room={room} />}
    </section>
  );
}

/** The people here read different languages and nothing translates: what to do about it. */
function Nobody({ room }: { room: RoomView }) {
  const manages = mayManage(room) && room.state === "active";
  const any = useSelect((state) => [...state.people.values()].some(({ interpreter, disabled }) => interpreter && !disabled));
  const connects = useSelect((state) => mayConnectInterpreter(me(state)));
  return (
    <div class="quiet interpreter-none">
      <p>{t("interpreter.nobody")}</p>
      {any && <p>{t(manages ? "interpreter.nobodyAdd" : "interpreter.nobodyAsk")}</p>}
      {!any && connects && (
        <p>
          <a href={fragmentOf({ screen: "settings", section: "interpreters" })}>{t("interpreter.connect")}</a>
        </p>
      )}
    </div>
  );
}

function TurnedOff({ room }: { room: RoomView }) {
  const { session } = usePortal();
  const turnOn = (
    <button type="button" onClick={() => session.show({ kind: "translations", room: room.room, on: true })}>
      {t("translations.turnOn")}
    </button>
  );
  return (
    <Notice tone="info" actions={room.mayTranslationsSwitch ? turnOn : undefined}>
      {t("translations.areOff")}
    </Notice>
  );
}

function Interpreter({ view, room }: { view: InterpreterView; room: RoomView }) {
  const { account, card, online } = view;
  const member = room.memberViews.find((each) => each.account === account);
  const ended = useSelect((state) => state.people.get(account)?.disabled === true);
  const state = t(online ? "interpreter.online" : "interpreter.offline");
  return (
    <li class="member interpreter">
      <details name="member">
        <summary>
          <Icon name="forward" size={14} />
          <span class={online ? "presence presence-active" : "presence presence-off"} title={state} />
          <span class="member-name">
            <span dir="auto">{view.name}</span>
            <span class="visually-hidden">, {state}</span>
          </span>
          {ended ? <span class="role">{t("interpreters.ended")}</span> : <InterpreterBadge account={account} />}
        </summary>
        <div class="member-more">
          {!online && !ended && <p class="quiet">{t("interpreter.offlineText")}</p>}
          {member !== undefined && <p class="quiet">{t("member.since", { date: shortDay(member.since_ms) })}</p>}
          <Actions room={room} view={view} member={member} />
        </div>
      </details>
      <p class="interpreter-about quiet">
        <OwnerLine account={account} />
        <Audience view={view} />
      </p>
      {!card.vouched && (
        <Notice tone="warning">{t("interpreter.unconfirmedText", { name: card.ownerName })}</Notice>
      )}
    </li>
  );
}

function Audience({ view }: { view: InterpreterView }) {
  const delegation = useSelect((state) => state.people.get(view.account)?.delegation?.name);
  if (view.card.for === "room") return <span>{t("interpreter.forRoom")}</span>;
  return <span>{t("interpreter.forDelegation", { delegation: delegation ?? t("delegation.none") })}</span>;
}

interface ActionsProps {
  room: RoomView;
  view: InterpreterView;
  member: MemberView | undefined;
}

function Actions({ room, view, member }: ActionsProps) {
  const { account, name } = view;
  return (
    <div class="button-column">
      {member?.keyChanged === true && <ChangedKeyButton account={account} />}
      <RemoveButton room={room} account={account} name={name} />
    </div>
  );
}
