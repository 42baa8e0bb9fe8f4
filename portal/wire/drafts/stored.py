"""A state that somebody else made, as a snapshot of the acts holds it.

Who can not read the acts before it goes on from there, so it must have a state's shape to the last field. Twin of
static/src/wire/drafts/stored.ts.
"""

from itertools import chain
from typing import Any, Final, cast, get_args

from portal.wire.drafts.acts import Refusal
from portal.wire.drafts.jcs import jcs
from portal.wire.drafts.reading import (
    CORRECTIONS,
    LANG_ROOTS,
    LONG,
    MAX_LANGS,
    NAME,
    REASON,
    RECEIPT,
    STANCE,
    clauses,
)
from portal.wire.drafts.rights import RIGHTS
from portal.wire.drafts.shapes import (
    Shape,
    among,
    array,
    date,
    digest,
    either,
    flag,
    identifier,
    lang,
    pair,
    signature,
    structure,
    table,
    text,
    whole,
)
from portal.wire.drafts.state import STATE_LABEL, ActsState, Stage


class MalformedStateError(ValueError):
    """JSON that is no state of this draft's acts."""


def state_bytes(state: ActsState) -> bytes:
    """Return what a snapshot's hash is the SHA-256 of: label ‖ JCS(state)."""
    return STATE_LABEL + jcs(state)


def _nothing(value: Any) -> bool:
    return value is None


def _by_lang(inner: Shape) -> Shape:
    return table(identifier, table(lang, inner))


_MANY: Final = 1 << 20
_OPTIONAL_ID: Final = either(identifier, among(""))
_RIGHT: Final = among(*RIGHTS)
_MADE: Final = {"number": whole, "account": identifier, "delegation": _OPTIONAL_ID, "at_ms": whole}
_DECISION: Final = {**_MADE, "option": _OPTIONAL_ID, "hash": digest}
_PROCEDURE: Final = {
    "opened": structure(_MADE),
    "deadline_ms": whole,
    "eligible": array(identifier, _MANY),
    "objections": array(structure({**_MADE, "reason": REASON}), _MANY),
    "removed": array(identifier, _MANY),
    "tail": array(pair(whole, digest), _MANY),
    "closed": either(_nothing, structure(_MADE)),
}
_MEMBER: Final = structure({"account": identifier, "delegation": _OPTIONAL_ID, "right": _RIGHT})
_RIGHTS_TABLE: Final = structure(
    {"default": _RIGHT, "draft": identifier, "members": array(_MEMBER, _MANY), "room": identifier, "v": among(1)}
)
_LATE: Final = structure(
    {**_MADE, "objector": identifier, "objector_delegation": _OPTIONAL_ID, "receipt": either(_nothing, RECEIPT)}
)
_SILENCE: Final = structure(
    {
        **_PROCEDURE,
        "status": among("open", "broken", "adopted", "ended", "disputed", "void"),
        "root": digest,
        "langs": LANG_ROOTS,
        "entitled": table(identifier, identifier),
        "extensions": array(structure({**_MADE, "deadline_ms": whole}), _MANY),
        "consents": array(structure(_MADE), _MANY),
        "late": array(_LATE, _MANY),
    }
)
_ADOPTION: Final = structure(
    {
        **_MADE,
        "root": digest,
        "langs": LANG_ROOTS,
        "silence": _OPTIONAL_ID,
        "status": among("adopted", "disputed", "void"),
    }
)
_SIGNATURE: Final = structure({**_MADE, "device": identifier, "statement": LONG, "sig": signature})
_SIGNING: Final = structure(
    {
        **_MADE,
        "root": digest,
        "langs": LANG_ROOTS,
        "order": array(identifier, _MANY, 1),
        "testimonium": LONG,
        "signatures": array(_SIGNATURE, _MANY),
    }
)
_INITIALS: Final = structure(
    {**_MADE, "device": identifier, "items": clauses(0), "root": digest, "at": whole, "sig": signature}
)
_STAGE: Final = among(*get_args(Stage))
_INSTRUMENTS: Final = structure(
    {}, dict.fromkeys(("submitted", "ratified", "accepted", "acceded", "deposited", "withdrawn"), date)
)
_STATE: Final = structure(
    {
        "v": among(1),
        "number": whole,
        "head": digest,
        "rights": either(_nothing, _RIGHTS_TABLE),
        "decisions": table(
            identifier,
            structure(
                {
                    **_DECISION,
                    "conflict": flag,
                    "standing": array(structure(_DECISION), _MANY),
                    "replaced": array(whole, _MANY),
                }
            ),
        ),
        "positions": _by_lang(
            table(identifier, structure({**_MADE, "stance": STANCE, "hash": digest, "note": REASON}))
        ),
        "agreements": _by_lang(structure({**_MADE, "hash": digest, "level": among("ad_ref", "agreed")})),
        "reopened": table(identifier, structure({**_MADE, "reason": REASON})),
        "packages": table(
            identifier, structure({**_MADE, "name": NAME, "nodes": array(identifier, _MANY), "on": flag})
        ),
        "links": table(identifier, array(identifier, _MANY, 1)),
        "revisions": array(structure({**_MADE, "name": NAME, "item": identifier}), _MANY),
        "authentic": array(lang, MAX_LANGS),
        "concords": _by_lang(structure({**_MADE, "hash": digest, "source": lang, "source_hash": digest})),
        "silences": table(identifier, _SILENCE),
        "adoption": either(_nothing, _ADOPTION),
        "initials": array(_INITIALS, _MANY),
        "signing": either(_nothing, _SIGNING),
        "instruments": table(identifier, _INSTRUMENTS),
        "rectifications": table(
            identifier,
            structure(
                {
                    **_PROCEDURE,
                    "status": among("open", "objected", "corrected", "rejected"),
                    "items": CORRECTIONS,
                }
            ),
        ),
        "stage": _STAGE,
        "stages": array(
            structure({"stage": _STAGE, "number": whole, "at_ms": whole, "date": either(date, among(""))}), _MANY
        ),
        "refused": table(text(16, 1), among(*get_args(Refusal))),
    }
)


def read_state(value: Any, draft: str, through: int) -> ActsState:
    """Return the state that ``value`` (parsed JSON) is.

    Raises:
        MalformedStateError: it is none, one of another draft, or one of acts after ``through``.
    """
    _require(_STATE(value), "no state of acts")
    state = cast("ActsState", value)
    _require(state["number"] <= through, "a state of later acts")
    _require(state["rights"] is None or state["rights"]["draft"] == draft, "the state of another draft")
    # What the reducer relies on: a procedure that runs has a tail, and nobody signed beyond the order.
    for procedure in chain(state["silences"].values(), state["rectifications"].values()):
        _require((procedure["closed"] is None) == bool(procedure["tail"]), "no tail")
    signing = state["signing"]
    within = signing is None or len(signing["signatures"]) <= len(signing["order"])
    _require(within, "more signatures than signers")
    return state


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion reads best this way
    if not condition:
        raise MalformedStateError(otherwise)
