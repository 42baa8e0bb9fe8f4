"""The official MLS test vectors of whole groups: paths, and members that only listen."""

from dataclasses import replace
from typing import Final

from portal.mls.changes import Situation
from portal.mls.codec import decode, opaque
from portal.mls.commits import UpdatePath
from portal.mls.context import GroupContext
from portal.mls.group import Group, decode_group
from portal.mls.leaf import LeafNode
from portal.mls.paths import apply_path
from portal.mls.processing import Committed, Proposed, process
from portal.mls.ratchet_tree import RatchetTree
from portal.mls.rules import Rules
from portal.mls.sealing import KeyPair, key_pair
from portal.mls.suites import Suite, suite_of
from portal.mls.tree_math import common_ancestor
from portal.mls.treekem import Ground, make_path, node_key, open_path
from portal.mls.welcome import Invitation, join
from portal.verify.mls_parts import CheckError, Entry, equal, unhex


def _accept(leaf: LeafNode) -> None:
    """The vectors' members are nobody in particular."""


ANYBODY: Final = Rules(_accept)


class _Paths:
    """The tree of treekem.json, with the private keys of its members."""

    def __init__(self, entry: Entry) -> None:
        self.suite = suite_of(entry["cipher_suite"])
        self.tree = decode(RatchetTree, unhex(entry["ratchet_tree"]))
        transcript, tree_hash = unhex(entry["confirmed_transcript_hash"]), self.tree.root_hash(self.suite)
        self.context = GroupContext(self.suite.number, unhex(entry["group_id"]), entry["epoch"], tree_hash, transcript)
        self.seeds = {one["index"]: unhex(one["signature_priv"]) for one in entry["leaves_private"]}
        self.keys = {one["index"]: _keys(self.suite, one) for one in entry["leaves_private"]}
        for held in self.keys.values():
            for place, pair in held.items():
                equal(pair.public, (self.tree.key(place) or b"").hex(), f"key of node {place}")

    def situation(self, sender: int) -> Situation:
        return Situation(self.suite, self.context.group_id, self.tree, (), sender, ANYBODY)

    def ground(self, tree_hash: bytes) -> Ground:
        return Ground(self.suite, self.tree, replace(self.context, tree_hash=tree_hash), ())

    def check_everybody(
        self, path: UpdatePath, sender: int, tree_hash: bytes, due: dict[int, KeyPair], commit: str
    ) -> None:
        """Open a path as every other member; ``due`` is the lowest key that each of them comes to know."""
        for index, held in self.keys.items():
            if index != sender:
                opened = open_path(self.ground(tree_hash), path, sender, index, held)
                equal(opened.commit_secret, commit, f"commit secret of leaf {index}")
                equal(next(iter(opened.keys.values())).private, due[index].private.hex(), f"key of leaf {index}")


def _keys(suite: Suite, one: Entry) -> dict[int, KeyPair]:
    above = {secret["node"]: node_key(suite, unhex(secret["path_secret"])) for secret in one["path_secrets"]}
    return {2 * one["index"]: key_pair(suite, unhex(one["encryption_priv"])), **above}


def check_treekem(entry: Entry) -> None:
    """treekem.json: open the given paths, then make one as each sender, and open those."""
    group = _Paths(entry)
    for given in entry["update_paths"]:
        sender, path = given["sender"], decode(UpdatePath, unhex(given["update_path"]))
        equal(path.encode(), given["update_path"], "path")
        after = apply_path(path, group.tree, (), group.situation(sender))
        tree_hash = after.root_hash(group.suite)
        equal(tree_hash, given["tree_hash_after"], "tree hash after")
        secrets = enumerate(given["path_secrets"])
        due = {leaf: node_key(group.suite, unhex(secret)) for leaf, secret in secrets if secret is not None}
        group.check_everybody(path, sender, tree_hash, due, given["commit_secret"])
        made = make_path(group.ground(b""), sender, group.seeds[sender])
        equal(apply_path(made.path, group.tree, (), group.situation(sender)), made.tree, "path made here")
        lowest = {index: _lowest(group, made.keys, sender, index) for index in group.keys if index != sender}
        group.check_everybody(made.path, sender, made.context.tree_hash, lowest, made.commit_secret.hex())


def _lowest(group: _Paths, keys: dict[int, KeyPair], sender: int, other: int) -> KeyPair:
    """Return the key of the lowest new node that has both leaves below it."""
    return keys[common_ancestor(2 * sender, 2 * other, group.tree.leaves)]


def check_passive_client(entry: Entry) -> None:
    """passive-client-*.json: join, follow, and come to the same epochs; the state is stored and read at each step."""
    known = {unhex(psk["psk_id"]): unhex(psk["psk"]) for psk in entry["external_psks"]}
    invitation = Invitation(
        welcome=unhex(entry["welcome"]),
        package=unhex(entry["key_package"]),
        private=opaque(unhex(entry["init_priv"])) + opaque(unhex(entry["encryption_priv"])),
        seed=unhex(entry["signature_priv"]),
        tree=None if entry["ratchet_tree"] is None else unhex(entry["ratchet_tree"]),
        known=known,
    )
    group = join(invitation, ANYBODY)
    equal(group.epoch_authenticator, entry["initial_epoch_authenticator"], "first epoch")
    for epoch in entry["epochs"]:
        for raw in (*epoch["proposals"], epoch["commit"]):
            group = _reread(_following(process(group, unhex(raw), ANYBODY, known)))
        equal(group.epoch_authenticator, epoch["epoch_authenticator"], f"epoch {group.epoch}")


def _following(event: object) -> Group:
    if not isinstance(event, Committed | Proposed) or event.group is None:
        what = "no handshake that this member survives"
        raise CheckError(what)
    return event.group


def _reread(group: Group) -> Group:
    raw = group.encode()
    read = decode_group(raw, group.seed)
    equal(read.encode(), raw.hex(), "stored state")
    return read
