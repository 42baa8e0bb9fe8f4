// What the own delegation could live with on this clause: notes in a room of the delegation, for nobody else to read.

import { useRef, useState } from "preact/hooks";
import { type Note, leftNotes, notesOn, takeOverNote } from "../../draft/negotiation/annex.ts";
import { includes } from "../../wire/drafts/rights.ts";
import { type Id, newId } from "../../wire/ids.ts";
import type { Desk } from "../draft/desk.ts";
import { modeOf, useDesk } from "../draft/use-draft.ts";
import { languageName, list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { useCall, useSelect } from "../portal.ts";
import { roomName } from "../room/naming.ts";
import { NoteField } from "./note-field.tsx";
import type { OwnRoom } from "./own-rooms.ts";
import type { Annex } from "./use-annex.ts";
import { useNegotiation } from "./use-negotiation.ts";

export function FallbackSection({ node, annex }: { node: Id; annex: Annex }) {
  const { own } = useNegotiation();
  const { written, others, colleagues, looking, failure } = annex;
  if (own === "") return null; // whoever only reads the draft may still note what the delegation thinks of it
  return (
    <details class="neg-section neg-fallback">
      <summary>
        <Icon name="lock" size={14} /> {t("negotiation.fallback.heading")}
        {written !== null && <Count key={written.draft} desk={written} others={others} node={node} />}
      </summary>
      <p class="quiet">{t("negotiation.fallback.text")}</p>
      <FailureNotice failure={failure} />
      {written !== null && (
        <Notes key={`${written.draft} ${node}`} desk={written} others={others} node={node} colleagues={colleagues} />
      )}
      {written === null && !looking && <Beginning annex={annex} />}
    </details>
  );
}

interface CountProps {
  desk: Desk;
  others: readonly Desk[];
  node: Id;
}

interface NotesProps extends CountProps {
  colleagues: readonly Id[];
}

/** How many notes there are, so that nobody has to open the section to see that there is none. */
function Count({ desk, others, node }: CountProps) {
  useDesk(desk);
  const notes = [...notesOn(desk.text, node), ...others.flatMap((other) => leftNotes(desk.text, other.text, node))];
  const count = notes.filter(({ words }) => words.trim() !== "").length;
  return count === 0 ? null : <span class="neg-count">{tn("negotiation.fallback.count", count)}</span>;
}

function Notes({ desk, others, node, colleagues }: NotesProps) {
  const state = useDesk(desk);
  const room = useSelect(({ rooms }) => rooms?.find((each) => each.room === desk.room));
  const writes = modeOf(state) === "write";
  const notes = useShown(desk, node).filter(({ words }) => writes || words.trim() !== "");
  const names = useNames();
  return (
    <>
      <ul class="neg-threads">
        {notes.map((note) => (
          <li key={`${note.id} ${note.lang}`} class="neg-private">
            <Author note={note} desk={desk} />
            {writes ? (
              <NoteField desk={desk} clause={node} id={note.id} lang={note.lang} label={labelOf(note)} />
            ) : (
              <Words note={note} />
            )}
          </li>
        ))}
        {others.map((other) => (
          <Left key={other.draft} desk={desk} other={other} node={node} writes={writes} />
        ))}
      </ul>
      <FailureNotice failure={state.refused} />
      {room !== undefined && (
        <p class="neg-note">
          {t("negotiation.fallback.readers", { room: roomName(room), names: names(room.members) })}
        </p>
      )}
      {room !== undefined && <Writers desk={desk} members={room.members} colleagues={colleagues} />}
    </>
  );
}

interface WritersProps {
  desk: Desk;
  /** Of the room. */
  members: readonly Id[];
  colleagues: readonly Id[];
}

/** Whoever came to the delegation after the notes were begun only reads them, until a colleague says otherwise. */
function Writers({ desk, members, colleagues }: WritersProps) {
  const { own, drafts } = useNegotiation();
  const { view } = desk.store.get();
  const names = useNames();
  const call = useCall();
  const writers = new Set(view.rights.flatMap(({ account, right }) => (includes(right, "pen") ? [account] : [])));
  const unlisted = colleagues.filter((account) => members.includes(account) && !writers.has(account));
  if (!includes(view.right, "pen")) return <p class="neg-note">{t("negotiation.fallback.onlyRead")}</p>;
  if (view.right !== "chair" || unlisted.length === 0) return null;
  const admit = (): Promise<void> => {
    const others = view.rights.filter(({ account }) => !unlisted.includes(account));
    const added = unlisted.map((account) => ({ account, delegation: own, right: "chair" as const }));
    return drafts.setDraftRights(desk.room, desk.draft, [...others, ...added], view.default);
  };
  return (
    <>
      <p class="neg-note">{t("negotiation.fallback.unlisted", { names: names(unlisted) })}</p>
      <FailureNotice failure={call.failure} />
      <p class="button-row">
        <button type="button" class="button-small" disabled={call.busy} onClick={() => void call.run(admit)}>
          {t("negotiation.fallback.letWrite")}
        </button>
      </p>
    </>
  );
}

/**
 * The notes that there are and a field for one in the column that is read; what once was shown stays while one is here,
 * so that no field goes away under the hands of somebody who has emptied it.
 */
function useShown(desk: Desk, node: Id): Note[] {
  const { lang } = useNegotiation();
  const { current: shown } = useRef(new Set<string>());
  const { current: fresh } = useRef(new Map<string, Id>());
  const all = notesOn(desk.text, node);
  const notes = all.filter((note) => note.words.trim() !== "" || shown.has(`${note.id} ${note.lang}`));
  if (!notes.some((note) => note.lang === lang)) {
    const empty = all.find((note) => note.lang === lang);
    const id = empty?.id ?? fresh.get(lang) ?? newId();
    fresh.set(lang, id);
    notes.push(empty ?? { id, lang, words: "", clients: [] });
  }
  for (const note of notes) shown.add(`${note.id} ${note.lang}`);
  return notes;
}

/** Notes of an annex that nobody writes to, since another one was begun before it. */
function Left({ desk, other, node, writes }: { desk: Desk; other: Desk; node: Id; writes: boolean }) {
  useDesk(other);
  const room = useSelect(({ rooms }) => rooms?.find((each) => each.room === other.room));
  const names = useNames();
  return (
    <>
      {leftNotes(desk.text, other.text, node).map((note) => (
        <li key={`${note.id} ${note.lang}`} class="neg-private">
          <Author note={note} desk={other} />
          <Words note={note} />
          {room !== undefined && (
            <p class="neg-note">{t("negotiation.fallback.left", { names: names(room.members) })}</p>
          )}
          {writes && (
            <p class="button-row">
              <button type="button" class="button-small" onClick={() => takeOverNote(desk.text, node, note)}>
                {t("negotiation.fallback.take")}
              </button>
            </p>
          )}
        </li>
      ))}
    </>
  );
}

function Words({ note: { lang, words } }: { note: Note }) {
  return (
    <p class="neg-comment-text" lang={lang} dir="auto">
      {words}
    </p>
  );
}

/** Whose words they are, as far as that is known, and their language. */
function Author({ note: { lang, clients }, desk }: { note: Note; desk: Desk }) {
  const names = useNames();
  const accounts = new Set(clients.flatMap((client) => desk.store.get().view.clients[client] ?? []));
  return (
    <p class="quiet">
      <span class="neg-lang">{languageName(lang)}</span>
      {accounts.size > 0 && (
        <>
          {" · "}
          <bdi>{names([...accounts])}</bdi>
        </>
      )}
    </p>
  );
}

function labelOf({ lang }: Note): string {
  return t("negotiation.fallback.label", { language: languageName(lang) });
}

function useNames(): (accounts: readonly Id[]) => string {
  const people = useSelect((state) => state.people);
  return (accounts) => list(accounts.map((account) => people.get(account)?.name ?? t("person.unknown")));
}

/** Where to begin: in a room that there is, the one with all colleagues first, or in a new one. */
function Beginning({ annex: { rooms, colleagues, beginning, begin } }: { annex: Annex }) {
  const names = useNames();
  const [chosen, choose] = useState<Id | "" | null>(null);
  const room = chosen ?? (rooms[0]?.everybody === true ? rooms[0].room.room : "");
  const nameOf = (each: OwnRoom): string =>
    t("negotiation.fallback.inRoom", { room: roomName(each.room), names: names(each.room.members) });
  const readers = rooms.find((each) => each.room.room === room)?.room.members ?? colleagues;
  return (
    <>
      <select
        aria-label={t("negotiation.fallback.where")}
        value={room}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {rooms.map((each) => (
          <option key={each.room.room} value={each.room.room}>
            {nameOf(each)}
          </option>
        ))}
        <option value="">{t("negotiation.fallback.newRoom", { names: names(colleagues) })}</option>
      </select>
      {/* The line above is cut where there is no room for it. */}
      <p class="neg-note">{t("negotiation.fallback.canRead", { names: names(readers) })}</p>
      <div class="button-row">
        <button type="button" disabled={beginning} onClick={() => begin(room === "" ? null : room)}>
          {beginning ? t("state.working") : t("negotiation.fallback.begin")}
        </button>
      </div>
    </>
  );
}
