"""What is passed on and kept nowhere, such as who is typing: to sockets here, and by wake-ups to those elsewhere.

It belongs to no transaction, may be lost, and has no place in any order.
"""

import struct
from typing import Any, Final

import structlog

from portal.server.core.connection import Connection
from portal.server.core.fanout import fanout
from portal.server.core.outbox import Audience
from portal.server.core.packets import encode_event
from portal.server.core.realtime import Realtime
from portal.server.core.wake import Wake

TOPIC: Final = "passing"
_HEAD: Final = struct.Struct(">B")
_log = structlog.get_logger(__name__)


class Passing:
    """Events to all sockets of an audience, whichever process serves them. Made before ``wake`` is started."""

    def __init__(self, realtime: Realtime, wake: Wake) -> None:
        self._realtime = realtime
        self._wake = wake
        wake.listen(TOPIC, self._hear)

    def emit(self, name: str, *payload: Any, to: Audience, skip: Connection | None = None) -> None:
        """Send one event to ``to``, except to the socket ``skip`` that it comes from; on the hub's thread."""
        self._realtime.emit(name, *payload, to=to, skip=skip)
        self._wake.wake(TOPIC, _packed(to, encode_event(name, payload)))

    def _hear(self, packed: bytes) -> None:
        try:
            audience, text = _unpacked(packed)
        except ValueError:
            _log.warning("passing.unknown", bytes=len(packed))  # of another version of this program
            return
        self._realtime.post([fanout(audience, (text,))])


def _packed(audience: Audience, text: str) -> bytes:
    name = audience.name.encode()
    return _HEAD.pack(len(name)) + name + text.encode()


def _unpacked(packed: bytes) -> tuple[Audience, str]:
    """Raises ValueError for what ``_packed`` did not make."""
    if len(packed) < _HEAD.size or len(packed) <= _HEAD.size + packed[0]:
        raise ValueError(packed[:1])
    begin = _HEAD.size + packed[0]
    return Audience(packed[_HEAD.size : begin].decode()), packed[begin:].decode()
