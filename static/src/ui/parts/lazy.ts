// Screens that are fetched when they are first needed.

import { type FunctionComponent, createElement } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component that is loaded when it is first drawn; until then nothing is shown (it takes well under 100 ms). */
export function lazy<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let loaded: FunctionComponent<P> | null = null;
  return function Lazy(props) {
    const [, redraw] = useState(false);
    useEffect(() => {
      if (loaded !== null) return;
      void load().then((component) => {
        loaded = component;
        redraw(true);
      });
    }, []);
    return loaded === null ? null : createElement(loaded, props as P);
  };
}
