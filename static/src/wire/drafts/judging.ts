// What the judges of acts share. A judge looks at one act and the state before it: it answers why the act counts for
// nothing, and changes nothing then; or it changes the state, and answers null. Twin of portal/wire/drafts/judging.py.

import type { ActLine, ActOf, ActType, LangRoot, Refusal } from "./acts.ts";
import type { ActsContext, ActsState, Made } from "./state.ts";

export type Judge<Type extends ActType> = (
  state: ActsState,
  line: ActLine,
  act: ActOf<Type>,
  context: ActsContext,
) => Refusal | null;

/** Who acted, where and when. */
export function made({ number, account, delegation, at_ms }: ActLine): Made {
  return { number, account, delegation, at_ms };
}

/** Whether a text in `langs` is one in all authentic languages: those named, or one language if none was. */
export function areAuthentic(state: ActsState, langs: readonly LangRoot[]): boolean {
  if (state.authentic.length === 0) return langs.length === 1;
  return langs.length === state.authentic.length && langs.every(([lang], place) => lang === state.authentic[place]);
}

/** Whether two lists of languages and roots are the same. */
export function sameRoots(one: readonly LangRoot[], other: readonly LangRoot[]): boolean {
  return (
    one.length === other.length &&
    one.every(([lang, root], place) => lang === other[place]![0] && root === other[place]![1])
  );
}

/** Whether a silence is running: opened and not closed. */
export function isSilenceRunning(state: ActsState): boolean {
  return Object.values(state.silences).some(({ closed }) => closed === null);
}

/** Whether several decisions on one bracket stand against each other. */
export function isConflicted(state: ActsState): boolean {
  return Object.values(state.decisions).some(({ conflict }) => conflict);
}
