// The versions of a draft as they can be read, compared and exported: what is on the table, and each that was kept.

import { useEffect, useMemo, useReducer } from "preact/hooks";
import * as Y from "yjs";
import { readText } from "../../draft/model/read.ts";
import { supportersOf } from "../../draft/negotiation/support.ts";
import { type Version, versionOf } from "../../draft/redline/redline.ts";
import type { Supporters } from "../../draft/redline/signs.ts";
import type { DraftView, Failure, Id } from "../../member/api.ts";
import { b64 } from "../../wire/bytes.ts";
import { documentHash } from "../../wire/drafts/clauses.ts";
import { project } from "../../wire/drafts/projection.ts";
import { reduce } from "../../wire/drafts/reducer.ts";
import type { ActsState, Revision } from "../../wire/drafts/state.ts";
import type { TextDocument } from "../../wire/drafts/text.ts";
import type { Desk } from "../draft/desk.ts";
import { isFailure } from "../failure-words.ts";
import { useNegotiation } from "../negotiation/use-negotiation.ts";

/** What is on the table, beside the ids of kept versions. */
export const NOW = "now";

/** A version with its text. */
export interface Opened {
  document: TextDocument;
  version: Version;
  /** b64(32): the document's hash; the same for whoever has the same text. */
  hash: string;
}

export interface Kept {
  revision: Revision;
  /** Null while it is read. */
  opened: Opened | null;
  /** It can not be had: its key is none of ours, or there is no network now. */
  failure: Failure | null;
}

/** What was read of kept versions stays read while the draft is open: they never change. */
const read = new WeakMap<Desk, Map<Id, Read | Failure>>();

interface Read {
  document: TextDocument;
  hash: string;
}

/** These stay as they are; all else may be another time: no network, a busy server. */
const FOR_GOOD = new Set(["room.no_key", "draft.malformed", "draft.not_found"]);

/** The kept versions, the newest first, each read as soon as it can be. */
export function useKept(): Kept[] {
  const { desk, view, acts } = useNegotiation();
  const [round, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  const known = read.get(desk) ?? new Map<Id, Read | Failure>();
  read.set(desk, known);
  useEffect(() => {
    let wanted = true;
    for (const [item, found] of known) if (isFailure(found) && !FOR_GOOD.has(found.code)) known.delete(item);
    const next = async (): Promise<void> => {
      for (const { item } of [...acts.revisions].reverse()) {
        if (!wanted) return;
        if (known.has(item)) continue;
        known.set(item, await readRevision(desk, item));
        redraw(undefined);
      }
    };
    void next();
    return () => {
      wanted = false;
    };
  }, [desk, acts.revisions.length]);
  const supporters = useSupporters();
  return useMemo(
    () =>
      [...acts.revisions].reverse().map((revision): Kept => {
        const found = known.get(revision.item);
        if (found === undefined) return { revision, opened: null, failure: null };
        if (isFailure(found)) return { revision, opened: null, failure: found };
        const { document, hash } = found;
        const projection = project(document, stateAt(view, revision.number), desk.draft);
        return {
          revision,
          opened: { document, hash, version: versionOf(document, projection, supporters(document)) },
          failure: null,
        };
      }),
    [acts.revisions, round, supporters],
  );
}

async function readRevision(desk: Desk, item: Id): Promise<Read | Failure> {
  try {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, await desk.drafts.draftRevision(desk.room, desk.draft, item));
    const document = readText(doc);
    doc.destroy();
    return { document, hash: b64(documentHash(document)) };
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}

/** What is on the table now. */
export function useNow(): Opened {
  const { document, projection } = useNegotiation();
  const supporters = useSupporters();
  return useMemo(
    () => ({
      document,
      hash: b64(documentHash(document)),
      version: versionOf(document, projection, supporters(document)),
    }),
    [document, projection, supporters],
  );
}

/** Who is behind an option, as the delegations' own documents say now: of kept versions too, since support has no past. */
function useSupporters(): (document: TextDocument) => Supporters {
  const { boards } = useNegotiation();
  return useMemo(
    () => (document) => {
      const brackets = new Map(document.brackets.map((bracket) => [bracket.id, bracket]));
      return (bracket, option) => {
        const found = brackets.get(bracket)?.options.find(({ id }) => id === option);
        return found === undefined ? [] : supportersOf(bracket, found, boards).map(({ delegation }) => delegation);
      };
    },
    [boards],
  );
}

/** The state that the acts had come to by `number`. */
function stateAt(view: DraftView, number: number): ActsState {
  const lines = view.actLog.filter((line) => line.number <= number);
  const whole = lines.length > 0 && lines[0]?.number === 1;
  if (whole) return reduce(lines, { draft: view.draft, silence_min_ms: view.silence_min_ms });
  // A newcomer has not read the acts of before her time: then the present ones that are old enough are what is known.
  const decisions = Object.entries(view.acts.decisions).filter(([, decision]) => decision.number <= number);
  return { ...view.acts, decisions: Object.fromEntries(decisions) };
}
