"""From the JSON of an opened entry to an act, or to the reason why it is none.

Never an exception, so that one bad entry stops nobody. The shapes are the table of docs/protocol.md §10, Acts. Twin of
static/src/wire/drafts/reading.ts.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from portal.wire.drafts.acts import ActContent, Unread
from portal.wire.drafts.jcs import NotCanonicalError, jcs, parse_jcs
from portal.wire.drafts.shapes import (
    Shape,
    among,
    array,
    ascending,
    date,
    digest,
    distinct,
    either,
    flag,
    identifier,
    lang,
    pair,
    signature,
    structure,
    text,
    whole,
)


class MalformedActError(ValueError):
    """A content that is none of the acts."""


MAX_ITEMS: Final = 4096
"""Clauses (in one language each) that one act may name; a longer list goes into several acts."""
_MAX_DELEGATIONS: Final = 512
MAX_LANGS: Final = 64
NAME: Final = text(200, 1)
REASON: Final = text(4000)
OBJECTION: Final = text(400)
"""Fits, in any script, into the one size to which acts are padded: nobody must know an objection by its size."""
LONG: Final = text(65_536)
"""Testimonium, statements, words to be put right."""


def _same(element: Any) -> Any:
    return element


def _ref_key(item: dict[str, Any]) -> tuple[str, str]:
    return item["node"], item["lang"]


def clauses(shortest: int, **more: Shape) -> Shape:
    """Return the shape of clauses by their words, none twice; ``more`` are further fields of each."""
    fields = {"node": identifier, "lang": lang, "hash": digest, **more}
    return distinct(array(structure(fields), MAX_ITEMS, shortest), _ref_key)


LANG_ROOTS: Final = ascending(array(pair(lang, digest), MAX_LANGS, 1), lambda one: one[0])
"""Languages, ascending, and the root of each one's text."""


def _nodes(shortest: int) -> Shape:
    return distinct(array(identifier, MAX_ITEMS, shortest), _same)


RECEIPT: Final = structure({"number": whole, "head": digest, "at_ms": whole, "receipt": signature})
CORRECTIONS: Final = distinct(
    array(structure({"node": identifier, "lang": lang, "from": LONG, "to": LONG}), MAX_ITEMS, 1), _ref_key
)
"""Words to be put right."""
STANCE: Final = among("accept", "ad_ref", "reserve", "object", "none")
_STEP: Final = among("adopted", "submitted", "ratified", "accepted", "acceded", "deposited", "in_force", "withdrawn")
_CLOSING: Final = {"through": whole, "head": digest}

_DUE: Final[Mapping[str, Mapping[str, Shape]]] = MappingProxyType(
    {
        "position": {"items": clauses(1, stance=STANCE)},
        "decide": {
            "bracket": identifier,
            "option": either(identifier, among("")),
            "hash": digest,
            "clause": clauses(0),
            "over": ascending(array(whole, 1024), _same),
        },
        "agree": {"items": clauses(1), "level": among("ad_ref", "agreed")},
        "reopen": {"nodes": _nodes(1), "reason": REASON},
        "package": {"package": identifier, "name": NAME, "nodes": _nodes(0), "on": flag},
        "link": {"node": identifier, "on": identifier, "set": flag},
        "revision": {"name": NAME, "item": identifier},
        "authentic": {"langs": ascending(array(lang, MAX_LANGS, 1), _same)},
        "concord": {"items": clauses(1, source=lang, source_hash=digest)},
        "silence_open": {
            "silence": identifier,
            "root": digest,
            "langs": LANG_ROOTS,
            "deadline_ms": whole,
            "eligible": ascending(array(identifier, _MAX_DELEGATIONS, 1), _same),
        },
        "silence_extend": {"silence": identifier, "deadline_ms": whole},
        "silence_break": {"silence": identifier},
        "silence_consent": {"silence": identifier},
        "silence_close": {
            "silence": identifier,
            **_CLOSING,
            "outcome": among("adopted", "broken", "withdrawn"),
        },
        "silence_late": {
            "silence": identifier,
            "objection": structure({"statement": LONG, "sig": signature}, {"receipt": RECEIPT}),
        },
        "initial": {"items": clauses(0), "root": digest, "sig": signature},
        "sign_open": {
            "root": digest,
            "langs": LANG_ROOTS,
            "order": distinct(array(identifier, _MAX_DELEGATIONS, 1), _same),
            "testimonium": LONG,
        },
        "sign": {"root": digest, "statement": LONG, "sig": signature},
        "lifecycle": {"step": _STEP, "date": date},
        "rectify_open": {
            "rectification": identifier,
            "items": CORRECTIONS,
            "deadline_ms": whole,
        },
        "rectify_object": {"rectification": identifier},
        "rectify_close": {"rectification": identifier, **_CLOSING, "outcome": among("corrected", "rejected")},
    }
)
_OPTIONAL: Final[Mapping[str, Mapping[str, Shape]]] = MappingProxyType(
    {
        "position": {"note": REASON},
        "silence_break": {"reason": OBJECTION},
        "lifecycle": {"delegation": identifier, "root": digest, "langs": LANG_ROOTS},
        "rectify_object": {"reason": OBJECTION},
    }
)
_SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        kind: structure({"v": among(1), "t": among(kind), "at": whole, **due}, _OPTIONAL.get(kind, {}))
        for kind, due in _DUE.items()
    }
)
ACT_TYPES: Final = frozenset(_SHAPES)


def read_act(plain: bytes) -> ActContent | Unread:
    """Return the act in the plaintext of an entry of ``acts``, or why there is none."""
    try:
        value = parse_jcs(plain)
    except NotCanonicalError:
        return _unread("malformed")
    return read_act_json(value)


def read_act_json(value: Any) -> ActContent | Unread:
    """Return the same for JSON that was parsed already (from canonical text)."""
    if not isinstance(value, dict | list):
        return _unread("malformed")
    kind = value.get("t") if isinstance(value, dict) else None
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        return _unread("unknown_type")
    if not shape(value) or not _fits(value):
        return _unread("malformed")
    return cast("ActContent", value)


def write_act(content: ActContent) -> bytes:
    """Return the plaintext of an entry of ``acts``; MalformedActError if ``content`` is none of the acts."""
    if read_act_json(content)["t"] == "unread":
        msg = f"no act: {content['t']}"
        raise MalformedActError(msg)
    return jcs(content)


def _fits(act: Any) -> bool:
    """Tell whether ``act`` holds to what no single field says."""
    if act["t"] != "lifecycle":
        return True
    adopted = act["step"] == "adopted"
    if ("root" in act) != adopted or ("langs" in act) != adopted:
        return False
    return not ("delegation" in act and act["step"] in {"adopted", "in_force"})


def _unread(reason: Literal["malformed", "unknown_type"]) -> Unread:
    return {"t": "unread", "reason": reason}
