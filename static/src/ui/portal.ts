// What every screen can reach: the worker's api, the store and the actions. And how screens listen to the store.

import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Failure, MemberApi } from "../member/api.ts";
import { isFailure } from "./failure-words.ts";
import type { RecordKeeper } from "./record/keeper.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";
import type { Store } from "./store.ts";

export interface Portal {
  api: MemberApi;
  store: Store<State>;
  session: Session;
  record: RecordKeeper;
}

export const PortalContext = createContext<Portal | null>(null);

export function usePortal(): Portal {
  const portal = useContext(PortalContext);
  if (portal === null) throw new Error("a screen outside of the portal");
  return portal;
}

/** Part of the state; the screen is drawn again when this part is another one (compared by identity). */
export function useSelect<T>(select: (state: State) => T): T {
  const { store } = usePortal();
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  const chosen = select(store.get());
  const latest = useRef({ chosen, select });
  latest.current = { chosen, select };
  useLayoutEffect(() => {
    const check = (): void => {
      if (!Object.is(latest.current.select(store.get()), latest.current.chosen)) redraw(undefined);
    };
    check();
    return store.subscribe(check);
  }, [store]);
  return chosen;
}

export interface Call {
  busy: boolean;
  failure: Failure | null;
  /** Run the work; resolves to whether it succeeded. The failure stays until the next run or `clear`. */
  run(work: () => Promise<unknown>): Promise<boolean>;
  clear(): void;
}

/** A call to the worker whose progress and failure the screen itself shows. */
export function useCall(): Call {
  const [state, setState] = useState<{ busy: boolean; failure: Failure | null }>({ busy: false, failure: null });
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setState({ busy: true, failure: null });
    try {
      await work();
      setState({ busy: false, failure: null });
      return true;
    } catch (error) {
      if (!isFailure(error)) throw error;
      setState({ busy: false, failure: error });
      return false;
    }
  };
  return { ...state, run, clear: () => setState({ busy: false, failure: null }) };
}

/** What the worker answers, asked for again when one of `inputs` changes; undefined while it is under way. */
export function useAnswer<T>(ask: () => Promise<T>, inputs: readonly unknown[]): { value?: T; failure?: Failure } {
  const [answer, setAnswer] = useState<{ value?: T; failure?: Failure }>({});
  useLayoutEffect(() => {
    let wanted = true;
    setAnswer({});
    ask().then(
      (value) => wanted && setAnswer({ value }),
      (error: unknown) => {
        if (!isFailure(error)) throw error;
        if (wanted) setAnswer({ failure: error });
      },
    );
    return () => {
      wanted = false;
    };
  }, inputs);
  return answer;
}
