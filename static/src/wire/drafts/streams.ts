// The streams of a draft: what each is for, and which kinds of items it takes (docs/protocol.md §10). The Python twin is
// portal/wire/drafts/streams.py.

import { type Id, ID_BYTES, idBytes, idText } from "../ids.ts";

/** What a stream holds; the byte in the envelope. */
export const StreamKind = { acts: 1, text: 2, talk: 3, proposals: 4, machine: 5 } as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

/** A stream's name in URLs and events. The id is a delegation's, or an interpreter's account. */
export type StreamName = "acts" | "text" | "talk" | `proposals/${Id}` | `machine/${Id}`;

/** What the body of an item is; the byte in the envelope. */
export const DraftItemKind = {
  founding: 1,
  rights: 2,
  entry: 3,
  update: 4,
  snapshot: 5,
  revision: 6,
  countersign: 7,
} as const;
export type DraftItemKind = (typeof DraftItemKind)[keyof typeof DraftItemKind];

/** The owner of a stream that belongs to the draft as a whole: 16 zero bytes. */
export const NO_OWNER: Id = idText(new Uint8Array(ID_BYTES));

const { founding, rights, entry, update, snapshot, revision, countersign } = DraftItemKind;

/** Which kinds of items each kind of stream takes. */
export const KINDS: Readonly<Record<StreamKind, readonly DraftItemKind[]>> = {
  [StreamKind.acts]: [founding, rights, entry, snapshot, countersign],
  [StreamKind.text]: [update, snapshot, revision, countersign],
  [StreamKind.talk]: [entry],
  [StreamKind.proposals]: [update, snapshot, countersign],
  [StreamKind.machine]: [entry],
};

/** One stream: its kind and its owner (NO_OWNER for the draft's own). */
export interface Stream {
  readonly kind: StreamKind;
  readonly owner: Id;
}

/** The stream of that name; null if no stream can have it. */
export function streamOf(name: string): Stream | null {
  const [word, owner, rest] = name.split("/");
  const kind = kindNamed(word!);
  if (kind === null || rest !== undefined || (owner !== undefined) !== isOwned(kind)) return null;
  if (owner === undefined) return { kind, owner: NO_OWNER };
  try {
    return isOwner(kind, idBytes(owner)) ? { kind, owner } : null;
  } catch {
    return null;
  }
}

/** The name of a stream. */
export function streamName({ kind, owner }: Stream): StreamName {
  switch (kind) {
    case StreamKind.acts:
      return "acts";
    case StreamKind.text:
      return "text";
    case StreamKind.talk:
      return "talk";
    case StreamKind.proposals:
      return `proposals/${owner}`;
    case StreamKind.machine:
      return `machine/${owner}`;
  }
}

/** Whether a byte is the kind of a stream. */
export function isStreamKind(byte: number | undefined): byte is StreamKind {
  return byte !== undefined && byte >= StreamKind.acts && byte <= StreamKind.machine;
}

/** Whether these 16 bytes can own a stream of this kind: zeros where the draft does, anything else where somebody does. */
export function isOwner(kind: StreamKind, owner: Uint8Array): boolean {
  return isOwned(kind) === owner.some((byte) => byte !== 0);
}

/** Whether the items of such a stream go once a countersigned snapshot holds them. */
export function isPurged(kind: StreamKind): boolean {
  return kind === StreamKind.text || kind === StreamKind.proposals;
}

function isOwned(kind: StreamKind): boolean {
  return kind === StreamKind.proposals || kind === StreamKind.machine;
}

function kindNamed(word: string): StreamKind | null {
  return Object.hasOwn(StreamKind, word) ? StreamKind[word as keyof typeof StreamKind] : null;
}
