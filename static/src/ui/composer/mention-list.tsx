// The list of people that opens at "@".

import { useMemo, useState } from "preact/hooks";
import type { Id, Person, RoomView } from "../../member/api.ts";
import { DelegationChip } from "../parts/person.tsx";
import { useSelect } from "../portal.ts";
import { type Typed, typedMention } from "../record/mentions.ts";
import { best } from "../shell/match.ts";
import { t } from "../i18n.ts";

const OFFERED = 8;
export const MENTION_LIST = "mention-list";

export interface Mentioning {
  typed: Typed | null;
  offered: readonly Person[];
  at: number;
  /** Id of the option that Enter would take, for the text field. */
  option: Id | undefined;
  /** The caret has moved or the text has changed. */
  look: (text: string, caret: number) => void;
  move: (step: number) => void;
  close: () => void;
}

export function useMentions(room: RoomView, own: Id): Mentioning {
  const people = useSelect((state) => state.people);
  const [typed, setTyped] = useState<Typed | null>(null);
  const [at, setAt] = useState(0);
  const [dismissed, setDismissed] = useState<number | null>(null);
  const offered = useMemo(() => {
    if (typed === null || typed.start === dismissed) return [];
    const others = room.members.flatMap((account) => (account === own ? [] : (people.get(account) ?? [])));
    const members = others.filter((person) => person.interpreter === null);
    return best(
      members,
      typed.query,
      (person) => `${person.name} ${person.handle} ${person.delegation?.code ?? ""}`,
      OFFERED,
    );
  }, [typed, dismissed, people, room.members, own]);
  return {
    typed,
    offered,
    at: Math.min(at, Math.max(0, offered.length - 1)),
    option: offered.length > 0 ? `${MENTION_LIST}-${Math.min(at, offered.length - 1)}` : undefined,
    look: (text, caret) => {
      const found = typedMention(text, caret);
      if (found?.start !== typed?.start || found?.query !== typed?.query) {
        setTyped(found);
        setAt(0);
      }
      if (found === null) setDismissed(null);
    },
    move: (step) => setAt((at + step + offered.length) % Math.max(1, offered.length)),
    close: () => setDismissed(typed?.start ?? null),
  };
}

export function MentionList({ mentioning, onPick }: { mentioning: Mentioning; onPick: (person: Person) => void }) {
  if (mentioning.offered.length === 0) return null;
  return (
    <ul class="mention-list" id={MENTION_LIST} role="listbox" aria-label={t("composer.mentions")}>
      {mentioning.offered.map((person, index) => (
        <li
          key={person.account}
          id={`${MENTION_LIST}-${index}`}
          role="option"
          aria-selected={index === mentioning.at}
          onMouseDown={(event) => {
            event.preventDefault(); // the caret stays in the text
            onPick(person);
          }}
        >
          <DelegationChip delegation={person.delegation} />
          <span dir="auto">{person.name}</span>
          <span class="quiet">{person.handle}</span>
        </li>
      ))}
    </ul>
  );
}
