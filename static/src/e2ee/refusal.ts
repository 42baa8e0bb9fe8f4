// Why something that others sent, or that was read from storage or paper, was not accepted.

/** The closed list. Each code says which check failed; `detail` holds numbers and ids, never content or keys. */
export const REFUSAL_CODES = [
  // items of a record
  "item.malformed", // not an envelope, or a body of an impossible shape
  "item.forged", // the signature is not by the device that the header names
  "item.kind", // another kind of item than the one that is due here
  "item.other_epoch", // the key is for another room, epoch or bucket
  "item.commitment", // the ciphertext is not bound to this record key
  "item.cipher", // the cipher's tag is wrong
  "item.padding", // the padding is not the one that the length demands
  "item.too_large", // the text does not fit into one item
  // device lists
  "device_list.malformed",
  "device_list.forged", // a statement is not signed by the account's key
  "device_list.broken_chain", // seq or prev does not follow
  "device_list.reused", // a device id, a device key or a box key comes twice
  "device_list.unknown_device", // revokes a device that is not there
  "device_list.other_account",
  "device_list.forked", // another history than the one seen before
  "device_list.rolled_back", // shorter than the one seen before
  "credential.malformed",
  "safety.malformed", // a scanned text that is no safety number
  // interpreters
  "enrolment.code", // what was typed is no code; detail: characters
  "enrolment.other", // the request that the server shows has another code
  "enrolment.malformed",
  "vouching.malformed",
  "aside.malformed",
  "aside.cipher", // it opens with none of the account's keys
  "aside.forged", // not by a device of the account that it comes from
  // groups
  "key_package.malformed",
  "key_package.other_suite",
  "key_package.lifetime", // expired, not yet valid, or valid for too long
  "key_package.forged",
  "leaf.unlisted", // the account's device list does not hold this device with this key and kind
  "leaf.revoked", // the device may not be added: its account has revoked it
  "leaf.profile", // capabilities or extensions that this portal does not use
  "leaf.duplicate", // a device, a signature key or an encryption key comes twice in the group
  "commit.malformed",
  "commit.not_a_commit", // another message than a public commit by a member
  "commit.other_group",
  "commit.other_epoch",
  "commit.other_sender", // signed in the group by another device than the one that sent the item
  "commit.other_data", // what it authenticates is not what the header says
  "commit.no_path",
  "commit.by_reference", // a proposal that is not inline
  "commit.proposal", // a proposal other than add, remove or history
  "commit.history", // group extensions other than one history policy
  "commit.bucket", // a day before the one of the epoch that it ends
  "commit.changed_leaf", // the committer's own credential or key changed
  "commit.broken_path", // the path's keys do not belong to its secrets
  "commit.refused", // RFC 9420's own checks: signature, membership, parent hash, confirmation tag, …
  "commit.unknown_member", // asks to remove who is not there
  "commit.going", // an account is said to be out of the room although a device of it stays or comes
  "commit.own_removal", // a device can not remove itself: the others do
  "commit.own", // made by this very device: what it kept when it made it counts
  "commit.too_large", // more than an item may hold
  "welcome.malformed",
  "welcome.not_for_us",
  "welcome.other_group",
  "welcome.other_commit", // not the welcome that belongs to this commit
  "welcome.tree", // the tree's hashes, shape or keys are wrong
  "welcome.refused", // RFC 9420's own checks
  "state.malformed", // stored bytes of another version, or damaged
  // key ring
  "grant.malformed",
  "grant.forged",
  "grant.cipher", // it opens with none of the account's keys
  "grant.mismatch", // what is inside is not what is written on it
  // vault and recovery
  "vault.malformed",
  "vault.cipher",
  "vault.forged",
  "vault.rolled_back",
  "vault.wrap", // the wrap does not open: wrong passphrase or recovery key
  "recovery_key.length", // detail: characters
  "recovery_key.character", // detail: character, group (1 to 9)
  "recovery_key.check", // every character is possible, but together they are not a key: a typing error
  "opaque.refused", // wrong passphrase, or an answer that is not the server's
  // files
  "file.truncated",
  "file.extended",
  "file.chunk", // damaged, reordered or of another file
  "file.padding",
  "file.size", // another size than the message said
  "file.hash", // another content than the message said
  "bundle.malformed",
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];
export type RefusalDetail = Readonly<Record<string, string | number | boolean | null>>;

/** Something was not accepted; nothing was changed. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  constructor(code: RefusalCode, detail: RefusalDetail = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Throw a Refusal unless `condition` holds. */
export function require(condition: boolean, code: RefusalCode, detail: RefusalDetail = {}): asserts condition {
  if (!condition) throw new Refusal(code, detail);
}

/** Run `read`; whatever it throws that is not a Refusal becomes one with this code. For parsing what others wrote. */
export function refusing<T>(code: RefusalCode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(code, {}, { cause: error });
  }
}

/** Like refusing, for work that takes time. */
export async function refusingLater<T>(code: RefusalCode, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(code, {}, { cause: error });
  }
}
