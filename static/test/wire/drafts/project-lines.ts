// The browser's half of "equal in both twins": a draft a line in the named file, and what it comes to goes out.

import { readFileSync } from "node:fs";

import { b64 } from "../../../src/wire/bytes.ts";
import { documentHash } from "../../../src/wire/drafts/clauses.ts";
import { project, type StandingActs } from "../../../src/wire/drafts/projection.ts";
import type { TextDocument } from "../../../src/wire/drafts/text.ts";

for (const line of readFileSync(process.argv[2]!, "ascii").split("\n")) {
  const [document, acts, draft] = JSON.parse(line) as [TextDocument, StandingActs, string];
  const projection = project(document, acts, draft);
  console.log(JSON.stringify({ document: b64(documentHash(document)), projection }));
}
