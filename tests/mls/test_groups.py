"""Groups as their members use them: proposals, pre-shared keys, extensions, and long lives."""

import random
import secrets

import pytest

from portal.mls.committing import Change
from portal.mls.leaf import Extension, ExtensionType, RequiredCapabilities
from portal.mls.processing import Committed, Proposed
from portal.mls.proposals import Add, GroupContextExtensions, Proposal, Psk, PskId, PskType, Remove
from portal.mls.public import PublicGroup, group_from_info, read_group_info
from portal.mls.ratchet_tree import ParentNode
from portal.mls.sending import propose, propose_update
from portal.mls.suites import SUITES, X25519_AES128, XWING_AES256, Suite
from portal.mls.tree_checks import check_tree
from portal.mls.welcome import welcome_refs
from tests.mls.people import HISTORY, RULES, Person, add, group_of, refused, together


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_founding_adding_rotating_removing(suite: Suite) -> None:
    ann, ben, cho = Person("ann", suite), Person("ben", suite), Person("cho", suite)
    ann.found(b"room", Extension(HISTORY, b"all"))
    assert (ann.group.epoch, ann.group.own_leaf, ann.group.group_id) == (0, 0, b"room")
    pending = add(ann, ben)
    assert [member.index for member in pending.added] == [1]
    add(ben, cho, others=(ann,))
    assert together(ann, ben, cho)
    assert cho.group.extensions == (Extension(HISTORY, b"all"),)
    assert len({person.group.epoch_authenticator for person in (ann, ben, cho)}) == 1
    gone = ann.commit(remove=[1], extensions=[Extension(HISTORY, b"none")], authenticated_data=b"head")
    event = cho.take(gone.message)
    assert isinstance(event, Committed)
    assert (event.committer, [member.index for member in event.removed], event.added) == (0, [1], ())
    assert (event.extensions, event.authenticated_data) == ((Extension(HISTORY, b"none"),), b"head")
    assert event.confirmation_tag == gone.group.confirmation_tag
    assert ben.take(gone.message).group is None
    ann.state = gone.group
    assert together(ann, cho)
    assert [member.leaf.credential.identity for member in ann.group.members()] == [b"ann", b"cho"]


def test_one_welcome_is_for_all_who_were_added() -> None:
    (ann,) = group_of("ann")
    people = [Person(name) for name in ("ben", "cho", "dan")]
    pairs = [person.package() for person in people]
    pending = ann.commit(add=[pair.public for pair in pairs])
    assert welcome_refs(pending.welcome or b"") == tuple(pair.ref for pair in pairs)
    for person, pair in zip(people, pairs, strict=True):
        person.join(pair, pending.welcome, pending.message)
    ann.state = pending.group
    assert together(ann, *people)
    assert ann.commit().welcome is None


def test_secrets_for_the_application_depend_on_everything() -> None:
    ann, ben = group_of("ann", "ben")
    group = ann.group
    made = {group.export(label, context, 32) for label in ("a", "b") for context in (b"", b"c")}
    assert len(made) == 4
    assert group.export("a", b"", 16) != group.export("a", b"", 32)[:16]
    assert ben.group.export("a", b"", 64) == group.export("a", b"", 64)
    for length in (0, 255 * 32 + 1, 1 << 16):
        with refused("use.size"):
            group.export("a", b"", length)


def test_proposals_by_reference() -> None:
    ann, ben, cho, dan = group_of("ann", "ben", "cho", "dan")
    new = Person("new")
    pair = new.package()
    kinds: list[Proposal] = [Add(pair.package), Remove(3), GroupContextExtensions((Extension(HISTORY, b"none"),))]
    for proposal in kinds:
        sending = propose(ben.group, proposal, RULES, b"why")
        ben.state = sending.group
        for person in (ann, cho, dan):
            event = person.take(sending.message)
            assert isinstance(event, Proposed)
            assert (event.sender, event.proposal, event.authenticated_data) == (1, proposal, b"why")
    update = propose_update(cho.group, RULES)
    cho.state = update.group
    for person in (ann, ben, dan):
        person.take(update.message)
    before = cho.group.public.tree.member(2).encryption_key
    pending = ann.commit(refs=tuple(ann.group.public.proposals))
    for person in (ben, cho):
        person.take(pending.message)
    assert dan.take(pending.message).group is None
    ann.state = pending.group
    new.join(pair, pending.welcome, pending.message)
    assert together(ann, ben, cho, new)
    assert new.group.own_leaf == 3
    assert cho.group.public.tree.member(2).encryption_key != before
    assert cho.group.extensions == (Extension(HISTORY, b"none"),)
    assert ann.group.public.proposals == {}
    for person in (cho, new, ben):
        rotated = person.commit()
        for other in (one for one in (ann, ben, cho, new) if one is not person):
            other.take(rotated.message)
        person.state = rotated.group
    assert together(ann, ben, cho, new)


def test_a_member_may_propose_to_go_but_not_commit_it() -> None:
    ann, ben = group_of("ann", "ben")
    going = propose(ben.group, Remove(1), RULES)
    ben.state = going.group
    ann.take(going.message)
    with refused("proposal.own_removal"):
        ben.commit(refs=tuple(ben.group.public.proposals))
    pending = ann.commit(refs=tuple(ann.group.public.proposals))
    assert ben.take(pending.message).group is None


@pytest.mark.parametrize("suite", [X25519_AES128, XWING_AES256], ids=lambda suite: suite.name)
def test_pre_shared_keys(suite: Suite) -> None:
    ann, ben = group_of("ann", "ben", suite=suite)
    nonce = secrets.token_bytes(suite.hash_bytes)
    outside = PskId(PskType.EXTERNAL, nonce, identifier=b"said on the phone")
    earlier = PskId(PskType.RESUMPTION, nonce, group_id=b"group", epoch=1)
    known = {b"said on the phone": secrets.token_bytes(16)}
    pending = ann.commit(psks=[outside], known=known)
    with refused("psk.unknown"):
        ben.take(pending.message)
    with refused("tag.confirmation"):
        ben.take(pending.message, known={b"said on the phone": bytes(16)})
    ben.take(pending.message, known=known)
    ann.state = pending.group
    both = ben.commit(psks=[earlier, outside], known=known)
    ann.take(both.message, known=known)
    ben.state = both.group
    assert together(ann, ben)
    with refused("psk.unknown"):
        ann.commit(psks=[PskId(PskType.RESUMPTION, nonce, group_id=b"group", epoch=77)])
    new = Person("new", suite)
    pair = new.package()
    pending = ann.commit(add=[pair.public], psks=[outside], known=known)
    with refused("psk.unknown"):
        new.join(pair, pending.welcome, pending.message)
    new.join(pair, pending.welcome, pending.message, known=known)
    ben.take(pending.message, known=known)
    ann.state = pending.group
    assert together(ann, ben, new)
    sending = propose(ben.group, Psk(outside), RULES)
    ben.state = sending.group
    ann.take(sending.message)
    new.take(sending.message)
    pending = ann.commit(refs=tuple(ann.group.public.proposals), known=known)
    ben.take(pending.message, known=known)
    new.take(pending.message, known=known)
    ann.state = pending.group
    assert together(ann, ben, new)


def test_what_a_group_requires_of_its_members() -> None:
    ann, ben = group_of("ann", "ben")
    required = Extension(ExtensionType.REQUIRED_CAPABILITIES, RequiredCapabilities((HISTORY,), (), (1,)).encode())
    pending = ann.commit(extensions=[required])
    ben.take(pending.message)
    ann.state = pending.group
    assert ben.group.extensions == (required,)
    more = Extension(ExtensionType.REQUIRED_CAPABILITIES, RequiredCapabilities((0xF0FF,), (), ()).encode())
    with refused("leaf.capabilities"):
        ann.commit(extensions=[more])
    with refused("leaf.capabilities"):
        Person("x").found(b"group", Extension(0xF0FF, b""))


def test_what_can_not_be_asked_for() -> None:
    ann, _ = group_of("ann", "ben")
    for index in (2, 77, -1):
        with refused("use.member"):
            ann.commit(remove=[index])
    with refused("proposal.own_removal"):
        ann.commit(remove=[0])
    with refused("proposal.conflict"):
        ann.commit(remove=[1, 1])
    with refused("use.key"):
        Person("x", seed=b"short").package()
    with refused("psk.malformed"):
        ann.commit(Change(psks=[PskId(PskType.EXTERNAL, b"", identifier=b"x")]))


@pytest.mark.slow
def test_trees_with_removals_and_unmerged_leaves_stay_sound() -> None:
    """Long random lives in the cheapest suite; everybody, and somebody outside, checks the tree at each step."""
    draw = random.Random(4)
    inside = group_of(*"01234567")
    public = group_from_info(read_group_info(inside[0].group.group_info()), None, RULES)
    seen = {"unmerged": 0, "blank": 0, "smaller": 0}
    for turn in range(50):
        leaves = public.tree.leaves
        committer = draw.choice(inside)
        others = [person for person in inside if person is not committer]
        # Rotations fill the tree: only then there are parents that a newcomer is unmerged at.
        kind = "shrink" if turn % 20 == 19 else draw.choice(["rotate", "rotate", "add", "remove"])
        gone = draw.sample(others, min(1, len(others))) if kind == "remove" else []
        if kind == "shrink":
            committer, *others = inside
            gone = [person for person in others if person.group.own_leaf >= leaves // 2]
        newcomers = [Person(f"{turn} {place}") for place in range(draw.choice([1, 1, 3]) if kind == "add" else 0)]
        pairs = [person.package() for person in newcomers]
        pending = committer.commit(
            add=[pair.public for pair in pairs], remove=[person.group.own_leaf for person in gone]
        )
        public = public.process(pending.message, RULES).group
        for person in others:
            assert (person.take(pending.message).group is None) == (person in gone)
        committer.state = pending.group
        for person, pair in zip(newcomers, pairs, strict=True):
            person.join(pair, pending.welcome, pending.message)
        inside = [person for person in inside if person not in gone] + newcomers
        assert together(*inside)
        check_tree(public.tree, public.suite)
        assert public.tree == inside[-1].group.public.tree
        count(public, leaves, seen)
    assert min(seen.values()) > 1, seen


def count(public: PublicGroup, leaves: int, seen: dict[str, int]) -> None:
    """Note what kinds of trees came up, so that the test is known to have met them."""
    parents = [node for node in public.tree.nodes if isinstance(node, ParentNode)]
    seen["unmerged"] += any(node.unmerged_leaves for node in parents)
    seen["blank"] += None in public.tree.nodes[: public.tree.leaves]
    seen["smaller"] += public.tree.leaves < leaves
