"""From a list of proposals to the tree and the extensions that they make (RFC 9420 §12.2, §12.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from portal.mls.commits import ProposalRef
from portal.mls.errors import RefusedError
from portal.mls.key_packages import KeyPackage
from portal.mls.leaf import Extension, LeafNode, LeafSource
from portal.mls.proposals import (
    Add,
    GroupContextExtensions,
    Proposal,
    ProposalType,
    Psk,
    PskId,
    PskType,
    PskUsage,
    Remove,
    Update,
)
from portal.mls.ratchet_tree import Member, RatchetTree
from portal.mls.rules import ALL_PROPOSALS, Rules, check_identity_kept, check_incoming_leaf
from portal.mls.suites import Suite

PATH_NEEDED: Final = frozenset({ProposalType.UPDATE, ProposalType.REMOVE, ProposalType.GROUP_CONTEXT_EXTENSIONS})
"""A commit with one of these needs a path (§12.4, §17.4)."""


@dataclass(frozen=True, slots=True)
class SentProposal:
    """A proposal, and the leaf index of the member who sent it."""

    proposal: Proposal
    sender: int


NOTHING_SENT: Final[Mapping[bytes, SentProposal]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Joiner:
    """Who is added, and at which leaf."""

    index: int
    package: KeyPackage


@dataclass(frozen=True, slots=True)
class Changes:
    """What a list of proposals makes of a group, before any path."""

    tree: RatchetTree
    extensions: tuple[Extension, ...]
    added: tuple[Joiner, ...]
    removed: tuple[Member, ...]
    updated: tuple[Member, ...]
    psks: tuple[PskId, ...]
    path_needed: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """The group that proposals are to change, who commits them, and whose rules hold."""

    suite: Suite
    group_id: bytes
    tree: RatchetTree
    extensions: tuple[Extension, ...]
    committer: int
    rules: Rules


def resolve(
    items: Sequence[Proposal | ProposalRef], sent: Mapping[bytes, SentProposal], committer: int, rules: Rules
) -> list[SentProposal]:
    """Return a commit's proposals with their senders, looking references up among what was ``sent``.

    Raises:
        RefusedError: proposal.unknown, proposal.reference, proposal.kind.
    """
    found = []
    for item in items:
        if not isinstance(item, ProposalRef):
            found.append(SentProposal(item, committer))
        elif rules.inline_only:
            raise RefusedError("proposal.reference")
        elif item.ref not in sent:
            raise RefusedError("proposal.unknown")
        else:
            found.append(sent[item.ref])
    for one in found:
        require_kind(one.proposal, rules)
    return found


def require_kind(proposal: Proposal, rules: Rules) -> None:
    """Raise RefusedError proposal.kind for a kind that the rules, or this package, leave out."""
    if proposal.kind not in rules.proposals & ALL_PROPOSALS:
        raise RefusedError("proposal.kind", proposal.kind.name.lower())


def apply_proposals(proposals: Sequence[SentProposal], situation: Situation) -> Changes:
    """Check the list (§12.2) and carry it out in the order of §12.3: extensions, updates, removals, additions.

    Whether all members can do what the group then needs, and whether keys come twice, is for the finished tree to show.

    Raises:
        MlsError: proposal.*, leaf.*, key_package.*, psk.*, suite.other, tree.blank, signature.*.
    """
    rules, suite = situation.rules, situation.suite
    extensions = _extensions(proposals, situation.extensions)
    updates, removals = _updates(proposals, situation), _removals(proposals, situation)
    _require_one_change_each(updates, removals)
    tree = situation.tree
    for member in updates:
        tree = tree.with_leaf_updated(member.index, member.leaf)
    for member in removals:
        tree = tree.with_leaf_removed(member.index)
    added = []
    for one in proposals:
        if isinstance(one.proposal, Add):
            package = one.proposal.package
            check_addition(package, suite, rules)
            tree, index = tree.with_leaf_added(package.leaf)
            added.append(Joiner(index, package))
    psks = tuple(one.proposal.psk for one in proposals if isinstance(one.proposal, Psk))
    _check_psks(psks, suite)
    needed = not proposals or any(one.proposal.kind in PATH_NEEDED for one in proposals)
    return Changes(tree, extensions, tuple(added), removals, updates, psks, needed)


def check_addition(package: KeyPackage, suite: Suite, rules: Rules) -> None:
    """Check who is to be added (§12.1.1).

    Raises:
        MlsError: what ``KeyPackage.check`` and ``check_incoming_leaf`` raise.
    """
    package.check(suite)
    check_incoming_leaf(package.leaf, LeafSource.KEY_PACKAGE, suite, rules)


def check_update(leaf: LeafNode, before: LeafNode, index: int, situation: Situation) -> None:
    """Check the new leaf of a member's Update (§12.1.2).

    Raises:
        MlsError: leaf.*, signature.leaf.
    """
    check_incoming_leaf(leaf, LeafSource.UPDATE, situation.suite, situation.rules)
    check_identity_kept(before, leaf, situation.rules)
    leaf.verify(situation.group_id, index)


def _extensions(proposals: Sequence[SentProposal], before: tuple[Extension, ...]) -> tuple[Extension, ...]:
    replacing = [one.proposal for one in proposals if isinstance(one.proposal, GroupContextExtensions)]
    if len(replacing) > 1:
        raise RefusedError("proposal.conflict", "group extensions")
    return replacing[0].extensions if replacing else before


def _updates(proposals: Sequence[SentProposal], situation: Situation) -> tuple[Member, ...]:
    """Return the updated members, each with the new leaf."""
    updated = []
    for one in proposals:
        if isinstance(one.proposal, Update):
            if one.sender == situation.committer:
                raise RefusedError("proposal.own_update")
            before = situation.tree.member(one.sender)
            check_update(one.proposal.leaf, before, one.sender, situation)
            updated.append(Member(one.sender, one.proposal.leaf))
    return tuple(updated)


def _removals(proposals: Sequence[SentProposal], situation: Situation) -> tuple[Member, ...]:
    """Return the removed members, each with the leaf that it had."""
    removed = []
    for one in proposals:
        if isinstance(one.proposal, Remove):
            index = one.proposal.removed
            if index == situation.committer:
                raise RefusedError("proposal.own_removal")
            removed.append(Member(index, situation.tree.member(index)))
    return tuple(removed)


def _require_one_change_each(updates: Sequence[Member], removals: Sequence[Member]) -> None:
    touched = [member.index for member in (*updates, *removals)]
    if len(set(touched)) != len(touched):
        raise RefusedError("proposal.conflict", "one leaf twice")


def _check_psks(psks: Sequence[PskId], suite: Suite) -> None:
    """§12.1.4."""
    for psk in psks:
        unfit = psk.kind is PskType.RESUMPTION and psk.usage is not PskUsage.APPLICATION
        if unfit or len(psk.nonce) != suite.hash_bytes:
            raise RefusedError("psk.malformed")
    if len(set(psks)) != len(psks):
        raise RefusedError("psk.duplicate")
