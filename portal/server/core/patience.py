"""How much waiting the server bears: whoever has made it wait longest goes first when there is too much of it.

A newcomer is never turned away for those who wait, so that filling the server with slow clients keeps nobody out: an
honest client is done before its turn to go comes.
"""

import socket
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

KNOWN: Final = "portal.known"
"""WSGI environ key, set once a request is known to be of somebody signed in, before its large body is read."""
CONNECTION_BYTES: Final = 16 * 1024
"""What a connection with its greenlet takes while it waits, measured."""


class Patience:
    """Those who keep the server waiting for one thing, bounded by the memory that they hold meanwhile."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held_bytes = 0
        self._waiting: OrderedDict[object, tuple[Any, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def waiting(self, connection: Any, held_bytes: int = 0) -> Iterator[None]:
        """Note that ``connection``, a socket, makes us wait, and what it holds besides itself; let go of the oldest."""
        token, cost_bytes = object(), CONNECTION_BYTES + held_bytes
        self._waiting[token] = (connection, cost_bytes)
        self._held_bytes += cost_bytes
        while self._held_bytes > self._most_bytes and len(self._waiting) > 1:
            self._end(next(iter(self._waiting)))
        try:
            yield
        finally:
            self._forget(token)

    def _end(self, token: object) -> None:
        connection = self._forget(token)
        try:
            # Not closed: its greenlet does that when it finds the end of the stream, as with any lost client.
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _forget(self, token: object) -> Any:
        connection, cost_bytes = self._waiting.pop(token, (None, 0))
        self._held_bytes -= cost_bytes
        return connection
