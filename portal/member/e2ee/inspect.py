"""What a commit says to everybody, without any secret (docs/protocol.md §4, "Who is in a room").

For devices that follow a room by its record and by ring grants, and for verifiers. Whoever holds the group's state has
the group check all of this and the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.member.e2ee.identity import Credential, parse_credential
from portal.member.e2ee.refusal import Refusal, require
from portal.mls.errors import MlsError
from portal.mls.leaf import CredentialType, Extension, LeafNode
from portal.mls.public import PublicCommit, read_commit
from portal.wire.commit_data import OtherCommitDataError, accounts_going
from portal.wire.envelope import Envelope, ItemKind
from portal.wire.founding import HISTORY_EXTENSION, is_history
from portal.wire.ids import AccountId, id_bytes


@dataclass(frozen=True, slots=True)
class AddedLeaf:
    """A device that a commit adds, and its leaf's signature key (32 bytes)."""

    credential: Credential
    key: bytes


@dataclass(frozen=True, slots=True)
class InspectedCommit:
    """The public half of a commit.

    ``added`` take the leftmost free leaves in this order, once ``removed_leaves`` are blank. ``going`` are the accounts
    that are out of the room from then on; that none of them keeps a leaf is for who knows the leaves to check.
    """

    epoch: int
    committer_leaf: int
    added: tuple[AddedLeaf, ...]
    removed_leaves: tuple[int, ...]
    going: tuple[AccountId, ...]
    history: str | None


def inspect_commit(envelope: Envelope) -> InspectedCommit:
    """Read the commit in an envelope whose signature is the caller's to check.

    Raises:
        Refusal: item.kind, commit.malformed (no public commit by a member, without path, or with a proposal that rooms
            do not use), commit.other_group, commit.other_epoch, commit.other_data, commit.own_removal, commit.going,
            commit.history, credential.malformed.
    """
    commit = read_public(envelope)
    require(commit.path_leaf is not None and not commit.psks, "commit.malformed")
    require(commit.group_id == id_bytes(envelope.room), "commit.other_group")
    require(commit.epoch == envelope.epoch, "commit.other_epoch", epoch=envelope.epoch)
    going = going_in(commit.authenticated_data, envelope)
    require(commit.sender not in commit.removed, "commit.own_removal", leaf=commit.sender)
    added = tuple(AddedLeaf(credential_of(leaf), leaf.signature_key) for leaf in commit.added)
    for leaf in added:
        require(leaf.credential.account not in going, "commit.going", device=leaf.credential.device)
    history = None if commit.extensions is None else history_of(commit.extensions)
    return InspectedCommit(envelope.epoch, commit.sender, added, tuple(commit.removed), going, history)


def read_public(envelope: Envelope) -> PublicCommit:
    """Return the public commit by a member that an envelope holds; Refusal item.kind or commit.malformed."""
    require(envelope.kind is ItemKind.COMMIT, "item.kind")
    try:
        return read_commit(envelope.body)
    except MlsError as error:
        raise Refusal("commit.malformed", reason=error.code) from error


def going_in(authenticated: bytes, envelope: Envelope) -> tuple[AccountId, ...]:
    """Return the accounts that a commit sends out; Refusal commit.other_data unless it authenticates its header."""
    try:
        return accounts_going(authenticated, envelope)
    except OtherCommitDataError as error:
        raise Refusal("commit.other_data") from error


def credential_of(leaf: LeafNode) -> Credential:
    """Return whose leaf it is; Refusal credential.malformed."""
    require(leaf.credential.kind is CredentialType.BASIC, "credential.malformed")
    return parse_credential(leaf.credential.identity)


def history_of(extensions: Sequence[Extension]) -> str:
    """Return the policy in a group's extensions; Refusal commit.history unless it is exactly that."""
    require([extension.kind for extension in extensions] == [HISTORY_EXTENSION], "commit.history")
    text = extensions[0].data.decode("ascii", "replace")
    require(is_history(text), "commit.history")
    return text
