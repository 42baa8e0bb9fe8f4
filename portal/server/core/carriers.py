"""What carries wake-ups between processes (core/wake.py), and PostgreSQL's NOTIFY as that.

NOTIFY takes a lock of the whole cluster at its commit, so it is said on a connection of its own, never in a transaction
that writes anything.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

import psycopg
from psycopg import sql

PIECE_MAX_BYTES: Final = 5_900
"""NOTIFY takes 7,999 bytes of text, which this is in base64."""


class CarrierError(Exception):
    """The carrier is away; the message is the kind of the fault, without addresses."""


class Carrier(Protocol):
    """Takes bytes to all processes that listen, the sender's own among them."""

    @property
    def piece_max_bytes(self) -> int:
        """The most bytes of one piece."""
        ...

    def send(self, pieces: Sequence[bytes]) -> None:
        """Send ``pieces`` in order. Called by one thread. Raises CarrierError."""
        ...

    def receive(self, wait_s: float) -> Iterator[bytes]:
        """Yield what comes within ``wait_s`` from now on. Called by another one. Raises CarrierError."""
        ...

    def close(self) -> None:
        """Let the connections go, when nobody sends or receives any more."""
        ...


class NotifyCarrier:
    """PostgreSQL's LISTEN and NOTIFY; ``connect`` opens a connection of psycopg's in autocommit."""

    piece_max_bytes: int = PIECE_MAX_BYTES

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._sending: psycopg.Connection[Any] | None = None
        self._listening: psycopg.Connection[Any] | None = None

    def send(self, pieces: Sequence[bytes]) -> None:
        """See Carrier."""
        texts = [base64.b64encode(piece).decode() for piece in pieces]
        try:
            if self._sending is None:
                self._sending = self._connect()
            self._sending.execute("SELECT pg_notify(%s, text) FROM unnest(%s::text[]) AS text", [self._channel, texts])
        except psycopg.Error as error:
            _let_go(self._sending)
            self._sending = None
            raise CarrierError(type(error).__name__) from error

    def receive(self, wait_s: float) -> Iterator[bytes]:
        """See Carrier."""
        try:
            if self._listening is None:
                self._listening = self._connect()
                self._listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            for notice in self._listening.notifies(timeout=wait_s):
                yield base64.b64decode(notice.payload)
        except (psycopg.Error, ValueError) as error:
            _let_go(self._listening)
            self._listening = None
            raise CarrierError(type(error).__name__) from error

    def close(self) -> None:
        """See Carrier."""
        _let_go(self._sending)
        _let_go(self._listening)


def _let_go(connection: psycopg.Connection[Any] | None) -> None:
    if connection is not None:
        with suppress(psycopg.Error):
            connection.close()
