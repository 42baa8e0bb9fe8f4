// The files of a room, newest first, gathered from its record page by page.

import { useEffect, useState } from "preact/hooks";
import type { Id, MemberApi, MessageEntry } from "../../member/api.ts";
import { briefly } from "../format.ts";
import { t } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Loading } from "../parts/loading.tsx";
import { Person } from "../parts/person.tsx";
import { useCall, usePortal } from "../portal.ts";
import { FileLine } from "./message-files.tsx";

const PAGE = 300;
/** Pages are read until this many messages with files are found. */
const ENOUGH = 30;

interface Found {
  messages: MessageEntry[];
  /** Where to go on; null at the record's beginning. */
  before: number | null;
}

/** Read backwards from `before` (undefined: the newest) until enough files are found. */
async function gather(api: MemberApi, room: Id, before: number | undefined): Promise<Found> {
  const messages: MessageEntry[] = [];
  let from = before;
  for (;;) {
    const page = await api.entries(room, from === undefined ? { limit: PAGE } : { before: from, limit: PAGE });
    for (const entry of [...page.entries].reverse()) {
      if (entry.kind === "message" && entry.files.length > 0 && entry.withdrawn === null && entry.sending === "sent") {
        messages.push(entry);
      }
    }
    const first = page.entries.find((entry) => entry.number !== null)?.number;
    if (!page.more || first === null || first === undefined) return { messages, before: null };
    if (messages.length >= ENOUGH) return { messages, before: first };
    from = first;
  }
}

export function FilesPanel({ room }: { room: Id }) {
  const { api, record } = usePortal();
  const call = useCall();
  const [found, setFound] = useState<Found | null>(null);
  const load = (before?: number): void => {
    void call.run(async () => {
      const more = await gather(api, room, before);
      setFound((old) => ({
        messages: before === undefined ? more.messages : [...(old?.messages ?? []), ...more.messages],
        before: more.before,
      }));
    });
  };
  useEffect(() => load(), [room]);
  return (
    <div class="files-panel">
      {found === null && call.busy && <Loading />}
      <FailureNotice failure={call.failure} />
      {found?.messages.length === 0 && <p class="quiet">{t("files.none")}</p>}
      <ul class="files-list">
        {found?.messages.map((entry) => (
          <li key={entry.item}>
            {entry.files.map((file) => (
              <FileLine key={file.blob} file={file} item={entry.item} ready />
            ))}
            <button
              type="button"
              class="button-plain files-from"
              onClick={() => entry.number !== null && void record.jumpTo(entry.number)}
            >
              <Person account={entry.account} />{" "}
              <time dateTime={new Date(entry.at_ms).toISOString()}>{briefly(entry.at_ms)}</time>
              <span class="visually-hidden">{t("files.show")}</span>
            </button>
          </li>
        ))}
      </ul>
      {found !== null && found.before !== null && (
        <button type="button" class="button-wide" disabled={call.busy} onClick={() => load(found.before ?? undefined)}>
          {call.busy ? t("state.loading") : t("files.more")}
        </button>
      )}
    </div>
  );
}
