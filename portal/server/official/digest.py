"""Subscriptions to the weekly digest: nobody gets it who has not said yes in a letter sent to that very address.

Links carry a subscription's id and a keyed hash of it and of what the link is for; nothing of them is stored. An
address is sealed under the key at rest. What a page answers is the same whether or not an address is known here.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from portal.server.core import erasures, jobs
from portal.server.core.db import Unit
from portal.server.official.models import DigestSubscription
from portal.wire.ids import b64, new_id, unb64

CONFIRM_JOB: Final = "digest.confirm"
ASKED_DAYS: Final = 3
"""Days for which the link of a first letter is good; who does not answer is forgotten then."""
ASKED_MAX: Final = 2000
"""Addresses that may wait for an answer at one time: a flood of strangers' addresses ends there."""
ADDRESS_CHARS_MAX: Final = 254
_MAC_BYTES: Final = 16
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\\\"]+@(?:[^\s@<>()\[\],;:\\\".]+\.)+[^\s@<>()\[\],;:\\\".]{2,}")

Purpose = Literal["confirm", "stop"]


class CrowdedError(Exception):
    """Too many addresses wait for an answer."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a letter."""

    id: str
    address: str
    language: str
    last_week: str | None


def is_address(text: str) -> bool:
    """Whether ``text`` looks like one e-mail address, and could not be read as more than one, or as a header."""
    printable = not any(unicodedata.category(character).startswith(("C", "Z")) for character in text)
    return printable and len(text) <= ADDRESS_CHARS_MAX and _ADDRESS.fullmatch(text) is not None


def ask(unit: Unit, address: str, language: str) -> None:
    """Note that somebody asks for the digest to ``address``, and have a letter sent there that asks for a yes.

    An address that has said yes, or was asked today, gets no further letter. CrowdedError: too many are waiting.
    """
    lookup = _lookup(unit, address)
    known = unit.session.scalar(sa.select(DigestSubscription).where(DigestSubscription.lookup == lookup))
    today = unit.now_s // 86_400
    if known is not None and (known.state == "active" or known.asked_day == today):
        return
    if known is None:
        waiting = sa.select(sa.func.count()).where(DigestSubscription.state == "asked")
        if (unit.session.scalar(waiting) or 0) >= ASKED_MAX:
            raise CrowdedError
        known = DigestSubscription(id=new_id(), lookup=lookup, sealed=b"", state="asked", last_week=None)
        known.sealed = unit.at_rest.seal(address, _context(known.id))
        unit.session.add(known)
    known.lang, known.asked_day = language, today
    unit.session.flush()
    jobs.enqueue(unit, CONFIRM_JOB, {"subscription": known.id})


def confirm(unit: Unit, token: str) -> bool:
    """Make the subscription that ``token`` was made for active; False if the link is not good, or no longer."""
    row = _row_of(unit, token, "confirm")
    if row is None:
        return False
    row.state = "active"
    return True


def stop(unit: Unit, token: str) -> bool:
    """Forget the subscription that ``token`` was made for; False if the link was never good."""
    identifier = _opened(unit, token, "stop")
    if identifier is None:
        return False
    unit.session.execute(sa.delete(DigestSubscription).where(DigestSubscription.id == identifier))
    return True


def drop_unanswered(unit: Unit) -> None:
    """Forget the addresses whose owners have not answered."""
    before = unit.now_s // 86_400 - ASKED_DAYS
    old = sa.delete(DigestSubscription).where(
        DigestSubscription.state == "asked", DigestSubscription.asked_day < before
    )
    erasures.note(unit, "addresses", unit.connection.execute(old).rowcount)


def due(unit: Unit, week: str, limit: int) -> list[str]:
    """Return up to ``limit`` subscriptions that have not had the digest of ``week``, or of a later one."""
    behind = sa.or_(DigestSubscription.last_week.is_(None), DigestSubscription.last_week < week)
    rows = sa.select(DigestSubscription.id).where(DigestSubscription.state == "active", behind)
    return list(unit.session.scalars(rows.order_by(DigestSubscription.id).limit(limit)))


def reader(unit: Unit, identifier: str) -> Reader | None:
    """Return to whom a subscription's letters go; None if it is gone."""
    row = unit.session.get(DigestSubscription, identifier)
    if row is None:
        return None
    return Reader(row.id, unit.at_rest.opened(row.sealed, _context(row.id)), row.lang, row.last_week)


def handed_in(unit: Unit, identifier: str, week: str) -> None:
    """Note that the mail server took the digest of ``week`` for this subscription."""
    changed = sa.update(DigestSubscription).where(DigestSubscription.id == identifier)
    unit.session.execute(changed.values(last_week=week))


def token(unit: Unit, identifier: str, purpose: Purpose) -> str:
    """Return the secret part of a link with which only the holder of the address confirms or stops."""
    return identifier + b64(_mac(unit, identifier, purpose))


def _row_of(unit: Unit, text: str, purpose: Purpose) -> DigestSubscription | None:
    identifier = _opened(unit, text, purpose)
    return None if identifier is None else unit.session.get(DigestSubscription, identifier)


def _opened(unit: Unit, text: str, purpose: Purpose) -> str | None:
    identifier, mac = text[:22], text[22:]
    try:
        right = hmac.compare_digest(unb64(mac, _MAC_BYTES), _mac(unit, identifier, purpose))
    except ValueError:
        return None
    return identifier if right else None


def _mac(unit: Unit, identifier: str, purpose: Purpose) -> bytes:
    key = unit.at_rest.derive(f"digest {purpose} links")
    return hmac.digest(key, identifier.encode(), hashlib.sha256)[:_MAC_BYTES]


def _lookup(unit: Unit, address: str) -> bytes:
    return hmac.digest(unit.at_rest.derive("digest addresses"), address.casefold().encode(), hashlib.sha256)


def _context(identifier: str) -> str:
    return f"digest {identifier}"
