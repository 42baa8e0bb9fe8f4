"""Minutes of a hall, in four phases; the only writer of ``minute`` and ``hall_minutes``.

    phase    who may write           what the public sees              becomes
    draft    any moderator           nothing                           clerk, by a moderator
    clerk    any moderator           nothing                           amend, by a moderator
    amend    any moderator, openly   the text and all its revisions    final, once every language is checked
    final    nobody                  the text, and its file, whose     amend, as the next number, if an error is found
                                     hash is in the ledger

Every change adds a revision; none is ever replaced. The draft is made of the notes, questions and polls when somebody
first opens it. The newest revision is a public text, translated and checked by people like all others.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from portal.server.core.actor import Actor
from portal.server.core.catalogues import DEFAULT_LANGUAGE, LANGUAGES, Words
from portal.server.core.db import Unit
from portal.server.ledger import service as ledger
from portal.server.townhall import clock
from portal.server.townhall.commands import refusal
from portal.server.townhall.hall_log import hall_named
from portal.server.townhall.hall_models import HallMinutes, Minute, MinutesPhase, TownHall
from portal.server.townhall.hall_projection import Projection
from portal.server.townhall.hall_state import HallState, Item
from portal.server.townhall.hall_view import Texts
from portal.server.translation import service as translation
from portal.wire.errors import UserError
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind

NEXT: Final[Mapping[MinutesPhase, MinutesPhase]] = MappingProxyType(
    {"draft": "clerk", "clerk": "amend", "amend": "final", "final": "amend"}
)
PUBLIC: Final = frozenset({"amend", "final"})


@dataclass(frozen=True, slots=True)
class ItemMinutes:
    """The minutes of one item: its newest revision, and what a reader of one language gets of title and text."""

    item: str
    title: translation.Shown | None
    newest: Minute
    shown: translation.Shown | None


def minute_key(hall: str, item: str) -> str:
    """Return the name of an item's minutes among the public texts."""
    return f"minute:{hall}:{item}"


def begin(unit: Unit, projection: Projection) -> HallMinutes:
    """Return where the minutes of a closed hall stand; makes the draft if there is none.

    Raises:
        UserError: hall.refused, while the hall is not over.
    """
    hall = hall_named(unit, projection.hall, lock=True)
    known = standing(unit, hall.id)
    if known is not None:
        return known
    if hall.standing != "closed":
        raise refusal("not_closed")
    with projection.lock:
        drafts = _drafts(projection.catch_up(unit), projection.texts)
    for item, (text, lang) in drafts.items():
        _add(unit, hall, item, text, lang, phase="draft", author=None)
    return _stand(unit, hall.id, 1, "draft")


def standing(unit: Unit, hall: str) -> HallMinutes | None:
    """Return where the minutes of ``hall`` stand; None before the draft."""
    rows = sa.select(HallMinutes).where(HallMinutes.hall_id == hall).order_by(HallMinutes.number.desc())
    return unit.session.scalar(rows.limit(1))


def published(unit: Unit, hall: str) -> HallMinutes | None:
    """Return the newest minutes that are final; None if there are none."""
    rows = sa.select(HallMinutes).where(HallMinutes.hall_id == hall, HallMinutes.file.is_not(None))
    return unit.session.scalar(rows.order_by(HallMinutes.number.desc()).limit(1))


def write(unit: Unit, actor: Actor, hall: str, item: str, text: str, lang: str, *, revision: int) -> Minute:
    """Add a revision after ``revision``, which its author had seen.

    Raises:
        UserError: hall.moved, if somebody else wrote one meanwhile (what was typed is the view's to keep);
            hall.refused, if the minutes are final or have no such item.
    """
    row = hall_named(unit, hall, lock=True)
    where = standing(unit, hall)
    if where is None or where.phase == "final":
        raise refusal("final_minutes")
    newest = _newest(unit, hall).get(item)
    if newest is None:
        raise refusal("item")
    if newest.revision != revision:
        raise UserError("hall.moved", seq=newest.revision)
    if (newest.text, newest.lang) == (text, lang):
        return newest
    return _add(unit, row, item, text, lang, phase=where.phase, author=actor.account)


def advance(unit: Unit, hall: str, after: MinutesPhase) -> HallMinutes:
    """Bring the minutes from the phase ``after`` into the next one.

    Raises:
        UserError: hall.moved, if they are in another phase already; hall.refused with reason "unchecked", while a
            language is missing or was not read over by a person.
    """
    row = hall_named(unit, hall, lock=True)
    where = standing(unit, hall)
    if where is None or where.phase != after:
        raise UserError("hall.moved")
    becomes = NEXT[after]
    if after == "final":
        return _stand(unit, hall, where.number + 1, becomes)
    if becomes == "final":
        _publish(unit, row, where)
    where.phase, where.at_ms = becomes, unit.now_ms
    unit.session.flush()
    return where


def unchecked(unit: Unit, hall: str) -> list[tuple[str, str]]:
    """Return (item, language) of every text that nobody has read over yet."""
    keys = {minute_key(hall, item): item for item in _newest(unit, hall)}
    return [(keys[key], lang) for key, lang in translation.missing(unit, list(keys))]


def items(unit: Unit, projection: Projection, lang: str) -> list[ItemMinutes]:
    """Return the minutes item by item, in the order of the agenda, for readers of ``lang``."""
    newest = _newest(unit, projection.hall)
    with projection.lock:
        agenda = [item for item in projection.catch_up(unit).items.values() if item.id in newest]
    keys = [minute_key(projection.hall, item.id) for item in agenda]
    shown = translation.shown(unit, [*keys, *(item.text for item in agenda)], lang)
    return [
        ItemMinutes(item.id, shown.get(item.text), newest[item.id], shown.get(key))
        for item, key in zip(agenda, keys, strict=True)
    ]


def revisions(unit: Unit, hall: str, item: str, *, public: bool) -> list[Minute]:
    """Return the revisions of an item's minutes, newest first; ``public``: those since they were laid open."""
    rows = list(
        unit.session.scalars(
            sa.select(Minute).where(Minute.hall_id == hall, Minute.item == item).order_by(Minute.revision)
        )
    )
    if public:
        first = next((number for number, row in enumerate(rows) if row.phase in PUBLIC), len(rows))
        rows = rows[max(0, first - 1) :]  # the clerk's last word is what was laid open
    return rows[::-1]


def _publish(unit: Unit, hall: TownHall, where: HallMinutes) -> None:
    if unchecked(unit, hall.id):
        raise refusal("unchecked")
    where.file = _file(unit, hall, where.number)
    statement = {
        "hall": hall.id,
        "number": where.number,
        "what": "minutes",
        "file": b64(hashlib.sha256(where.file).digest()),
    }
    subject = f"minutes:{hall.id}"
    where.ledger_entry = ledger.record_opened(unit, Kind.HALL, statement, subject=subject, number=where.number).entry
    if hall.week is not None:
        clock.minuted(unit, hall.week)


def _file(unit: Unit, hall: TownHall, number: int) -> bytes:
    """The minutes in all languages as one file, made so that the same minutes always give the same bytes."""
    newest = _newest(unit, hall.id)
    texts: dict[str, dict[str, str]] = {item: {} for item in newest}
    for lang in LANGUAGES:
        keys = {minute_key(hall.id, item): item for item in newest}
        for key, shown in translation.shown(unit, list(keys), lang).items():
            texts[keys[key]][lang] = shown.text
    value = {
        "hall": hall.id,
        "week": hall.week,
        "number": number,
        "items": [
            {"item": item, "original": row.lang, "revision": row.revision, "text": texts[item]}
            for item, row in sorted(newest.items())
        ],
    }
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def _newest(unit: Unit, hall: str) -> dict[str, Minute]:
    rows = unit.session.scalars(sa.select(Minute).where(Minute.hall_id == hall).order_by(Minute.revision))
    return {row.item: row for row in rows}


def _add(
    unit: Unit, hall: TownHall, item: str, text: str, lang: str, *, phase: MinutesPhase, author: str | None
) -> Minute:
    newest = sa.select(sa.func.max(Minute.revision)).where(Minute.hall_id == hall.id, Minute.item == item)
    row = Minute(
        hall_id=hall.id,
        item=item,
        revision=(unit.session.scalar(newest) or 0) + 1,
        phase=phase,
        lang=lang,
        text=text,
        author=author,
        at_ms=unit.now_ms,
    )
    unit.session.add(row)
    translation.put(unit, minute_key(hall.id, item), text, lang)
    return row


def _stand(unit: Unit, hall: str, number: int, phase: MinutesPhase) -> HallMinutes:
    row = HallMinutes(hall_id=hall, number=number, phase=phase, at_ms=unit.now_ms, file=None, ledger_entry=None)
    unit.session.add(row)
    unit.session.flush()
    return row


def _drafts(state: HallState, texts: Texts) -> dict[str, tuple[str, str]]:
    """A first text for each item that the public saw: notes, answered questions, polls, as they were said."""
    said = [item for item in state.items.values() if item.kind != "internal" and item.standing != "waiting"]
    return {item.id: _draft(state, texts, item) for item in said}


def _draft(state: HallState, texts: Texts, item: Item) -> tuple[str, str]:
    notes = [_original(texts, note.text) for note in state.notes.values() if note.item == item.id and note.shown]
    lang = next((lang for _, lang in notes), DEFAULT_LANGUAGE)
    words = Words("minutes", lang)
    lines = [text for text, _ in notes]
    lines += [
        words("draft.question", text=_original(texts, question.text)[0])
        for question in state.questions.values()
        if question.item == item.id and question.standing in {"taken", "answered"}
    ]
    for poll in state.polls.values():
        if poll.item == item.id and poll.counts is not None:
            options = (_original(texts, option)[0] for option in poll.options)
            counted = ", ".join(f"{option} {votes}" for option, votes in zip(options, poll.counts, strict=True))
            lines.append(words("draft.poll", text=_original(texts, poll.text)[0], counts=counted))
    if item.standing == "withdrawn":
        lines.append(words("draft.withdrawn", text=_original(texts, item.reason)[0]))
    return "\n".join(lines) or words("draft.nothing"), lang


def _original(texts: Texts, key: str | None) -> tuple[str, str]:
    found: Iterable[Any] = () if key is None else texts.get(key, {}).values()
    return next(((it.text, it.lang) for it in found if it.origin == "original"), ("", DEFAULT_LANGUAGE))
