"""What a malicious member, server or removed member tries, and the code with which each of it is refused.

Every attack is made with valid signatures and tags wherever the attacker could make them. After each, the attacked
group goes on as if nothing had been.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from portal.mls.commits import HpkeCiphertext, ProposalRef, UpdatePath, UpdatePathNode
from portal.mls.errors import RefusedError
from portal.mls.framing import AuthenticatedContent, PublicMessage, Sender, SenderType
from portal.mls.key_schedule import joiner_secret, no_secret, secrets_of
from portal.mls.leaf import Capabilities, Extension, ExtensionType, LeafNode, Lifetime, RequiredCapabilities, basic
from portal.mls.processing import process
from portal.mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    ProposalType,
    Psk,
    PskId,
    PskType,
    PskUsage,
    ReInit,
    Remove,
    Update,
)
from portal.mls.protection import protect_public
from portal.mls.ratchet_tree import ParentNode
from portal.mls.rules import ALL_PROPOSALS, Rules
from portal.mls.sealing import generate_key_pair
from portal.mls.sending import propose, propose_update, protect
from portal.mls.suites import X25519_AES128, XWING_AES256, Suite
from portal.mls.wire_format import WireFormat, read_message
from tests.mls.crafting import ForgedWelcome, Forgery, codes, sign_leaf, sign_package
from tests.mls.people import NOW_S, RULES, Person, add, anybody, group_of, refused, together


@pytest.fixture
def people() -> list[Person]:
    """Four people in one group; the last one is malicious."""
    return group_of("ann", "ben", "cho", "mal")


def unharmed(*people: Person) -> bool:
    """Tell whether these people go on together: the first one's commit is taken by all others."""
    pending = people[0].commit()
    for person in people[1:]:
        person.take(pending.message)
    people[0].state = pending.group
    return together(*people)


# Removals


def test_a_removed_member_can_not_export(people: list[Person]) -> None:
    ann, ben, cho, mal = people
    before = mal.group
    pending = ann.commit(remove=[3])
    assert mal.take(pending.message).group is None
    ann.state = pending.group
    ben.take(pending.message)
    cho.take(pending.message)
    # All that mal has: the init secret, and whatever in the path is sealed to a key of mal's, which is nothing.
    context = ann.group.public.context
    for guess in (no_secret(ann.suite), before.secrets.exporter):
        joiner = joiner_secret(ann.suite, before.secrets.init, guess, context)
        epoch = secrets_of(ann.suite, joiner, no_secret(ann.suite), context)
        assert epoch.exporter != ann.group.secrets.exporter
    mal.state = before
    with refused("epoch.other"):
        mal.take(ann.commit().message)
    assert unharmed(ann, ben, cho)


@pytest.mark.parametrize("suite", [X25519_AES128, XWING_AES256], ids=lambda suite: suite.name)
def test_who_was_removed_from_a_group_of_two_knows_nothing_of_the_next_epoch(suite: Suite) -> None:
    """RFC 9420 §7.4, where the path is empty: zeros for the commit secret would let mal go on."""
    ann, mal = group_of("ann", "mal", suite=suite)
    pending = ann.commit(remove=[1])
    context = pending.group.public.context
    joiner = joiner_secret(suite, mal.group.secrets.init, no_secret(suite), context)
    guessed = secrets_of(suite, joiner, no_secret(suite), context)
    assert guessed.exporter != pending.group.secrets.exporter
    assert pending.group.epoch == 2
    ann.state = pending.group
    back = Person("ben", suite)
    add(ann, back)
    assert together(ann, back)


def test_a_removal_without_a_path(people: list[Person]) -> None:
    ann, ben, cho, mal = people
    forged = Forgery(mal, [Remove(1)], path=False).message()
    assert codes(lambda: ann.take(forged), lambda: ben.take(forged)) == ["commit.no_path"] * 2
    assert unharmed(ann, ben, cho, mal)


def test_commits_without_a_path_where_the_rules_want_one_always(people: list[Person]) -> None:
    ann, *_, mal = people
    forged = Forgery(mal, [Add(Person("new").package().package)], path=False).message()
    with refused("commit.no_path"):
        process(ann.group, forged, replace(RULES, path_always=True))
    # RFC 9420 §12.4 allows it, since an addition alone does not need one.
    assert ann.take(forged).group is not None


def test_an_empty_commit_without_a_path(people: list[Person]) -> None:
    with refused("commit.no_path"):
        people[0].take(Forgery(people[3], path=False).message())


def test_somebody_who_takes_a_removed_member_s_place_is_not_taken_for_it(people: list[Person]) -> None:
    ann, ben, cho, mal = people
    newcomer = Person("new")
    pair = newcomer.package()
    pending = ann.commit(add=[pair.public], remove=[3])
    assert [member.index for member in pending.added] == [3]
    assert mal.take(pending.message).group is None
    for person in (ben, cho):
        person.take(pending.message)
    ann.state = pending.group
    newcomer.join(pair, pending.welcome, pending.message)
    assert unharmed(ann, ben, cho, newcomer)


# Order and replay


def test_replays_stale_epochs_and_own_messages(people: list[Person]) -> None:
    ann, ben, cho, mal = people
    late, pending = mal.commit(), ann.commit()
    message = protect(mal.group, b"late")
    ben.take(pending.message)
    assert codes(
        lambda: ben.take(pending.message),
        lambda: ben.take(late.message),
        lambda: ben.take(message.message),
        lambda: ann.take(pending.message),
        lambda: cho.take(ben.commit().message),
    ) == ["epoch.other", "epoch.other", "epoch.other", "sender.own", "epoch.other"]
    other = Person("mal")
    other.found(b"another")
    assert codes(lambda: ben.take(other.commit().message), lambda: ben.take(protect(other.group, b"").message)) == [
        "group.other",
        "group.other",
    ]


# Who is who


def changed_leaf(person: Person, **changes: Any) -> Callable[[UpdatePath], UpdatePath]:
    """Return the change of a path in which the committer's leaf says something else, signed anew."""

    def change(path: UpdatePath) -> UpdatePath:
        seed = changes.pop("seed", person.seed)
        leaf = replace(path.leaf, **changes)
        return replace(path, leaf=sign_leaf(leaf, person.group, person.group.own_leaf, seed))

    return change


def test_a_swapped_credential_or_key(people: list[Person]) -> None:
    ann, ben, _, mal = people
    other = Person("other")
    swapped = Forgery(mal, change_path=changed_leaf(mal, credential=basic(b"ben"))).message()
    key = other.package().package.leaf.signature_key
    swapped_key = Forgery(mal, change_path=changed_leaf(mal, signature_key=key, seed=other.seed)).message()
    strict = replace(RULES, fixed_identity=True)
    assert codes(lambda: process(ann.group, swapped, strict), lambda: process(ann.group, swapped_key, strict)) == [
        "leaf.changed_identity",
        "leaf.changed_identity",
    ]

    def only_known(leaf: LeafNode) -> None:
        if leaf.credential.identity not in {b"ann", b"mal"}:
            raise RefusedError("leaf.refused")

    with refused("leaf.refused"):
        process(ben.group, swapped, Rules(only_known))


def test_a_leaf_that_is_not_signed_for_its_place(people: list[Person]) -> None:
    ann, _, _, mal = people

    def unsigned(path: UpdatePath) -> UpdatePath:
        return replace(path, leaf=replace(path.leaf, signature=bytes(64)))

    def elsewhere(path: UpdatePath) -> UpdatePath:
        return replace(path, leaf=sign_leaf(path.leaf, mal.group, 1, mal.seed))

    forged = [Forgery(mal, change_path=change).message() for change in (unsigned, elsewhere)]
    assert codes(*(lambda raw=raw: ann.take(raw) for raw in forged)) == ["signature.leaf"] * 2


def test_duplicate_keys(people: list[Person]) -> None:
    ann, ben, _, mal = people
    twin = Person("twin", seed=ben.seed).package()
    assert (
        codes(
            lambda: ann.commit(add=[twin.public]),
            lambda: ann.take(Forgery(mal, [Add(twin.package)]).message()),
            lambda: ann.commit(add=[(pair := Person("new").package()).public, pair.public]),
        )
        == ["leaf.duplicate"] * 3
    )
    taken = ben.group.public.tree.member(1).encryption_key
    new = Person("new")
    package = new.package().package
    copied = sign_package(replace(package, leaf=replace(package.leaf, encryption_key=taken)), new.seed)
    kept = mal.group.public.tree.member(3).encryption_key

    def reused_node(path: UpdatePath) -> UpdatePath:
        above = ann.group.public.tree.key(1) or taken
        return replace(path, nodes=(replace(path.nodes[0], encryption_key=above), *path.nodes[1:]))

    assert codes(
        lambda: ann.take(Forgery(mal, [Add(copied)]).message()),
        lambda: ann.take(Forgery(mal, change_path=changed_leaf(mal, encryption_key=kept)).message()),
        lambda: ann.take(Forgery(mal, change_path=reused_node).message()),
    ) == ["leaf.duplicate", "leaf.unchanged_key", "tree.parent_hash"]


def test_keys_to_which_nothing_can_be_sealed() -> None:
    """One such key in a group would stop all others' commits."""
    ann, mal = group_of("ann", "mal", suite=XWING_AES256)
    new = Person("new", XWING_AES256)
    package = new.package().package

    def attempts(bad: bytes) -> list[Callable[[], object]]:
        leaf = sign_package(replace(package, leaf=replace(package.leaf, encryption_key=bad)), new.seed)
        init = sign_package(replace(package, init_key=bad), new.seed)
        return [
            lambda: ann.take(Forgery(mal, [Add(leaf)], carried_out=[]).message()),
            lambda: ann.take(Forgery(mal, [Add(init)], carried_out=[]).message()),
            lambda: ann.take(Forgery(mal, change_path=changed_leaf(mal, encryption_key=bad)).message()),
        ]

    for bad in (bytes(1216), b"\xff" * 1216, package.init_key[:-32] + bytes(32), package.init_key[:-1]):
        assert codes(*attempts(bad)) == ["leaf.key", "key_package.key", "leaf.key"]
    same = sign_package(replace(package, init_key=package.leaf.encryption_key), new.seed)
    with refused("key_package.key"):
        ann.take(Forgery(mal, [Add(same)], carried_out=[]).message())


def test_a_small_order_key_of_x25519_is_refused_when_something_would_be_sealed_to_it() -> None:
    ann, _ = group_of("ann", "ben")
    new = Person("new")
    package = sign_package(replace(new.package().package, init_key=bytes(32)), new.seed)
    raw = new.package().public[:4] + package.encode()
    with refused("leaf.key"):
        ann.commit(add=[raw])


def test_key_packages_that_are_not_good_now_or_not_for_this_group(people: list[Person]) -> None:
    ann, _, _, mal = people
    new = Person("new")
    old = new.package(Lifetime(NOW_S - 90, NOW_S - 1))
    early = new.package(Lifetime(NOW_S + 1, NOW_S + 90))
    package = new.package().package
    forged = replace(package, signature=bytes(64))
    other = Person("new", XWING_AES256).package()
    unable = sign_package(
        replace(package, leaf=replace(package.leaf, capabilities=Capabilities(suites=(2,)))), new.seed
    )
    strange = replace(package.leaf, extensions=(Extension(0xF0FF, b""),))
    own = sign_package(replace(package, leaf=strange), new.seed)

    def attempt(bad: Any) -> Callable[[], object]:
        return lambda: ann.take(Forgery(mal, [Add(bad)], carried_out=[]).message())

    assert codes(
        lambda: ann.commit(add=[old.public]),
        lambda: ann.commit(add=[early.public]),
        attempt(old.package),
        attempt(forged),
        attempt(replace(package, leaf=replace(package.leaf, signature=bytes(64)))),
        attempt(other.package),
        lambda: ann.take(Forgery(mal, [Add(unable)]).message()),
        attempt(own),
        lambda: ann.commit(add=[mal.commit().message]),
    ) == [
        "leaf.lifetime",
        "leaf.lifetime",
        "leaf.lifetime",
        "signature.key_package",
        "signature.leaf",
        "suite.other",
        "leaf.capabilities",
        "leaf.capabilities",
        "message.kind",
    ]
    # Whoever reads an old record again has no use for today's date.
    timeless = Rules(anybody)
    event = process(ann.group, Forgery(mal, [Add(old.package)], rules=timeless).message(), timeless)
    assert event.group is not None


# Proposals


def test_lists_of_proposals_that_can_not_be(people: list[Person]) -> None:
    ann, _, _, mal = people
    nonce = bytes(32)
    leaf = mal.group.public.tree.member(3)
    required = RequiredCapabilities((0xF0FF,), (), ()).encode()
    psk = Psk(PskId(PskType.EXTERNAL, nonce, identifier=b"x"))
    resumption = PskId(PskType.RESUMPTION, nonce, usage=PskUsage.BRANCH, group_id=b"group", epoch=0)

    def commit(*proposals: Any) -> Callable[[], object]:
        return lambda: ann.take(Forgery(mal, proposals, carried_out=[]).message())

    assert codes(
        commit(Remove(3)),
        commit(Update(leaf)),
        commit(Remove(1), Remove(1)),
        commit(Remove(9)),
        commit(GroupContextExtensions(()), GroupContextExtensions(())),
        commit(ReInit(b"next", 1, 1, ())),
        commit(ExternalInit(bytes(32))),
        commit(psk, psk),
        commit(Psk(PskId(PskType.EXTERNAL, b"short", identifier=b"x"))),
        commit(Psk(resumption)),
        commit(ProposalRef(bytes(32))),
        lambda: ann.take(
            Forgery(
                mal, [GroupContextExtensions((Extension(ExtensionType.REQUIRED_CAPABILITIES, required),))]
            ).message()
        ),
        lambda: ann.take(Forgery(mal, [GroupContextExtensions((Extension(0xF0FF, b""),))]).message()),
        lambda: ann.take(Forgery(mal, [psk]).message()),
    ) == [
        "proposal.own_removal",
        "proposal.own_update",
        "proposal.conflict",
        "tree.blank",
        "proposal.conflict",
        "proposal.kind",
        "proposal.kind",
        "psk.duplicate",
        "psk.malformed",
        "psk.malformed",
        "proposal.unknown",
        "leaf.capabilities",
        "leaf.capabilities",
        "psk.unknown",
    ]


def test_what_the_room_s_rules_leave_out(people: list[Person]) -> None:
    ann, _, _, mal = people
    rules = Rules(anybody, ALL_PROPOSALS - {ProposalType.UPDATE, ProposalType.PSK}, inline_only=True)
    proposal = propose(mal.group, Remove(1), RULES)
    update = propose_update(mal.group, RULES)
    ref = ProposalRef(bytes(32))
    psk = Psk(PskId(PskType.EXTERNAL, bytes(32), identifier=b"x"))
    assert codes(
        lambda: process(ann.group, proposal.message, rules),
        lambda: process(ann.group, update.message, replace(rules, inline_only=False)),
        lambda: process(ann.group, Forgery(mal, [ref], carried_out=[]).message(), rules),
        lambda: process(ann.group, Forgery(mal, [psk], carried_out=[]).message(), rules),
    ) == ["proposal.reference", "proposal.kind", "proposal.reference", "proposal.kind"]


def test_forged_updates(people: list[Person]) -> None:
    ann, ben, _, mal = people
    update = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, propose_update(ben.group, RULES).message)
    stolen = update.authenticated.framed.content
    assert isinstance(stolen, Update)
    own = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, propose_update(mal.group, RULES).message)
    content = own.authenticated.framed.content
    assert isinstance(content, Update)
    kept = replace(content.leaf, encryption_key=mal.group.public.tree.member(3).encryption_key)
    forged = [stolen, Update(sign_leaf(kept, mal.group, 3, mal.seed)), Update(mal.package().package.leaf)]
    signed = [mal.group.sign(one, b"", WireFormat.PUBLIC_MESSAGE) for one in forged]
    key, context = mal.group.secrets.membership_key, mal.group.public.context
    raws = [protect_public(mal.suite, one, key, context) for one in signed]
    assert codes(*(lambda raw=raw: ann.take(raw) for raw in raws)) == [
        "signature.leaf",
        "leaf.unchanged_key",
        "leaf.source",
    ]


# Paths


def test_a_path_that_would_lead_others_where_they_can_not_leave(people: list[Person]) -> None:
    """The public keys of the path are not those of the path secrets that it hides."""
    ann, ben, cho, mal = people
    forged = Forgery(mal, root_key=generate_key_pair(ann.suite).public).message()
    assert codes(lambda: ann.take(forged), lambda: cho.take(forged)) == ["commit.path_secret"] * 2
    assert unharmed(ann, ben, cho, mal)


def test_paths_of_another_shape(people: list[Person]) -> None:
    ann, _, _, mal = people

    def shorter(path: UpdatePath) -> UpdatePath:
        return replace(path, nodes=path.nodes[:-1])

    def longer(path: UpdatePath) -> UpdatePath:
        return replace(path, nodes=(*path.nodes, path.nodes[-1]))

    def fewer(path: UpdatePath) -> UpdatePath:
        return replace(path, nodes=(UpdatePathNode(path.nodes[0].encryption_key, ()), *path.nodes[1:]))

    def unsealable(path: UpdatePath) -> UpdatePath:
        return replace(path, nodes=(replace(path.nodes[0], encryption_key=b"short"), *path.nodes[1:]))

    def garbled(path: UpdatePath) -> UpdatePath:
        (one, *others) = path.nodes[-1].encrypted_path_secret
        bad = HpkeCiphertext(one.kem_output, one.ciphertext[:-1] + bytes([one.ciphertext[-1] ^ 1]))
        return replace(path, nodes=(*path.nodes[:-1], replace(path.nodes[-1], encrypted_path_secret=(bad, *others))))

    def truncated(path: UpdatePath) -> UpdatePath:
        (one, *others) = path.nodes[-1].encrypted_path_secret
        bad = HpkeCiphertext(one.kem_output[:-1], one.ciphertext)
        return replace(path, nodes=(*path.nodes[:-1], replace(path.nodes[-1], encrypted_path_secret=(bad, *others))))

    raws = [
        Forgery(mal, change_path=change).message()
        for change in (shorter, longer, fewer, unsealable, garbled, truncated)
    ]
    assert codes(*(lambda raw=raw: ann.take(raw) for raw in raws)) == [
        "commit.path_shape",
        "commit.path_shape",
        "commit.path_shape",
        "commit.path_key",
        "cipher.path",
        "cipher.path",
    ]


def test_a_wrong_parent_hash(people: list[Person]) -> None:
    ann, _, _, mal = people
    forged = Forgery(mal, change_path=changed_leaf(mal, parent_hash=bytes(32))).message()
    with refused("tree.parent_hash"):
        ann.take(forged)


# Signatures and tags


def test_forged_signatures_and_tags(people: list[Person]) -> None:
    ann, ben, _, mal = people

    def other_tag(message: AuthenticatedContent) -> AuthenticatedContent:
        return message.with_confirmation_tag(bytes(32))

    def other_signature(message: AuthenticatedContent) -> AuthenticatedContent:
        return message.with_signature(bytes(64))

    def in_ben_s_name(message: AuthenticatedContent) -> AuthenticatedContent:
        return replace(message, framed=replace(message.framed, sender=Sender(SenderType.MEMBER, 1)))

    def as_nobody(message: AuthenticatedContent) -> AuthenticatedContent:
        return replace(message, framed=replace(message.framed, sender=Sender(SenderType.MEMBER, 7)))

    def from_outside(message: AuthenticatedContent) -> AuthenticatedContent:
        return replace(message, framed=replace(message.framed, sender=Sender(SenderType.NEW_MEMBER_COMMIT)))

    changes = (other_tag, other_signature, in_ben_s_name, as_nobody, from_outside)
    raws = [Forgery(mal, change_message=change).message() for change in changes]
    assert codes(*(lambda raw=raw: ann.take(raw) for raw in raws)) == [
        "tag.confirmation",
        "signature.message",
        "signature.message",
        "sender.unknown",
        "sender.kind",
    ]
    outside = ben.commit().message
    with refused("tag.membership"):
        ann.take(outside[:-1] + bytes([outside[-1] ^ 1]))
    text = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, outside)
    public = replace(text.authenticated, framed=replace(text.authenticated.framed, content=b"hello"))
    with refused("message.public"):
        ann.take(PublicMessage(public, bytes(32)).message())


# Welcomes


def newcomer_of(people: list[Person]) -> tuple[Person, Any, ForgedWelcome]:
    """Return somebody new, with key package and a Welcome by mal that is right but for its commit secret."""
    mal, new = people[3], Person("new")
    pair = new.package()
    tree, _ = mal.group.public.tree.with_leaf_added(pair.package.leaf)
    return new, pair, ForgedWelcome(mal, pair.package, tree, signer=3)


def test_a_forged_welcome_that_is_right_is_taken(people: list[Person]) -> None:
    """So that the following refusals are for what they say."""
    new, pair, welcome = newcomer_of(people)
    new.join(pair, welcome.message())
    assert new.group.own_leaf == 4


def test_welcomes_with_another_tree(people: list[Person]) -> None:
    ann, mal = people[0], people[3]
    # A tree with a parent that mal really made, and a leaf that joined under it.
    pending = mal.commit()
    for person in people[:3]:
        person.take(pending.message)
    mal.state = pending.group
    new, pair, welcome = newcomer_of(people)
    tree = welcome.tree
    root = next(place for place, node in enumerate(tree.nodes) if isinstance(node, ParentNode))
    node = tree.parent(root)
    assert node is not None
    stranger = Person("stranger").package().package.leaf
    trees = {
        "hash": (tree, replace(mal.group.public.context, tree_hash=bytes(32))),
        "foreign parent": (tree.with_nodes({root: replace(node, parent_hash=bytes(32))}), None),
        "foreign key": (
            tree.with_nodes({root: replace(node, encryption_key=generate_key_pair(ann.suite).public)}),
            None,
        ),
        "unsorted": (tree.with_nodes({root: replace(node, unmerged_leaves=(1, 0))}), None),
        "absent": (tree.with_nodes({root: replace(node, unmerged_leaves=(6,))}), None),
        "far away": (tree.with_nodes({root: replace(node, unmerged_leaves=(1 << 31,))}), None),
        "unsigned": (tree.with_leaf_added(replace(stranger, signature=bytes(64)))[0], None),
        "twice": (tree.with_nodes({2: stranger, 4: stranger}), None),
    }

    def attempt(name: str) -> Callable[[], object]:
        forged, context = trees[name]
        change = (lambda _: context) if context is not None else (lambda context: context)
        crafted = replace(welcome, tree=forged, change_context=change)
        return lambda: new.join(pair, crafted.message())

    found = dict(zip(trees, codes(*map(attempt, trees)), strict=True))
    assert found == {
        "hash": "tree.hash",
        "foreign parent": "tree.parent_hash",
        "foreign key": "tree.parent_hash",
        "unsorted": "tree.unmerged",
        "absent": "tree.unmerged",
        "far away": "tree.unmerged",
        "unsigned": "signature.leaf",
        "twice": "leaf.duplicate",
    }


def _last_bit_flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_other_forged_welcomes(people: list[Person]) -> None:
    ann, mal = people[0], people[3]
    new, pair, welcome = newcomer_of(people)
    other = Person("other").package()
    real = mal.commit(add=[pair.public])

    def unlisted(leaf: LeafNode) -> None:
        if leaf.credential.identity == b"ben":
            raise RefusedError("leaf.refused")

    picky = Person("new", seed=new.seed, rules=Rules(unlisted))
    assert codes(
        lambda: new.join(pair, replace(welcome, change_tag=lambda _: bytes(32)).message()),
        lambda: new.join(pair, replace(welcome, signer=1).message()),
        lambda: new.join(pair, replace(welcome, signer=6).message()),
        lambda: new.join(pair, replace(welcome, with_tree=False).message()),
        lambda: new.join(pair, replace(welcome, tree=mal.group.public.tree).message()),
        lambda: new.join(pair, replace(welcome, path_secret=bytes(32)).message()),
        lambda: new.join(other, welcome.message()),
        lambda: new.join(pair, welcome.message(), ann.commit().message),
        lambda: new.join(pair, real.welcome, mal.commit(add=[other.public]).message),
        lambda: new.join(pair, real.message),
        lambda: picky.join(pair, welcome.message()),
        lambda: new.join(pair, _last_bit_flipped(real.welcome or b"")),
        lambda: new.join(Person("new", XWING_AES256).package(), welcome.message()),
    ) == [
        "tag.confirmation",
        "signature.group_info",
        "tree.blank",
        "welcome.no_tree",
        "tree.own",
        "commit.path_secret",
        "welcome.not_ours",
        "welcome.other_commit",
        "welcome.other_commit",
        "message.kind",
        "leaf.refused",
        "cipher.welcome",
        "suite.other",
    ]
