"""Who has made the server wait longest goes first; nobody is turned away."""

import socket
from contextlib import ExitStack

from portal.server.core.patience import CONNECTION_BYTES, Patience


def pair(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    stack.enter_context(ours)
    stack.enter_context(theirs)
    return ours, theirs


def ended(peer: socket.socket) -> bool:
    peer.settimeout(0)
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False


def test_of_too_many_the_oldest_goes() -> None:
    patience = Patience(2 * CONNECTION_BYTES)
    with ExitStack() as stack:
        pairs = [pair(stack) for _ in range(4)]
        for ours, _ in pairs:
            stack.enter_context(patience.waiting(ours))
        assert [ended(peer) for _, peer in pairs] == [True, True, False, False]
        assert len(patience) == 2
    assert len(patience) == 0


def test_who_holds_much_counts_for_more() -> None:
    patience = Patience(3 * CONNECTION_BYTES)
    with ExitStack() as stack:
        (small, small_peer), (large, large_peer) = pair(stack), pair(stack)
        stack.enter_context(patience.waiting(small))
        with patience.waiting(large, 2 * CONNECTION_BYTES):
            assert ended(small_peer)
            assert not ended(large_peer)


def test_whoever_is_done_makes_room() -> None:
    patience = Patience(CONNECTION_BYTES)
    with ExitStack() as stack:
        pairs = [pair(stack) for _ in range(3)]
        for ours, _ in pairs:
            with patience.waiting(ours):
                pass
        assert not any(ended(peer) for _, peer in pairs)


def test_one_that_is_larger_than_everything_allowed_is_borne_alone() -> None:
    patience = Patience(CONNECTION_BYTES)
    with ExitStack() as stack:
        ours, peer = pair(stack)
        with patience.waiting(ours, 10 * CONNECTION_BYTES):
            assert not ended(peer)
