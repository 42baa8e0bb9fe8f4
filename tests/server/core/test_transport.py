"""The portal's WebSocket through bare sockets: slow, greedy and broken peers, before and after sign-in."""

import socket
import time

import pytest

from portal.bench.client_frames import masked_frame
from portal.bench.dialects import Listener
from portal.server.core.transport import OUT_MAX_BYTES
from tests.server.core.conftest import Relay, closed_with


def settled(relay: Relay, listener: Listener) -> None:
    """Wait until the server has done what was sent before."""
    assert relay.call(listener, "echo", 1) == {"ok": 1}


def test_a_slow_reader_gets_every_frame_whole(relay: Relay) -> None:
    slow = relay.listener(mark=b'42["filler"')
    sent, size = 19, 50_000  # more than the kernel's buffers take, less than what makes a consumer too slow
    slow.say(f'42["flood",{sent},{size}]')
    texts = [f'42["filler",{number},"{"x" * size}"]'.encode() for number in range(sent)]
    expected = b"".join(b"\x81\x7e" + len(text).to_bytes(2, "big") + text for text in texts)
    time.sleep(0.5)  # meanwhile every buffer on the way fills
    received = bytearray()
    while len(received) < len(expected):
        received += slow.connection.recv(7001)
    assert received == expected


def test_a_consumer_that_does_not_read_is_closed_and_others_go_on(relay: Relay) -> None:
    idle, lively = relay.listener(mark=b"none"), relay.listener()
    idle.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # else the kernel could take it all
    connected = relay.call(lively, "people")["ok"]
    idle.say(f'42["flood",{8 * OUT_MAX_BYTES // 100_000},100000]')
    deadline_s = time.monotonic() + 60
    while relay.call(lively, "people")["ok"] == connected:  # reading sooner could keep up with the flood
        assert time.monotonic() < deadline_s
    received = 0
    while True:
        try:
            data = idle.connection.recv(1 << 20)
        except ConnectionResetError:
            break
        if not data:
            break
        received += len(data)
    assert received < 8 * OUT_MAX_BYTES
    settled(relay, lively)


def test_200_megabytes_declared_before_sign_in_cost_nothing(relay: Relay) -> None:
    witness = relay.listener()
    before_kib = relay.call(witness, "memory")["ok"]
    for _ in range(5):
        stranger = relay.stranger()
        stranger.connection.sendall(b"\x82\xff" + (200 << 20).to_bytes(8, "big") + b"\0\0\0\0")
        try:
            for _ in range(20):
                stranger.connection.sendall(bytes(1 << 16))
        except ConnectionError:
            continue
        assert closed_with(stranger) in {1009, None}
    assert relay.call(witness, "memory")["ok"] - before_kib < 4096


def test_before_sign_in_a_message_is_small(relay: Relay) -> None:
    stranger = relay.stranger()
    stranger.say("4" + "0" * 5000)
    assert closed_with(stranger) == 1009


def test_after_sign_in_a_message_of_256_kib_is_taken_and_one_of_a_megabyte_is_not(relay: Relay) -> None:
    listener = relay.listener()
    assert relay.call(listener, "echo", "y" * (256 << 10)) == {"ok": "y" * (256 << 10)}
    listener.say("42" + "z" * (1 << 20))
    assert closed_with(listener) == 1009


def test_a_message_in_fragments_with_a_ping_between(relay: Relay) -> None:
    listener = relay.listener()
    text = b'427["echo","fragments"]'
    first, rest = bytearray(masked_frame(text[:5])), bytearray(masked_frame(text[5:], opcode=0x0))
    first[0] &= 0x7F
    for piece in (bytes(first), masked_frame(b"hello", opcode=0x9), bytes(rest)):
        for place in range(len(piece)):  # byte by byte
            listener.connection.sendall(piece[place : place + 1])
    assert listener.connection.recv(7) == b"\x8a\x05hello"
    assert listener.next_other() == b'437[{"ok":"fragments"}]'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05hello", 1002),
        (b"\xf1\x80\0\0\0\0", 1002),
        (masked_frame(b"\xff\xff"), 1007),
        (masked_frame(b"8nonsense"), 1002),
        (masked_frame(b"4nonsense"), 1002),
        (masked_frame(b'42["echo",{}'), 1002),
        (masked_frame(b"4500-[]"), 1002),
        (masked_frame(b"bytes that nothing announced", opcode=0x2), 1002),
    ],
)
def test_malformed_input_closes_with_its_code(relay: Relay, data: bytes, code: int) -> None:
    listener = relay.listener()
    listener.connection.sendall(data)
    assert closed_with(listener) == code


def test_ten_thousand_malformed_inputs_neither_crash_nor_fill_memory_or_log(relay: Relay) -> None:
    witness = relay.listener()
    before_kib = relay.call(witness, "memory")["ok"]
    log_lines = len(relay.log.read_text().splitlines())
    for turn in range(400):
        listener = relay.stranger() if turn % 2 else relay.listener()
        try:
            for number in range(25):
                listener.say(f'4{number % 8}{number}-["echo",{{]')
        except ConnectionError:
            pass
        relay.opened.pop().connection.close()
    settled(relay, witness)
    assert relay.call(witness, "memory")["ok"] - before_kib < 16 * 1024
    assert len(relay.log.read_text().splitlines()) - log_lines < 100


def test_the_closing_handshake_is_answered(relay: Relay) -> None:
    listener = relay.listener()
    listener.connection.sendall(masked_frame((1000).to_bytes(2, "big") + b"bye", opcode=0x8))
    assert closed_with(listener) == 1000


def test_pings_in_one_read_are_answered_by_one_pong(relay: Relay) -> None:
    listener = relay.listener()
    listener.connection.sendall(b"".join(masked_frame(str(n).encode(), opcode=0x9) for n in range(3)))
    assert listener.connection.recv(100) == b"\x8a\x012"
    settled(relay, listener)


def test_a_sender_that_outruns_its_handler_meets_back_pressure(relay: Relay) -> None:
    fast, witness = relay.listener(account="f" * 22), relay.listener()
    before_kib = relay.call(witness, "memory")["ok"]
    fast.connection.settimeout(0.5)
    event = masked_frame(b'42["wait",0.3]') + masked_frame(f'42["echo","{"m" * 100_000}"]'.encode())
    sent = 0
    try:
        for _ in range(95):  # within its tokens
            fast.connection.sendall(event)
            sent += 1
    except TimeoutError:
        pass
    assert sent < 95
    assert relay.call(witness, "memory")["ok"] - before_kib < 32 * 1024


@pytest.mark.slow
def test_a_stranger_has_ten_seconds(relay: Relay) -> None:
    begun_s = time.monotonic()
    stranger = relay.stranger()
    assert closed_with(stranger) == 1008
    assert time.monotonic() - begun_s > 9  # and not less


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"", masked_frame(b"", opcode=0x9)),
        (b"", masked_frame(b"", opcode=0xA)),
        (b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)),
    ],
    ids=["pings", "pongs", "empty pieces"],
)
def test_a_flood_of_frames_that_are_no_messages_closes(relay: Relay, first: bytes, again: bytes) -> None:
    stranger = relay.stranger()
    try:
        stranger.connection.sendall(first + again * 3000)
    except ConnectionError:
        return
    assert closed_with(stranger) in {1008, None}


def test_frames_that_are_no_messages_may_come_now_and_then(relay: Relay) -> None:
    listener = relay.listener()
    for _ in range(10):
        listener.connection.sendall(b"".join(masked_frame(b"", opcode=0xA) for _ in range(10)))
        settled(relay, listener)


def test_an_answer_to_a_ping_that_nobody_sent_closes(relay: Relay) -> None:
    stranger = relay.stranger()
    stranger.say("3")
    assert closed_with(stranger) == 1002


def test_whoever_was_told_to_go_can_not_go_on_sending(relay: Relay) -> None:
    stranger = relay.stranger()
    stranger.connection.settimeout(1)
    stranger.connection.sendall(b"\x82\xff" + (200 << 20).to_bytes(8, "big") + bytes(4))
    sent = 0
    try:
        while sent < 64 << 20:
            sent += stranger.connection.send(bytes(1 << 16))
    except OSError:
        pass
    assert sent < 16 << 20  # what both kernels hold, no more
