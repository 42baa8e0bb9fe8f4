"""What a record's first item and a group's history policy say (docs/protocol.md §4, §5)."""

import re
from typing import Any, Final

from portal.wire.canonical import canonical_json, parse_canonical
from portal.wire.ids import RoomId

SUITE: Final = 83
"""MLS_256_XWING_AES256GCM_SHA512_Ed25519: the pinned, unregistered number."""
HISTORY_EXTENSION: Final = 0xF0A1
"""The group-context extension that holds the policy (private use, RFC 9420 §17.3)."""
_HISTORY: Final = re.compile(r"none|all|from:(0|[1-9][0-9]{0,15})")
_MAX_EPOCH: Final = 2**53 - 1


class MalformedFoundingError(ValueError):
    """Bytes that are not the founding of this room."""


def is_history(text: str) -> bool:
    """Tell whether ``text`` is a history policy: none, all, or from:N with N an epoch."""
    return _HISTORY.fullmatch(text) is not None and (text in {"none", "all"} or first_epoch(text) <= _MAX_EPOCH)


def first_epoch(history: str) -> int:
    """Return the first epoch that a policy lets newcomers read: 0 for all, N for from:N; ValueError for none."""
    if history == "all":
        return 0
    if not history.startswith("from:"):
        msg = f"the policy {history} lets newcomers read no earlier epoch"
        raise ValueError(msg)
    return int(history.removeprefix("from:"))


def founding_body(room: RoomId, history: str) -> bytes:
    """Return the body of a record's first item."""
    return canonical_json({"group": room, "history": history, "suite": SUITE, "v": 1})


def parse_founding(body: bytes, room: RoomId) -> str:
    """Return the history policy in the body of ``room``'s first item; MalformedFoundingError for anything else."""
    try:
        founding: Any = parse_canonical(body)
    except ValueError as error:
        raise MalformedFoundingError(str(error)) from error
    history = founding.pop("history", None) if isinstance(founding, dict) else None
    if founding != {"group": room, "suite": SUITE, "v": 1} or not isinstance(history, str) or not is_history(history):
        msg = "the founding of another room, suite or version, or an unknown policy"
        raise MalformedFoundingError(msg)
    return history
