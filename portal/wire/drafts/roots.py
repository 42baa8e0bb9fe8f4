"""The roots that can be signed, and what stands in their way. The browser's twin is static/src/wire/drafts/roots.ts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.wire.drafts.clauses import Leaf, draft_root, text_leaf, text_of_runs
from portal.wire.drafts.clean import CleanNode
from portal.wire.drafts.projection_types import BracketView, ClauseView, Obstacle
from portal.wire.drafts.state import ActsState
from portal.wire.drafts.text import TextDocument, canonical_text, refused_code_points
from portal.wire.ledger.merkle import root_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft as it stands, all but its roots."""

    document: TextDocument
    draft: str
    """The draft's id."""
    langs: Sequence[str]
    acts: ActsState
    brackets: Mapping[str, BracketView]
    nodes: Sequence[CleanNode]
    """With ``clauses``, the same clause at the same place."""
    clauses: Sequence[ClauseView]


@dataclass(frozen=True, slots=True)
class Roots:
    """The roots by column and that of the whole, 32 bytes each; None where something is in the way."""

    roots: dict[str, bytes | None]
    root: bytes | None
    blocked: list[Obstacle]


def roots_of(standing: Standing) -> Roots:
    """Return the root of each column and of the whole.

    There is none over words that are still in brackets, that have no canonical form, or that were put into another
    language and signed off by nobody, be it a machine's work or a person's.
    """
    authentic = standing.acts["authentic"] or standing.langs[:1]
    titles = {lang: _title(standing.document, lang) for lang in authentic}
    blocked = [
        *_whole_obstacles(standing),
        *(_obstacle("", lang, "missing") for lang in authentic if lang not in standing.langs),
        *(_obstacle("", lang, "characters") for lang in authentic if titles[lang] is None),
        *_clause_obstacles(standing),
    ]
    barred = {obstacle["lang"] for obstacle in blocked}
    roots = {lang: None if barred & {lang, ""} else root_of(_leaves(standing, lang)) for lang in standing.langs}
    named = {lang: title for lang, title in titles.items() if title is not None}
    signed = {lang: root for lang in authentic if (root := roots.get(lang)) is not None}
    complete = len(signed) == len(named) == len(titles) > 0
    return Roots(roots, draft_root(standing.draft, named, signed) if complete else None, blocked)


def _whole_obstacles(standing: Standing) -> Iterator[Obstacle]:
    for bracket in standing.document["brackets"]:
        state = standing.brackets[bracket["id"]]["state"] if bracket["whole"] else "decided"
        if state != "decided":
            yield _obstacle("", "", "conflict" if state == "conflicted" else "bracket")


def _clause_obstacles(standing: Standing) -> Iterator[Obstacle]:
    for clean, clause in zip(standing.nodes, standing.clauses, strict=True):
        for lang, column in clean.columns.items():
            states = {standing.brackets[bracket]["state"] for run in column.runs for bracket, _ in run["brackets"]}
            if column.refused:
                yield _obstacle(clause["node"], lang, "characters")
            if "conflicted" in states:
                yield _obstacle(clause["node"], lang, "conflict")
            if "open" in states:
                yield _obstacle(clause["node"], lang, "bracket")
            if lang in clause["stale"]:
                yield _obstacle(clause["node"], lang, "missing" if column.is_empty else "concordance")


def _leaves(standing: Standing, lang: str) -> list[bytes]:
    return [
        text_leaf(Leaf(clause["node"], clause["kind"], clause["number"], text_of_runs(clean.columns[lang].runs)))
        for clean, clause in zip(standing.nodes, standing.clauses, strict=True)
        if not clause["gone"]
    ]


def _title(document: TextDocument, lang: str) -> str | None:
    title = document["meta"]["title"].get(lang, "")
    return None if refused_code_points(title) else canonical_text(title)


def _obstacle(
    node: str, lang: str, why: Literal["bracket", "conflict", "concordance", "missing", "characters"]
) -> Obstacle:
    return Obstacle(node=node, lang=lang, why=why)
