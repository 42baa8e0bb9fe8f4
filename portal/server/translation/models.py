"""Rows of the public's texts in many languages: topic titles, reasons, agendas, minutes, answers.

Only what anyone may read stands here. What citizens wrote is kept sealed, by ``feedback``.
"""

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.server.core.db import Base

_LANGUAGE = sa.String(35)


class PublicText(Base):
    """One public text in one language.

    ``key`` names the text ("topic:<id>", "minute:<id>"), the same for all its languages. ``origin`` "original" is what
    a person wrote; the others are translations of the original whose SHA-256 is ``source_sha256``. ``state``: waiting
    for the worker, done, or why there is no translation. ``revision`` counts changes by people. A translation counts
    for publishing once a person has checked it.
    """

    __tablename__ = "public_text"

    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    language: Mapped[str] = mapped_column(_LANGUAGE, primary_key=True)
    origin: Mapped[Literal["original", "machine", "human"]] = mapped_column(sa.String(16))
    state: Mapped[Literal["waiting", "done", "no_model", "failed"]] = mapped_column(sa.String(16), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    source_language: Mapped[str] = mapped_column(_LANGUAGE)
    source_sha256: Mapped[bytes]
    engine: Mapped[str] = mapped_column(sa.String(160), default="")
    via: Mapped[str | None] = mapped_column(_LANGUAGE)
    confidence: Mapped[Literal["clear", "doubtful", "none"]] = mapped_column(sa.String(16), default="none")
    findings: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON(), default=list)
    revision: Mapped[int] = mapped_column(default=0)
    checked_by: Mapped[str | None] = mapped_column(sa.String(22), sa.ForeignKey("account.id", ondelete="SET NULL"))
    checked_ms: Mapped[int | None]
