"""WebSocket framing, RFC 6455 §5, without I/O: bytes in, messages out; and the other way.

Extensions are never negotiated: sealed bytes do not shrink, and permessage-deflate costs 40 times the CPU of a frame.
"""

from enum import IntEnum
from functools import lru_cache
from typing import Final


class Opcode(IntEnum):
    """Kinds of frames, RFC 6455 §5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class CloseCode(IntEnum):
    """Why a connection ends, RFC 6455 §7.4.1."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL = 1002
    BAD_DATA = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    TRY_LATER = 1013


CONTROL_MAX_BYTES: Final = 125
_CLOSE_CODES_RECEIVED: Final = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
_PRIVATE_CLOSE_CODES: Final = range(3000, 5000)
_FIN: Final = 0x80
_MASKED: Final = 0x80
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127
_KEY_BYTES: Final = 4
CHATTER_MAX: Final = 400
"""Control frames and pieces of messages in one read."""
_SMALL_WORDS: Final = 2048
# How large a payload must be for a header of 4 or 10 bytes; a shorter one so written is malformed (§5.2).
_FIRST_OF_16: Final = 126
_FIRST_OF_64: Final = 1 << 16
_CONTROL: Final = 0x08
# Every first byte that a frame may have: data whole or in pieces, control frames whole, reserved bits never set.
_HEADS: Final = {_FIN | opcode: opcode for opcode in Opcode} | {int(code): code for code in Opcode if code < _CONTROL}


class FrameError(Exception):
    """The peer broke the framing; ``close_code`` is what it is told."""

    def __init__(self, close_code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.close_code = close_code


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one whole, unmasked frame, as a server sends it."""
    length = len(payload)
    head = _FIN | opcode
    if length < _FIRST_OF_16:
        return bytes((head, length)) + payload
    if length < _FIRST_OF_64:
        return bytes((head, _LENGTH_16)) + length.to_bytes(2, "big") + payload
    return bytes((head, _LENGTH_64)) + length.to_bytes(8, "big") + payload


def text_frame(text: str) -> bytes:
    """Return ``text`` as one frame."""
    return frame(Opcode.TEXT, text.encode())


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; ``reason`` is cut to what a control frame holds."""
    return frame(Opcode.CLOSE, code.to_bytes(2, "big") + reason.encode()[: CONTROL_MAX_BYTES - 2])


def apply_mask(payload: bytes | bytearray | memoryview, key: bytes) -> bytes:
    """Return ``payload`` XOR the repeated 4-byte ``key`` (§5.3); masks and unmasks, in C, as one large integer."""
    length = len(payload)
    words = -(-length // _KEY_BYTES)
    # Times 1 + 2^32 + 2^64 + … repeats the key; what it has too much falls off with the last slice.
    repeater = _repeater(words) if words <= _SMALL_WORDS else _make_repeater(words)
    masked = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little") * repeater
    return masked.to_bytes(words * _KEY_BYTES, "little")[:length]


def _make_repeater(words: int) -> int:
    """Return the number that has a one at the foot of each of ``words`` 32-bit words."""
    return int.from_bytes(b"\1\0\0\0" * words, "little")


# Bounded so that no choice of lengths can fill the memory: at most 64 numbers of 8 KiB.
_repeater = lru_cache(maxsize=64)(_make_repeater)


class FrameReader:
    """Turns a client's bytes into messages and control frames.

    ``limit_bytes`` bounds one message, its fragments taken together. A frame that would exceed it is refused as soon as
    its header is there, before any of its payload is kept. ``chatter`` counts what is no whole message: control frames
    and pieces, which cost us as much as messages and are no event that anybody pays for.
    """

    __slots__ = ("_bytes", "_fragments", "_opcode", "_wanted", "chatter", "limit_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.chatter = 0
        self._bytes: bytes | bytearray = b""
        self._wanted = 0  # bytes that must be there before parsing can go on
        self._fragments: bytearray | None = None
        self._opcode = Opcode.TEXT

    def feed(self, data: bytes) -> list[tuple[Opcode, str | bytes]]:
        """Return what ``data`` completes: (TEXT, str), (BINARY, bytes), or a control frame with its payload.

        Raises FrameError; nothing may be fed afterwards.
        """
        if self._bytes:
            self._bytes += data
            if len(self._bytes) < self._wanted:
                return []
            data = bytes(self._bytes)
        complete: list[tuple[Opcode, str | bytes]] = []
        most = self.chatter + CHATTER_MAX
        place, size = 0, len(data)
        self._wanted = 2
        while size - place >= 2:
            first, second = data[place], data[place + 1]
            length, header = second & 0x7F, 6
            if length >= _LENGTH_16:
                header = 8 if length == _LENGTH_16 else 14
                if size - place < header:
                    self._wanted = header
                    break
                length = _long_length(data[place + 2 : place + header - _KEY_BYTES])
            self._check_head(first, second, length)
            body = place + header
            end = body + length
            if size < end:
                self._wanted = end - place
                break
            self._take(first, apply_mask(data[body:end], data[body - _KEY_BYTES : body]), complete)
            if self.chatter > most:
                raise FrameError(CloseCode.POLICY, "too many frames")
            place = end
        rest = data[place:] if place else data
        self._bytes = bytearray(rest) if rest else b""
        return complete

    def _check_head(self, first: int, second: int, length: int) -> None:
        """Refuse a frame by its header alone, before its payload is waited for."""
        if not second & _MASKED:
            raise FrameError(CloseCode.PROTOCOL, "client frames must be masked")
        if first not in _HEADS:
            raise FrameError(CloseCode.PROTOCOL, "reserved bits, unknown opcode or a control frame in pieces")
        if first & _CONTROL:
            if length > CONTROL_MAX_BYTES:
                raise FrameError(CloseCode.PROTOCOL, "control frames are short")
        elif length + len(self._fragments or b"") > self.limit_bytes:
            raise FrameError(CloseCode.TOO_BIG, "message too big")

    def _take(self, first: int, payload: bytes, complete: list[tuple[Opcode, str | bytes]]) -> None:
        opcode = _HEADS[first]
        if first & _CONTROL or self._fragments is not None or not first & _FIN:
            self.chatter += 1
        if first & _CONTROL:
            if opcode is Opcode.CLOSE:
                _check_close(payload)
        elif (opcode is Opcode.CONTINUATION) == (self._fragments is None):
            raise FrameError(CloseCode.PROTOCOL, "fragments out of order")
        elif self._fragments is not None:
            self._fragments += payload
            if not first & _FIN:
                return
            opcode, payload = self._opcode, bytes(self._fragments)
            self._fragments = None
        elif not first & _FIN:
            self._opcode, self._fragments = opcode, bytearray(payload)
            return
        complete.append((opcode, _decode(payload) if opcode is Opcode.TEXT else payload))


def _long_length(field: bytes) -> int:
    length = int.from_bytes(field, "big")
    if length < (_FIRST_OF_16 if len(field) == 2 else _FIRST_OF_64) or length >> 63:
        raise FrameError(CloseCode.PROTOCOL, "length not in its shortest form")
    return length


def _check_close(payload: bytes) -> None:
    if not payload:
        return
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in _CLOSE_CODES_RECEIVED or code in _PRIVATE_CLOSE_CODES):
        raise FrameError(CloseCode.PROTOCOL, "bad close code")
    _decode(payload[2:])


def _decode(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise FrameError(CloseCode.BAD_DATA, "text is not UTF-8") from None
