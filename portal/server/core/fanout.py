"""What is done with sockets after a commit, made ready once: for this process, and as bytes for the others."""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from portal.server.core.frames import text_frame
from portal.server.core.outbox import Audience, Closing, Event, Eviction, Step
from portal.server.core.packets import encode_event

PACKED_MAX_BYTES: Final = 1 << 20
"""How large one packing grows before the next begins; a single step may exceed it."""
_MESSAGE: Final = "4"
"""Engine.IO's kind of packet that holds one of Socket.IO's."""
_VERSION: Final = b"\x01"
_FANOUT, _EVICTION, _CLOSING = range(3)
_HEAD: Final = struct.Struct(">BHI")
_LENGTH: Final = struct.Struct(">I")


class UnknownPackingError(ValueError):
    """Packed by a version of this program that packs otherwise."""


class Fanout(NamedTuple):
    """Events in a row for one audience: Socket.IO packets for long polling, whole frames for WebSockets."""

    audience: str
    texts: Sequence[str]
    frames: bytes


Prepared: TypeAlias = Fanout | Eviction | Closing


def fanout(audience: Audience, texts: Sequence[str]) -> Fanout:
    """Return Socket.IO packets for ``audience`` with their frames."""
    frames = [text_frame(_MESSAGE + text) for text in texts]
    return Fanout(audience.name, texts, frames[0] if len(frames) == 1 else b"".join(frames))


def prepare(steps: Iterable[Step]) -> list[Prepared]:
    """Join events of one audience into one write, as long as nobody leaves in between."""
    prepared: list[Prepared] = []
    texts: dict[Audience, list[str]] = {}

    def flush() -> None:
        prepared.extend(fanout(audience, waiting) for audience, waiting in texts.items())
        texts.clear()

    for step in steps:
        if isinstance(step, Event):
            texts.setdefault(step.audience, []).append(encode_event(step.name, step.payload))
        else:
            flush()
            prepared.append(step)
    flush()
    return prepared


def pack(prepared: Iterable[Prepared]) -> Iterator[tuple[list[Prepared], bytes]]:
    """Yield ``prepared`` in portions, each with its bytes: about PACKED_MAX_BYTES at most, in order."""
    portion: list[Prepared] = []
    packed: list[bytes] = [_VERSION]
    size = 0
    for step in prepared:
        raw = _pack(step)
        if portion and size + len(raw) > PACKED_MAX_BYTES:
            yield portion, b"".join(packed)
            portion, packed, size = [], [_VERSION], 0
        portion.append(step)
        packed.append(raw)
        size += len(raw)
    if portion:
        yield portion, b"".join(packed)


def unpack(raw: bytes, hears: Callable[[str], bool]) -> list[Prepared]:
    """Return what ``pack`` made ``raw`` of, but for events whose audience nobody ``hears``.

    Raises:
        UnknownPackingError: a process of another version made it.
    """
    if raw[:1] != _VERSION:
        raise UnknownPackingError
    try:
        return _unpack(raw, hears)
    except (struct.error, UnicodeDecodeError) as error:
        raise UnknownPackingError from error


def _unpack(raw: bytes, hears: Callable[[str], bool]) -> list[Prepared]:
    prepared: list[Prepared] = []
    place = 1
    while place < len(raw):
        kind, name_bytes, more_bytes = _HEAD.unpack_from(raw, place)
        middle = place + _HEAD.size + name_bytes
        name, more = raw[place + _HEAD.size : middle].decode(), raw[middle : middle + more_bytes]
        place = middle + more_bytes
        if kind == _FANOUT:
            if not hears(name):
                continue
            prepared.append(fanout(Audience(name), list(_texts(more))))
        elif kind == _EVICTION:
            prepared.append(Eviction(Audience(name), Audience(more.decode())))
        elif kind == _CLOSING:
            prepared.append(Closing(Audience(name)))
        else:
            raise UnknownPackingError
    return prepared


def _pack(step: Prepared) -> bytes:
    if isinstance(step, Fanout):
        texts = [text.encode() for text in step.texts]
        return _packed(_FANOUT, step.audience, b"".join(_LENGTH.pack(len(text)) + text for text in texts))
    if isinstance(step, Eviction):
        return _packed(_EVICTION, step.who.name, step.audience.name.encode())
    return _packed(_CLOSING, step.who.name, b"")


def _packed(kind: int, name: str, more: bytes) -> bytes:
    encoded = name.encode()
    return _HEAD.pack(kind, len(encoded), len(more)) + encoded + more


def _texts(raw: bytes) -> Iterator[str]:
    place = 0
    while place < len(raw):
        (length,) = _LENGTH.unpack_from(raw, place)
        place += _LENGTH.size + length
        yield raw[place - length : place].decode()
