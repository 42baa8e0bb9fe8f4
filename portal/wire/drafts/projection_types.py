"""What project() says.

Plain JSON, equal in both twins, hence the names of the fields; the browser's twin is
static/src/wire/drafts/projection-types.ts.
"""

from typing import Literal, TypeAlias, TypedDict

from portal.wire.drafts.acts import Stance
from portal.wire.drafts.text import NodeKind, Run

ClauseState: TypeAlias = Literal["open", "bracketed", "conflicted", "agreed_ad_ref", "agreed"]


class ConcordView(TypedDict):
    """Who signed a column off, and whether column and source still say what was signed."""

    account: str
    fresh: bool


class PositionView(TypedDict):
    """Where a delegation stands, and whether on the present words."""

    stance: Stance
    fresh: bool


class ClauseView(TypedDict):
    """A clause as it stands after the acts."""

    node: str
    kind: NodeKind
    parent: str
    number: str
    """As counted: "4", "II", "b"; empty where nothing is counted. The words beside it are the page's."""
    ordinal: int
    """The same as a plain number; 0 where nothing is counted."""
    depth: int
    gone: bool
    """Emptied by decisions: no number, no leaf of a root."""
    state: ClauseState
    voided: bool
    """There is an agreement, on other words than the present ones."""
    waitsFor: list[str]
    """Linked clauses that are not agreed yet, or wait in their turn: they hold this one at "agreed_ad_ref"."""
    packages: list[str]
    """Packages that hold it at "agreed_ad_ref": nothing is agreed until everything is."""
    hash: dict[str, str]
    """Clause hash by column; a column whose words are refused has none."""
    stale: list[str]
    """Columns other than the drafting language that no named person has signed off as they now are."""
    concord: dict[str, ConcordView]
    runs: dict[str, list[Run]]
    """By column: what remains after the decisions."""
    open: list[str]
    conflicted: list[str]
    positions: dict[str, PositionView]


class BracketView(TypedDict):
    """A bracket as it stands after the acts."""

    state: Literal["open", "conflicted", "decided"]
    hash: str | None
    """What a decision names; None if the words are refused."""
    option: str | None
    """The option decided for, else None."""
    voided: bool
    """There is a decision, on other words than the present ones."""
    nodes: list[str]
    """In the order of the document."""


class Obstacle(TypedDict):
    """What stands in the way of a root: an empty node or language means all of them."""

    node: str
    lang: str
    why: Literal["bracket", "conflict", "concordance", "missing", "characters"]


class Counts(TypedDict):
    """Brackets open and conflicted; clauses agreed and agreed ad referendum; clauses in all."""

    open: int
    conflicted: int
    agreed: int
    adRef: int
    clauses: int


class Problem(TypedDict):
    """Words that have no canonical form."""

    node: str
    lang: str
    codePoints: list[str]
    """Distinct, ascending: "U+202E"."""


class Projection(TypedDict):
    """A draft as it stands."""

    clauses: list[ClauseView]
    brackets: dict[str, BracketView]
    roots: dict[str, str | None]
    """Merkle root by column; None while something of ``blocked`` stands in its way."""
    root: str | None
    """The draft's root over its authentic languages, which is what is adopted and signed."""
    blocked: list[Obstacle]
    counts: Counts
    problems: list[Problem]
