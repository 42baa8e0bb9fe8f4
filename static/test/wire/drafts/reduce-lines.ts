// The browser's half of "equal in both twins": a stream of acts a line in the named file, and what it comes to goes out.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { argv } from "node:process";

import { jcs } from "../../../src/wire/drafts/jcs.ts";
import { reduce, step } from "../../../src/wire/drafts/reducer.ts";
import { type ActsContext, type ActsState, emptyState } from "../../../src/wire/drafts/state.ts";
import { lineOf, type WrittenLine } from "./lines.ts";

for (const text of readFileSync(argv[2]!, "utf8").split("\n")) {
  const { context, lines: written } = JSON.parse(text) as { context: ActsContext; lines: WrittenLine[] };
  const lines = written.map(lineOf);
  const state = emptyState();
  const verdicts = lines.map((line) => step(state, line, context));
  // A reader who was away goes on from a state that was stored as JSON.
  const middle = lines.length >> 1;
  const stored = JSON.parse(JSON.stringify(reduce(lines.slice(0, middle), context))) as ActsState;
  const later = reduce(lines.slice(middle), context, stored);
  console.log(JSON.stringify({ verdicts, states: [hash(state), hash(reduce(lines, context)), hash(later)] }));
}

function hash(state: ActsState): string {
  return createHash("sha256").update(jcs(state)).digest("hex");
}
