"""The closed list of acts: what each says, in the record's JSON (docs/protocol.md §10, Acts).

Twin of static/src/wire/drafts/acts.ts. reading.py turns what was opened into one of these, or into a reason. Hashes and
signatures are canonical base64url (32 and 64 bytes), ids base64url of 16 bytes; ``at`` is the author's own time in Unix
milliseconds, while what counts is the server's ``at_ms`` of the line.
"""

from dataclasses import dataclass
from typing import Final, Literal, NotRequired, TypedDict

from portal.wire.drafts.rights import Right, RightsTable

Stance = Literal["accept", "ad_ref", "reserve", "object", "none"]
Level = Literal["ad_ref", "agreed"]
Step = Literal["adopted", "submitted", "ratified", "accepted", "acceded", "deposited", "in_force", "withdrawn"]
LangRoot = list[str]
"""[language, Merkle root of its text]: JSON has no pairs."""


class ClauseRef(TypedDict):
    """A clause in one language, as it reads: ``hash`` is its clause hash."""

    node: str
    lang: str
    hash: str


class PositionItem(ClauseRef):
    """A stance on a clause; ``none``: no instructions, or no longer."""

    stance: Stance


class PositionAct(TypedDict):
    """A delegation's stance on clauses as they read."""

    v: Literal[1]
    t: Literal["position"]
    at: int
    items: list[PositionItem]
    note: NotRequired[str]


class DecideAct(TypedDict):
    """A bracket's options are settled for one of them (or, with "", opened again).

    ``hash`` is the bracket hash: the decision is void as soon as the options read otherwise. ``clause``: the clauses
    around it as the author saw them, evidence and no condition. ``over``: the decisions that it takes the place of.
    """

    v: Literal[1]
    t: Literal["decide"]
    at: int
    bracket: str
    option: str
    hash: str
    clause: list[ClauseRef]
    over: list[int]


class AgreeAct(TypedDict):
    """The chair finds agreement on clauses as they read."""

    v: Literal[1]
    t: Literal["agree"]
    at: int
    items: list[ClauseRef]
    level: Level


class ReopenAct(TypedDict):
    """Clauses are no longer agreed."""

    v: Literal[1]
    t: Literal["reopen"]
    at: int
    nodes: list[str]
    reason: str


class PackageAct(TypedDict):
    """Nothing in the package is agreed until everything in it is. No nodes: the whole draft."""

    v: Literal[1]
    t: Literal["package"]
    at: int
    package: str
    name: str
    nodes: list[str]
    on: bool


class LinkAct(TypedDict):
    """Clause ``node`` waits for clause ``on``."""

    v: Literal[1]
    t: Literal["link"]
    at: int
    node: str
    on: str
    set: bool


class RevisionAct(TypedDict):
    """Names a retained snapshot of the text: Rev.n. ``item`` is that item's id."""

    v: Literal[1]
    t: Literal["revision"]
    at: int
    name: str
    item: str


class AuthenticAct(TypedDict):
    """The languages whose texts are equally authentic."""

    v: Literal[1]
    t: Literal["authentic"]
    at: int
    langs: list[str]


class ConcordItem(ClauseRef):
    """A clause's words in one language, and those in the language that they were made from."""

    source: str
    source_hash: str


class ConcordAct(TypedDict):
    """A named person answers for it: these words say what the source's words say."""

    v: Literal[1]
    t: Literal["concord"]
    at: int
    items: list[ConcordItem]


class SilenceOpenAct(TypedDict):
    """The text that ``root`` names is adopted unless an eligible delegation objects by the deadline."""

    v: Literal[1]
    t: Literal["silence_open"]
    at: int
    silence: str
    root: str
    langs: list[LangRoot]
    deadline_ms: int
    eligible: list[str]


class SilenceExtendAct(TypedDict):
    """A later deadline."""

    v: Literal[1]
    t: Literal["silence_extend"]
    at: int
    silence: str
    deadline_ms: int


class SilenceBreakAct(TypedDict):
    """An objection."""

    v: Literal[1]
    t: Literal["silence_break"]
    at: int
    silence: str
    reason: NotRequired[str]


class SilenceConsentAct(TypedDict):
    """Consent said aloud: it changes nothing, but is seen."""

    v: Literal[1]
    t: Literal["silence_consent"]
    at: int
    silence: str


class SilenceCloseAct(TypedDict):
    """The chair's finding. ``through``, ``head``: the last act that it takes into account, and the head there."""

    v: Literal[1]
    t: Literal["silence_close"]
    at: int
    silence: str
    through: int
    head: str
    outcome: Literal["adopted", "broken", "withdrawn"]


class ActReceipt(TypedDict):
    """What the server answers to an act: Ed25519 of the ledger's key over statements.py ``receipt_bytes``."""

    number: int
    head: str
    at_ms: int
    receipt: str


class OfflineObjection(TypedDict):
    """A text that statements.py reads, and the device's signature over it with its label.

    ``receipt``: the server's word that it had the objection's item, which makes an adoption void.
    """

    statement: str
    sig: str
    receipt: NotRequired[ActReceipt]


class SilenceLateAct(TypedDict):
    """An objection that was made in time and kept out of the acts."""

    v: Literal[1]
    t: Literal["silence_late"]
    at: int
    silence: str
    objection: OfflineObjection


class InitialAct(TypedDict):
    """Initials under clauses as they read; no items: under the whole text, which ``root`` names.

    ``sig`` is over statements.py ``initial_statement``, which follows from the act and its author.
    """

    v: Literal[1]
    t: Literal["initial"]
    at: int
    items: list[ClauseRef]
    root: str
    sig: str


class SignOpenAct(TypedDict):
    """The alternat: in this order the delegations sign the text that ``root`` names."""

    v: Literal[1]
    t: Literal["sign_open"]
    at: int
    root: str
    langs: list[LangRoot]
    order: list[str]
    testimonium: str


class SignAct(TypedDict):
    """A signature over ``statement``, the JCS text of a signature statement."""

    v: Literal[1]
    t: Literal["sign"]
    at: int
    root: str
    statement: str
    sig: str


class LifecycleAct(TypedDict):
    """What happened outside, on the day ``date`` (YYYY-MM-DD).

    ``root`` and ``langs`` name what was adopted: due for that step, and for no other.
    """

    v: Literal[1]
    t: Literal["lifecycle"]
    at: int
    step: Step
    delegation: NotRequired[str]
    date: str
    root: NotRequired[str]
    langs: NotRequired[list[LangRoot]]


RectifyItem = TypedDict("RectifyItem", {"node": str, "lang": str, "from": str, "to": str})
"""``from`` are the wrong words, ``to`` the right ones."""


class RectifyOpenAct(TypedDict):
    """An error in the signed text is to be put right unless somebody objects by the deadline."""

    v: Literal[1]
    t: Literal["rectify_open"]
    at: int
    rectification: str
    items: list[RectifyItem]
    deadline_ms: int


class RectifyObjectAct(TypedDict):
    """An objection to a rectification."""

    v: Literal[1]
    t: Literal["rectify_object"]
    at: int
    rectification: str
    reason: NotRequired[str]


class RectifyCloseAct(TypedDict):
    """The finding on a rectification, as in SilenceCloseAct."""

    v: Literal[1]
    t: Literal["rectify_close"]
    at: int
    rectification: str
    through: int
    head: str
    outcome: Literal["corrected", "rejected"]


ActContent = (
    PositionAct
    | DecideAct
    | AgreeAct
    | ReopenAct
    | PackageAct
    | LinkAct
    | RevisionAct
    | AuthenticAct
    | ConcordAct
    | SilenceOpenAct
    | SilenceExtendAct
    | SilenceBreakAct
    | SilenceConsentAct
    | SilenceCloseAct
    | SilenceLateAct
    | InitialAct
    | SignOpenAct
    | SignAct
    | LifecycleAct
    | RectifyOpenAct
    | RectifyObjectAct
    | RectifyCloseAct
)


class RightsContent(TypedDict):
    """The stream's own plain items, which say who may do what."""

    t: Literal["founding", "rights"]
    table: RightsTable


class Unread(TypedDict):
    """What could not be read as an act: it keeps its place and counts for nothing. ``sealed``: no key for it here."""

    t: Literal["unread"]
    reason: Literal["malformed", "unknown_type", "sealed"]


LineContent = ActContent | RightsContent | Unread


@dataclass(frozen=True, slots=True)
class Proof:
    """What the device that made the detached signature inside an act turned out to be; who feeds the reducer checks it.

    ``receipt``, of a receipt within an offline objection: ``missing``, it is good and the acts lack what it is for;
    ``kept``, it is good and the acts have it; ``bad``, another's or no signature; ``none``, there is no receipt.
    """

    device: str
    account: str
    delegation: str
    receipt: Literal["none", "bad", "kept", "missing"] = "none"


@dataclass(frozen=True, slots=True)
class ActLine:
    """One item of the stream of acts, verified as an item: what the reducer takes.

    ``seen``: the number of the last act that the author's envelope says was seen. ``head``: b64, the stream's head
    after this item. ``delegation``: to be shown, "" for a person of none; what counts is the delegation for which the
    table lists the account (rights.py ``delegation_of``). ``right``: by the rights in force before this item (rights.py
    ``author_of``). ``at_ms``: the server's time. ``proof``: for initial, sign and silence_late; None if the signature
    within is not good (statements.py ``detached_in``).
    """

    number: int
    seen: int
    head: str
    account: str
    device: str
    delegation: str
    right: Right
    at_ms: int
    content: LineContent
    proof: Proof | None = None


Refusal = Literal[
    "malformed",
    "unknown_type",
    "sealed",
    "right",
    "no_founding",
    "founded",
    "no_chair",
    "no_delegation",
    "locked",
    "withdrawn",
    "over_unknown",
    "over_unseen",
    "standing_objection",
    "position_missing",
    "position_ad_ref",
    "already_agreed",
    "not_agreed",
    "unknown_package",
    "link_unknown",
    "link_itself",
    "name_taken",
    "id_taken",
    "languages",
    "same_language",
    "conflicted",
    "silence_running",
    "deadline_short",
    "deadline_passed",
    "deadline_earlier",
    "eligible",
    "unknown_silence",
    "not_running",
    "not_eligible",
    "too_early",
    "left_out",
    "wrong_head",
    "broken",
    "not_broken",
    "eligible_removed",
    "not_adopted",
    "too_late",
    "bad_signature",
    "wrong_signer",
    "wrong_statement",
    "wrong_root",
    "not_party",
    "out_of_order",
    "already_signed",
    "not_open",
    "step_order",
    "too_many",
    "own_only",
    "unknown_rectification",
    "objected",
]
"""Why an act counts for nothing. It stays in the log, with this reason beside it."""

SILENCE_MIN_MS: Final = 72 * 3600 * 1000
"""UN General Assembly decision 74/544: at least seventy-two hours."""
