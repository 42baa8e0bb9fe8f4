// What a commit says to everybody, without any secret: for devices that hold no group state yet and follow a room by
// its record and by ring grants. Whoever holds the state uses processCommit, which checks all of this and the rest.

import { type Bytes, equal, own } from "../wire/bytes.ts";
import { type Envelope, type History } from "../wire/envelope.ts";
import { type Id, idBytes } from "../wire/ids.ts";
import type { CredentialIdentity } from "./identity.ts";
import { historyOf, memberOf } from "./leaf.ts";
import { decodePublicCommit, goingIn } from "./process.ts";
import { Refusal, require } from "./refusal.ts";

/** A device that a commit adds; `key` is its leaf's signature key, 32 bytes. */
export interface AddedLeaf extends CredentialIdentity {
  readonly key: Bytes;
}

/** The public half of a commit. `added` take the leftmost free leaves in this order, once `removedLeaves` are blank. */
export interface InspectedCommit {
  readonly epoch: number;
  readonly committerLeaf: number;
  readonly added: readonly AddedLeaf[];
  readonly removedLeaves: readonly number[];
  /**
   * Accounts that are out of the room from then on. That none of them keeps a leaf is for who knows the leaves to
   * check.
   */
  readonly going: readonly Id[];
  readonly history: History | null;
}

/**
 * Read the commit in an envelope whose signature is the caller's to check.
 *
 * Refusal: "item.kind", "commit.malformed", "commit.not_a_commit", "commit.other_group", "commit.other_epoch",
 * "commit.other_data", "commit.going", "commit.no_path", "commit.by_reference", "commit.proposal", "commit.history",
 * "commit.own_removal", "credential.malformed".
 */
export function inspectCommit(envelope: Envelope): InspectedCommit {
  const { message, commit, leaf } = decodePublicCommit(envelope);
  const { groupId, epoch } = message.content;
  require(equal(groupId, idBytes(envelope.room)), "commit.other_group");
  require(epoch === BigInt(envelope.epoch), "commit.other_epoch", { epoch: envelope.epoch });
  const going = goingIn(envelope, message);
  require(commit.path !== undefined, "commit.no_path");
  const added: AddedLeaf[] = [];
  const removedLeaves: number[] = [];
  let history: History | null = null;
  for (const proposal of commit.proposals) {
    if (proposal.proposalOrRefType !== "proposal") throw new Refusal("commit.by_reference");
    const inline = proposal.proposal;
    if (inline.proposalType === "add") {
      const { leafNode } = inline.add.keyPackage;
      const { account, device, kind } = memberOf(leafNode, -1);
      added.push({ account, device, kind, key: own(leafNode.signaturePublicKey) });
    } else if (inline.proposalType === "remove") {
      require(inline.remove.removed !== leaf, "commit.own_removal");
      removedLeaves.push(inline.remove.removed);
    } else if (inline.proposalType === "group_context_extensions")
      history = historyOf(inline.groupContextExtensions.extensions);
    else throw new Refusal("commit.proposal", { type: inline.proposalType });
  }
  const kept = added.find(({ account }) => going.includes(account));
  require(kept === undefined, "commit.going", { account: kept?.account ?? null, device: kept?.device ?? null });
  return { epoch: envelope.epoch, committerLeaf: leaf, added, removedLeaves, going, history };
}
