// The record of a room as one reads it: a window of rows that follows the reader.

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Entry, Id } from "../../member/api.ts";
import { day, dayKey, zone } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Loading } from "../parts/loading.tsx";
import { memo } from "../parts/memo.ts";
import { usePortal, useSelect } from "../portal.ts";
import { type Row, layOut } from "../record/rows.ts";
import { RecordScroll } from "../record/scrolling.ts";
import { keyOf } from "../record/window.ts";
import type { RecordState } from "../state.ts";
import { me } from "../state.ts";
import { EventLine } from "./event-line.tsx";
import { Message } from "./message.tsx";
import { useMessageKeys } from "./message-keys.ts";

export function RecordList({ room }: { room: Id }) {
  const { record: keeper } = usePortal();
  const record = useSelect((state) => state.record);
  if (record === null || record.room !== room) return <div class="record" />;
  if (record.window === null) {
    return (
      <div class="record">
        {record.failure === null ? (
          <Loading />
        ) : (
          <div class="empty">
            <FailureNotice failure={record.failure} />
            <button type="button" onClick={() => void keeper.toNewest()}>
              {t("action.retry")}
            </button>
          </div>
        )}
      </div>
    );
  }
  return <Rows record={record} />;
}

function Rows({ record }: { record: RecordState }) {
  const own = useSelect((state) => me(state)?.account ?? "");
  const entries = record.window?.entries ?? [];
  const rows = useMemo(() => layOut(entries, record.unreadAfter, own, dayKey), [entries, record.unreadAfter, own]);
  const { box, list } = useScroll(record, rows);
  const [pointed, setPointed] = useState<string | null>(null);
  const { current, onKeyDown, onFocusIn, onFocusOut } = useMessageKeys(rows);
  const marked = record.scroll?.to === "entry" && record.scroll.mark ? record.scroll.key : null;
  return (
    <div class="record-frame">
      <div class="record" ref={box}>
        {!(record.window?.older ?? false) && <p class="record-start">{t("record.start")}</p>}
        {record.window?.older === true && record.loading === "older" && <p class="record-more">{t("state.loading")}</p>}
        {entries.length === 0 && <EmptyRecord />}
        <ol
          class="rows"
          ref={list}
          aria-label={t("record.label")}
          onKeyDown={onKeyDown}
          onFocusIn={onFocusIn}
          onFocusOut={onFocusOut}
          onPointerOver={(event) => event.pointerType === "mouse" && setPointed(keyAt(event.target))}
          onPointerLeave={(event) => event.pointerType === "mouse" && setPointed(null)}
          onClick={(event) => setPointed(keyAt(event.target))}
        >
          {rows.map((row) => {
            const states = {
              active: row.key === pointed || row.key === current.active,
              stop: row.key === current.stop,
            };
            if (row.kind === "day") return <DayLine key={row.key} name={row.key} at_ms={row.at_ms} />;
            if (row.kind === "unread") return <UnreadLine key={row.key} name={row.key} />;
            const { entry, heads, last } = row;
            return <EntryRow key={row.key} {...{ entry, heads, last, own }} {...states} marked={row.key === marked} />;
          })}
        </ol>
        {record.failure !== null && <FailureNotice failure={record.failure} />}
      </div>
      <ToNewest record={record} rows={rows} own={own} />
    </div>
  );
}

function keyAt(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest<HTMLElement>("[data-key]")?.dataset["key"] ?? null) : null;
}

function useScroll(record: RecordState, rows: readonly Row[]) {
  const { record: keeper } = usePortal();
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const scrolling = useRef<RecordScroll | null>(null);
  const done = useRef<RecordState["scroll"]>(null);
  useLayoutEffect(() => {
    if (box.current === null || list.current === null) return undefined;
    const made = new RecordScroll(box.current, list.current, {
      onEnd: (atEnd) => keeper.setAtEnd(atEnd),
      onNearStart: () => void keeper.loadOlder(),
      onNearEnd: () => void keeper.loadNewer(),
      onSeen: (number) => keeper.seen(number),
    });
    scrolling.current = made;
    return () => made.stop();
  }, [keeper]);
  useLayoutEffect(() => {
    const wanted = record.scroll === done.current ? null : record.scroll;
    done.current = record.scroll;
    scrolling.current?.settle(wanted);
  }, [rows, record.scroll]);
  return { box, list };
}

const DayLine = memo(function DayLine({ name, at_ms }: { name: string; at_ms: number }) {
  return (
    <li class="day" data-key={name}>
      <h2>
        <time dateTime={new Date(at_ms).toISOString()}>{day(at_ms)}</time>
        <span class="zone">{zone(at_ms)}</span>
      </h2>
    </li>
  );
});

const UnreadLine = memo(function UnreadLine({ name }: { name: string }) {
  return (
    <li class="unread-line" data-key={name}>
      <span>{t("record.unread")}</span>
    </li>
  );
});

interface EntryRowProps {
  entry: Entry;
  heads: boolean;
  last: number | null;
  /** Pointed at or holding the focus: its tools are shown. */
  active: boolean;
  /** The one row that the Tab key stops at. */
  stop: boolean;
  marked: boolean;
  own: Id;
}

const EntryRow = memo(function EntryRow({ entry, heads, last, active, stop, marked, own }: EntryRowProps) {
  const numbered = last === null ? {} : { "data-number": last };
  const classes = ["row", heads && "row-heads", entry.kind === "event" && "row-event", marked && "row-marked"];
  return (
    <li class={classes.filter(Boolean).join(" ")} data-key={keyOf(entry)} {...numbered}>
      {entry.kind === "event" ? (
        <EventLine entry={entry} />
      ) : (
        <Message entry={entry} heads={heads} active={active} stop={stop} own={own} />
      )}
    </li>
  );
});

function EmptyRecord() {
  return (
    <div class="empty empty-record">
      <p>{t("record.empty")}</p>
    </div>
  );
}

function ToNewest({ record, rows, own }: { record: RecordState; rows: readonly Row[]; own: Id }) {
  const { record: keeper } = usePortal();
  if (record.atEnd && record.window?.newer !== true) return null;
  const after = record.unreadAfter;
  const fresh = rows.filter(
    (row) =>
      row.kind === "entry" &&
      row.entry.kind === "message" &&
      after !== null &&
      (row.entry.number ?? 0) > after &&
      row.entry.account !== own,
  ).length;
  return (
    <button type="button" class="to-newest" onClick={() => void keeper.toNewest()}>
      <Icon name="down" /> {fresh > 0 ? tn("record.newestNew", fresh) : t("record.newest")}
    </button>
  );
}
