// When something happened, short, with the exact moment and its zone under the pointer.

import { briefly, moment } from "../format.ts";

export function Moment({ at_ms }: { at_ms: number }) {
  return (
    <time dateTime={new Date(at_ms).toISOString()} title={moment(at_ms)}>
      {briefly(at_ms)}
    </time>
  );
}
