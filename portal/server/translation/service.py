"""Public texts in many languages: kept, asked for, checked by a person. The only writer of ``public_text``.

``put`` keeps an original and has the worker translate it; ``shown`` gives what a reader gets, which is the original
where there is nothing better; ``missing`` names what no person has checked yet, which blocks publishing.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from portal.server.core import jobs
from portal.server.core.actor import Actor
from portal.server.core.catalogues import LANGUAGES
from portal.server.core.db import Unit
from portal.server.translation.models import PublicText
from portal.server.translation.rendering import Rendering
from portal.wire.errors import UserError

JOB: Final = "translation.public"
TEXT_CHARS_MAX: Final = 200_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A text for one reader, with its original always beside it."""

    key: str
    text: str
    language: str
    origin: Literal["original", "machine", "human"]
    original: str
    original_language: str
    checked: bool
    """Whether a person has compared the translation with the original; an original needs no such thing."""
    via: str | None
    findings: Sequence[Mapping[str, Any]]

    @property
    def is_translated(self) -> bool:
        """Whether the reader sees something else than the original."""
        return self.origin != "original"


def put(unit: Unit, key: str, text: str, language: str, *, targets: Iterable[str] = LANGUAGES) -> None:
    """Keep ``text`` as the original of ``key`` and have it translated into ``targets``; the same text changes nothing.

    Another text than before makes every translation of it wait anew, also those that a person has checked.
    """
    digest = _digest(text)
    found = _rows(unit, [key])
    original = next((row for row in found if row.origin == "original"), None)
    wanted = {target for target in targets if target != language}
    if original is not None and (original.source_sha256, original.language) == (digest, language):
        wanted -= {row.language for row in found}
    else:
        for row in found:
            unit.session.delete(row)
        unit.session.flush()
        unit.session.add(_row(key, language, "original", "done", text, language, digest))
    for target in sorted(wanted):
        unit.session.add(_row(key, target, "machine", "waiting", "", language, digest))
    unit.session.flush()
    if wanted:
        jobs.enqueue(unit, JOB, {"key": key})


def shown(unit: Unit, keys: Collection[str], language: str) -> dict[str, Shown]:
    """Return each of ``keys`` that has a text as a reader of ``language`` gets it."""
    rows: dict[str, dict[str, PublicText]] = {}
    readable = sa.or_(PublicText.origin == "original", PublicText.language == language)
    for row in _rows(unit, keys, readable):
        rows.setdefault(row.key, {})["original" if row.origin == "original" else "translation"] = row
    return {key: _shown(found) for key, found in rows.items() if "original" in found}


def missing(unit: Unit, keys: Collection[str], languages: Iterable[str] = LANGUAGES) -> list[tuple[str, str]]:
    """Return (key, language) of every text that is not there yet, or that no person has compared with its original."""
    ready = {
        (row.key, row.language)
        for row in _rows(unit, keys)
        if row.origin == "original" or (row.text and row.checked_ms is not None)
    }
    return [(key, language) for key in keys for language in languages if (key, language) not in ready]


def languages_of(unit: Unit, key: str) -> list[PublicText]:
    """Return the original of ``key`` and its translations, the original first."""
    return sorted(_rows(unit, [key]), key=lambda row: (row.origin != "original", row.language))


def unchecked(unit: Unit, language: str, prefix: str = "", limit: int = 100) -> list[tuple[PublicText, PublicText]]:
    """Return (original, translation) of what waits for a person to check it in ``language``; doubtful ones first."""
    original = sa.orm.aliased(PublicText)
    waiting = (
        sa.select(original, PublicText)
        .join(PublicText, PublicText.key == original.key)
        .where(
            original.origin == "original",
            PublicText.origin != "original",
            PublicText.language == language,
            PublicText.checked_ms.is_(None),
            PublicText.key.startswith(prefix, autoescape=True),
        )
        .order_by(PublicText.confidence == "clear", PublicText.key)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in unit.session.execute(waiting)]


def unchecked_counts(unit: Unit, prefix: str = "") -> dict[str, int]:
    """Return how many translations wait for a person, by language."""
    waiting = (
        sa.select(PublicText.language, sa.func.count())
        .where(
            PublicText.origin != "original",
            PublicText.checked_ms.is_(None),
            PublicText.key.startswith(prefix, autoescape=True),
        )
        .group_by(PublicText.language)
    )
    return {row[0]: row[1] for row in unit.session.execute(waiting)}


def check(unit: Unit, actor: Actor, key: str, language: str, text: str, *, revision: int) -> None:
    """Note that ``actor`` has compared a translation with its original, and keep ``text``, corrected where it differs.

    Raises:
        UserError: moderation.moved, if somebody changed it after ``revision``; request.not_found.
    """
    row = unit.session.get(PublicText, (key, language), with_for_update=True)
    if row is None or row.origin == "original" or not text.strip():
        raise UserError("request.not_found")
    if row.revision != revision:
        raise UserError("moderation.moved")
    if text.strip() != row.text.strip():
        row.text, row.origin, row.engine, row.via = text.strip(), "human", "", None
        row.confidence, row.findings = "clear", []
    row.state, row.revision = "done", row.revision + 1
    row.checked_by, row.checked_ms = actor.account, unit.now_ms
    unit.session.flush()


def ask_again(unit: Unit, states: Collection[str] = ("no_model", "failed")) -> int:
    """Have the worker try once more what it could not translate, for instance after a package was installed."""
    stuck = sa.update(PublicText).where(PublicText.state.in_(states), PublicText.checked_ms.is_(None))
    keys = {row.key for row in unit.session.execute(stuck.values(state="waiting").returning(PublicText.key))}
    for key in sorted(keys):
        jobs.enqueue(unit, JOB, {"key": key})
    return len(keys)


def drop(unit: Unit, keys: Collection[str]) -> None:
    """Remove texts in all languages."""
    unit.session.execute(sa.delete(PublicText).where(PublicText.key.in_(keys)))


def waiting(unit: Unit, key: str) -> list[tuple[str, str, str, bytes]]:
    """Return (original text, its language, language to translate into, hash of the original) that the worker owes."""
    rows = _rows(unit, [key])
    original = next((row for row in rows if row.origin == "original"), None)
    if original is None:
        return []
    return [
        (original.text, original.language, row.language, row.source_sha256) for row in rows if row.state == "waiting"
    ]


def take_in(unit: Unit, key: str, language: str, digest: bytes, made: Rendering) -> None:
    """Keep what the worker made, unless the original was changed or a person was faster."""
    row = unit.session.get(PublicText, (key, language), with_for_update=True)
    if row is None or row.state != "waiting" or row.source_sha256 != digest:
        return
    row.text = made.text if made.state == "done" else ""
    row.state, row.engine, row.via = made.state, made.engine, made.via
    row.confidence, row.findings = made.confidence, made.findings
    row.revision += 1
    unit.session.flush()


def _shown(rows: Mapping[str, PublicText]) -> Shown:
    original = rows["original"]
    translation = rows.get("translation")
    row = translation if translation is not None and translation.text else original
    return Shown(
        row.key,
        row.text,
        row.language,
        row.origin,
        original.text,
        original.language,
        row is original or row.checked_ms is not None,
        row.via,
        row.findings,
    )


def _rows(unit: Unit, keys: Collection[str], *conditions: sa.ColumnElement[bool]) -> list[PublicText]:
    wanted = list(keys)
    found: list[PublicText] = []
    for start in range(0, len(wanted), 500):  # databases bound how many values one statement names
        batch = PublicText.key.in_(wanted[start : start + 500])
        found.extend(unit.session.scalars(sa.select(PublicText).where(batch, *conditions)))
    return found


def _row(
    key: str,
    language: str,
    origin: Literal["original", "machine"],
    state: Literal["done", "waiting"],
    text: str,
    source: str,
    digest: bytes,
) -> PublicText:
    return PublicText(
        key=key,
        language=language,
        origin=origin,
        state=state,
        text=text[:TEXT_CHARS_MAX],
        source_language=source,
        source_sha256=digest,
        findings=[],
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
