"""Changes of a draft's documents: edits, each to be made within one transaction of a copy (document.py ``edited``).

Places in a text are what the library counts: bytes of UTF-8, and one for what is embedded.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText

from portal.member.drafts.reading import fragment_of, root, texts_in
from portal.wire.drafts.text import NodeKind
from portal.wire.ids import Id, new_id

_EMBEDDED: Final = "\ufffc"
"""Stands for what is embedded in a text; its one byte of length is less than its three of UTF-8."""


class NoSuchClauseError(ValueError):
    """There is no clause with this id."""


@dataclass(frozen=True, slots=True)
class NewClause:
    """A clause to begin with; ``text`` by language; ``under``: the place, in the list, of the clause it is part of."""

    kind: NodeKind
    text: Mapping[str, str]
    under: int | None = None


def begin_text(doc: Doc[Any], title: Mapping[str, str], langs: Sequence[str], clauses: Sequence[NewClause]) -> None:
    """Write a whole text into an empty document: its title by language, its columns, its clauses in order."""
    meta, nodes = root(doc, "meta"), root(doc, "nodes")
    meta["title"] = Map(dict(title))
    meta["langs"] = json.dumps(list(langs))
    meta["template"] = ""
    ids = [new_id() for _ in clauses]
    for place, clause in enumerate(clauses, 1):
        parent = "" if clause.under is None else ids[clause.under]
        fields: Map[Any] = Map({"kind": clause.kind, "parent": parent, "order": f"{place:05}1"})
        nodes[ids[place - 1]] = fields
        fields["text"] = Map({})
        for lang in langs:
            _new_text(fields["text"], lang, clause.text.get(lang, ""))


def set_words(doc: Doc[Any], node: str, lang: str, words: str) -> None:
    """Let a clause say ``words`` in a language, changing no more of it than differs; NoSuchClauseError."""
    fields = root(doc, "nodes").get(node)
    if not isinstance(fields, Map):
        raise NoSuchClauseError(node)
    fragment = fragment_of(doc, node, lang)
    if fragment is None:
        if not isinstance(fields.get("text"), Map):
            fields["text"] = Map({})
        _new_text(fields["text"], lang, words)
        return
    texts = texts_in(fragment)
    text = texts[0] if texts else _text_in(fragment)
    for other in texts[1:]:
        other.clear()
    _change(text, words)


def propose_words(doc: Doc[Any], node: str, words: Mapping[str, str], quote: str, reason: str, at_ms: int) -> Id:
    """Put an alternative to a clause's words, by language, into the own delegation's proposals; returns its id."""
    proposal = new_id()
    lang = next(iter(words))
    fields: Map[Any] = Map({"kind": "replace", "node": node, "lang": lang, "quote": quote, "reason": reason})
    root(doc, "proposals")[proposal] = fields
    fields["cites"] = "[]"
    fields["at"] = float(at_ms)
    fields["withdrawn"] = False
    fields["text"] = Map({})
    for one, text in words.items():
        _new_text(fields["text"], one, text)
    return proposal


def _new_text(text: Map[Any], lang: str, words: str) -> None:
    fragment = XmlFragment()
    text[lang] = fragment
    _text_in(fragment).insert(0, words)


def _text_in(fragment: XmlFragment | XmlElement) -> XmlText:
    """A text in a fragment that has none yet."""
    paragraph = fragment.children.append(XmlElement("p"))
    text: XmlText = paragraph.children.append(XmlText(""))
    return text


def _change(text: XmlText, words: str) -> None:
    """Replace what lies between the beginning and the end that old and new words share."""
    before = "".join(value if isinstance(value, str) else _EMBEDDED for value, _ in text.diff())
    start = 0
    while start < min(len(before), len(words)) and before[start] == words[start]:
        start += 1
    end = 0
    while end < min(len(before), len(words)) - start and before[-1 - end] == words[-1 - end]:
        end += 1
    gone, put = before[start : len(before) - end], words[start : len(words) - end]
    at = _length(before[:start])
    if put:
        text.insert(at, put)
    if gone:
        behind = at + _length(put)
        del text[behind : behind + _length(gone)]


def _length(words: str) -> int:
    return sum(1 if one == _EMBEDDED else len(one.encode()) for one in words)
