// Asking an interpreter how a text will read to the others, before anybody else has seen it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { AnswerView, Failure, Id, InterpreterView, RoomView } from "../../member/api.ts";
import { usePortal, useSelect } from "../portal.ts";
import { focusOn } from "../shell/keys.ts";
import { me } from "../state.ts";
import { confidant } from "../translation/interpreters.ts";
import { languagesOfOthers } from "../translation/languages.ts";
import { outcomeOf } from "../translation/panel.tsx";

export interface PreviewedLanguage {
  lang: string;
  readers: readonly Id[];
  /** Neither answer nor failure: it is being asked, or waits for its turn. */
  answer?: AnswerView;
  failure?: Failure;
}

export interface PreviewState {
  /** What was asked about; it may have been changed since. */
  text: string;
  lang: string;
  /** Of another delegation: the person has not agreed yet that its machine may see the text. */
  asksFirst: boolean;
  languages: readonly PreviewedLanguage[];
}

export interface Previewing {
  /** Null where nobody here could translate, or nobody reads another language. */
  interpreter: InterpreterView | null;
  state: PreviewState | null;
  open: () => void;
  /** Show the text to another delegation's interpreter, this time, or as long as this page is open. */
  agree: (always: boolean) => void;
  close: () => void;
}

export function usePreview(room: RoomView, text: string, lang: string): Previewing {
  const { api, store } = usePortal();
  const people = useSelect((state) => state.people);
  const trusted = useSelect((state) => state.trusted);
  const own = useSelect((state) => me(state)?.account ?? "");
  const [state, setState] = useState<PreviewState | null>(null);
  const round = useRef(0);
  useEffect(() => () => void (round.current += 1), []);
  const others = languagesOfOthers(room, people, own, lang);
  const interpreter = room.translations === "off" || others.length === 0 ? null : confidant(room);

  const close = (): void => {
    round.current += 1;
    setState(null);
  };
  const ask = async (begun: PreviewState, account: Id): Promise<void> => {
    const mine = ++round.current;
    let now: PreviewState = { ...begun, asksFirst: false };
    setState(now);
    // One after the other: an interpreter answers one question of a person at a time.
    for (const { lang: to } of begun.languages) {
      const asked = { interpreter: account, text: begun.text, from: begun.lang, to, back: true, alternatives: 0 };
      const outcome = await outcomeOf(api.ask(room.room, asked));
      if (mine !== round.current) return;
      now = { ...now, languages: now.languages.map((each) => (each.lang === to ? { ...each, ...outcome } : each)) };
      setState(now);
    }
  };
  const open = (): void => {
    if (interpreter === null || text.trim() === "") return;
    const asksFirst = !interpreter.own && !trusted.has(trustKey(room.room, interpreter.account));
    const begun = { text, lang, asksFirst, languages: others };
    round.current += 1;
    if (asksFirst) setState(begun);
    else void ask(begun, interpreter.account);
  };
  const agree = (always: boolean): void => {
    if (interpreter === null || state === null) return;
    if (always) store.set({ trusted: new Set(store.get().trusted).add(trustKey(room.room, interpreter.account)) });
    void ask(state, interpreter.account);
    focusOn("#composer-text"); // the button that was pressed is gone
  };
  return { interpreter, state, open, agree, close };
}

/** Another room, or another machine in the same one, is another decision. */
function trustKey(room: Id, account: Id): string {
  return `${room} ${account}`;
}
