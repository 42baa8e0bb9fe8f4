"""What a malicious member can make: commits and Welcomes with valid signatures and tags, but without any check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from portal.mls.changes import Changes, SentProposal, apply_proposals
from portal.mls.commits import Commit, ProposalRef, UpdatePath, UpdatePathNode
from portal.mls.context import GroupContext, GroupInfo
from portal.mls.derive import mac
from portal.mls.errors import MlsError
from portal.mls.framing import AuthenticatedContent, confirmed_transcript_hash
from portal.mls.group import Group
from portal.mls.key_packages import KeyPackage
from portal.mls.key_schedule import joiner_secret, no_secret, secrets_of
from portal.mls.leaf import Extension, ExtensionType, LeafNode
from portal.mls.paths import new_parents, with_path
from portal.mls.proposals import Proposal
from portal.mls.protection import protect_public
from portal.mls.ratchet_tree import RatchetTree
from portal.mls.rules import Rules
from portal.mls.sealing import encrypt_with_label
from portal.mls.signing import sign_with_label
from portal.mls.treekem import PATH_LABEL, Ground, MadePath, make_path
from portal.mls.welcome_format import GroupSecrets, PathSecret, Welcome, seal_info, seal_secrets
from portal.mls.wire_format import WireFormat, write_message
from tests.mls.people import RULES, Person


@dataclass
class Forgery:
    """A commit in the making; the hooks change what is about to be signed.

    ``carried_out`` is the list that the new tree is made from, if it is not what the commit says.
    """

    by: Person
    proposals: Sequence[Proposal | ProposalRef] = ()
    path: bool = True
    change_path: Callable[[UpdatePath], UpdatePath] = field(default=lambda path: path)
    change_message: Callable[[AuthenticatedContent], AuthenticatedContent] = field(default=lambda message: message)
    carried_out: Sequence[Proposal] | None = None
    rules: Rules = RULES
    root_key: bytes | None = None
    """The public key that the path shows for the root, in place of the one that its secret makes."""

    def message(self) -> bytes:
        """Return the commit's MLSMessage: signed and tagged as by a member."""
        group = self.by.group
        changes, made = self._made()
        if self.root_key is not None:
            made = self._with_root(changes, made, self.root_key)
        path = self.change_path(made.path) if self.path else None
        message = group.sign(Commit(tuple(self.proposals), path), b"", WireFormat.PUBLIC_MESSAGE)
        context = made.context if self.path else group.public.next_context(changes.tree, changes)
        confirmed = confirmed_transcript_hash(group.suite, group.public.interim_transcript_hash, message)
        context = replace(context, confirmed_transcript_hash=confirmed)
        secret = made.commit_secret if self.path else no_secret(group.suite)
        joiner = joiner_secret(group.suite, group.secrets.init, secret, context)
        epoch = secrets_of(group.suite, joiner, no_secret(group.suite), context)
        message = message.with_confirmation_tag(mac(group.suite, epoch.confirmation_key, confirmed))
        message = self.change_message(message)
        return protect_public(group.suite, message, group.secrets.membership_key, group.public.context)

    def _made(self) -> tuple[Changes, MadePath]:
        group = self.by.group
        inline = [one for one in self.proposals if not isinstance(one, ProposalRef)]
        listed = inline if self.carried_out is None else self.carried_out
        sent = [SentProposal(one, group.own_leaf) for one in listed]
        changes = apply_proposals(sent, group.public.situation(group.own_leaf, self.rules))
        joiners = [joiner.index for joiner in changes.added]
        ground = Ground(group.suite, changes.tree, group.public.next_context(changes.tree, changes), joiners)
        return changes, make_path(ground, group.own_leaf, group.seed)

    def _with_root(self, changes: Changes, made: MadePath, key: bytes) -> MadePath:
        """Put a foreign key at the root; hashes, signature and ciphertexts fit it."""
        group, tree = self.by.group, changes.tree
        steps = tree.filtered_direct_path(group.own_leaf)
        keys = [node.encryption_key for node in made.path.nodes[:-1]] + [key]
        parents = new_parents(tree, group.suite, steps, keys)
        leaf = replace(made.path.leaf, parent_hash=parents.leaf_parent_hash)
        leaf = sign_leaf(leaf, group, group.own_leaf, group.seed)
        renewed = with_path(tree, group.own_leaf, leaf, parents)
        context = replace(made.context, tree_hash=renewed.root_hash(group.suite))
        nodes = []
        for step, shown in zip(steps, keys, strict=True):
            receivers = [node.encryption_key for place in step.covered if (node := tree.nodes[place]) is not None]
            secret, told = made.path_secrets[step.place], context.encode()
            sealed = (encrypt_with_label(group.suite, one, PATH_LABEL, told, secret) for one in receivers)
            nodes.append(UpdatePathNode(shown, tuple(sealed)))
        return replace(made, path=UpdatePath(leaf, tuple(nodes)), tree=renewed, context=context)


def sign_leaf(leaf: LeafNode, group: Group, index: int, seed: bytes) -> LeafNode:
    """Sign a leaf anew after it was changed."""
    return leaf.with_signature(sign_with_label(seed, "LeafNodeTBS", leaf.signed_bytes(group.group_id, index)))


def sign_package(package: KeyPackage, seed: bytes) -> KeyPackage:
    """Sign a key package and its leaf anew after they were changed."""
    leaf = package.leaf.with_signature(sign_with_label(seed, "LeafNodeTBS", package.leaf.signed_bytes(b"", 0)))
    package = replace(package, leaf=leaf)
    return replace(package, signature=sign_with_label(seed, "KeyPackageTBS", package.signed_bytes()))


@dataclass
class ForgedWelcome:
    """A Welcome into a group that its maker put together by hand."""

    by: Person
    package: KeyPackage
    tree: RatchetTree
    path_secret: bytes | None = None
    change_context: Callable[[GroupContext], GroupContext] = field(default=lambda context: context)
    change_tag: Callable[[bytes], bytes] = field(default=lambda tag: tag)
    signer: int = 0
    with_tree: bool = True

    def message(self) -> bytes:
        """Return the MLSMessage."""
        group = self.by.group
        suite, psk = group.suite, no_secret(group.suite)
        context = replace(group.public.context, tree_hash=self.tree.root_hash(suite), epoch=group.epoch + 1)
        context = self.change_context(context)
        joiner = joiner_secret(suite, group.secrets.init, no_secret(suite), context)
        epoch = secrets_of(suite, joiner, psk, context)
        tag = self.change_tag(mac(suite, epoch.confirmation_key, context.confirmed_transcript_hash))
        extensions = (Extension(ExtensionType.RATCHET_TREE, self.tree.encode()),) if self.with_tree else ()
        info = GroupInfo(context, extensions, tag, self.signer)
        info = info.with_signature(sign_with_label(group.seed, "GroupInfoTBS", info.signed_bytes()))
        sealed = seal_info(suite, info, joiner, psk)
        secret = None if self.path_secret is None else PathSecret(self.path_secret)
        told = GroupSecrets(joiner, secret, ())
        entry = seal_secrets(suite, self.package.init_key, self.package.ref, sealed, told)
        return write_message(WireFormat.WELCOME, Welcome(suite.number, (entry,), sealed).encode())


def codes(*attempts: Callable[[], object]) -> list[str]:
    """Return the code with which each attempt is refused; one that is not refused fails the test."""
    found = []
    for attempt in attempts:
        try:
            attempt()
        except MlsError as error:
            found.append(error.code)
        else:
            found.append("accepted")
    return found
