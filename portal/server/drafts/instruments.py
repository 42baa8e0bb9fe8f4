"""The register of instruments: signatures verified without reading a draft, published once all who signed consent.

The server sees what the parties choose to show: a title, the hash of the exported file, and the signed statements.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from sqlalchemy.dialects import postgresql, sqlite

from portal.server.accounts.models import Account, Delegation, Device
from portal.server.core import outbox
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.drafts import policy
from portal.server.drafts.instrument_models import Instrument, InstrumentConsent
from portal.server.drafts.instrument_schemas import InstrumentView, PublicationRequest, SignatureText, SignerView
from portal.server.rooms.models import RoomMember
from portal.wire import events
from portal.wire.drafts.jcs import jcs
from portal.wire.drafts.statements import SIGNATURE_LABEL, SignatureStatement, labelled, read_signature
from portal.wire.drafts.text import RefusedTextError, canonical_text
from portal.wire.errors import OwnFault, PeerError, UserError
from portal.wire.ids import ID_BYTES, AccountId, DraftId, Id, RoomId, b64, unb64

OF_DRAFT_MAX: Final = 20
SHOWN_MAX: Final = 200
LABEL: Final = b"portal instrument v1\0"
REVOKED_GRACE_S: Final = 7200
"""As for items: what a device signed by its own clock up to two hours after its revocation still counts."""


class _Signed(NamedTuple):
    statement: SignatureStatement
    text: str
    sig: str
    key: bytes


def consent(unit: Unit, actor: Actor, room: RoomId, draft: DraftId, request: PublicationRequest) -> InstrumentView:
    """Note that the actor's delegation wants exactly this published; it is, once all whose signatures it has do.

    Raises:
        UserError: room.not_found, draft.not_found; draft.right_required for whoever is of no delegation that signed;
            storage.full.
        PeerError: draft.malformed with a ``reason``: statement, other_draft, signature, delegation, twice, root, title.
    """
    policy.get_draft_for(unit, actor.account, room, draft)
    title = _title(request.title)
    signed = sorted((_verified(unit, draft, one) for one in request.signatures), key=_delegation_of)
    _check_together(signed)
    signers = set(map(_delegation_of, signed))
    if actor.delegation is None or actor.delegation not in signers:
        raise UserError("draft.right_required", right="read")
    row = _row(unit, draft, title, request.bundle, signed)
    _note_consent(unit, row, actor.delegation, actor.account)
    given = set(unit.session.scalars(sa.select(InstrumentConsent.delegation_id).filter_by(instrument_id=row.id)))
    if row.published_ms is None and given >= signers:
        row.published_ms = unit.now_ms
        unit.session.flush()
    _tell(unit, room)
    return _views(unit, [row])[0]


def of_draft(unit: Unit, account: AccountId, room: RoomId, draft: DraftId) -> list[InstrumentView]:
    """Return what is, or is to be, published of ``draft``: newest first.

    Raises:
        UserError: room.not_found, draft.not_found.
    """
    policy.get_draft_for(unit, account, room, draft)
    rows = sa.select(Instrument).where(Instrument.draft_id == draft).order_by(Instrument.created_ms.desc())
    return _views(unit, unit.session.scalars(rows).all())


def published(unit: Unit) -> list[InstrumentView]:
    """Return the register: what is public, newest first, at most 200."""
    public = sa.select(Instrument).where(Instrument.published_ms.is_not(None))
    rows = public.order_by(Instrument.published_ms.desc(), Instrument.id).limit(SHOWN_MAX)
    return _views(unit, unit.session.scalars(rows).all())


def _title(text: str) -> str:
    try:
        title = canonical_text(text)
    except RefusedTextError:
        title = ""
    if title != text or not title or "\n" in title:
        raise PeerError("draft.malformed", reason="title")
    return title


def _verified(unit: Unit, draft: DraftId, given: SignatureText) -> _Signed:
    """Return what was signed, after the signer's own device and delegation were found."""
    statement = read_signature(given.statement)
    if statement is None:
        raise PeerError("draft.malformed", reason="statement")
    if statement["draft"] != draft:
        raise PeerError("draft.malformed", reason="other_draft")
    device = unit.session.get(Device, statement["device"])
    signer = unit.session.get(Account, statement["account"])
    if device is None or signer is None or device.account_id != signer.id:
        raise PeerError("draft.malformed", reason="signature")
    if device.revoked_s is not None and statement["at"] > (device.revoked_s + REVOKED_GRACE_S) * 1000:
        raise PeerError("draft.malformed", reason="signature")
    if signer.delegation_id is None or signer.delegation_id != statement["delegation"]:
        raise PeerError("draft.malformed", reason="delegation")
    try:
        VerifyKey(device.key).verify(labelled(SIGNATURE_LABEL, given.statement), unb64(given.sig))
    except BadSignatureError:
        raise PeerError("draft.malformed", reason="signature") from None
    return _Signed(statement, given.statement, given.sig, device.key)


def _check_together(signed: Sequence[_Signed]) -> None:
    first = signed[0].statement
    if len(set(map(_delegation_of, signed))) != len(signed):
        raise PeerError("draft.malformed", reason="twice")
    same = all(one.statement["root"] == first["root"] and one.statement["langs"] == first["langs"] for one in signed)
    if not same:
        raise PeerError("draft.malformed", reason="root")


def _row(unit: Unit, draft: DraftId, title: str, bundle: str, signed: Sequence[_Signed]) -> Instrument:
    """Return the row of exactly this publication, made at the first consent, and this transaction's alone."""
    said = {"bundle": bundle, "draft": draft, "signatures": [[one.text, one.sig] for one in signed], "title": title}
    name = b64(hashlib.sha256(LABEL + jcs(said)).digest()[:ID_BYTES])
    row = _locked(unit, name)
    if row is not None:
        return row
    present = unit.session.scalar(sa.select(sa.func.count()).where(Instrument.draft_id == draft)) or 0
    if present >= OF_DRAFT_MAX:
        raise UserError("storage.full", limit=OF_DRAFT_MAX)
    kept = [{"statement": one.text, "sig": one.sig, "key": b64(one.key)} for one in signed]
    values = {
        "id": name,
        "draft_id": draft,
        "title": title,
        "bundle_sha256": unb64(bundle),
        "signatures": {"signatures": kept},
        "created_ms": unit.now_ms,
    }
    unit.session.execute(_insert(unit)(Instrument).values(values).on_conflict_do_nothing())
    made = _locked(unit, name)
    if made is None:
        raise OwnFault("server.fault")  # it has just been inserted, by us or by another consent at the same time
    return made


def _locked(unit: Unit, name: str) -> Instrument | None:
    """Return a row until the transaction's end: of two last consents at once, one has to see the other."""
    return unit.session.get(Instrument, name, with_for_update=True, populate_existing=True)


def _note_consent(unit: Unit, row: Instrument, delegation: str, account: AccountId) -> None:
    values = {"instrument_id": row.id, "delegation_id": delegation, "account_id": account, "at_ms": unit.now_ms}
    unit.session.execute(_insert(unit)(InstrumentConsent).values(values).on_conflict_do_nothing())


def _insert(unit: Unit) -> Any:
    return sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert


def _tell(unit: Unit, room: RoomId) -> None:
    members = unit.session.scalars(sa.select(RoomMember.account_id).where(RoomMember.room_id == room))
    audiences = [outbox.account(AccountId(Id(account))) for account in members]
    unit.outbox.emit(events.DRAFTS_CHANGED, room, to=audiences)


def _views(unit: Unit, rows: Iterable[Instrument]) -> list[InstrumentView]:
    found = list(rows)
    delegations = {one.id: one for one in unit.session.scalars(sa.select(Delegation))}
    of_rows = sa.select(InstrumentConsent).where(InstrumentConsent.instrument_id.in_([row.id for row in found]))
    consents: dict[str, list[str]] = {}
    for given in unit.session.scalars(of_rows.order_by(InstrumentConsent.delegation_id)):
        consents.setdefault(given.instrument_id, []).append(given.delegation_id)
    return [_view(row, delegations, consents.get(row.id, [])) for row in found]


def _view(row: Instrument, delegations: dict[str, Delegation], consented: list[str]) -> InstrumentView:
    signers = [_signer(one, delegations) for one in row.signatures["signatures"]]
    first = _read(row.signatures["signatures"][0]["statement"])
    return InstrumentView(
        instrument=row.id,
        draft=row.draft_id,
        title=row.title,
        bundle=b64(row.bundle_sha256),
        root=first["root"],
        langs=tuple((lang, root) for lang, root in first["langs"]),
        signatures=tuple(signers),
        consented=tuple(consented),
        published_ms=row.published_ms,
    )


def _signer(kept: dict[str, Any], delegations: dict[str, Delegation]) -> SignerView:
    statement = _read(kept["statement"])
    delegation = delegations[statement["delegation"]]
    return SignerView(
        statement=kept["statement"],
        sig=kept["sig"],
        key=kept["key"],
        name=statement["name"],
        capacity=statement["capacity"],
        at_ms=statement["at"],
        delegation=delegation.id,
        delegation_name=delegation.name,
        delegation_code=delegation.code,
    )


def _read(text: str) -> SignatureStatement:
    statement = read_signature(text)
    if statement is None:
        msg = "a statement that was verified can not be read"
        raise ValueError(msg)
    return statement


def _delegation_of(signed: _Signed) -> str:
    return signed.statement["delegation"]
