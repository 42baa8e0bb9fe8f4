// Items of a draft as an attacker makes them, who has a member's device, or is the server.

import { makeDraftItem } from "../../../src/e2ee/draft.ts";
import type { SigningKey } from "../../../src/e2ee/signing.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { DraftItemKind, streamOf } from "../../../src/wire/drafts/streams.ts";
import { newId } from "../../../src/wire/ids.ts";
import type { StreamName } from "../../../src/member/drafts/api.ts";
import type { Draft } from "../../../src/member/drafts/draft.ts";
import type { DraftStream } from "../../../src/member/drafts/stream.ts";
import { insideOf } from "../inside.ts";
import type { Profile } from "../profile.ts";

export interface Crafted {
  stream?: StreamName;
  kind?: DraftItemKind;
  item?: string;
  sequence?: number;
  seen?: { number: number; head: Bytes };
  signer?: SigningKey;
}

export function streamIn(draft: Draft, name: StreamName): DraftStream {
  return draft.streams().find((stream) => stream.name === name)!;
}

/** An item by the device of `by`, following what `at` has, but for what is `changed`. */
export async function craft(by: Profile, at: Draft, plaintext: Uint8Array, changed: Crafted = {}): Promise<Bytes> {
  const { stream = "text", kind = DraftItemKind.update, item = newId(), signer } = changed;
  const { device, key } = insideOf(by).keyholder.device;
  const { data } = streamIn(at, stream);
  const { number: seenNumber, head: seenHead } = changed.seen ?? data;
  const sequence = changed.sequence ?? (data.sequences[device] ?? 0) + 1;
  const place = { kind, draft: at.draft, stream: streamOf(stream)!, device, sequence, item, seenNumber, seenHead };
  const { room } = at;
  await room.ensureShares([room.data.bucket]);
  return makeDraftItem(room.ring.key(room.data.epoch)!, place, plaintext, signer ?? key);
}

/** Let the server show this as the next item of the stream. */
export async function show(to: Draft, raw: Bytes, name: StreamName = "text", number?: number): Promise<void> {
  const stream = streamIn(to, name);
  const next = number ?? stream.data.number + 1;
  await stream.receive({ number: next, at_ms: Date.now(), raw, receipt: null });
}
