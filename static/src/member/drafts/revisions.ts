// Versions of the text that are kept for good.

import { isDraftItemSigned, openDraftItem } from "../../e2ee/draft.ts";
import { decodeDraftItem } from "../../wire/drafts/envelope.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import type { Id } from "../../wire/ids.ts";
import { MemberError } from "../failure.ts";
import { CleanDocument, isState } from "./cleandoc.ts";
import type { Draft } from "./draft.ts";
import { contentHash } from "./hashes.ts";
import { fetchRevisions } from "./serving.ts";
import { parseSnapshot, type Snapshot } from "./snapshots.ts";

/**
 * The Yjs state of a revision. MemberError "draft.not_found" if the server has none of this id, "draft.malformed" if it
 * is not what its author signed or not what stood there, "room.no_key" if it is of an epoch that is not readable here.
 */
export async function revisionState(draft: Draft, item: Id): Promise<Uint8Array> {
  if (draft.text.data.falseRevisions.includes(item))
    throw new MemberError("draft.malformed", { item, reason: "different" });
  const row = draft.text.rows.find((one) => one.item === item && one.kind === DraftItemKind.revision);
  const plaintext = row?.plaintext ?? (await fetched(draft, item));
  const snapshot = parseSnapshot(plaintext);
  if (!snapshot || !isSound(snapshot)) throw new MemberError("draft.malformed", { item });
  return snapshot.state;
}

async function fetched(draft: Draft, item: Id): Promise<Uint8Array> {
  const envelopes = (await fetchRevisions(draft, "text")).map(({ raw }) => decodeDraftItem(raw));
  const envelope = envelopes.find((one) => one.item === item && one.draft === draft.draft);
  if (envelope?.kind !== DraftItemKind.revision) throw new MemberError("draft.not_found", { item });
  const owner = (await draft.owners([envelope.device])).get(envelope.device);
  const signed = owner && (await isDraftItemSigned(envelope, owner.listed.key));
  if (!signed) throw new MemberError("draft.malformed", { item });
  const key = draft.room.ring.key(envelope.epoch);
  if (!key) throw new MemberError("room.no_key");
  return openDraftItem(key, envelope);
}

function isSound(snapshot: Snapshot): boolean {
  if (snapshot.stream !== "text" || !isState(snapshot)) return false;
  const document = new CleanDocument(snapshot);
  const same = contentHash("text", document.doc) === snapshot.hash;
  document.destroy();
  return same;
}
