"""Who may write what in a draft, from the author, the stream and the draft's own table alone.

The server and every reader decide by the same functions (docs/protocol.md §10, Rights). Twin of
static/src/wire/drafts/rights.ts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypedDict, get_args

from portal.wire.canonical import NotCanonicalError, canonical_json, parse_canonical
from portal.wire.drafts.streams import NO_OWNER, DraftItemKind, StreamKind
from portal.wire.ids import is_id

Right = Literal["read", "comment", "propose", "pen", "chair"]
"""Ascending: each includes those before it."""
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
_RANK: Final = {right: rank for rank, right in enumerate(RIGHTS)}


class DraftRight(TypedDict):
    """A listed person; ``delegation`` is "" for one of none."""

    account: str
    delegation: str
    right: Right


class RightsTable(TypedDict):
    """The body of a draft's founding and of each rights item; members ascending by account, each account once."""

    default: Right
    draft: str
    members: list[DraftRight]
    room: str
    v: Literal[1]


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: what the table says, or its default and what the room's list of people says."""

    account: str
    delegation: str
    right: Right
    interpreter: bool = False


class MalformedRightsError(ValueError):
    """Bytes that are not the rights of this draft."""


_NEEDS: Final[Mapping[tuple[StreamKind, DraftItemKind], Right]] = MappingProxyType(
    {
        # Whoever founds a draft is its chair by the founding itself.
        (StreamKind.ACTS, DraftItemKind.FOUNDING): "chair",
        (StreamKind.ACTS, DraftItemKind.RIGHTS): "chair",
        (StreamKind.ACTS, DraftItemKind.ENTRY): "propose",
        (StreamKind.ACTS, DraftItemKind.SNAPSHOT): "comment",
        (StreamKind.ACTS, DraftItemKind.COUNTERSIGN): "comment",
        (StreamKind.TEXT, DraftItemKind.UPDATE): "pen",
        (StreamKind.TEXT, DraftItemKind.SNAPSHOT): "comment",
        (StreamKind.TEXT, DraftItemKind.REVISION): "pen",
        (StreamKind.TEXT, DraftItemKind.COUNTERSIGN): "comment",
        (StreamKind.TALK, DraftItemKind.ENTRY): "comment",
        (StreamKind.PROPOSALS, DraftItemKind.UPDATE): "propose",
        (StreamKind.PROPOSALS, DraftItemKind.SNAPSHOT): "comment",
        (StreamKind.PROPOSALS, DraftItemKind.COUNTERSIGN): "comment",
        # An interpreter has the right to read; its own stream is the one it writes in (may_write).
        (StreamKind.MACHINE, DraftItemKind.ENTRY): "read",
    }
)
"""The least right for an item of a kind in a stream of a kind; what is not here, nobody may write."""

_ACT_NEEDS: Final[Mapping[str, Right]] = MappingProxyType(
    {
        "position": "propose",
        "decide": "pen",
        "agree": "chair",
        "reopen": "propose",
        "package": "pen",
        "link": "pen",
        "revision": "pen",
        "authentic": "chair",
        "concord": "propose",
        "silence_open": "chair",
        "silence_extend": "chair",
        "silence_break": "propose",
        "silence_consent": "propose",
        "silence_close": "chair",
        "silence_late": "propose",
        "initial": "propose",
        "sign_open": "chair",
        "sign": "propose",
        "lifecycle": "propose",  # for the own delegation; for all, and for another, chair (lifecycle.py)
        "rectify_open": "chair",
        "rectify_object": "propose",
        "rectify_close": "chair",
    }
)
"""The least right for an act. The server sees no types and holds to ``propose``; readers hold to this."""

MAX_MEMBERS: Final = 4096
"""A room has no more people than this, nor has a table."""


def includes(right: Right, least: Right) -> bool:
    """Tell whether ``right`` includes ``least``."""
    return _RANK[right] >= _RANK[least]


def may(right: Right, stream: StreamKind, item: DraftItemKind) -> bool:
    """Tell whether somebody with ``right`` may write an item of kind ``item`` in a stream of kind ``stream``."""
    least = _NEEDS.get((stream, item))
    return least is not None and includes(right, least)


def may_act(right: Right, act: str) -> bool:
    """Tell whether somebody with ``right`` may make an act of the type ``act``; KeyError for an unknown type."""
    return includes(right, _ACT_NEEDS[act])


def may_write(author: Author, stream: StreamKind, owner: str, item: DraftItemKind) -> bool:
    """Tell whether ``author`` may write an item of kind ``item`` in the stream of kind ``stream`` that ``owner`` has.

    ``owner`` is an id, NO_OWNER for the draft's own. As ``may``; and a delegation's proposals are written by it alone,
    an interpreter's stream by that interpreter alone.
    """
    if author.interpreter or stream == StreamKind.MACHINE:
        own = stream == StreamKind.MACHINE and owner == author.account
        return author.interpreter and own and item == DraftItemKind.ENTRY
    if not may(author.right, stream, item):
        return False
    if stream != StreamKind.PROPOSALS:
        return owner == NO_OWNER
    return owner != NO_OWNER and (item != DraftItemKind.UPDATE or owner == author.delegation)


def author_of(table: RightsTable | None, account: str, otherwise: str, *, interpreter: bool = False) -> Author:
    """Return what ``account`` may do by ``table``.

    Who is not listed has its default and ``otherwise``, the delegation by the room's list of people ("" for none); an
    interpreter reads, whatever the table says. Without a table (before the founding) one reads.
    """
    members = table["members"] if table else []
    listed = next((member for member in members if member["account"] == account), None)
    default: Right = table["default"] if table else "read"
    right: Right = "read" if interpreter else listed["right"] if listed else default
    return Author(account, listed["delegation"] if listed else otherwise, right, interpreter)


def delegation_of(table: RightsTable | None, account: str) -> str:
    """Return the delegation for which the table lists an account; "" if it lists it for none, or not at all."""
    members = table["members"] if table else []
    return next((member["delegation"] for member in members if member["account"] == account), "")


def parties_of(table: RightsTable | None) -> list[str]:
    """Return the parties, sorted: delegations of which the table lists somebody who may propose."""
    members = table["members"] if table else []
    return sorted({one["delegation"] for one in members if one["delegation"] and includes(one["right"], "propose")})


def rights_body(table: RightsTable) -> bytes:
    """Return the body of a founding or rights item; MalformedRightsError if such a table may not be."""
    body = canonical_json(table)
    parse_rights(body, table["draft"], table["room"])
    return body


def parse_rights(body: bytes, draft: str, room: str) -> RightsTable:
    """Return the table in the body of a founding or rights item of ``draft`` in ``room``.

    Raises:
        MalformedRightsError: not canonical, unknown fields, members out of order or twice, a default above ``propose``,
            no chair, another draft.
    """
    try:
        read: Any = parse_canonical(body)
    except (NotCanonicalError, UnicodeDecodeError) as error:
        raise MalformedRightsError(str(error)) from error
    _require(isinstance(read, dict) and read.keys() == RightsTable.__annotations__.keys(), "missing or unknown fields")
    same = read["v"] == 1 and read["room"] == room and read["draft"] == draft
    _require(same, "the rights of another draft or version")
    _require(read["default"] in RIGHTS[: _RANK["propose"] + 1], "a default above propose")
    _require(isinstance(read["members"], list) and len(read["members"]) <= MAX_MEMBERS, "no list of members")
    members = [_read_member(member) for member in read["members"]]
    accounts = [member["account"] for member in members]
    _require(accounts == sorted(set(accounts)), "members out of order")
    _require(any(member["right"] == "chair" for member in members), "a draft without a chair")
    return {"default": read["default"], "draft": draft, "members": members, "room": room, "v": 1}


def _read_member(raw: Any) -> DraftRight:
    _require(isinstance(raw, dict) and raw.keys() == DraftRight.__annotations__.keys(), "no member of a draft")
    _require(is_id(raw["account"]) and (raw["delegation"] == "" or is_id(raw["delegation"])), "no id")
    _require(isinstance(raw["right"], str) and raw["right"] in RIGHTS, "no right")
    return {"account": raw["account"], "delegation": raw["delegation"], "right": raw["right"]}


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion reads best this way
    if not condition:
        raise MalformedRightsError(otherwise)
