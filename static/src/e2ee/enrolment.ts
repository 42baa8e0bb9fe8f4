// What an interpreter's program asks for, and the code by which a person recognises it (docs/protocol.md §1). The Python
// twin is portal/wire/enrolment.py.

import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, unb64, utf8 } from "../wire/bytes.ts";
import { integerOf, parseCanonicalObject, textOf } from "../wire/canonical.ts";
import { type Id, isId } from "../wire/ids.ts";
import { crockford, crockfordCharacter, crockfordValue, inFours, typedCharacters } from "./crockford.ts";
import { refusing, require } from "./refusal.ts";
import { PUBLIC_KEY_BYTES } from "./signaturekey.ts";

const LABEL = utf8("portal enrolment v1\0");
const CODE_BYTES = 10;
const CODE_CHARACTERS = 16;
const MACHINE_MAX = 64;
const REQUEST_MAX_BYTES = 512;

/** The account and device that a program wants to have, with their keys (32 bytes); `machine` is its own word. */
export interface EnrolmentRequest {
  readonly account: Id;
  readonly device: Id;
  readonly key: Bytes;
  readonly machine: string;
  readonly sign: Bytes;
}

/** The code of a request as it travels: sixteen characters in four groups. */
export function enrolmentCode(request: Uint8Array): string {
  const hash = sha256(concat(LABEL, request)).subarray(0, CODE_BYTES);
  return inFours(crockford(hash, CODE_CHARACTERS));
}

/** A typed code as enrolmentCode writes it. Refusal "enrolment.code" for what can not be one. */
export function readEnrolmentCode(typed: string): string {
  const values = typedCharacters(typed).map(crockfordValue);
  require(values.length === CODE_CHARACTERS && !values.includes(-1), "enrolment.code", { characters: values.length });
  return inFours(values.map(crockfordCharacter).join(""));
}

/**
 * The request that the server shows for a code. Refusal "enrolment.other" if the code is another request's: then the
 * server has put something else in its place; "enrolment.malformed".
 */
export function readEnrolment(code: string, request: Uint8Array): EnrolmentRequest {
  require(enrolmentCode(request) === readEnrolmentCode(code), "enrolment.other");
  return refusing("enrolment.malformed", () => parseEnrolment(request));
}

function parseEnrolment(request: Uint8Array): EnrolmentRequest {
  require(request.length <= REQUEST_MAX_BYTES, "enrolment.malformed");
  const fields = parseCanonicalObject(request, ["account", "device", "key", "machine", "op", "sign", "v"]);
  require(integerOf(fields, "v") === 1 && textOf(fields, "op") === "enrol", "enrolment.malformed");
  const [account, device, machine] = [textOf(fields, "account"), textOf(fields, "device"), textOf(fields, "machine")];
  require(isId(account) && isId(device) && machine.length <= MACHINE_MAX, "enrolment.malformed");
  const [key, sign] = [unb64(textOf(fields, "key"), PUBLIC_KEY_BYTES), unb64(textOf(fields, "sign"), PUBLIC_KEY_BYTES)];
  require(!equal(key, sign), "enrolment.malformed");
  return { account, device, key, machine, sign };
}
