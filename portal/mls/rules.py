"""What a group's members and their leaves have to be (RFC 9420 §7.3, §11.1), and what the application adds to that."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from portal.mls.codec import decode
from portal.mls.errors import RefusedError
from portal.mls.leaf import MLS10, Extension, ExtensionType, LeafNode, LeafSource, RequiredCapabilities
from portal.mls.proposals import ProposalType
from portal.mls.ratchet_tree import RatchetTree
from portal.mls.suites import Suite

ALL_PROPOSALS: Final = frozenset(
    {
        ProposalType.ADD,
        ProposalType.UPDATE,
        ProposalType.REMOVE,
        ProposalType.PSK,
        ProposalType.GROUP_CONTEXT_EXTENSIONS,
    }
)
"""What this package can carry out. ReInit and external joins are read, and refused."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The application's part in accepting what others send.

    ``check_leaf`` is the authentication service (§5.3.1): it gets every leaf that comes in and raises to refuse it,
    best a RefusedError leaf.refused. There is no default, since accepting everybody authenticates nobody.

    ``proposals`` may leave kinds out. ``inline_only`` refuses proposals by reference, ``path_always`` commits without a
    path, ``fixed_identity`` a member's change of credential or signature key. ``now_s`` (Unix seconds) is by what
    lifetimes of added members are judged; None while old commits are read again.
    """

    check_leaf: Callable[[LeafNode], None]
    proposals: frozenset[ProposalType] = ALL_PROPOSALS
    inline_only: bool = False
    path_always: bool = False
    fixed_identity: bool = False
    now_s: int | None = None


def check_incoming_leaf(leaf: LeafNode, source: LeafSource, suite: Suite, rules: Rules) -> None:
    """Check one leaf that somebody sent, but for its signature and what the group demands (§7.3).

    Raises:
        RefusedError: leaf.source, leaf.key, leaf.capabilities, leaf.lifetime, or what ``rules`` raises.
    """
    if leaf.source is not source:
        raise RefusedError("leaf.source", leaf.source.name.lower())
    if not suite.is_public_key(leaf.encryption_key):
        raise RefusedError("leaf.key")
    if any(not leaf.capabilities.has_extension(extension.kind) for extension in leaf.extensions):
        raise RefusedError("leaf.capabilities", "own extensions")
    if leaf.lifetime is not None and rules.now_s is not None:
        check_lifetime(leaf, rules.now_s)
    rules.check_leaf(leaf)


def check_lifetime(leaf: LeafNode, now_s: int) -> None:
    """Raise RefusedError leaf.lifetime unless a key package's leaf is valid now (§7.2)."""
    if leaf.lifetime is None:
        raise RefusedError("leaf.source")
    if not leaf.lifetime.not_before_s <= now_s <= leaf.lifetime.not_after_s:
        raise RefusedError("leaf.lifetime")


def check_identity_kept(before: LeafNode, after: LeafNode, rules: Rules) -> None:
    """Check a member's new leaf against the old one (§7.3, §12.4.2).

    Raises:
        RefusedError: leaf.unchanged_key, leaf.changed_identity.
    """
    if before.encryption_key == after.encryption_key:
        raise RefusedError("leaf.unchanged_key")
    same = before.credential == after.credential and before.signature_key == after.signature_key
    if rules.fixed_identity and not same:
        raise RefusedError("leaf.changed_identity")


def check_members(tree: RatchetTree, extensions: Iterable[Extension], suite: Suite) -> None:
    """Check that every member can do what the group needs and can read all others' credentials (§7.3, §11.1).

    Raises:
        MlsError: RefusedError leaf.capabilities, MalformedError for group extensions that can not be read.
    """
    extensions = tuple(extensions)
    required = required_capabilities(extensions)
    kinds = {extension.kind for extension in extensions} | set(required.extensions)
    leaves = [member.leaf for member in tree.members()]
    credentials = {int(leaf.credential.kind) for leaf in leaves} | set(required.credentials)
    for capabilities in {leaf.capabilities for leaf in leaves}:
        capable = (
            MLS10 in capabilities.versions
            and suite.number in capabilities.suites
            and credentials.issubset(capabilities.credentials)
            and all(map(capabilities.has_extension, kinds))
            and all(map(capabilities.has_proposal, required.proposals))
        )
        if not capable:
            raise RefusedError("leaf.capabilities")


def required_capabilities(extensions: Iterable[Extension]) -> RequiredCapabilities:
    """Return what the group's extensions demand of every member (§11.1); MalformedError."""
    for extension in extensions:
        if extension.kind == ExtensionType.REQUIRED_CAPABILITIES:
            return decode(RequiredCapabilities, extension.data)
    return RequiredCapabilities((), (), ())
