"""Wake-ups: they reach the other processes in order, say nothing to whoever carries them, and never hold anybody up."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from queue import Empty, SimpleQueue

import pytest

from portal.server.core.carriers import Carrier, NotifyCarrier
from portal.server.core.db import Database
from portal.server.core.redis_carrier import RedisCarrier
from portal.server.core.wake import PAYLOAD_MAX_BYTES, CarriedWake, channel_of
from tests.machine.redis import Redis

PATIENCE_S = 60.0
KEY = secrets.token_bytes(32)

MakeWake = Callable[[bytes], CarriedWake]


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.slow), "redis"])
def make_wake(request: pytest.FixtureRequest) -> Iterator[MakeWake]:
    """Makes one process's end; all of them meet at one channel of the same carrier, whatever key they have."""
    channel = channel_of(KEY)
    with ExitStack() as ends:

        def make(key: bytes = KEY) -> CarriedWake:
            wake = CarriedWake(carrier(), key)
            ends.callback(wake.close)
            return wake

        carrier: Callable[[], Carrier]
        if request.param == "redis":
            server: Redis = request.getfixturevalue("redis_server")
            carrier = lambda: RedisCarrier(server.url, channel)  # noqa: E731
        else:
            database = Database(request.getfixturevalue("postgresql_url"))
            ends.callback(database.close)
            carrier = lambda: NotifyCarrier(database.own_connection, channel)  # noqa: E731
        yield make


def heard_by(wake: CarriedWake, topic: str) -> SimpleQueue[bytes]:
    heard: SimpleQueue[bytes] = SimpleQueue()
    wake.listen(topic, heard.put)
    return heard


def meet(speaker: CarriedWake, *listeners: CarriedWake) -> None:
    """Start all, and wait until each listener hears the speaker."""
    found = [heard_by(listener, "meeting") for listener in listeners]
    for wake in (speaker, *listeners):
        wake.start()
    deadline_s = time.monotonic() + PATIENCE_S
    while any(one.empty() for one in found):
        assert time.monotonic() < deadline_s, "they do not hear one another"
        speaker.wake("meeting")
        time.sleep(0.02)


def test_others_hear_payloads_of_every_size_in_order(make_wake: MakeWake) -> None:
    speaker, listener = make_wake(KEY), make_wake(KEY)
    heard, own = heard_by(listener, "typing"), heard_by(speaker, "typing")
    meet(speaker, listener)
    said = [b"", *(secrets.token_bytes(size) for size in (1, 5_800, 5_900, 20_000, PAYLOAD_MAX_BYTES)), b"last"]
    for payload in said:
        speaker.wake("typing", payload)
    assert [heard.get(timeout=PATIENCE_S) for _ in said] == said
    speaker.wake("typing", bytes(PAYLOAD_MAX_BYTES + 1))
    speaker.wake("typing", b"after it")
    assert heard.get(timeout=PATIENCE_S) == b"after it"
    assert own.empty(), "a process does not wake itself"


def test_whoever_has_not_the_key_is_neither_understood_nor_understands(make_wake: MakeWake) -> None:
    stranger, listener, friend = make_wake(secrets.token_bytes(32)), make_wake(KEY), make_wake(KEY)
    heard = heard_by(listener, "close")
    overheard = heard_by(stranger, "close")
    meet(friend, listener)
    stranger.start()
    for _ in range(20):
        stranger.wake("close", b"everyone")
        time.sleep(0.01)
    friend.wake("close", b"one")
    assert heard.get(timeout=PATIENCE_S) == b"one"
    with pytest.raises(Empty):
        heard.get(timeout=0.2)
    assert overheard.empty()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_listener_that_fails_ends_no_wake_ups(make_wake: MakeWake) -> None:
    speaker, listener = make_wake(KEY), make_wake(KEY)

    def fail(payload: bytes) -> None:
        raise LookupError(payload)

    listener.listen("typing", fail)
    heard = heard_by(listener, "presence")
    meet(speaker, listener)
    speaker.wake("typing", b"\xff")
    deadline_s = time.monotonic() + PATIENCE_S
    while heard.empty():  # what comes at the moment of the failure may be lost
        assert time.monotonic() < deadline_s
        speaker.wake("presence", b"still here")
        time.sleep(0.05)


def test_a_carrier_that_is_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wakes others never uses the carrier: threads of its own wait for it, and end when they are asked to."""
    carrier, callers, tried = RedisCarrier("redis://127.0.0.1:1/0", "nobody"), set[int](), threading.Event()
    send = carrier.send

    def sent(pieces: Sequence[bytes]) -> None:
        callers.add(threading.get_ident())
        tried.set()
        send(pieces)

    monkeypatch.setattr(carrier, "send", sent)
    wake = CarriedWake(carrier, KEY)
    wake.start()
    for _ in range(10_000):
        wake.wake("deliveries", b"x")
    assert tried.wait(PATIENCE_S)
    closing = threading.Thread(target=wake.close, daemon=True)
    closing.start()
    closing.join(PATIENCE_S)
    assert not closing.is_alive()
    assert threading.get_ident() not in callers
