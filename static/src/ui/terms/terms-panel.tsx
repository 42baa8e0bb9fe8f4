// The glossary of a room: which words stand for a thing in each language. Interpreters keep to it.

import { useEffect, useState } from "preact/hooks";
import type { RoomView, TermView } from "../../member/api.ts";
import { collate, list, moment, briefly } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Loading } from "../parts/loading.tsx";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { safeFileName, saveBlob } from "../parts/save.ts";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { roomName } from "../room/naming.ts";
import { mayWrite } from "../room/rights.ts";
import { FORMS, type Form, fileOf } from "./files.ts";
import { ImportTermsButton } from "./import-button.tsx";
import { conceptsOf } from "./plan.ts";
import { TermWords } from "./term-words.tsx";

/** From how many terms on one looks for them by typing. */
const MANY = 6;

export function TermsPanel({ room }: { room: RoomView }) {
  const { terms, call } = useTerms(room);
  const [query, setQuery] = useState("");
  const writes = mayWrite(room);
  if (terms === null) return call.failure === null ? <Loading /> : <FailureNotice failure={call.failure} />;
  const shown = matching(terms, query);
  return (
    <div class="terms">
      <FailureNotice failure={call.failure} />
      <Tools room={room} terms={terms} />
      {terms.length === 0 && <Nothing writes={writes} />}
      {terms.length >= MANY && (
        <input
          type="search"
          aria-label={t("terms.search")}
          placeholder={t("terms.search")}
          value={query}
          autocomplete="off"
          dir="auto"
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      )}
      {terms.length > 0 && (
        <p class="quiet" role="status">
          {query.trim() === "" ? tn("terms.count", terms.length) : tn("terms.found", shown.length)}
        </p>
      )}
      <ul class="terms-list">
        {shown.map((term) => (
          <Term key={term.term} room={room} term={term} writes={writes} />
        ))}
      </ul>
    </div>
  );
}

/** The room's terms, asked for again when they have changed; what stood before stays meanwhile. */
function useTerms(room: RoomView) {
  const { api } = usePortal();
  const round = useSelect((state) => state.termsRound);
  const [terms, setTerms] = useState<TermView[] | null>(null);
  const call = useCall();
  useEffect(() => {
    void call.run(async () => setTerms(await api.terms(room.room)));
  }, [room.room, round]);
  return { terms, call };
}

/** Terms in which every typed word occurs, in the order of their first words. */
function matching(terms: readonly TermView[], query: string): TermView[] {
  const fold = (text: string): string => text.normalize("NFKC").toLowerCase();
  const wanted = fold(query).split(/\s+/).filter(Boolean);
  const textOf = ({ words, note }: TermView): string => fold([...words.map(({ text }) => text), note].join("\n"));
  return terms
    .filter((term) => wanted.every((word) => textOf(term).includes(word)))
    .sort((a, b) => collate(a.words[0]?.text ?? "", b.words[0]?.text ?? ""));
}

function Nothing({ writes }: { writes: boolean }) {
  return (
    <div class="terms-none">
      <p>{t("terms.none")}</p>
      <p class="quiet">{t(writes ? "terms.noneText" : "terms.noneReader")}</p>
    </div>
  );
}

function Tools({ room, terms }: { room: RoomView; terms: readonly TermView[] }) {
  const { session } = usePortal();
  const writes = mayWrite(room);
  const save = (form: Form): void => {
    saveBlob(fileOf(conceptsOf(terms), form), `${safeFileName(roomName(room))}.${form}`);
  };
  const exports: MenuItem[] = FORMS.map((form) => ({
    label: t(`terms.export.${form}`),
    icon: "download",
    run: () => save(form),
  }));
  if (!writes && terms.length === 0) return null;
  return (
    <div class="terms-tools">
      {writes && (
        <button type="button" onClick={() => session.show({ kind: "term", room: room.room, term: null })}>
          <Icon name="plus" /> {t("terms.add")}
        </button>
      )}
      {writes && <ImportTermsButton room={room.room} terms={terms} />}
      {terms.length > 0 && (
        <Menu label={t("terms.export")} items={exports} class="" named>
          <Icon name="download" /> {t("terms.export")}
        </Menu>
      )}
    </div>
  );
}

function Term({ room, term, writes }: { room: RoomView; term: TermView; writes: boolean }) {
  const { session } = usePortal();
  const name = list(term.words.slice(0, 2).map(({ text }) => text));
  return (
    <li class="term">
      <TermWords words={term.words} />
      {term.note !== "" && (
        <p class="term-note" dir="auto">
          {term.note}
        </p>
      )}
      <p class="term-foot">
        <span class="quiet">
          <Person account={term.by} />{" · "}
          <time dateTime={new Date(term.at_ms).toISOString()} title={moment(term.at_ms)}>
            {briefly(term.at_ms)}
          </time>
        </span>
        {writes && (
          <span class="term-actions">
            <button
              type="button"
              class="button-quiet button-icon"
              aria-label={t("terms.editOf", { name })}
              title={t("terms.edit")}
              onClick={() => session.show({ kind: "term", room: room.room, term })}
            >
              <Icon name="correct" />
            </button>
            <button
              type="button"
              class="button-quiet button-icon"
              aria-label={t("terms.removeOf", { name })}
              title={t("terms.remove")}
              onClick={() => session.show({ kind: "remove-term", room: room.room, term })}
            >
              <Icon name="discard" />
            </button>
          </span>
        )}
      </p>
    </li>
  );
}
