"""What the text and the acts together say: the clean text, each clause's state, the roots that can be signed. Pure.

The browser's twin is static/src/wire/drafts/projection.ts.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from portal.wire.drafts.acts import Stance
from portal.wire.drafts.agreements import Standing as Agreed
from portal.wire.drafts.agreements import agreements_of
from portal.wire.drafts.brackets import brackets_of
from portal.wire.drafts.clean import CleanNode, clean_node
from portal.wire.drafts.jcs import code_units
from portal.wire.drafts.numbering import ClauseNumber, number_clauses
from portal.wire.drafts.projection_types import (
    BracketView,
    ClauseView,
    ConcordView,
    Counts,
    PositionView,
    Problem,
    Projection,
)
from portal.wire.drafts.roots import Standing, roots_of
from portal.wire.drafts.state import ActsState, Concord, Position
from portal.wire.drafts.text import TextDocument, code_point_name
from portal.wire.ids import b64

_GRAVITY: Final[tuple[Stance, ...]] = ("object", "reserve", "none", "ad_ref", "accept")
"""From what holds a text back to what lets it pass: a delegation's view of several languages is its first of these."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known of the whole when a clause is looked at."""

    langs: list[str]
    acts: ActsState
    brackets: Mapping[str, BracketView]
    gone: AbstractSet[str]
    numbers: Mapping[str, ClauseNumber]
    agreements: Mapping[str, Agreed]


def project(document: TextDocument, acts: ActsState, draft: str) -> Projection:
    """Return the draft ``draft`` (its id) as it stands.

    Nothing is refused: words without a canonical form are among ``problems``, and stand in the way of every decision,
    agreement and root that would rest on them.
    """
    langs = list(dict.fromkeys(document["meta"]["langs"]))
    brackets = brackets_of(document, langs, acts["decisions"])
    decided = {bracket: view["option"] for bracket, view in brackets.items() if view["option"] is not None}
    nodes = [clean_node(node, langs, decided) for node in document["nodes"]]
    notes = _references(nodes)
    gone = _gone(nodes, notes)
    numbers = number_clauses(document["nodes"], gone, notes)
    around = _Around(langs, acts, brackets, gone, numbers, agreements_of(nodes, gone, langs, acts))
    clauses = [_clause(clean, around) for clean in nodes]
    found = roots_of(Standing(document, draft, langs, acts, brackets, nodes, clauses))
    return Projection(
        clauses=clauses,
        brackets=brackets,
        roots={lang: _name(root) for lang, root in found.roots.items()},
        root=_name(found.root),
        blocked=found.blocked,
        counts=_counts(clauses, brackets),
        problems=[
            Problem(node=clean.node["id"], lang=lang, codePoints=[code_point_name(point) for point in column.refused])
            for clean in nodes
            for lang, column in clean.columns.items()
            if column.refused
        ],
    )


def _name(root: bytes | None) -> str | None:
    return None if root is None else b64(root)


def _clause(clean: CleanNode, around: _Around) -> ClauseView:
    node, columns, langs, acts = clean.node, clean.columns, around.langs, around.acts
    within = sorted(clean.brackets, key=code_units)
    open_ = [bracket for bracket in within if around.brackets[bracket]["state"] == "open"]
    conflicted = [bracket for bracket in within if around.brackets[bracket]["state"] == "conflicted"]
    agreed = around.agreements[node["id"]]
    concords = acts["concords"].get(node["id"], {})
    fresh = _fresh_concords(clean, langs, concords)
    number, ordinal, depth = around.numbers[node["id"]]
    return ClauseView(
        node=node["id"],
        kind=node["kind"],
        parent=node["parent"],
        number=number,
        ordinal=ordinal,
        depth=depth,
        gone=node["id"] in around.gone,
        state="conflicted" if conflicted else "bracketed" if open_ else agreed.state,
        voided=agreed.voided,
        waitsFor=agreed.waits_for,
        packages=agreed.packages,
        hash={lang: column.hash for lang, column in columns.items() if column.hash is not None},
        stale=[
            lang
            for lang in langs[1:]
            if lang not in fresh and not (columns[lang].is_empty and columns[langs[0]].is_empty)
        ],
        concord={
            lang: ConcordView(account=concords[lang]["account"], fresh=lang in fresh)
            for lang in langs
            if lang in concords
        },
        runs={lang: column.runs for lang, column in columns.items()},
        open=open_,
        conflicted=conflicted,
        positions=_positions(clean, acts["positions"].get(node["id"], {})),
    )


def _references(nodes: Sequence[CleanNode]) -> list[str]:
    """Return the footnotes that the clean text refers to, in the order in which it first does."""
    known = {clean.node["id"] for clean in nodes if clean.node["kind"] == "note"}
    notes = (note for clean in nodes for column in clean.columns.values() for note in column.notes if note in known)
    return list(dict.fromkeys(notes))


def _gone(nodes: Sequence[CleanNode], notes: Sequence[str]) -> set[str]:
    """Return the clauses that the decisions leave no words, and the footnotes that nothing refers to.

    A heading stays as long as something stands under it.
    """
    kept, gone, referred = set(), set(), set(notes)
    for clean in reversed(nodes):
        node = clean.node
        is_note = node["kind"] == "note"
        if node["id"] not in referred if is_note else clean.gone and node["id"] not in kept:
            gone.add(node["id"])
        elif not is_note:
            kept.add(node["parent"])
    return gone


def _fresh_concords(clean: CleanNode, langs: Sequence[str], concords: Mapping[str, Concord]) -> set[str]:
    """Return the columns signed off as they now are: from the drafting language, or from one that is itself so."""
    sources = {}
    for lang in langs[1:]:
        concord = concords.get(lang)
        if concord is None or concord["source"] not in clean.columns:
            continue
        present, source = clean.columns[lang].hash, clean.columns[concord["source"]].hash
        if present is not None and (present, source) == (concord["hash"], concord["source_hash"]):
            sources[lang] = concord["source"]
    fresh: set[str] = set()
    before = -1
    while before != len(fresh):
        before = len(fresh)
        fresh |= {lang for lang, source in sources.items() if source == langs[0] or source in fresh}
    return fresh


def _positions(clean: CleanNode, positions: Mapping[str, Mapping[str, Position]]) -> dict[str, PositionView]:
    """Return each delegation's: on the present words before on former ones; then the graver."""
    gravest: dict[str, PositionView] = {}
    for lang, column in clean.columns.items():
        for delegation, position in positions.get(lang, {}).items():
            view = PositionView(stance=position["stance"], fresh=position["hash"] == column.hash)
            known = gravest.get(delegation)
            if known is None or _weight(view) < _weight(known):
                gravest[delegation] = view
    return gravest


def _weight(view: PositionView) -> tuple[bool, int]:
    return not view["fresh"], _GRAVITY.index(view["stance"])


def _counts(clauses: Sequence[ClauseView], brackets: Mapping[str, BracketView]) -> Counts:
    states = [view["state"] for view in brackets.values()]
    standing = [clause["state"] for clause in clauses if not clause["gone"]]
    return Counts(
        open=states.count("open"),
        conflicted=states.count("conflicted"),
        agreed=standing.count("agreed"),
        adRef=standing.count("agreed_ad_ref"),
        clauses=len(standing),
    )
