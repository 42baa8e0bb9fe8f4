"""Rows of the register of instruments: what those who signed a draft want everybody to be able to know of it."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.accounts.models import ID_TEXT_CHARS
from portal.server.core.db import Base

_ID: Final = sa.String(ID_TEXT_CHARS)
TITLE_CHARS_MAX: Final = 200


class Instrument(Base):
    """A signed draft for the public. ``id`` is a hash of all that is said of it, so that consent is to exactly this.

    ``bundle_sha256`` (32 bytes) is of the exported file that its parties hand out; ``signatures`` holds, for each, the
    statement, its signature and the device key as b64, and the delegation. ``published_ms`` is None while a delegation
    has not consented. It stands by itself: what was published stays when a room goes.
    """

    __tablename__ = "instrument"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    draft_id: Mapped[str] = mapped_column(_ID, index=True)
    title: Mapped[str] = mapped_column(sa.String(TITLE_CHARS_MAX))
    bundle_sha256: Mapped[bytes]
    signatures: Mapped[dict[str, Any]]
    created_ms: Mapped[int]
    published_ms: Mapped[int | None] = mapped_column(index=True)


class InstrumentConsent(Base):
    """A delegation's consent to the publication, given by one of its people."""

    __tablename__ = "instrument_consent"

    instrument_id: Mapped[str] = mapped_column(
        _ID, sa.ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True
    )
    delegation_id: Mapped[str] = mapped_column(_ID, sa.ForeignKey("delegation.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(_ID)
    at_ms: Mapped[int]
