// What a device signs so that others can check it without any key of the room: signatures, initials, objections made
// outside the portal; and what the server signs when it takes an act. Canonical bytes behind a label of their own.
// Twin of portal/wire/drafts/statements.py.

import { type Bytes, concat, fromUtf8, MalformedError, u64, unb64, utf8 } from "../bytes.ts";
import { type Id, idBytes } from "../ids.ts";
import type { ActLine, Base64, ClauseRef, LangRoot } from "./acts.ts";
import { jcs, parseJcs } from "./jcs.ts";
import { langRoots } from "./reading.ts";
import { among, either, hash, id, object, type Shape, text, whole } from "./shapes.ts";

export const SIGNATURE_LABEL = "portal draft signature v1\0";
export const INITIAL_LABEL = "portal draft initial v1\0";
export const OBJECTION_LABEL = "portal draft objection v1\0";
export const RECEIPT_LABEL = "portal draft receipt v1\0";

/** Whose device signs. */
export interface Signer {
  readonly account: Id;
  readonly delegation: Id | "";
  readonly device: Id;
}

/** A delegation's signature under the text in all its authentic languages. */
export interface SignatureStatement extends Signer {
  readonly at: number;
  /** As what the person signs: "Minister for Foreign Affairs". */
  readonly capacity: string;
  readonly draft: Id;
  readonly langs: readonly LangRoot[];
  readonly name: string;
  readonly root: Base64;
  readonly v: 1;
}

/** An objection to a silence, made without the server. */
export interface ObjectionStatement extends Signer {
  readonly at: number;
  readonly draft: Id;
  /** SHA-256(header ‖ signature) of the item that was sent and kept out; "" if none was sent. */
  readonly item: Base64 | "";
  readonly reason: string;
  readonly root: Base64;
  readonly silence: Id;
  readonly v: 1;
}

const SIGNER = { account: id, delegation: either(id, among("")), device: id };
const SIGNATURE = object({
  ...SIGNER,
  at: whole,
  capacity: text(200),
  draft: id,
  langs: langRoots,
  name: text(200, 1),
  root: hash,
  v: among(1),
});
const OBJECTION = object({
  ...SIGNER,
  at: whole,
  draft: id,
  item: either(hash, among("")),
  reason: text(4000),
  root: hash,
  silence: id,
  v: among(1),
});

/** The text that a person's device signs; MalformedError if a field is none. */
export function signatureStatement(statement: SignatureStatement): string {
  return written(statement, SIGNATURE);
}

/** What `statement` says; null if it is no canonical signature statement. */
export function readSignature(statement: string): SignatureStatement | null {
  return read(statement, SIGNATURE) as SignatureStatement | null;
}

/** The text of an objection; MalformedError if a field is none. */
export function objectionStatement(statement: ObjectionStatement): string {
  return written(statement, OBJECTION);
}

/** What `statement` says; null if it is no canonical objection. */
export function readObjection(statement: string): ObjectionStatement | null {
  return read(statement, OBJECTION) as ObjectionStatement | null;
}

/** The text that initials are put under: it follows from the act and its author. */
export function initialStatement(
  { account, delegation, device }: Signer,
  draft: Id,
  { at, items, root }: { readonly at: number; readonly items: readonly ClauseRef[]; readonly root: Base64 },
): string {
  const refs = items.map(({ node, lang, hash: words }) => [node, lang, words]);
  return fromUtf8(jcs({ account, at, delegation, device, draft, items: refs, root, v: 1 }));
}

/** A signature inside an act, to be checked before the act is reduced: Ed25519(`device`'s key, `message`) = `sig`. */
export interface Detached {
  readonly device: Id;
  readonly message: Bytes;
  readonly sig: Bytes;
}

/** The detached signature in the act of `line`; null if the act has none, or one over no statement at all. */
export function detachedIn(line: Signer & Pick<ActLine, "content">, draft: Id): Detached | null {
  const { content } = line;
  switch (content.t) {
    case "initial":
      return detached(INITIAL_LABEL, line.device, initialStatement(line, draft, content), content.sig);
    case "sign":
      return detached(SIGNATURE_LABEL, line.device, content.statement, content.sig);
    case "silence_late": {
      const { statement, sig } = content.objection;
      const read = readObjection(statement);
      return read && detached(OBJECTION_LABEL, read.device, statement, sig);
    }
    default:
      return null;
  }
}

/** What an Ed25519 signature over a statement covers: its label ‖ its text. */
export function labelled(label: string, statement: string): Bytes {
  return utf8(label + statement);
}

/**
 * What the ledger's key signs when the server takes an act:
 * label ‖ room ‖ draft ‖ `item` ‖ u64 number ‖ head ‖ u64 at_ms.
 *
 * `item`: SHA-256(header ‖ signature), `head`: the stream's head after the act, both base64url of 32 bytes.
 */
export function receiptBytes(
  room: Id,
  draft: Id,
  item: Base64,
  taken: { readonly number: number; readonly head: Base64; readonly at_ms: number },
): Bytes {
  return concat(
    utf8(RECEIPT_LABEL),
    idBytes(room),
    idBytes(draft),
    unb64(item, 32),
    u64(taken.number),
    unb64(taken.head, 32),
    u64(taken.at_ms),
  );
}

function detached(label: string, device: Id, statement: string, sig: Base64): Detached {
  return { device, message: labelled(label, statement), sig: unb64(sig, 64) };
}

function written(statement: object, shape: Shape): string {
  if (!shape(statement)) throw new MalformedError("no statement");
  return fromUtf8(jcs(statement));
}

function read(statement: string, shape: Shape): unknown {
  try {
    const value = parseJcs(utf8(statement));
    return shape(value) ? value : null;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
