"""Making a commit (RFC 9420 §12.4.1): always a public message, always with a path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from portal.mls.changes import Changes, apply_proposals, resolve
from portal.mls.commits import Commit, ProposalRef
from portal.mls.context import GroupContext, GroupInfo
from portal.mls.derive import mac
from portal.mls.errors import MisuseError
from portal.mls.framing import AuthenticatedContent, confirmed_transcript_hash
from portal.mls.group import RESUMPTION_KEPT, Group, started
from portal.mls.key_packages import read_key_package
from portal.mls.key_schedule import EpochSecrets, find_psks, joiner_secret, psk_secret, secrets_of
from portal.mls.leaf import Extension, ExtensionType
from portal.mls.proposals import Add, GroupContextExtensions, Proposal, Psk, PskId, Remove
from portal.mls.protection import protect_public
from portal.mls.public import Transition
from portal.mls.ratchet_tree import Member
from portal.mls.rules import Rules
from portal.mls.sealing import KeyPair
from portal.mls.signing import sign_with_label
from portal.mls.tree_math import common_ancestor
from portal.mls.treekem import Ground, MadePath, make_path, still_held
from portal.mls.welcome_format import GroupSecrets, PathSecret, Welcome, seal_info, seal_secrets
from portal.mls.wire_format import WireFormat, write_message


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit is to do; nothing at all only renews this member's keys.

    ``add`` are key packages (MLSMessages), ``remove`` leaf indices, ``extensions`` the group's new ones (None leaves
    them), ``refs`` the references of proposals that were sent before, ``known`` the external pre-shared keys by
    identifier.
    """

    add: Sequence[bytes] = ()
    remove: Sequence[int] = ()
    extensions: Sequence[Extension] | None = None
    psks: Sequence[PskId] = ()
    refs: Sequence[bytes] = ()
    known: Mapping[bytes, bytes] = field(default_factory=dict)
    authenticated_data: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class Pending:
    """A commit that waits to be accepted by whoever orders the messages; until then the old state counts.

    ``message`` is the commit, ``welcome`` the MLSMessage for all who are added (None without any). Store ``group``
    beside the old state before sending, and take it for the state once the commit is accepted.
    """

    message: bytes
    welcome: bytes | None
    group: Group
    added: tuple[Member, ...]
    removed: tuple[Member, ...]


@dataclass(frozen=True, slots=True, repr=False)
class _Epoch:
    """The epoch that a commit begins, with what its Welcome tells."""

    joiner: bytes
    psk: bytes
    psks: tuple[PskId, ...]
    secrets: EpochSecrets


def make_commit(group: Group, change: Change, rules: Rules) -> Pending:
    """Make a commit, and its Welcome with the ratchet tree inside.

    ``rules.now_s`` should be set: added members' lifetimes are judged by it.

    Raises:
        MlsError: use.member, what the rules refuse, and whatever is wrong with a key package.
    """
    public, suite = group.public, group.suite
    proposals = _proposals(group, change)
    situation = public.situation(group.own_leaf, rules)
    changes = apply_proposals(resolve(proposals, public.proposals, group.own_leaf, rules), situation)
    joiners = [joiner.index for joiner in changes.added]
    ground = Ground(suite, changes.tree, public.next_context(changes.tree, changes), joiners)
    made = make_path(ground, group.own_leaf, group.seed)
    public.check_next(made.tree, changes)
    commit = Commit(proposals, made.path)
    message = group.sign(commit, change.authenticated_data, WireFormat.PUBLIC_MESSAGE)
    confirmed = confirmed_transcript_hash(suite, public.interim_transcript_hash, message)
    context = replace(made.context, confirmed_transcript_hash=confirmed)
    epoch = begin_epoch(group, made.commit_secret, changes.psks, change.known, context)
    message = message.with_confirmation_tag(mac(suite, epoch.secrets.confirmation_key, confirmed))
    transition = _transition(group, message, changes, made, context)
    raw = protect_public(suite, message, group.secrets.membership_key, public.context)
    next_group = advance(group, transition, made.keys, epoch.secrets)
    added = tuple(Member(joiner.index, joiner.package.leaf) for joiner in changes.added)
    return Pending(raw, _welcome(next_group, transition, made, epoch), next_group, added, changes.removed)


def _proposals(group: Group, change: Change) -> tuple[Proposal | ProposalRef, ...]:
    for index in change.remove:
        if group.public.tree.leaf(index) is None:
            raise MisuseError("use.member", f"leaf {index}")
    packages = [read_key_package(raw, group.suite) for raw in change.add]
    replacing = () if change.extensions is None else (GroupContextExtensions(tuple(change.extensions)),)
    return (
        *map(ProposalRef, change.refs),
        *replacing,
        *map(Remove, change.remove),
        *map(Add, packages),
        *map(Psk, change.psks),
    )


def _transition(
    group: Group, message: AuthenticatedContent, changes: Changes, made: MadePath, context: GroupContext
) -> Transition:
    data, tag = message.framed.authenticated_data, message.confirmation_tag
    return Transition(group.own_leaf, data, changes, made.path, made.tree, made.context, context, tag)


def begin_epoch(
    group: Group, commit_secret: bytes, psks: tuple[PskId, ...], known: Mapping[bytes, bytes], context: GroupContext
) -> _Epoch:
    """Derive the secrets of the epoch that a commit begins (§8); RefusedError psk.unknown."""
    suite = group.suite
    psk = psk_secret(suite, find_psks(psks, known, group.resumption_keys(), group.group_id))
    joiner = joiner_secret(suite, group.secrets.init, commit_secret, context)
    return _Epoch(joiner, psk, psks, secrets_of(suite, joiner, psk, context))


def advance(group: Group, transition: Transition, keys: Mapping[int, KeyPair], epoch: EpochSecrets) -> Group:
    """Return the group in its next epoch: ``keys`` take the place of older ones; those of nodes that are gone go.

    Raises:
        RefusedError: tree.own.
    """
    public = group.public.after(transition)
    held = still_held(public.tree, {**group.keys, **keys})
    following = started(public, group.own_leaf, group.seed, held, epoch, transition.confirmation_tag)
    past = sorted(group.resumption_keys().items())[-RESUMPTION_KEPT:]
    return replace(following, resumption=MappingProxyType(dict(past)))


def _welcome(group: Group, transition: Transition, made: MadePath, epoch: _Epoch) -> bytes | None:
    """Seal the new epoch to everybody who was added (§12.4.3.1); the tree is in the group info."""
    if not transition.changes.added:
        return None
    suite = group.suite
    tree = Extension(ExtensionType.RATCHET_TREE, transition.tree.encode())
    info = GroupInfo(transition.context, (tree,), transition.confirmation_tag, group.own_leaf)
    info = info.with_signature(sign_with_label(group.seed, "GroupInfoTBS", info.signed_bytes()))
    sealed_info = seal_info(suite, info, epoch.joiner, epoch.psk)
    entries = []
    for joiner in transition.changes.added:
        shared = common_ancestor(2 * joiner.index, 2 * group.own_leaf, transition.tree.leaves)
        told = GroupSecrets(epoch.joiner, PathSecret(made.path_secrets[shared]), epoch.psks)
        package = joiner.package
        entries.append(seal_secrets(suite, package.init_key, package.ref, sealed_info, told))
    welcome = Welcome(suite.number, tuple(entries), sealed_info)
    return write_message(WireFormat.WELCOME, welcome.encode())
