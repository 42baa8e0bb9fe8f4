// Screens that are fetched when they are first needed.

import { type FunctionComponent, createElement } from "preact";
import { useEffect, useState } from "preact/hooks";
import { pause } from "../fetching.ts";

/** After `load` has failed for want of a network, and has tried for some time itself. */
const PAUSE_MS = 3000;

/** A component that is loaded when it is first drawn; until then nothing is shown (it takes well under 100 ms). */
export function lazy<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let loaded: FunctionComponent<P> | null = null;
  return function Lazy(props) {
    const [, redraw] = useState(false);
    useEffect(() => {
      if (loaded !== null) return;
      let wanted = true;
      void persist(load, () => wanted).then((component) => {
        if (component === null) return;
        loaded = component;
        redraw(true);
      });
      return () => {
        wanted = false;
      };
    }, []);
    return loaded === null ? null : createElement(loaded, props as P);
  };
}

/** What `load` gives as soon as it does not fail for want of a network; null if it is not wanted any more before. */
export async function persist<T>(
  load: () => Promise<T>,
  isWanted: () => boolean,
  pause_ms = PAUSE_MS,
): Promise<T | null> {
  while (isWanted()) {
    try {
      return await load();
    } catch (error) {
      // The only thing by which a browser tells it: https://html.spec.whatwg.org/#hostloadimportedmodule
      if (!(error instanceof TypeError)) throw error;
    }
    await pause(pause_ms);
  }
  return null;
}
