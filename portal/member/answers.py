"""What the server may answer. Its word is not trusted, neither is its shape: everything is looked at before it is used.

A shape is a type (``int``: from 0 to 2^53-1; ``str``: Unicode) · a predicate · ``{name: shape}``, and whatever else ·
``[shape]``, a list of such · ``(shape, shape)``, a list of just these · ``Maybe(shape)``, or null · ``Each(shape)``, an
object with any names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, get_args

from portal.member.content_fields import is_count
from portal.member.work import MemberError
from portal.wire import events
from portal.wire.device_list import SIGNATURE_BYTES
from portal.wire.ids import RoomId, is_id, unb64
from portal.wire.vouching import Readers

Shape: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Maybe:
    """Null, or of this shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Each:
    """An object whose values all have this shape."""

    shape: Shape


def is_b64(value: object) -> bool:
    """Tell whether a value is base64url as it travels here."""
    if not isinstance(value, str):
        return False
    try:
        unb64(value)
    except ValueError:
        return False
    return True


def is_hash(value: object) -> bool:
    """Tell whether a value is 32 bytes as base64url."""
    return is_b64(value) and len(unb64(str(value))) == _HASH_BYTES


def checked(answer: Any, shape: Shape) -> Any:
    """Return ``answer``; MemberError server.fault unless it has the shape."""
    if not has_shape(answer, shape):
        raise MemberError("server.fault", reason="not the answer that is due")
    return answer


def has_shape(value: Any, shape: Shape) -> bool:
    """Tell whether a value is of a shape."""
    match shape:
        case dict():
            return isinstance(value, dict) and all(
                name in value and has_shape(value[name], of) for name, of in shape.items()
            )
        case tuple():
            return isinstance(value, list | tuple) and len(value) == len(shape) and all(map(has_shape, value, shape))
        case [of]:
            return isinstance(value, list) and all(has_shape(one, of) for one in value)
        case Maybe(of):
            return value is None or has_shape(value, of)
        case Each(of):
            return isinstance(value, dict) and all(has_shape(one, of) for one in value.values())
    return _is_scalar(value, shape)


def _is_scalar(value: Any, shape: type | Callable[[Any], bool]) -> bool:
    if shape is int:
        return is_count(value)
    if shape is str:
        return isinstance(value, str) and not any("\ud800" <= one <= "\udfff" for one in value)
    return isinstance(value, shape) if isinstance(shape, type) else shape(value)


_HASH_BYTES: Final = 32
_STATES: Final = ("active", "archived")
_ROLES: Final = ("chair", "member", "observer")
_PRESENCES: Final = ("active", "away", "off")
VAULT: Final = {"version": int, "sealed": is_b64, "sig": is_b64}
SIGNED_IN: Final = {
    "account": is_id,
    "handle": str,
    "statements": list,
    "vault": VAULT,
    "wraps": {"passphrase": is_b64, "recovery": is_b64},
}
ME: Final = {"vault_version": int}
LISTS: Final = Each(list)
INTERPRETER: Final = {
    "owner": is_id,
    "for": lambda value: value in get_args(Readers),
    "vouch": {"body": is_b64, "sig": lambda value: is_b64(value) and len(unb64(value)) == SIGNATURE_BYTES},
}
PEOPLE: Final = [
    {
        "account": is_id,
        "handle": str,
        "name": str,
        "delegation": Maybe({"code": str}),
        "languages": [str],
        "disabled": bool,
        "interpreter": Maybe(INTERPRETER),
    }
]
OFFERS: Final = {"left": int, "last_resort": bool}
CLAIMED: Final = {"packages": Each(is_b64)}
PLACE: Final = {"number": int, "head": is_hash, "at_ms": int}
ROOM: Final[Mapping[str, Shape]] = {
    "room": is_id,
    "kind": str,
    "state": lambda value: value in _STATES,
    "role": lambda value: value in _ROLES,
    "number": int,
    "head": is_hash,
    "epoch": int,
    "cursor": int,
    "visible_from": int,
    "members": [{"account": is_id, "role": lambda value: value in _ROLES, "since": int}],
    "wanting": {"add": [is_id], "remove": [is_id], "rejoin": [is_id]},
}
GRANTS: Final = [{"account": is_id, "device": is_id}]
SHARES: Final = [{"bucket": int, "share": is_hash}]
WELCOME: Final = {"welcome": is_b64, "number": int}
PUSHED: Final[Mapping[str, Shape]] = {
    events.ITEM: (is_id, int, int, is_b64),
    events.ROOM_CHANGED: (is_id,),
    events.ROOMS_CHANGED: (),
    events.DEVICE_LIST_CHANGED: (is_id,),
    events.PRESENCE: (is_id, lambda value: value in _PRESENCES),
    events.ASIDE: (is_id, is_id, is_b64),
    events.DRAFT_ITEM: (is_id, is_id, str, int, int, is_b64, Maybe(is_b64)),
    events.DRAFTS_CHANGED: (is_id,),
}
"""What the server says by the socket, as far as anybody listens here."""


def room_answer(answer: Any, room: RoomId) -> dict[str, Any]:
    """Return what the server says of this room; MemberError server.fault if it says it of another."""
    said: dict[str, Any] = checked(answer, ROOM)
    if said["room"] != room:
        raise MemberError("server.fault", reason="the answer is about another room")
    return said
