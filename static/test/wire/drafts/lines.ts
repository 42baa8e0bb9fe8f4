// Lines of acts as the tests' files hold them: what an entry says, before it was read.

import type { ActLine } from "../../../src/wire/drafts/acts.ts";
import { jcs } from "../../../src/wire/drafts/jcs.ts";
import { readAct } from "../../../src/wire/drafts/reading.ts";

export type WrittenLine = Omit<ActLine, "content"> & { content?: ActLine["content"]; entry?: unknown };

/** The line, its entry read as a client reads it. */
export function lineOf({ entry, content, ...line }: WrittenLine): ActLine {
  return { ...line, content: content ?? readAct(jcs(entry)) };
}
