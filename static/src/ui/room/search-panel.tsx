// Search in what this browser can read: the server could not do it.

import { useEffect, useId, useState } from "preact/hooks";
import type { RoomView, SearchHit } from "../../member/api.ts";
import { briefly, moment } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { hasRoomForPanel } from "../parts/width.ts";
import { type Portal, useCall, usePortal, useSelect } from "../portal.ts";
import { excerpt } from "../record/excerpt.ts";
import { roomName } from "./naming.ts";

const WAIT_MS = 180;

export function SearchPanel({ room }: { room: RoomView }) {
  const { api } = usePortal();
  const [query, setQuery] = useState("");
  const [everywhere, setEverywhere] = useState(false);
  const [hits, setHits] = useState<SearchHit[] | null>(null);
  const call = useCall();
  const id = useId();
  useEffect(() => {
    if (query.trim().length < 1) {
      setHits(null);
      return undefined;
    }
    let wanted = true;
    const timer = setTimeout(() => {
      void call.run(async () => {
        const found = await api.search(query.trim(), everywhere ? null : room.room);
        if (wanted) setHits(found);
      });
    }, WAIT_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [query, everywhere, room.room]);
  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="visually-hidden" for="search-field">
        {t("search.title")}
      </label>
      <input
        id="search-field"
        type="search"
        dir="auto"
        value={query}
        placeholder={t("search.placeholder")}
        autocomplete="off"
        autofocus
        aria-describedby={`${id}-state`}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <label class="check">
        <input type="checkbox" checked={everywhere} onChange={(event) => setEverywhere(event.currentTarget.checked)} />
        {t("search.everywhere")}
      </label>
      <FailureNotice failure={call.failure} />
      <p class="quiet" id={`${id}-state`} role="status">
        {hits === null ? t("search.scope") : tn("search.found", hits.length)}
      </p>
      <ul class="hits">
        {hits?.map((hit) => (
          <Hit key={`${hit.room} ${hit.item}`} hit={hit} query={query.trim()} named={everywhere} />
        ))}
      </ul>
    </form>
  );
}

async function goTo({ session, record }: Portal, hit: SearchHit): Promise<void> {
  await session.open({ screen: "room", room: hit.room, panel: hasRoomForPanel() ? "search" : null });
  await record.jumpTo(hit.number);
}

function Hit({ hit, query, named }: { hit: SearchHit; query: string; named: boolean }) {
  const portal = usePortal();
  const rooms = useSelect((state) => state.rooms);
  const room = rooms?.find((each) => each.room === hit.room);
  return (
    <li>
      <button type="button" class="hit" onClick={() => void goTo(portal, hit)}>
        <span class="hit-head">
          <Person account={hit.account} />
          <time dateTime={new Date(hit.at_ms).toISOString()} title={moment(hit.at_ms)}>
            {briefly(hit.at_ms)}
          </time>
        </span>
        {named && room !== undefined && (
          <span class="quiet" dir="auto">
            {roomName(room)}
          </span>
        )}
        <span class="hit-text" dir="auto">
          {excerpt(hit.text, query).map((part, index) =>
            part.found ? <mark key={index}>{part.text}</mark> : part.text,
          )}
        </span>
      </button>
    </li>
  );
}
