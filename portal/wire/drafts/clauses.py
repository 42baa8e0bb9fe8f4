"""Hashes of clauses, brackets and texts, and the roots that are signed.

The browser's twin is static/src/wire/drafts/clauses.ts; docs/protocol.md §10 "The text and its hashes".
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from portal.wire.drafts.jcs import code_units, jcs
from portal.wire.drafts.text import (
    NOTE_SIGN,
    WHITE,
    BracketMark,
    RefusedTextError,
    Run,
    TextNode,
    canonical_words,
    refused_code_points,
    trim,
)
from portal.wire.ids import b64
from portal.wire.ledger.merkle import leaf_hash

Piece: TypeAlias = tuple[str | dict[str, str], list[BracketMark]]
"""Canonical words, or the reference to a footnote, with the options for which they stand."""


class NotedText(NamedTuple):
    """Canonical text in which each U+FFFC is the reference to a footnote, and those footnotes in their order."""

    text: str
    notes: list[str]


class OptionWords(NamedTuple):
    """The words of one option in one clause and language."""

    node: str
    lang: str
    text: str
    notes: list[str]


class Leaf(NamedTuple):
    """What one leaf of a root says."""

    node: str
    kind: str
    number: str
    words: NotedText


def pieces_of(runs: Sequence[Run]) -> list[Piece]:
    """Return ``runs`` in canonical form.

    What differs in emphasis and citation only is one piece; white space between pieces is kept, at the clause's ends it
    is not.

    Raises:
        RefusedTextError: a run holds what no draft may.
    """
    _refuse(runs)
    return _trimmed(_merged(runs))


def text_of_runs(runs: Sequence[Run]) -> NotedText:
    """Return the words of ``runs`` as one canonical text; RefusedTextError if a run holds what no draft may."""
    _refuse(runs)
    notes, text = [], ""
    for run in runs:
        atom = run.get("atom")
        if atom is None:
            text += run["text"]
        elif atom == "br":
            text += "\n"
        else:
            text += NOTE_SIGN
            notes.append(atom["note"])
    return NotedText(trim(canonical_words(text)), notes)


def clause_hash(node: TextNode, lang: str, runs: Sequence[Run]) -> bytes:
    """Return the hash of a clause's words in one language, 32 bytes. Where the clause stands does not count.

    Args:
        node: the clause; its id and kind count.
        lang: the column (BCP 47).
        runs: the clean ones, after the decisions.

    Raises:
        RefusedTextError: a run holds what no draft may.
    """
    said = {"v": 1, "node": node["id"], "kind": node["kind"], "lang": lang, "runs": pieces_of(runs)}
    return _hash_of("portal clause v1", said)


def bracket_hash(bracket: str, options: Mapping[str, Sequence[OptionWords]]) -> bytes:
    """Return the hash of a bracket's options, 32 bytes: a decision on it holds for these words and no others.

    ``options`` are all that the bracket names or that words stand under, with those words, be it decided or not.
    """
    words = [(option, sorted(options[option], key=_place)) for option in sorted(options, key=code_units)]
    return _hash_of("portal bracket v1", {"v": 1, "bracket": bracket, "options": words})


def option_words(node: str, lang: str, runs: Sequence[Run]) -> list[tuple[tuple[str, str], OptionWords | None]]:
    """Return the words of one clause and language by (bracket, option); None where they hold what no draft may."""
    marked: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        for bracket, option in run["brackets"]:
            marked.setdefault((bracket, option), []).append(run)
    return [
        (mark, None if any(refused_code_points(run["text"]) for run in under) else _option(node, lang, under))
        for mark, under in marked.items()
    ]


def text_leaf(leaf: Leaf) -> bytes:
    """Return the hash of one leaf, 32 bytes.

    A language's root is RFC 6962's over its clauses in the order of the document.
    """
    node, kind, number, (text, notes) = leaf
    return leaf_hash(jcs({"v": 1, "node": node, "kind": kind, "number": number, "text": text, "notes": notes}))


def draft_root(draft: str, titles: Mapping[str, str], roots: Mapping[str, bytes]) -> bytes:
    """Return what is adopted and signed, 32 bytes: the roots of the authentic languages together.

    ``titles``, which are canonical text, and ``roots`` by language.
    """
    said = {
        "v": 1,
        "draft": draft,
        "title": [[lang, titles[lang]] for lang in sorted(titles, key=code_units)],
        "roots": [[lang, b64(roots[lang])] for lang in sorted(roots, key=code_units)],
    }
    return _hash_of("portal draft root v1", said)


def document_hash(document: Mapping[str, Any]) -> bytes:
    """Return the hash of a TextDocument, or of a delegation's proposals, just as they are; 32 bytes.

    Snapshots are compared by it.

    Raises:
        NotCanonicalError: a lone surrogate, or a number that is no integer.
    """
    return _hash_of("portal draft document v1", document)


def _hash_of(label: str, value: Any) -> bytes:
    return hashlib.sha256(label.encode("ascii") + b"\x00" + jcs(value)).digest()


def _refuse(runs: Sequence[Run]) -> None:
    refused = [code_point for run in runs for code_point in refused_code_points(run["text"])]
    if refused:
        raise RefusedTextError(refused)


def _place(words: OptionWords) -> tuple[bytes, bytes]:
    return code_units(words.node), code_units(words.lang)


def _option(node: str, lang: str, runs: Sequence[Run]) -> OptionWords:
    return OptionWords(node, lang, *text_of_runs(runs))


def _merged(runs: Sequence[Run]) -> list[Piece]:
    pieces: list[Piece] = []
    for run in runs:
        atom = run.get("atom")
        if isinstance(atom, dict):
            pieces.append(({"note": atom["note"]}, run["brackets"]))
            continue
        words = "\n" if atom == "br" else run["text"]
        if not words:
            continue
        last = pieces[-1][0] if pieces else None
        if isinstance(last, str) and pieces[-1][1] == run["brackets"]:
            pieces[-1] = (last + words, run["brackets"])
        else:
            pieces.append((words, run["brackets"]))
    return [(canonical_words(words) if isinstance(words, str) else words, brackets) for words, brackets in pieces]


def _trimmed(pieces: list[Piece]) -> list[Piece]:
    begin, end = 0, len(pieces)
    while begin < end and _is_blank(pieces[begin]):
        begin += 1
    while end > begin and _is_blank(pieces[end - 1]):
        end -= 1
    kept = pieces[begin:end]
    if kept and isinstance(kept[0][0], str):
        kept[0] = (kept[0][0].lstrip(WHITE), kept[0][1])
    if kept and isinstance(kept[-1][0], str):
        kept[-1] = (kept[-1][0].rstrip(WHITE), kept[-1][1])
    return kept


def _is_blank(piece: Piece) -> bool:
    return isinstance(piece[0], str) and not trim(piece[0])
