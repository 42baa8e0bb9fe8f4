// A quiet line for what happened to the room: who let whom in, who left, a new name.

import type { ComponentChildren } from "preact";
import type { EventEntry, Id } from "../../member/api.ts";
import { clockTime, moment } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import { type Key, t } from "../i18n.ts";
import { Person } from "../parts/person.tsx";
import { Sentence } from "../parts/sentence.tsx";

const ICONS: Record<EventEntry["event"], IconName> = {
  founded: "plus",
  added: "addPerson",
  removed: "removePerson",
  renamed: "correct",
  archived: "archive",
  reopened: "archive",
  rotated: "key",
  refused: "warning",
};

function sentenceOf({ event, account, accounts, text }: EventEntry): Key {
  // Signed by who it says, but not the next one of that device: something before it was left out.
  if (event === "refused" && text === "item.sequence") return "event.gap";
  if (event === "removed" && (account === null || (accounts.length === 1 && accounts[0] === account)))
    return "event.left";
  if (event === "rotated" && account === null) return "event.rotatedAlone";
  if (event === "rotated" && accounts.length > 1) return "event.rotatedBy";
  return `event.${event}`;
}

function People({ accounts }: { accounts: readonly Id[] }) {
  return (
    <>
      {accounts.map((account, index) => (
        <span key={account}>
          {index > 0 && ", "}
          <Person account={account} />
        </span>
      ))}
    </>
  );
}

export function EventLine({ entry }: { entry: EventEntry }) {
  const values: Record<string, ComponentChildren> = {
    who: entry.account === null ? t("person.unknown") : <Person account={entry.account} />,
    people: <People accounts={entry.accounts} />,
    text: entry.text ?? "",
    number: entry.number,
  };
  return (
    <p class={`event event-${entry.event}`}>
      <Icon name={ICONS[entry.event]} size={14} />
      <span>
        <Sentence text={sentenceOf(entry)} values={values} />
      </span>
      <time class="message-time" dateTime={new Date(entry.at_ms).toISOString()} title={moment(entry.at_ms)}>
        {clockTime(entry.at_ms)}
      </time>
    </p>
  );
}
