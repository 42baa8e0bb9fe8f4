// One message: who, when, what was written, and every trace of what happened to it since.

import { useId } from "preact/hooks";
import type { Id, MessageEntry } from "../../member/api.ts";
import { failureWords } from "../failure-words.ts";
import { briefly, clockTime, list, moment, narrowTime } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { DelegationChip, FormerName, usePersonName } from "../parts/person.tsx";
import { Sentence } from "../parts/sentence.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { Reading, useReadText } from "../translation/reading.tsx";
import { MARKS, MARK_ICONS } from "./message-actions.ts";
import { MessageFiles } from "./message-files.tsx";
import { MessageTools } from "./message-tools.tsx";
import { mayWrite } from "./rights.ts";

interface MessageProps {
  entry: MessageEntry;
  heads: boolean;
  active: boolean;
  stop: boolean;
  own: Id;
}

export function Message({ entry, heads, active, stop, own }: MessageProps) {
  const id = useId();
  const delegation = useSelect((state) => state.people.get(entry.account)?.delegation ?? null);
  const name = usePersonName(entry.account);
  const mentionsMe = entry.mentions.includes(own);
  const classes = ["message", `message-${entry.sending}`, mentionsMe ? "message-to-me" : ""];
  return (
    <article
      class={classes.join(" ").trim()}
      aria-labelledby={`${id}-name ${id}-time`}
      aria-describedby={`${id}-text`}
      tabIndex={stop ? 0 : -1}
    >
      <div class="message-gutter">
        {heads ? <DelegationChip delegation={delegation} /> : <Time at_ms={entry.at_ms} quiet />}
      </div>
      <div class="message-body">
        <header class={heads ? "message-head" : "visually-hidden"}>
          <span class="message-author" id={`${id}-name`} dir="auto">
            {name}
            <FormerName account={entry.account} />
          </span>
          <span id={`${id}-time`}>
            <Time at_ms={entry.at_ms} />
          </span>
        </header>
        {entry.reply !== null && <Quote reply={entry.reply} />}
        <div id={`${id}-text`}>
          {entry.withdrawn === null ? <Standing entry={entry} /> : <Withdrawn entry={entry} name={name} />}
        </div>
        <Reactions entry={entry} own={own} />
        <Sending entry={entry} own={own} />
      </div>
      {active && <MessageTools entry={entry} name={name} />}
    </article>
  );
}

function Time({ at_ms, quiet = false }: { at_ms: number; quiet?: boolean }) {
  return (
    <time
      class={quiet ? "message-time message-time-quiet" : "message-time"}
      dateTime={new Date(at_ms).toISOString()}
      title={moment(at_ms)}
      aria-hidden={quiet ? true : undefined}
    >
      {quiet ? narrowTime(at_ms) : clockTime(at_ms)}
    </time>
  );
}

function Standing({ entry }: { entry: MessageEntry }) {
  return (
    <>
      {entry.text !== "" && <Reading entry={entry} />}
      {entry.earlier.length > 0 && <Corrected entry={entry} />}
      {entry.files.length > 0 && <MessageFiles entry={entry} />}
    </>
  );
}

/** A correction leaves every earlier text to be looked at. */
function Corrected({ entry }: { entry: MessageEntry }) {
  return (
    <details class="trace">
      <summary>{tn("message.corrected", entry.earlier.length)}</summary>
      <ol class="trace-texts">
        {entry.earlier.map(({ text, at_ms }, index) => (
          <li key={index}>
            <time class="message-time" dateTime={new Date(at_ms).toISOString()}>
              {moment(at_ms)}
            </time>
            <div class="message-text" dir="auto" lang={entry.lang}>
              {text}
            </div>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** A withdrawal is said, with its time and reason; what was withdrawn can be opened by those who had received it. */
function Withdrawn({ entry, name }: { entry: MessageEntry; name: string }) {
  if (entry.withdrawn === null) return null;
  const { at_ms, reason } = entry.withdrawn;
  return (
    <div class="withdrawn">
      <p>
        <Icon name="withdraw" size={14} /> {t("message.withdrawn", { name, time: briefly(at_ms) })}
        {reason !== null && reason !== "" && (
          <>
            {" "}
            <Sentence text="message.withdrawnReason" values={{ reason }} />
          </>
        )}
      </p>
      {entry.text !== "" && (
        <details class="trace">
          <summary>{t("message.showWithdrawn")}</summary>
          <div class="trace-texts">
            <div class="message-text" dir="auto" lang={entry.lang}>
              {entry.text}
            </div>
          </div>
        </details>
      )}
    </div>
  );
}

function Quote({ reply }: { reply: NonNullable<MessageEntry["reply"]> }) {
  const { store, record: keeper } = usePortal();
  const name = usePersonName(reply.account);
  const find = (): MessageEntry | undefined =>
    store
      .get()
      .record?.window?.entries.find(
        (entry): entry is MessageEntry => entry.kind === "message" && entry.item === reply.item,
      );
  const text = useReadText(find() ?? null) ?? reply.text;
  const jump = (): void => {
    const original = find();
    if (original?.number !== null && original?.number !== undefined) void keeper.jumpTo(original.number);
    else void keeper.findItem(reply.item);
  };
  return (
    <button type="button" class="quote" onClick={jump}>
      <Icon name="reply" size={14} />
      <span class="visually-hidden">{t("message.replyTo")}</span>
      <span class="quote-name" dir="auto">
        {name}
      </span>
      <span class="quote-text" dir="auto">
        {text === "" ? t("message.quoteEmpty") : text}
      </span>
    </button>
  );
}

function Reactions({ entry, own }: { entry: MessageEntry; own: Id }) {
  const { api, session } = usePortal();
  const people = useSelect((state) => state.people);
  const room = useSelect((state) => state.room);
  const given = MARKS.flatMap((mark) =>
    entry.reactions.filter((each) => each.mark === mark && each.accounts.length > 0),
  );
  if (given.length === 0 || room === null) return null;
  return (
    <ul class="reactions">
      {given.map(({ mark, accounts }) => {
        const mine = accounts.includes(own);
        const names = list(accounts.map((account) => people.get(account)?.name ?? t("person.unknown")));
        return (
          <li key={mark}>
            <button
              type="button"
              class="reaction"
              aria-pressed={mine}
              title={names}
              disabled={!mayWrite(room) || entry.withdrawn !== null}
              onClick={() => void session.attempt(api.react(room.room, entry.item, mark, !mine))}
            >
              <Icon name={MARK_ICONS[mark]} size={14} /> {t(`mark.${mark}`)}{" "}
              <span class="reaction-count">{accounts.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Sending({ entry, own }: { entry: MessageEntry; own: Id }) {
  const { api, session } = usePortal();
  const room = useSelect((state) => state.room?.room ?? "");
  if (entry.account !== own || entry.sending === "sent") return null;
  if (entry.sending === "waiting") {
    return (
      <p class="sending">
        <Icon name="clock" size={14} /> {t("message.waiting")}
      </p>
    );
  }
  return (
    <div class="sending sending-failed">
      <p>
        <Icon name="alert" size={14} /> <strong>{t("message.failed")}</strong>{" "}
        {failureWords(entry.failure ?? "client.fault")}
      </p>
      <div class="button-row">
        <button type="button" class="button-small" onClick={() => void session.attempt(api.retry(room, entry.item))}>
          <Icon name="retry" size={14} /> {t("message.retry")}
        </button>
        <button type="button" class="button-small" onClick={() => void session.attempt(api.discard(room, entry.item))}>
          <Icon name="discard" size={14} /> {t("message.discard")}
        </button>
      </div>
    </div>
  );
}
