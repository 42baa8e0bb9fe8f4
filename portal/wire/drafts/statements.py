"""What a device signs so that others can check it without any key of the room, and what the server signs of an act.

Signatures, initials, objections made outside the portal, receipts: canonical bytes behind a label of their own. Twin of
static/src/wire/drafts/statements.ts.
"""

import struct
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict, cast

from portal.wire.drafts.acts import ActLine, ClauseRef, LangRoot
from portal.wire.drafts.jcs import NotCanonicalError, jcs, parse_jcs
from portal.wire.drafts.reading import LANG_ROOTS
from portal.wire.drafts.shapes import Shape, among, digest, either, identifier, structure, text, whole
from portal.wire.ids import id_bytes, unb64

SIGNATURE_LABEL: Final = b"portal draft signature v1\0"
INITIAL_LABEL: Final = b"portal draft initial v1\0"
OBJECTION_LABEL: Final = b"portal draft objection v1\0"
RECEIPT_LABEL: Final = b"portal draft receipt v1\0"


class MalformedStatementError(ValueError):
    """Fields that make no statement."""


class SignatureStatement(TypedDict):
    """A delegation's signature under the text in all its authentic languages.

    ``capacity``: as what the person signs, such as "Minister for Foreign Affairs".
    """

    account: str
    at: int
    capacity: str
    delegation: str
    device: str
    draft: str
    langs: list[LangRoot]
    name: str
    root: str
    v: Literal[1]


class ObjectionStatement(TypedDict):
    """An objection to a silence, made without the server.

    ``item``: SHA-256(header ‖ signature) of the item that was sent and kept out, b64; "" if none was sent.
    """

    account: str
    at: int
    delegation: str
    device: str
    draft: str
    item: str
    reason: str
    root: str
    silence: str
    v: Literal[1]


_SIGNER: Final = {
    "account": identifier,
    "delegation": either(identifier, among("")),
    "device": identifier,
    "draft": identifier,
    "at": whole,
    "root": digest,
    "v": among(1),
}
_SIGNATURE: Final = structure({**_SIGNER, "capacity": text(200), "langs": LANG_ROOTS, "name": text(200, 1)})
_OBJECTION: Final = structure(
    {**_SIGNER, "item": either(digest, among("")), "reason": text(4000), "silence": identifier}
)


@dataclass(frozen=True, slots=True)
class Detached:
    """A signature inside an act, to be checked before the act is reduced.

    Ed25519(``device``'s key, ``message``) = ``sig`` (64 bytes).
    """

    device: str
    message: bytes
    sig: bytes


def signature_statement(statement: SignatureStatement) -> str:
    """Return the text that a person's device signs; MalformedStatementError if a field is none."""
    return _written(statement, _SIGNATURE)


def read_signature(statement: str) -> SignatureStatement | None:
    """Return what ``statement`` says; None if it is no canonical signature statement."""
    return cast("SignatureStatement | None", _read(statement, _SIGNATURE))


def objection_statement(statement: ObjectionStatement) -> str:
    """Return the text of an objection; MalformedStatementError if a field is none."""
    return _written(statement, _OBJECTION)


def read_objection(statement: str) -> ObjectionStatement | None:
    """Return what ``statement`` says; None if it is no canonical objection."""
    return cast("ObjectionStatement | None", _read(statement, _OBJECTION))


def initial_statement(
    *, account: str, delegation: str, device: str, draft: str, at: int, items: list[ClauseRef], root: str
) -> str:
    """Return the text that initials are put under: it follows from the act and its author."""
    refs = [[item["node"], item["lang"], item["hash"]] for item in items]
    fields = {
        "account": account,
        "at": at,
        "delegation": delegation,
        "device": device,
        "draft": draft,
        "items": refs,
        "root": root,
        "v": 1,
    }
    return jcs(fields).decode()


def detached_in(line: ActLine, draft: str) -> Detached | None:
    """Return the detached signature in the act of ``line``; None if it has none, or one over no statement at all."""
    act = line.content
    if act["t"] == "initial":
        statement = initial_statement(
            account=line.account,
            delegation=line.delegation,
            device=line.device,
            draft=draft,
            at=act["at"],
            items=act["items"],
            root=act["root"],
        )
        return _detached(INITIAL_LABEL, line.device, statement, act["sig"])
    if act["t"] == "sign":
        return _detached(SIGNATURE_LABEL, line.device, act["statement"], act["sig"])
    if act["t"] == "silence_late":
        objection = act["objection"]
        read = read_objection(objection["statement"])
        return read and _detached(OBJECTION_LABEL, read["device"], objection["statement"], objection["sig"])
    return None


def labelled(label: bytes, statement: str) -> bytes:
    """Return what an Ed25519 signature over a statement covers: its label ‖ its text."""
    return label + statement.encode()


def receipt_bytes(*, room: str, draft: str, item: str, number: int, head: str, at_ms: int) -> bytes:
    """Return what the ledger's key signs when the server takes an act.

    That is label ‖ room ‖ draft ‖ ``item`` ‖ u64 number ‖ head ‖ u64 at_ms; ``item``: SHA-256(header ‖ signature),
    ``head``: the stream's head after the act, both base64url of 32 bytes.

    Raises:
        ValueError: text that is none of these.
    """
    count, time = struct.pack(">Q", number), struct.pack(">Q", at_ms)
    return b"".join((RECEIPT_LABEL, id_bytes(room), id_bytes(draft), unb64(item, 32), count, unb64(head, 32), time))


def _detached(label: bytes, device: str, statement: str, sig: str) -> Detached:
    return Detached(device, labelled(label, statement), unb64(sig, 64))


def _written(statement: Any, shape: Shape) -> str:
    if not shape(statement):
        msg = "no statement"
        raise MalformedStatementError(msg)
    return jcs(statement).decode()


def _read(statement: str, shape: Shape) -> Any:
    try:
        value = parse_jcs(statement.encode())
    except (NotCanonicalError, UnicodeEncodeError):
        return None
    return value if shape(value) else None
