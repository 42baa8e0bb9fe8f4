"""Stored states, and that no crash makes a key be used twice (docs: portal/mls/group.py)."""

import contextlib
import json
import secrets
from pathlib import Path
from typing import Final

import pytest

from portal.mls.codec import decode
from portal.mls.errors import MalformedError, MisuseError, MlsError
from portal.mls.framing import PrivateMessage
from portal.mls.group import decode_group
from portal.mls.processing import Received
from portal.mls.protection import open_sender_data
from portal.mls.secret_tree import AHEAD_MAX, KEPT_MAX
from portal.mls.sending import propose_update, protect
from portal.mls.suites import SUITES, Suite
from portal.mls.wire_format import open_message
from tests.mls.people import RULES, Person, add, group_of, refused, together

STORED: Final = Path(__file__).resolve().parents[1] / "vectors/mls_stored_group.json"


@pytest.fixture(params=sorted(SUITES), ids=lambda number: f"suite {number}")
def suite(request: pytest.FixtureRequest) -> Suite:
    """Each test runs in every suite."""
    return SUITES[request.param]


def restart(person: Person) -> None:
    """Go on from what is stored."""
    raw = person.group.encode()
    person.state = decode_group(raw, person.seed)
    assert person.group.encode() == raw


def test_a_stored_group_goes_on_where_it_was(suite: Suite) -> None:
    ann, ben, cho = group_of("ann", "ben", "cho", suite=suite)
    update = propose_update(ben.group, RULES)
    ben.state = update.group
    ann.take(update.message)
    cho.take(update.message)
    for person in (ann, ben, cho):
        restart(person)
    pending = cho.commit(refs=tuple(cho.group.public.proposals), remove=[])
    for person in (ann, ben):
        person.take(pending.message)
    cho.state = pending.group
    restart(cho)
    restart(ben)
    assert together(ann, ben, cho)
    assert ben.group.updates == {}
    pending = ben.commit()
    ann.take(pending.message)
    cho.take(pending.message)
    ben.state = pending.group
    assert together(ann, ben, cho)


def test_the_signature_key_is_not_in_the_stored_state(suite: Suite) -> None:
    (ann,) = group_of("ann", suite=suite)
    assert ann.seed not in ann.group.encode()
    with refused("use.key"):
        decode_group(ann.group.encode(), secrets.token_bytes(32))
    with refused("use.key"):
        decode_group(ann.group.encode(), b"short")


def test_damaged_states_are_refused_and_never_half_read() -> None:
    ann, _ = group_of("ann", "ben")
    raw = ann.group.encode()
    for damaged in (b"", b"\x02" + raw[1:], raw[:-1], raw + b"\0", raw[:1] + b"\0\0\0\x05" + raw[5:]):
        with refused("malformed.state"):
            decode_group(damaged, ann.seed)
    for at in range(0, len(raw), 7):
        changed = raw[:at] + bytes([raw[at] ^ 0x40]) + raw[at + 1 :]
        # What can not be told from a sound state, such as another secret, is read as it is.
        with contextlib.suppress(MalformedError, MisuseError):
            assert decode_group(changed, ann.seed).encode() == changed


def test_a_state_that_an_older_version_stored_can_be_read() -> None:
    """The format is kept, or its version changes. Made by ``python -m tests.mls.make_vectors``."""
    stored = json.loads(STORED.read_text("utf-8"))
    group = decode_group(bytes.fromhex(stored["state"]), bytes.fromhex(stored["seed"]))
    assert group.encode().hex() == stored["state"]
    assert group.export("stored", b"", 32).hex() == stored["exported"]
    assert [member.leaf.credential.identity.decode() for member in group.members()] == stored["members"]
    reader = Person("ann", group.suite, seed=bytes.fromhex(stored["seed"]), state=group)
    event = reader.take(bytes.fromhex(stored["message"]))
    assert isinstance(event, Received)
    assert event.data.decode() == stored["text"]


# Keys and nonces


def generation(person: Person, raw: bytes) -> tuple[int, bytes]:
    """Return which key a message of ``person``'s epoch took, and its guard."""
    message = decode(PrivateMessage, open_message(raw)[1])
    data = open_sender_data(person.suite, message, person.group.secrets.sender_data)
    return data.generation, data.reuse_guard


def test_a_crash_between_storing_and_sending_wastes_a_key(suite: Suite) -> None:
    ann, ben = group_of("ann", "ben", suite=suite)
    lost = protect(ann.group, b"never sent")
    ann.state = lost.group
    restart(ann)
    sent = protect(ann.group, b"sent")
    assert (generation(ben, lost.message)[0], generation(ben, sent.message)[0]) == (0, 1)
    event = ben.take(sent.message)
    assert isinstance(event, Received)
    assert event.data == b"sent"


def test_a_restored_snapshot_does_not_repeat_a_nonce_and_is_noticed(suite: Suite) -> None:
    """Who sends from an older state takes the same key again. The guard is new; receivers refuse the second one."""
    ann, ben = group_of("ann", "ben", suite=suite)
    snapshot = ann.group.encode()
    first = protect(ann.group, b"first")
    ann.state = decode_group(snapshot, ann.seed)
    second = protect(ann.group, b"second")
    (one, guard), (other, other_guard) = generation(ben, first.message), generation(ben, second.message)
    assert one == other
    assert guard != other_guard
    ben.take(first.message)
    with refused("generation.used"):
        ben.take(second.message)


def test_an_abandoned_commit_leaves_the_old_state_as_it_was(suite: Suite) -> None:
    ann, ben, cho = group_of("ann", "ben", "cho", suite=suite)
    before = ann.group.encode()
    loser, winner = ann.commit(remove=[2]), ben.commit()
    assert ann.group.encode() == before
    ann.take(winner.message)
    cho.take(winner.message)
    ben.state = winner.group
    with refused("epoch.other"):
        cho.take(loser.message)
    assert together(ann, ben, cho)


# Application messages


def test_messages_come_in_any_order_and_only_once(suite: Suite) -> None:
    ann, ben, cho = group_of("ann", "ben", "cho", suite=suite)
    sent = []
    for number in range(5):
        sending = protect(ann.group, f"message {number}".encode(), b"about")
        ann.state = sending.group
        sent.append(sending.message)
    for number in (3, 0, 4, 1):
        event = ben.take(sent[number])
        restart(ben)
        assert isinstance(event, Received)
        assert (event.sender, event.data, event.authenticated_data) == (0, f"message {number}".encode(), b"about")
        with refused("generation.used"):
            ben.take(sent[number])
    for number in range(5):
        cho.take(sent[number])
    with refused("sender.own"):
        ann.take(sent[0])
    reply = protect(ben.group, b"reply")
    ben.state = reply.group
    for person in (ann, cho):
        event = person.take(reply.message)
        assert isinstance(event, Received)
        assert (event.sender, event.data) == (1, b"reply")


def test_a_forged_message_costs_nothing(suite: Suite) -> None:
    ann, ben = group_of("ann", "ben", suite=suite)
    raw = protect(ann.group, b"text").message
    before = ben.group.encode()
    for at in (*range(4), *range(4, len(raw), 5), len(raw) - 1):
        with pytest.raises(MlsError):
            ben.take(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    with refused("malformed.truncated"):
        ben.take(raw[:-1])
    assert ben.group.encode() == before
    assert isinstance(ben.take(raw), Received)


def test_the_windows_of_generations_are_bounded() -> None:
    ann, ben = group_of("ann", "ben")
    raws = []
    for _ in range(AHEAD_MAX + 2):
        sending = protect(ann.group, b"")
        ann.state = sending.group
        raws.append(sending.message)
    with refused("generation.far"):
        ben.take(raws[AHEAD_MAX + 1])
    ben.take(raws[AHEAD_MAX])
    ratchets = [ratchet for ratchet in ben.group.messages.ratchets.values() if ratchet.kept]
    assert [len(ratchet.kept) for ratchet in ratchets] == [KEPT_MAX]
    ben.take(raws[AHEAD_MAX - 1])
    ben.take(raws[AHEAD_MAX - KEPT_MAX])
    with refused("generation.used"):
        ben.take(raws[AHEAD_MAX - KEPT_MAX - 1])


def test_lengths_are_hidden_up_to_a_class(suite: Suite) -> None:
    ann, _ = group_of("ann", "ben", suite=suite)
    sizes = {len(protect(ann.group, bytes(size)).message) for size in (64, 100, 200, 256)}
    assert len(sizes) == 1
    assert len(protect(ann.group, bytes(257)).message) > max(sizes)


def test_keys_are_gone_from_the_state_once_they_are_used(suite: Suite) -> None:
    ann, ben = group_of("ann", "ben", suite=suite)
    raw = protect(ann.group, b"text").message
    tree = ben.group.messages
    root = next(iter(tree.nodes.values()))
    assert root in ben.group.encode()
    ben.take(raw)
    stored = ben.group.encode()
    assert root not in stored
    pending = ben.commit()
    old_init = ben.group.secrets.init
    ben.state = pending.group
    assert old_init not in ben.group.encode()
    assert all(pair.private not in ben.group.encode() for pair in ann.group.keys.values())
    newcomer = Person("new", suite)
    add(ben, newcomer)
    assert together(ben, newcomer)


def test_a_group_for_public_messages_alone_keeps_no_message_keys_and_goes_on(suite: Suite) -> None:
    ann, ben = group_of("ann", "ben", suite=suite)
    ann.take(_committed(ben))
    assert len(ann.group.resumption) == 2
    private = protect(ben.group, b"for nobody here").message
    ann.state = decode_group(ann.group.for_public_messages().encode(), ann.seed)
    assert (ann.group.resumption, ann.group.messages.nodes, ann.group.messages.ratchets) == ({}, {}, {})
    with refused("generation.used"):
        ann.take(private)
    with refused("generation.used"):
        protect(ann.group, b"without a key")
    ann.take(_committed(ben))
    assert together(ann, ben)


def _committed(person: Person) -> bytes:
    """A commit of ``person``, who goes on by it."""
    pending = person.commit()
    person.state = pending.group
    return pending.message
