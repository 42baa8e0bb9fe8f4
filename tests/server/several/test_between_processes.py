"""What one process does for the people of another: who is there, who types, what is said aside, who must go."""

import time
from collections.abc import Callable

import pytest
import websocket

from portal.wire.ids import RoomId
from tests.server.rooms.driver import Peer
from tests.server.rooms.live import Line, RefusedError
from tests.server.several.processes import Several

pytestmark = pytest.mark.slow
ON = True


def together(two: Several, *roles: str) -> tuple[Peer, Peer, RoomId]:
    """Two people, the second with these roles, and a room of theirs."""
    chair, guest = two.settle("chair"), two.settle(*roles)
    room = chair.found()
    chair.commits(room, add=[guest])
    return chair, guest, room


def opened(two: Several, peer: Peer, place: int, room: RoomId) -> Line:
    """A line of ``peer`` to one process, with the room open."""
    line = two.dial(peer, place)
    line.ask("room.open", room, peer.room(room)["number"])
    return line


def hears(line: Line, *event: object) -> bool:
    """Wait for ``event``; what came before it is let go."""
    while line.next(str(event[0])) != list(event[1:]):
        pass
    return True


def is_cut_off(line: Line) -> bool:
    """Wait until the server hangs up."""
    try:
        line.next("nothing of this name")
    except websocket.WebSocketTimeoutException:  # it is still connected
        return False
    except (websocket.WebSocketException, ConnectionError, AssertionError):
        return True
    return False


def test_people_of_two_processes_see_who_is_there_and_who_types(two: Several) -> None:
    chair, guest, room = together(two)
    here = opened(two, chair, 0, room)
    there = opened(two, guest, 1, room)
    here.ask("presence", "active")
    assert hears(there, "presence", chair.account, "active")
    there.ask("presence", "away")
    assert hears(here, "presence", guest.account, "away")
    there.ask("typing", room, ON)
    assert hears(here, "typing", room, guest.account, ON)
    # Who comes to a process later is told, too; and the account is as present as its most active socket anywhere.
    second = opened(two, chair, 1, room)
    assert hears(second, "presence", guest.account, "away")
    second.ask("presence", "away")
    here.close()
    assert hears(there, "presence", chair.account, "away")
    second.close()
    assert hears(there, "presence", chair.account, "off")


def test_an_aside_reaches_the_sockets_of_all_processes(two: Several) -> None:
    chair, guest, room = together(two, "interpreter")
    speaker, near, far = two.dial(chair, 0), two.dial(guest, 0), two.dial(guest, 1)
    sealed = "A" * 60_000
    speaker.ask("aside", room, guest.account, sealed)
    for line in (near, far):
        assert line.next("aside") == [room, chair.account, sealed]
    near.close()
    _until(lambda: _is_heard(speaker, room, guest))
    assert hears(far, "aside", room, chair.account, "C" * 40)
    far.close()
    _until(lambda: not _is_heard(speaker, room, guest))


def _is_heard(speaker: Line, room: RoomId, to: Peer) -> bool:
    try:
        speaker.ask("aside", room, to.account, "C" * 40)
    except RefusedError as refusal:
        if refusal.code != "aside.absent":
            raise
        return False
    return True


def _until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for what one process hears of another."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_who_signs_out_at_one_process_is_cut_off_at_another(two: Several) -> None:
    _, guest, room = together(two)
    lines = [opened(two, guest, place, room) for place in (0, 1)]
    guest.browser.ok("POST", "/api/sign-out", {})
    for line in lines:
        assert is_cut_off(line)


def test_a_removed_member_hears_nothing_more_at_any_process(two: Several) -> None:
    chair, guest, room = together(two)
    lines = [opened(two, guest, place, room) for place in (0, 1)]
    removed = chair.commits(room, remove=[guest])["number"]
    for line in lines:
        while line.next("item")[1] < removed:  # what came before may come late, and twice
            pass
    chair.says(room)
    for line in lines:
        assert line.refused("typing", room, ON) == "room.not_found"
        assert not any(event[0] == "item" and event[2] > removed for event in line.events)
