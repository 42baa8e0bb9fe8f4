// How much room there is; the same widths as in the style sheet (shell.css).

import { useEffect, useState } from "preact/hooks";

const ONE_PANE = "(width <= 45rem)";
const WITH_PANEL = "(width > 60rem)";

/** Whether the side panel stands beside the record, instead of in its place. */
export function hasRoomForPanel(): boolean {
  return matchMedia(WITH_PANEL).matches;
}

/** Whether only one pane is shown at a time. */
export function useOnePane(): boolean {
  const [one, setOne] = useState(() => matchMedia(ONE_PANE).matches);
  useEffect(() => {
    const query = matchMedia(ONE_PANE);
    const change = (): void => setOne(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return one;
}
