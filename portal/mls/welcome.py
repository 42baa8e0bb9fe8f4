"""Joining a group by Welcome (RFC 9420 §12.4.3.1)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.mls import tree_math
from portal.mls.commits import Commit
from portal.mls.context import GroupInfo
from portal.mls.derive import verify_mac
from portal.mls.errors import RefusedError
from portal.mls.framing import PublicMessage, Sender, SenderType
from portal.mls.group import Group, started
from portal.mls.key_material import KeyPackagePair, read_private_keys
from portal.mls.key_packages import KeyPackage, read_key_package
from portal.mls.key_schedule import find_psks, psk_secret, secrets_of
from portal.mls.public import PublicGroup, group_from_info
from portal.mls.rules import Rules
from portal.mls.sealing import KeyPair
from portal.mls.suites import suite_of
from portal.mls.treekem import follow
from portal.mls.welcome_format import GroupSecrets, Welcome
from portal.mls.wire_format import WireFormat, read_message


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """A Welcome, and what has to be there to use it.

    ``welcome`` is the MLSMessage, ``package`` the key package's MLSMessage with its ``private`` bytes, ``seed`` the
    Ed25519 key. ``commit`` is the public commit that the Welcome belongs to, if the application has it: then both are
    compared. ``tree`` is the ratchet tree if it is not inside, ``known`` are external pre-shared keys by identifier.
    """

    welcome: bytes
    package: bytes
    private: bytes
    seed: bytes
    commit: bytes | None = None
    tree: bytes | None = None
    known: Mapping[bytes, bytes] = field(default_factory=dict)

    @classmethod
    def to(cls, pair: KeyPackagePair, seed: bytes, welcome: bytes, commit: bytes | None = None) -> "Invitation":
        """Return the invitation of a key package that was made here."""
        return cls(welcome, pair.public, pair.private, seed, commit)


def welcome_refs(raw: bytes) -> tuple[bytes, ...]:
    """Return the hashes of the key packages that a Welcome is for; MalformedError, RefusedError message.kind."""
    return tuple(one.new_member for one in read_message(Welcome, WireFormat.WELCOME, raw).secrets)


def join(invitation: Invitation, rules: Rules) -> Group:
    """Join a group. Its tree is checked whole: every leaf, hashes, parent hashes, unmerged leaves.

    Afterwards the key package must not be used again, unless it is a last resort.

    Raises:
        MlsError: welcome.*, cipher.welcome, tag.confirmation, tree.*, leaf.*, signature.*, psk.unknown,
            commit.path_secret, MalformedError.
    """
    welcome = read_message(Welcome, WireFormat.WELCOME, invitation.welcome)
    suite = suite_of(welcome.suite)
    package = read_key_package(invitation.package, suite)
    keys = read_private_keys(package, invitation.private, suite)
    told = welcome.open_secrets(suite, package.ref, keys.init.private)
    psk = psk_secret(suite, find_psks(told.psks, invitation.known, {}, b""))
    info = welcome.open_info(suite, told.joiner_secret, psk)
    if info.context.suite != suite.number:
        raise RefusedError("suite.other", f"suite {info.context.suite}")
    public = group_from_info(info, invitation.tree, rules)
    if invitation.commit is not None:
        _compare(info, invitation.commit)
    epoch = secrets_of(suite, told.joiner_secret, psk, info.context)
    confirmed = info.context.confirmed_transcript_hash
    verify_mac(suite, epoch.confirmation_key, confirmed, info.confirmation_tag, "tag.confirmation")
    own_leaf = _own_leaf(public, package)
    held = {2 * own_leaf: keys.encryption, **_keys_above(public, own_leaf, info.signer, told)}
    return started(public, own_leaf, invitation.seed, held, epoch, info.confirmation_tag)


def _own_leaf(public: PublicGroup, package: KeyPackage) -> int:
    for member in public.tree.members():
        if member.leaf == package.leaf:
            return member.index
    raise RefusedError("tree.own")


def _keys_above(public: PublicGroup, own_leaf: int, signer: int, told: GroupSecrets) -> dict[int, KeyPair]:
    """Derive the keys that follow from the path secret in a Welcome, from the place where both ways meet."""
    if told.path_secret is None:
        return {}
    tree = public.tree
    if signer == own_leaf:
        raise RefusedError("sender.own")
    shared = tree_math.common_ancestor(2 * own_leaf, 2 * signer, tree.leaves)
    way = (shared, *tree_math.direct_path(shared, tree.leaves))
    due = [(place, key) for place in way if (key := tree.key(place)) is not None]
    if not due or due[0][0] != shared:
        raise RefusedError("commit.path_secret", f"node {shared}")
    return follow(public.suite, told.path_secret.secret, due).keys


def _compare(info: GroupInfo, raw: bytes) -> None:
    """Check that the commit of the record is the one that the Welcome belongs to."""
    commit = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, raw).authenticated
    framed, context = commit.framed, info.context
    same = (
        framed.group_id == context.group_id
        and framed.epoch + 1 == context.epoch
        and framed.sender == Sender(SenderType.MEMBER, info.signer)
        and hmac.compare_digest(commit.confirmation_tag, info.confirmation_tag)
    )
    if not same or not isinstance(framed.content, Commit):
        raise RefusedError("welcome.other_commit")
