// A side room of a few people, in two clicks; the others do not learn of it.

import { useState } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { collate } from "../format.ts";
import { t, tn } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { PeoplePicker } from "../parts/people-picker.tsx";
import { Person } from "../parts/person.tsx";
import { huddleName } from "../people/grouping.ts";
import { usePortal, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { FormDialog } from "./form.tsx";
import { useOthers } from "./new-room.tsx";

export function Huddle({ people }: { people: readonly Id[] }) {
  const { api, session } = usePortal();
  const own = useSelect(me);
  const room = useSelect((state) => state.room);
  const inRoom = (account: Id): boolean => people.length > 0 || room === null || room.members.includes(account);
  const others = useOthers().filter((person) => inRoom(person.account));
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set(people));
  const [typed, setTyped] = useState<string | null>(null);
  const called = others.filter((person) => chosen.has(person.account) && person.interpreter === null);
  const names = called.map((person) => person.name);
  const all = [own?.name ?? "", ...names.sort(collate)];
  const name = typed ?? (names.length === 0 ? "" : huddleName(all, (count) => tn("huddle.more", count)));
  const start = async (): Promise<void> => {
    const made = await api.createRoom("huddle", name.trim(), [...chosen], "all");
    session.go({ screen: "room", room: made, panel: null });
  };
  const ready = chosen.size > 0 && name.trim() !== "";
  return (
    <FormDialog
      title={t("huddle.title")}
      submit={t("huddle.start")}
      disabled={!ready}
      work={start}
      focusSubmit={people.length > 0}
    >
      <p>{t("huddle.text")}</p>
      {people.length > 0 ? (
        <ul class="people-line">
          {people.map((account) => (
            <li key={account}>
              <Person account={account} />
            </li>
          ))}
        </ul>
      ) : (
        <PeoplePicker label={t("newRoom.people")} from={others} chosen={chosen} onChange={setChosen} />
      )}
      <TextField label={t("newRoom.name")} value={name} onInput={setTyped} maxLength={120} />
    </FormDialog>
  );
}
