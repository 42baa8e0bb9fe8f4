"""What the acts of a draft come to: plain JSON, equal in both twins, and what a snapshot of the stream holds.

Twin of static/src/wire/drafts/state.ts; reducer.py makes it. Every dictionary here is JSON: keys are ids, languages or
(in ``refused``) act numbers as text.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypedDict

from portal.wire.drafts.acts import (
    SILENCE_MIN_MS,
    ActReceipt,
    ClauseRef,
    LangRoot,
    Level,
    RectifyItem,
    Refusal,
    Stance,
)
from portal.wire.drafts.rights import RightsTable


class Made(TypedDict):
    """Who acted, where and when (the server's Unix milliseconds)."""

    number: int
    account: str
    delegation: str
    at_ms: int


class Decision(Made):
    """One decision; ``option`` "" opens the bracket again."""

    option: str
    hash: str


class Decided(Decision):
    """A bracket's decisions that no later one took the place of; its own fields are those of the newest.

    ``conflict``: several stand, for different options, and nobody's counts until a decision names them all.
    ``replaced``: numbers of the decisions that are no longer standing.
    """

    conflict: bool
    standing: list[Decision]
    replaced: list[int]


class Position(Made):
    """A delegation's stance on a clause as it read; ``note`` may be empty."""

    stance: Stance
    hash: str
    note: str


class Agreement(Made):
    """The agreed reading of a clause in one language."""

    hash: str
    level: Level


class Concord(Made):
    """Who answers for the words of a clause in one language, and what they were made from."""

    hash: str
    source: str
    source_hash: str


class Reopened(Made):
    """The newest reopening of a clause."""

    reason: str


class Package(Made):
    """A package; ``on`` false once it was dissolved."""

    name: str
    nodes: list[str]
    on: bool


class Revision(Made):
    """A named, retained revision of the text."""

    name: str
    item: str


class Objection(Made):
    """An objection that counts; ``reason`` may be empty."""

    reason: str


class Procedure(TypedDict):
    """What silence and rectification share: a deadline, and who objected by it.

    ``removed``: eligible delegations whose right to object was taken from them while it ran. ``tail``: from the newest
    act of before the deadline on, [number, head] of each act since; empty once closed.
    """

    opened: Made
    deadline_ms: int
    eligible: list[str]
    objections: list[Objection]
    removed: list[str]
    tail: list[list[int | str]]
    closed: Made | None


SilenceStatus = Literal["open", "broken", "adopted", "ended", "disputed", "void"]


class Extension(Made):
    """A later deadline."""

    deadline_ms: int


class LateObjection(Made):
    """An objection that was kept out: who made it, and the server's word if there is one."""

    objector: str
    objector_delegation: str
    receipt: ActReceipt | None


class Silence(Procedure):
    """A silence procedure.

    ``entitled``: who could object when it was opened, and for which delegation; taking them off the table later changes
    nothing.
    """

    status: SilenceStatus
    root: str
    langs: list[LangRoot]
    entitled: dict[str, str]
    extensions: list[Extension]
    consents: list[Made]
    late: list[LateObjection]


class Adoption(Made):
    """The text that was adopted, whether it still counts, and by which silence ("" if the chair recorded it)."""

    root: str
    langs: list[LangRoot]
    silence: str
    status: Literal["adopted", "disputed", "void"]


class Initials(Made):
    """Somebody's initials; no items: under the whole text. ``at``: the author's time, part of what is signed."""

    device: str
    items: list[ClauseRef]
    root: str
    at: int
    sig: str


class Signature(Made):
    """A delegation's signature."""

    device: str
    statement: str
    sig: str


class Signing(Made):
    """The signing, with signatures in the order; complete when there are as many as the order names."""

    root: str
    langs: list[LangRoot]
    order: list[str]
    testimonium: str
    signatures: list[Signature]


InstrumentKind = Literal["ratified", "accepted", "acceded"]
Instruments = dict[str, dict[str, str]]
"""Delegation → what it did after the signature (submitted, ratified, … deposited, withdrawn) → the day."""

Stage = Literal[
    "draft", "revision", "adopted", "initialled", "signed", "submitted", "deposited", "in_force", "withdrawn"
]


class StageEntry(TypedDict):
    """When the draft came to a stage; ``date`` is the day outside the portal, "" for what happens in it."""

    stage: Stage
    number: int
    at_ms: int
    date: str


class Rectification(Procedure):
    """An error in the signed text, and whether it is put right."""

    status: Literal["open", "objected", "corrected", "rejected"]
    items: list[RectifyItem]


class ActsState(TypedDict):
    """The state after the item ``number``, with the stream's ``head`` there: what a closing act quotes.

    ``links``: clause → clauses that it waits for, sorted. ``authentic``: sorted, empty until an act named them.
    ``refused``: act number → why it counts for nothing.
    """

    v: Literal[1]
    number: int
    head: str
    rights: RightsTable | None
    decisions: dict[str, Decided]
    positions: dict[str, dict[str, dict[str, Position]]]
    agreements: dict[str, dict[str, Agreement]]
    reopened: dict[str, Reopened]
    packages: dict[str, Package]
    links: dict[str, list[str]]
    revisions: list[Revision]
    authentic: list[str]
    concords: dict[str, dict[str, Concord]]
    silences: dict[str, Silence]
    adoption: Adoption | None
    initials: list[Initials]
    signing: Signing | None
    instruments: Instruments
    rectifications: dict[str, Rectification]
    stage: Stage
    stages: list[StageEntry]
    refused: dict[str, Refusal]


@dataclass(frozen=True, slots=True)
class ActsContext:
    """What every reader of a draft must hold alike, or their states differ.

    ``silence_min_ms``: the shortest time for an objection; 72 hours but in demonstrations.
    """

    draft: str
    silence_min_ms: int = SILENCE_MIN_MS


STATE_LABEL: Final = b"portal acts state v1\0"
"""What the hash of a state begins with: SHA-256(label ‖ JCS(state))."""


def empty_state() -> ActsState:
    """Return the state before the first item."""
    return {
        "v": 1,
        "number": 0,
        "head": "",
        "rights": None,
        "decisions": {},
        "positions": {},
        "agreements": {},
        "reopened": {},
        "packages": {},
        "links": {},
        "revisions": [],
        "authentic": [],
        "concords": {},
        "silences": {},
        "adoption": None,
        "initials": [],
        "signing": None,
        "instruments": {},
        "rectifications": {},
        "stage": "draft",
        "stages": [],
        "refused": {},
    }
