// A new room: its kind, its name, its people, and what those who join later may read.

import { useState } from "preact/hooks";
import type { History, Id, RoomKind, RoomSummary } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import { PeoplePicker } from "../parts/people-picker.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { KIND_ICONS } from "../room/naming.ts";
import { mayFound } from "../room/rights.ts";
import { me } from "../state.ts";
import { FormDialog } from "./form.tsx";

const KINDS = ["plenary", "working_group", "bilateral", "huddle"] as const satisfies readonly RoomKind[];
const LONGEST_NAME = 120;

/** The people who can be chosen: everyone but oneself and those whose account is closed. */
export function useOthers() {
  const people = useSelect((state) => state.people);
  const own = useSelect((state) => me(state)?.account);
  return [...people.values()].filter((person) => person.account !== own && !person.disabled);
}

export function NewRoom({ likeRoom }: { likeRoom?: RoomSummary }) {
  const { api, session } = usePortal();
  const others = useOthers();
  const own = useSelect(me);
  const kinds = KINDS.filter((each) => mayFound(own, each));
  const [kind, setKind] = useState<RoomKind>(
    likeRoom?.kind ?? (kinds.includes("working_group") ? "working_group" : (kinds[0] ?? "huddle")),
  );
  const [name, setName] = useState(likeRoom?.name ?? "");
  const [history, setHistory] = useState<History>("all");
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(() => {
    const known = new Set(others.map((person) => person.account));
    return new Set(likeRoom?.members.filter((account) => known.has(account)));
  });
  const eligible = kind === "bilateral" ? others.filter((person) => person.delegation !== null) : others;
  const invited = eligible.map((person) => person.account).filter((account) => chosen.has(account));
  const delegations = new Set(
    eligible.filter((person) => chosen.has(person.account)).map((person) => person.delegation?.id),
  );
  const crowded = kind === "bilateral" && delegations.add(own?.delegation?.id).size > 2;
  const create = async (): Promise<void> => {
    const room = await api.createRoom(kind, name.trim(), invited, history);
    session.go({ screen: "room", room, panel: null });
  };
  return (
    <FormDialog
      title={t("newRoom.title")}
      submit={t("newRoom.create")}
      size="medium"
      disabled={name.trim() === "" || crowded}
      work={create}
    >
      <KindField kinds={kinds} value={kind} onChange={setKind} />
      <TextField
        label={t("newRoom.name")}
        hint={t("newRoom.nameHint")}
        value={name}
        onInput={setName}
        maxLength={LONGEST_NAME}
        required
        autoFocus
      />
      <PeoplePicker label={t("newRoom.people")} from={eligible} chosen={chosen} onChange={setChosen} />
      {kind === "bilateral" && <Notice tone={crowded ? "warning" : "info"}>{t("newRoom.bilateralHint")}</Notice>}
      <HistoryField value={history} onChange={setHistory} />
    </FormDialog>
  );
}

interface KindFieldProps {
  kinds: readonly RoomKind[];
  value: RoomKind;
  onChange: (kind: RoomKind) => void;
}

function KindField({ kinds, value, onChange }: KindFieldProps) {
  return (
    <fieldset class="field">
      <legend>{t("newRoom.kind")}</legend>
      <div class="choices">
        {kinds.map((kind) => (
          <label key={kind} class="choice">
            <input type="radio" name="kind" checked={value === kind} onChange={() => onChange(kind)} />
            <Icon name={KIND_ICONS[kind]} />
            <span>
              <span class="choice-name">{t(`room.kind.${kind}`)}</span>
              <span class="choice-hint">{t(`room.kindHint.${kind}`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function HistoryField({ value, onChange }: { value: History; onChange: (history: History) => void }) {
  return (
    <fieldset class="field">
      <legend>{t("newRoom.history")}</legend>
      {(["all", "none"] as const).map((history) => (
        <label key={history} class="check">
          <input type="radio" name="history" checked={value === history} onChange={() => onChange(history)} />
          {t(`history.${history}`)}
        </label>
      ))}
      <div class="field-hint">{t("newRoom.historyHint")}</div>
    </fieldset>
  );
}
