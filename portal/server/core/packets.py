"""Socket.IO packets (protocol 5) of the default namespace as text, read strictly.

python-socketio's own decoder accepts what no client sends, and raises whatever its parts raise; here every deviation is
one error, and a declared number of attachments is refused before one of them is awaited.
"""

import json
import re
from enum import IntEnum
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple, NoReturn, cast

ATTACHMENTS_MAX: Final = 1


class PacketKind(IntEnum):
    """Packet types of Socket.IO protocol 5."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


class MalformedPacketError(ValueError):
    """Text that no client of ours sends."""


class Json(str):
    """JSON text, which goes out as it is: for what is large or frequent and known to need no escaping."""

    __slots__ = ()


class Packet(NamedTuple):
    """One packet.

    ``data`` is a list for an event, a dictionary or None for a connect; ``ack`` is the number that the sender gave it.
    """

    kind: PacketKind
    ack: int | None
    data: Any
    attachments: int = 0


# type, attachments, namespace (with a query that is dropped), number of the acknowledgement
_HEAD: Final = re.compile(r"([0-6])(?:([0-9]{1,4})-)?(?:(/[^,?]*)(?:\?[^,]*)?(?:,|\Z))?([0-9]{1,15})?")
_RECEIVED: Final = frozenset(
    {PacketKind.CONNECT, PacketKind.DISCONNECT, PacketKind.EVENT, PacketKind.ACK, PacketKind.BINARY_EVENT}
)
_EVENTS: Final = frozenset({PacketKind.EVENT, PacketKind.BINARY_EVENT})
_KINDS: Final = tuple(PacketKind)


def decode_packet(text: str) -> Packet:
    """Parse a client's packet; MalformedPacketError for anything that is not exactly one."""
    head = _HEAD.match(text)
    if head is None:
        raise MalformedPacketError
    kind = _KINDS[int(head[1])]
    attachments = int(head[2] or 0)
    if kind not in _RECEIVED or head[3] not in (None, "/"):
        raise MalformedPacketError
    if (kind is PacketKind.BINARY_EVENT) != (attachments > 0) or attachments > ATTACHMENTS_MAX:
        raise MalformedPacketError
    data = _data(text, head.end())
    if kind in _EVENTS and not (isinstance(data, list) and data and isinstance(data[0], str)):
        raise MalformedPacketError
    if kind is PacketKind.CONNECT and not (data is None or isinstance(data, dict)):
        raise MalformedPacketError
    return Packet(kind, int(head[4]) if head[4] else None, data, attachments)


def attach(packet: Packet, attachment: bytes) -> Packet:
    """Return the event with its one placeholder, which must be an argument, replaced by ``attachment``."""
    places = [place for place, value in enumerate(packet.data) if value == {"_placeholder": True, "num": 0}]
    if len(places) != 1:
        raise MalformedPacketError
    data = list(packet.data)
    data[places[0]] = attachment
    return Packet(PacketKind.EVENT, packet.ack, data)


def encode_event(name: str, payload: tuple[Any, ...]) -> str:
    """Return an event as packet text."""
    return f"2[{','.join([_encode_argument(argument) for argument in (name, *payload)])}]"


def encode_acceptance(sid: str) -> str:
    """Return the answer to a CONNECT that was accepted."""
    return f'0{{"sid":{_encode(sid)}}}'


def encode_refusal(message: str, data: dict[str, Any]) -> str:
    """Return the answer to a CONNECT that was not."""
    return "4" + _encode({"message": message, "data": data})


def encode_ack(number: int, value: Any) -> str:
    """Return the acknowledgement ``number`` with its one argument as packet text."""
    return f"3{number}[{value if type(value) is Json else _encode(value)}]"


def _data(text: str, start: int) -> Any:
    if start == len(text):
        return None
    try:
        data, end = _scan(text, start)
    except (ValueError, RecursionError, StopIteration) as error:
        raise MalformedPacketError from error
    if end != len(text):
        raise MalformedPacketError
    return data


def _encode_argument(value: Any) -> str:
    """Encode texts and integers, which most arguments are, without setting up an encoder for each."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is Json:
        return cast("str", value)
    return str(value) if kind is int else _encode(value)


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedPacketError


# What ``decode`` calls between two looks for white space, which no client of ours sends.
_scan = json.JSONDecoder(parse_constant=_refuse_constant).scan_once  # type: ignore[attr-defined]  # unlisted
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
