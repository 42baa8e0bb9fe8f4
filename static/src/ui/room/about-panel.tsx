// What this room is: who reads it, what the server sees, the room's code, and what one can do with the room.

import type { RoomView } from "../../member/api.ts";
import { moment } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { DigitGroups } from "../parts/digit-groups.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { companyOf, companyWords } from "../people/interpreters.ts";
import { useCall, usePortal } from "../portal.ts";
import { saveEvidence } from "./evidence.ts";
import { mayManage } from "./rights.ts";

/** The history policy in words; "from:N" comes from rooms that were made by other programs. */
function historyWords(history: string): string {
  if (history === "all") return t("history.all");
  return t(history === "none" ? "history.none" : "history.from");
}

export function AboutPanel({ room }: { room: RoomView }) {
  const { session } = usePortal();
  const member = room.standing === "member";
  const manages = mayManage(room);
  const archived = room.state === "archived";
  const id = room.room;
  const company = companyOf(room);
  const off = room.translations === "off";
  return (
    <div class="about">
      <section>
        <h2>
          <Icon name="lock" />{" "}
          {company.interpreters.length === 0
            ? t("room.readers")
            : t("room.readersWith", { company: companyWords(company) })}
        </h2>
        <p>
          {company.interpreters.length === 0
            ? tn("about.readers", company.people.length)
            : t("about.readersWith", { company: companyWords(company) })}
        </p>
        <p class="quiet">{t("about.server")}</p>
      </section>
      <dl class="facts">
        <div>
          <dt>{t("about.kind")}</dt>
          <dd>{t(`room.kind.${room.kind}`)}</dd>
        </div>
        <div>
          <dt>{t("about.yourRole")}</dt>
          <dd>{t(`roomRole.${room.role}`)}</dd>
        </div>
        <div>
          <dt>{t("about.history")}</dt>
          <dd>{historyWords(room.history)}</dd>
        </div>
        {(off || company.interpreters.length > 0) && (
          <div>
            <dt>{t("about.translations")}</dt>
            <dd>{t(off ? "about.translationsOff" : "about.translationsOn")}</dd>
          </div>
        )}
      </dl>
      {member && (
        <section>
          <h2>{t("epochCode.title")}</h2>
          <DigitGroups digits={room.epochCode} label={t("epochCode.title")} />
          <p class="quiet">{t("epochCode.short")}</p>
          <button type="button" class="button-wide" onClick={() => session.show({ kind: "epoch-code" })}>
            <Icon name="volume" /> {t("epochCode.read")}
          </button>
        </section>
      )}
      {room.past.length > 0 && <Past room={room} />}
      <section class="button-column">
        <button type="button" onClick={() => session.show({ kind: "export", room: id })}>
          <Icon name="download" /> {t("export.title")}
        </button>
        {room.mayTranslationsSwitch && !archived && (
          <button type="button" onClick={() => session.show({ kind: "translations", room: id, on: off })}>
            <Icon name="interpreter" /> {t(off ? "translations.turnOn" : "translations.turnOff")}
          </button>
        )}
        {manages && !archived && (
          <button type="button" onClick={() => session.show({ kind: "rename-room", room: id })}>
            <Icon name="correct" /> {t("rename.title")}
          </button>
        )}
        {manages && (
          <button type="button" onClick={() => session.show({ kind: "archive-room", room: id, archive: !archived })}>
            <Icon name="archive" /> {t(archived ? "archive.reopen" : "archive.title")}
          </button>
        )}
        {member && (
          <button type="button" class="button-danger" onClick={() => session.show({ kind: "leave-room", room: id })}>
            <Icon name="leave" /> {t("leave.title")}
          </button>
        )}
      </section>
    </div>
  );
}

/** What was wrong with the record, and what this person decided: it is part of what the room is. */
function Past({ room }: { room: RoomView }) {
  const portal = usePortal();
  const call = useCall();
  return (
    <section>
      <h2>
        <Icon name="alert" /> {t("about.past")}
      </h2>
      <ul class="past-problems">
        {room.past.map(({ kind, number, answer, at_ms, parted }) => (
          <li key={at_ms}>
            <p>{t(`room.problem.${kind}.title`)}</p>
            <p class="quiet">
              {t(`about.past.${answer}`, { number, date: moment(at_ms) })}{" "}
              {parted !== null && t("room.answer.reread.parted", { number: parted })}
            </p>
          </li>
        ))}
      </ul>
      <FailureNotice failure={call.failure} />
      <button
        type="button"
        class="button-wide"
        disabled={call.busy}
        onClick={() => void call.run(() => saveEvidence(portal, room))}
      >
        <Icon name="download" /> {t("room.problem.save")}
      </button>
    </section>
  );
}
