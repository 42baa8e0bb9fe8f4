// Failures of calls: one shape across the worker's border, with codes for which the catalogues hold sentences.

import { Refusal } from "../e2ee/refusal.ts";
import type { Failure } from "./api.ts";

/**
 * Codes that arise in the client itself; the server's are in wire/errors. Each has a catalogue entry
 * `error.<code>`.
 */
export const CLIENT_CODES = [
  "network.offline", // the server could not be reached
  "network.timeout", // the server did not answer in time
  "client.fault", // our own fault
  "client.not_ready", // nobody is signed in here, or another tab is the writer
  "client.storage_full", // the browser refuses to keep more
  "account.unprepared", // confirmAccount before prepareAccount
  "account.unsent", // somebody else has written here what was not sent, and signing in would erase it
  "vault.damaged", // the vault's key is not the one that the account's devices are signed with
  "vault.rolled_back", // the server shows an older vault than this browser has seen
  "person.unknown", // no such account
  "person.refused", // the account's device list is not what its key signed
  "person.key_changed", // the account's key is another one and not acknowledged
  "person.unlogged", // the account's device list was looked for in the public ledger for an hour, in vain
  "ledger.malformed", // the public ledger answered what can not be
  "person.renamed", // somebody verified goes by another name, and this person has not looked at it
  "person.no_device", // the account has no device that can be let into a room
  "room.blocked", // a room problem stands; nothing is sent there
  "room.removed", // this account is no longer in the room
  "room.no_key", // this device can not read the room's newest key yet
  "room.not_joined", // this device is not in the room's group yet and can not change who is in it
  "item.unknown", // no such item in what this browser can read
  "item.not_yours", // only the author corrects and withdraws
  "transfer.unknown",
  "transfer.cancelled",
  "transfer.unfinished", // a message refers to a file that is not uploaded yet
  "transfer.pick_again", // after a reload the browser has let go of the file: pick the same one again
  "transfer.file_changed", // the picked file is not the one that was begun
  "key_package.refused", // a device's key package is not the one that its account signed for
  "aside.timeout", // an interpreter did not answer
  "interpreter.unvouched", // nobody whose key is known here answers for the interpreter
  "translation.no_model", // an interpreter's answer: it has no language package for this
  "translation.unknown_language", // … it can not tell the language
  "translation.too_long", // … the text is too long
  "translation.failed", // … the translation went wrong
  "translation.refused", // … it works for its own delegation only
  "translation.busy", // … it has too much to do
  "translation.off", // … translation is switched off in the room
  "commit.lost", // others changed the room again and again at the same time
] as const;

export type ClientCode = (typeof CLIENT_CODES)[number];

/** An error with a code; what leaves the worker is only `code` and `detail`. */
export class MemberError extends Error implements Failure {
  readonly code: string;
  readonly detail: Failure["detail"];

  constructor(code: string, detail: Failure["detail"] = {}, options?: ErrorOptions) {
    super(code, options);
    this.name = "MemberError";
    this.code = code;
    this.detail = detail;
  }
}

/** Whether `error` carries this code. */
export function hasCode(error: unknown, ...codes: string[]): error is MemberError {
  return error instanceof MemberError && codes.includes(error.code);
}

/**
 * What a refusal means: who counts fewer items of this device than stand in the record here has another record, such as
 * one that was put back from an older copy. `sequence`: this device's next, from before it asked.
 */
export function judged(error: unknown, sequence: number): unknown {
  if (!hasCode(error, "item.sequence")) return error;
  const expected = error.detail["expected"];
  return typeof expected === "number" && expected < sequence ? new MemberError("record.fork") : error;
}

/** What crosses to the page: never a stack, never a message that could hold content. */
export function toFailure(error: unknown): Failure {
  if (error instanceof MemberError) return { code: error.code, detail: error.detail };
  if (error instanceof Refusal) return { code: error.code, detail: { ...error.detail } };
  if (error instanceof Error && error.name === "QuotaExceededError") return { code: "client.storage_full", detail: {} };
  return { code: "client.fault", detail: { kind: error instanceof Error ? error.name : typeof error } };
}
