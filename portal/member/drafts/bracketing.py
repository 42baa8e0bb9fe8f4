"""Brackets in a draft's text: words that are not agreed, and those that are offered in their place.

An edit as in writing.py. Twin of static/src/draft/model/brackets.ts, as far as a program needs it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc, Map

from portal.member.drafts.reading import fragment_of, root, texts_in
from portal.member.drafts.writing import NoSuchClauseError
from portal.wire.ids import Id, new_id


class NoSuchWordsError(ValueError):
    """A clause does not have these words exactly once."""


@dataclass(frozen=True, slots=True)
class Option:
    """What is offered: words by language (empty ones: nothing in their place), by which delegation ("" for none)."""

    by: str
    words: Mapping[str, str]


def bracket_words(
    doc: Doc[Any], node: str, present: Option, offered: Sequence[Option], *, by: str, reason: str, at_ms: int
) -> Id:
    """Put the words of ``present`` in each of its languages into a bracket, the ``offered`` ones behind them.

    Returns the bracket's id. Raises NoSuchClauseError, or NoSuchWordsError for words that are not there just once.
    """
    bracket, options = new_id(), [new_id() for _ in (present, *offered)]
    places = {lang: _place(doc, node, lang, words) for lang, words in present.words.items()}
    fields: Map[Any] = Map({"by": by, "at": float(at_ms), "reason": reason, "whole": False})
    root(doc, "brackets")[bracket] = fields
    fields["options"] = Map({})
    for order, (option, wish) in enumerate(zip(options, (present, *offered), strict=True), 1):
        kind = "text" if any(wish.words.values()) else "delete"
        fields["options"][option] = Map({"by": wish.by, "order": f"{order:05}1", "kind": kind, "from": json.dumps([])})
    for lang, (text, at) in places.items():
        end = at + len(present.words[lang].encode())
        text.format(at, end, _mark(bracket, options[0]))
        for option, wish in zip(options[1:], offered, strict=True):
            words = wish.words.get(lang, "")
            if words:
                text.insert(end, words, {**_unmarked(bracket, options[0]), **_mark(bracket, option)})
                end += len(words.encode())
    return bracket


def _place(doc: Doc[Any], node: str, lang: str, words: str) -> tuple[Any, int]:
    fragment = fragment_of(doc, node, lang)
    if fragment is None:
        raise NoSuchClauseError(node)
    for text in texts_in(fragment):
        there = "".join(value for value, _ in text.diff() if isinstance(value, str))
        if words and there.count(words) == 1:
            return text, len(there[: there.index(words)].encode())
    raise NoSuchWordsError(words)


def _mark(bracket: str, option: str) -> dict[str, Any]:
    return {_key(bracket, option): {"id": bracket, "option": option}}


def _unmarked(bracket: str, option: str) -> dict[str, Any]:
    return {_key(bracket, option): None}


def _key(bracket: str, option: str) -> str:
    return f"bracket--{bracket}.{option}"
