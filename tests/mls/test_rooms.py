"""Python members and browsers in one room: the browser's own code, over ts-mls, in the room's suite and profile."""

import random
from collections.abc import Callable

import pytest

from portal.mls.public import group_from_info, read_commit, read_group_info
from portal.mls.suites import X25519_AES128, XWING_AES256
from portal.wire.ids import id_bytes
from tests.mls.peer import Peer, PeerError
from tests.mls.people import refused
from tests.mls.rooms import Device, Room, Sent


@pytest.fixture
def room(browsers: Peer) -> Room:
    """An empty room in the suite of rooms."""
    return Room(browsers, XWING_AES256)


def test_an_interpreter_among_browsers(room: Room) -> None:
    chair, guest = room.device("browser", here=False), room.device("browser", here=False)
    interpreter = room.device("interpreter", here=True, account=chair.account)
    room.found(chair, "from:0")
    sent = room.commit(chair, add=[interpreter, guest])
    room.join(interpreter, sent)
    room.join(guest, sent)
    assert room.agree(chair, guest, interpreter)

    rotated = room.commit(interpreter)
    assert room.take(chair, rotated)
    assert room.take(guest, rotated)
    assert room.agree(interpreter, chair, guest)

    policy = room.commit(guest, history="none")
    assert room.take(chair, policy)
    assert room.take(interpreter, policy)
    assert room.state(interpreter)["history"] == "none"
    assert room.agree(interpreter, chair, guest)


def test_a_room_founded_here_and_a_removal_on_each_side(room: Room) -> None:
    ours, archive = room.device("interpreter", here=True), room.device("archive", here=True)
    browser, other = room.device("browser", here=False), room.device("browser", here=False)
    room.found(ours)
    sent = room.commit(ours, add=[browser, archive, other])
    for device in (browser, archive, other):
        room.join(device, sent)
    assert room.agree(ours, browser, archive, other)

    out = room.commit(browser, remove=[archive], going=[archive.account])
    public = read_commit(out.envelope.body)
    assert public.removed == (2,)
    assert public.authenticated_data.endswith(id_bytes(archive.account))
    assert not room.take(archive, out)
    assert room.take(ours, out)
    assert room.take(other, out)
    out = room.commit(ours, remove=[other], going=[other.account])
    assert not room.take(other, out)
    assert room.take(browser, out)
    assert room.agree(ours, browser)


def test_who_is_alone_after_a_removal_has_keys_that_the_removed_one_can_not_compute(room: Room) -> None:
    """RFC 9420 §7.4: no zeros where the path is empty. Both programs, each as the one who stays."""
    for stays_here in (True, False):
        stays, goes = room.device("browser", here=stays_here), room.device("browser", here=not stays_here)
        room.found(stays)
        sent = room.commit(stays, add=[goes])
        room.join(goes, sent)
        alone = room.commit(stays, remove=[goes], going=[goes.account])
        assert not room.take(goes, alone)
        back = room.commit(stays, add=[goes])
        room.join(goes, back)
        assert room.agree(stays, goes)


def test_the_server_s_half_follows_what_both_programs_commit(room: Room) -> None:
    ours, browser, other = (room.device("browser", here=here) for here in (True, False, False))
    room.found(ours)
    assert ours.group is not None
    public = group_from_info(read_group_info(ours.group.group_info()), None, room.rules)
    steps: list[Callable[[], Sent]] = [
        lambda: room.commit(ours, add=[browser]),
        lambda: room.commit(browser, add=[other]),
        lambda: room.commit(ours, remove=[other], going=[other.account]),
        lambda: room.commit(browser),
    ]
    inside: list[Device] = [ours]
    for step, newcomer in zip(steps, (browser, other, None, None), strict=True):
        sent = step()
        public = public.process(sent.envelope.body, room.rules).group
        for device in inside:
            if device.device != sent.envelope.device and not room.take(device, sent):
                inside.remove(device)
        if newcomer is not None:
            room.join(newcomer, sent)
            inside.append(newcomer)
        if other in inside and newcomer is None:
            inside.remove(other)
        assert ours.group is not None
        assert public.context == ours.group.public.context
    assert room.agree(ours, browser)


def test_both_programs_refuse_what_breaks_the_room_s_rules(room: Room) -> None:
    ours, browser = room.device("browser", here=True), room.device("browser", here=False)
    room.found(ours)
    sent = room.commit(ours, add=[browser])
    room.join(browser, sent)
    stranger = room.device("browser", here=True)
    del room.devices[stranger.device]
    with refused("leaf.refused"):
        room.commit(ours, add=[stranger])
    stale = room.commit(browser)
    assert room.take(ours, stale)
    rotated = room.commit(ours)
    assert room.take(browser, rotated)
    with pytest.raises(PeerError, match="other_epoch"):
        room.take(browser, rotated)
    with refused("epoch.other"):
        room.take(ours, stale)


def test_random_rooms_stay_together(browsers: Peer) -> None:
    """Changes by turns on both sides: trees with blanks and unmerged leaves. In the cheaper suite."""
    room, draw = Room(browsers, X25519_AES128), random.Random(9420)
    inside = [room.device("browser", here=True)]
    room.found(inside[0])
    for _ in range(14):
        committer = draw.choice(inside)
        removable = [device for device in inside if device is not committer]
        gone = draw.sample(removable, min(len(removable), draw.choice([0, 0, 0, 1, 2])))
        newcomers = [room.device("browser", here=draw.random() < 0.5) for _ in range(draw.choice([0, 1, 1, 2]))]
        sent = room.commit(committer, add=newcomers, remove=gone, going=[device.account for device in gone])
        for device in removable:
            assert room.take(device, sent) == (device not in gone)
        for device in newcomers:
            room.join(device, sent)
        inside = [device for device in inside if device not in gone] + newcomers
        assert room.agree(*inside)
