// By what a person answers for an interpreter: a statement signed with the person's own key (docs/protocol.md §1). The
// Python twin is portal/wire/vouching.py.

import { b64, type Bytes, concat, unb64, utf8 } from "../wire/bytes.ts";
import { canonicalJson, integerOf, parseCanonicalObject, textOf } from "../wire/canonical.ts";
import { type Id, isId } from "../wire/ids.ts";
import type { Statement } from "./identity.ts";
import { refusing, require } from "./refusal.ts";
import { PUBLIC_KEY_BYTES } from "./signaturekey.ts";
import { sign, type SigningKey, verify } from "./signing.ts";

const LABEL = utf8("portal interpreter v1\0");
const BODY_MAX_BYTES = 512;

/** Whom an interpreter's translations are sealed for. */
export type Readers = "room" | "delegation";

/** `by` answers for the interpreter `account` with the sign key `sign` (32 bytes), since `at_s` by its own clock. */
export interface Vouching {
  readonly account: Id;
  readonly at_s: number;
  readonly by: Id;
  readonly for: Readers;
  readonly sign: Bytes;
}

/** The statement, signed with the owner's sign key. */
export async function vouch(vouching: Vouching, owner: SigningKey): Promise<Statement> {
  const { account, at_s, by, for: readers, sign: key } = vouching;
  const body = canonicalJson({ account, at: at_s, by, for: readers, op: "vouch", sign: b64(key), v: 1 });
  return { body, sig: await sign(owner, concat(LABEL, body)) };
}

/** What a statement says; whose signature it bears is isVouchedBy's to judge. Refusal "vouching.malformed". */
export function parseVouching(body: Uint8Array): Vouching {
  return refusing("vouching.malformed", () => {
    require(body.length <= BODY_MAX_BYTES, "vouching.malformed");
    const fields = parseCanonicalObject(body, ["account", "at", "by", "for", "op", "sign", "v"]);
    const [account, by, readers] = [textOf(fields, "account"), textOf(fields, "by"), textOf(fields, "for")];
    require(integerOf(fields, "v") === 1 && textOf(fields, "op") === "vouch", "vouching.malformed");
    require(isId(account) && isId(by) && account !== by, "vouching.malformed");
    if (readers !== "room" && readers !== "delegation") throw new RangeError("nobody's translations");
    const key = unb64(textOf(fields, "sign"), PUBLIC_KEY_BYTES);
    return { account, at_s: integerOf(fields, "at"), by, for: readers, sign: key };
  });
}

/** Whether this sign key (32 bytes) signed the statement. */
export function isVouchedBy({ body, sig }: Statement, owner: Uint8Array): Promise<boolean> {
  return verify(owner, concat(LABEL, body), sig);
}
