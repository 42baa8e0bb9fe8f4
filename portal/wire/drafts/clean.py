"""Clauses as they read after the decisions. The browser's twin is static/src/wire/drafts/clean.ts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from portal.wire.drafts.clauses import clause_hash
from portal.wire.drafts.text import RefusedTextError, Run, TextNode, clean_runs
from portal.wire.ids import b64


@dataclass(frozen=True, slots=True)
class CleanColumn:
    """One language of a clause."""

    runs: list[Run]
    notes: list[str]
    """The footnotes to which they refer."""
    hash: str | None
    """None if the words are refused."""
    refused: list[int]
    """The code points for which they are, ascending."""

    @property
    def is_empty(self) -> bool:
        """Whether no words remain."""
        return all(map(is_blank, self.runs))


@dataclass(frozen=True, slots=True)
class CleanNode:
    """A clause after the decisions."""

    node: TextNode
    columns: dict[str, CleanColumn]
    brackets: frozenset[str]
    """Those that stand in any of its columns, decided or not."""
    gone: bool
    """It had words, and the decisions leave none."""

    @property
    def is_empty(self) -> bool:
        """Whether no words remain in any language."""
        return all(column.is_empty for column in self.columns.values())


def clean_node(node: TextNode, langs: Sequence[str], decided: Mapping[str, str]) -> CleanNode:
    """Return ``node`` in the languages ``langs``, where ``decided`` names the option of each decided bracket."""
    columns = {lang: _column(node, lang, decided) for lang in langs}
    raw = list(chain.from_iterable(node["text"].get(lang, []) for lang in langs))
    brackets = frozenset(bracket for run in raw for bracket, _ in run["brackets"])
    gone = not all(map(is_blank, raw)) and all(column.is_empty for column in columns.values())
    return CleanNode(node, columns, brackets, gone)


def is_blank(run: Run) -> bool:
    """Tell whether it holds white space only; what is refused is none."""
    return run.get("atom", "br") == "br" and not run["text"].strip(_WHITE)


def _column(node: TextNode, lang: str, decided: Mapping[str, str]) -> CleanColumn:
    runs = clean_runs(node["text"].get(lang, []), decided)
    notes = [atom["note"] for run in runs if isinstance(atom := run.get("atom"), dict)]
    try:
        return CleanColumn(runs, notes, b64(clause_hash(node, lang, runs)), [])
    except RefusedTextError as error:
        return CleanColumn(runs, notes, None, error.code_points)


_WHITE: Final = " \t\n\r\u00a0"
