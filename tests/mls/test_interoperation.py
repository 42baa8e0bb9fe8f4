"""portal.mls and ts-mls, live, in one group: both directions, in all three suites."""

import secrets
from typing import Final

import pytest

from portal.mls.proposals import PskId, PskType, Remove
from portal.mls.sending import propose, propose_update, protect
from portal.mls.suites import SUITES, Suite
from portal.mls.wire_format import WireFormat, open_message
from tests.mls.peer import Peer, PeerError
from tests.mls.people import Person, add, refused, together

GROUP: Final = b"between two programs"


@pytest.fixture(params=sorted(SUITES), ids=lambda number: f"suite {number}")
def suite(request: pytest.FixtureRequest, library: Peer) -> Suite:
    """Each test runs in every suite."""
    library.ask("suite", number=request.param)
    return SUITES[request.param]


def agree(library: Peer, name: str, *people: Person) -> None:
    """Everybody here and ``name`` there have the same epoch, with the same secrets."""
    due = library.ask("state", name=name)
    for person in people:
        group = person.group
        assert group.epoch == due["epoch"]
        assert group.epoch_authenticator.hex() == due["authenticator"]
        assert group.export("test", b"\0\xff", 48).hex() == due["exported"]


def joined(library: Peer, name: str, adder: Person, *others: Person, there: tuple[str, ...] = ()) -> None:
    """Have ``adder`` let ``name`` in; ``others`` here and those ``there`` follow."""
    pending = adder.commit(add=[library.raw("package", "package", name=name)])
    assert pending.welcome is not None
    for other in others:
        other.take(pending.message)
    for other_name in there:
        library.ask("process", name=other_name, message=pending.message)
    adder.state = pending.group
    library.ask("join", name=name, welcome=pending.welcome)


def test_a_group_made_here(library: Peer, suite: Suite) -> None:
    ann, ben = Person("ann", suite), Person("ben", suite)
    ann.found(GROUP)
    joined(library, "node", ann)
    agree(library, "node", ann)

    pair = ben.package()
    made = library.ask("commit", name="node", add=[pair.public])
    ann.take(bytes.fromhex(made["commit"]))
    ben.join(pair, bytes.fromhex(made["welcome"]), bytes.fromhex(made["commit"]))
    agree(library, "node", ann, ben)

    rotated = ben.commit()
    ann.take(rotated.message)
    assert library.ask("process", name="node", message=rotated.message)["active"] == "active"
    ben.state = rotated.group
    agree(library, "node", ann, ben)


def test_a_group_made_there(library: Peer, suite: Suite) -> None:
    ann = Person("ann", suite)
    library.ask("package", name="founder")
    library.ask("create", name="founder", group=GROUP)
    pair = ann.package()
    made = library.ask("commit", name="founder", add=[pair.public])
    ann.join(pair, bytes.fromhex(made["welcome"]), bytes.fromhex(made["commit"]))
    agree(library, "founder", ann)

    there = library.ask("send", name="founder", text="안녕하세요")
    event = ann.take(bytes.fromhex(there["message"]))
    assert event.group is not None
    assert getattr(event, "data", b"").decode() == "안녕하세요"
    with refused("generation.used"):
        ann.take(bytes.fromhex(there["message"]))

    sending = protect(ann.group, b"Guten Tag")
    ann.state = sending.group
    assert library.ask("process", name="founder", message=sending.message)["text"] == "Guten Tag"


def test_somebody_here_is_removed_there_and_somebody_there_here(library: Peer, suite: Suite) -> None:
    ann, ben, eve = (Person(name, suite) for name in ("ann", "ben", "eve"))
    ann.found(GROUP)
    add(ann, ben, eve)
    joined(library, "one", ann, ben, eve)
    joined(library, "other", ann, ben, eve, there=("one",))

    made = library.ask("commit", name="one", remove=[eve.group.own_leaf])
    commit = bytes.fromhex(made["commit"])
    library.ask("process", name="other", message=commit)
    gone = eve.group
    for person in (ann, ben):
        person.take(commit)
    assert eve.take(commit).group is None
    agree(library, "one", ann, ben)
    assert gone.export("test", b"\0\xff", 48) != ann.group.export("test", b"\0\xff", 48)

    pending = ben.commit(remove=[4])
    ben.state = pending.group
    ann.take(pending.message)
    library.ask("process", name="one", message=pending.message)
    assert library.ask("process", name="other", message=pending.message)["active"] == "removedFromGroup"
    agree(library, "one", ann, ben)
    with pytest.raises(AssertionError):
        agree(library, "other", ann)


def test_handshakes_in_private_messages_come_in_too(library: Peer, suite: Suite) -> None:
    ann = Person("ann", suite)
    ann.found(GROUP)
    joined(library, "node", ann)
    raw = library.raw("commit", "commit", name="node", secret=True, data=b"head")
    assert open_message(raw)[0] is WireFormat.PRIVATE_MESSAGE
    event = ann.take(raw)
    assert event.authenticated_data == b"head"
    agree(library, "node", ann)


def test_proposals_by_reference_and_pre_shared_keys(library: Peer, suite: Suite) -> None:
    ann, ben, eve = (Person(name, suite) for name in ("ann", "ben", "eve"))
    ann.found(GROUP)
    add(ann, ben, eve)
    joined(library, "node", ann, ben, eve)
    known = {b"agreed by hand": secrets.token_bytes(32)}
    library.ask("psk", id=b"agreed by hand", key=known[b"agreed by hand"])

    update = propose_update(ben.group, ben.rules)
    ben.state = update.group
    removal = propose(ann.group, Remove(eve.group.own_leaf), ann.rules)
    ann.state = removal.group
    for person, sent in ((ann, update), (eve, update), (eve, removal), (ben, removal)):
        person.take(sent.message)
    for sent in (update, removal):
        library.ask("process", name="node", message=sent.message)
    psk = {"id": b"agreed by hand", "nonce": secrets.token_bytes(suite.hash_bytes)}
    raw = library.raw("commit", "commit", name="node", psk=[psk])
    for person in (ann, ben):
        person.take(raw, known=known)
    assert eve.take(raw, known=known).group is None
    agree(library, "node", ann, ben)

    psk_id = PskId(PskType.EXTERNAL, secrets.token_bytes(suite.hash_bytes), identifier=b"agreed by hand")
    pending = ann.commit(psks=[psk_id], known=known)
    library.ask("process", name="node", message=pending.message)
    ben.take(pending.message, known=known)
    ann.state = pending.group
    agree(library, "node", ann, ben)


def test_a_message_for_an_epoch_that_is_over_is_refused_on_both_sides(library: Peer, suite: Suite) -> None:
    ann, ben = Person("ann", suite), Person("ben", suite)
    ann.found(GROUP)
    add(ann, ben)
    joined(library, "node", ann, ben)
    stale = ben.commit()
    pending = ann.commit()
    library.ask("process", name="node", message=pending.message)
    ben.take(pending.message)
    ann.state = pending.group
    with refused("epoch.other"):
        ann.take(stale.message)
    with pytest.raises(PeerError):
        library.ask("process", name="node", message=stale.message)
    assert together(ann, ben)
    agree(library, "node", ann, ben)
