"""The comparison runs and says what it measured; the counter of frames counts right."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.bench import relay, subjects
from portal.bench.client_frames import FrameCounter
from portal.bench.crowd import Arrivals, Crowd, StalledError, StrayDeliveryError
from portal.bench.dialects import Listener, PlainDialect
from portal.bench.targets import PORTAL, Extra, Figures, Target, targets
from portal.server.core.frames import Opcode, frame


@pytest.mark.slow
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 70_000)), max_size=8), st.integers(1, 9000))
def test_frames_are_counted_however_they_are_cut(frames: list[tuple[bool, int]], cut: int) -> None:
    stream = b"".join(frame(Opcode.TEXT, (b"mark" if marked else b"rest") + bytes(size)) for marked, size in frames)
    counter = FrameCounter(b"mark")
    found = sum(counter.feed(stream[place : place + cut]) for place in range(0, len(stream), cut))
    assert found == counter.count == sum(marked for marked, _ in frames)
    assert len(counter.others) == len(frames) - found


def test_a_message_is_complete_when_the_slowest_listener_has_it() -> None:
    arrivals = Arrivals((7, 8))
    arrivals.send()
    arrivals.send()
    assert arrivals.arrive(7, 2) == range(2)
    assert (arrivals.sent, arrivals.complete) == (2, 0)
    assert arrivals.arrive(8, 1) == range(1)
    assert arrivals.complete == 1


def test_a_delivery_too_many_is_no_message_of_this_measurement() -> None:
    arrivals = Arrivals((7,))
    arrivals.send()
    with pytest.raises(StrayDeliveryError, match="2 deliveries of 1 messages"):
        arrivals.arrive(7, 2)


class _Refused(PlainDialect):
    """A server that takes one listener and no second one."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Listener] = []

    def sender(self, port: int) -> Listener:
        self.opened.append(super().sender(port))
        return self.opened[-1]

    def listener(self, port: int, place: int) -> Listener:
        if place > 0:
            raise ConnectionError
        self.opened.append(super().listener(port, place))
        return self.opened[-1]


def test_a_crowd_closes_its_connections_whatever_happens() -> None:
    with subjects.bare_gevent(None) as running:
        dialect = _Refused()
        with pytest.raises(ConnectionError), Crowd(running.server, dialect, 2):
            pass
        with pytest.raises(StalledError), Crowd(running.server, dialect, 1):
            raise StalledError
    assert [one.connection.fileno() for one in dialect.opened] == [-1] * 4


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert {row.met for row in targets({PORTAL: Figures()}, Extra())} == {None}
    assert Target("a", 1.0, 0.9).met is True
    assert Target("a", 1.0, 0.9, least=False).met is False


@pytest.mark.slow
def test_a_short_run_measures_the_portal_and_the_yardstick(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "QUICK", relay.Effort(lasting_s=0.2, times=1, latency_s=0.3, sizes=(10, 100)))
    relay.main(["--quick", "--only", "portal", "--only", "bare"])
    printed = capsys.readouterr().out
    table = {line[:44].strip(): line[44:].split() for line in printed.splitlines() if line[44:45] == " "}
    for name in ("serial,   10 listeners / bare gevent", "pipelined, 100 / bare gevent", "KiB a connection"):
        assert float(table[name][2]) > 0
    assert re.search(r"signature's check [1-9]\d* µs, an item's commit [1-9]\d* µs", printed)
    assert table["serial,  100 / Node socket.io"][2:] == ["-", "not", "measured"]
