"""What is kept of the public ledger: which log is followed, how far, what does not agree.

Twin of static/src/member/ledger/kept.ts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from portal.member.ledger.word import LogWord
from portal.member.work import Work, read, read_all, write
from portal.wire.ids import AccountId, DeviceId, Id
from portal.wire.ledger.note import VerifierKey, parse_vkey

GRACE_S: Final = 3600
"""How long a log that answers may owe a proof, and a list may wait to be entered."""
NOT_REFUSED: Final = 2**53
FindingKind: TypeAlias = Literal[
    "split", "key", "withheld", "other-key", "garbled", "own-entry", "own-list", "own-device"
]


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that the log signed: 32 bytes of root, 64 of signature."""

    size: int
    root: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class By:
    """Who said it, and where."""

    room: str
    account: AccountId
    device: DeviceId
    item: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody's word that could not be compared yet."""

    signed: Signed
    by: By
    since_s: int


@dataclass(frozen=True, slots=True)
class Unproven:
    """Two checkpoints of which the log has not shown yet how they contradict each other."""

    older: Signed
    newer: Signed
    by: By | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the ledger that a person should know; the kinds are those of static/src/member/api.ts.

    ``account``: whom it is about, or who showed it. ``evidence``: the text of a file, if there is one.
    """

    id: str
    kind: FindingKind
    account: AccountId | None
    detail: str | None
    at_s: int
    answered: bool
    evidence: str | None
    unproven: Unproven | None = None


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry that bears the own tag; ``commitment`` has 32 bytes."""

    index: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Scanned:
    """Entries below ``size`` were looked through; ``hashes`` are the frontier of that tree, the largest first."""

    size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class KeptLedger:
    """Kept under "ledger"; ``vkey`` is the log's verifier key as text, from the first answer on."""

    vkey: str | None = None
    newest: Signed | None = None
    confirmed_s: int = 0
    consistent_s: int = 0
    pending: tuple[Pending, ...] = ()
    findings: tuple[Finding, ...] = ()
    scanned: Scanned | None = None
    own: tuple[OwnEntry, ...] = ()
    devices: tuple[DeviceId, ...] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server says that statement ``seq`` with this hash (32 bytes) stands, and its nonce (32 bytes)."""

    seq: int
    head: bytes
    index: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """How far an account's device list is proven to stand in the ledger; kept under "listed:<account>".

    ``proven`` and ``newest`` are numbers of statements; ``since_s`` is when one above ``proven`` was first seen;
    ``refused``: looked for in vain for more than an hour.
    """

    sign: bytes
    proven: int
    newest: int
    place: Place | None
    since_s: int
    refused: bool


class LedgerStore:
    """What sending and judging people need of the ledger at once. ``now_s`` is this device's clock."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.now_s = now_s
        self.state = KeptLedger()
        self.listings: dict[AccountId, Listing] = {}

    def load(self) -> Work[None]:
        """Take up what was kept here."""
        self.state = (yield from read("ledger", KeptLedger)) or KeptLedger()
        listings = yield from read_all("listed", Listing)
        self.listings = {AccountId(Id(account)): listing for account, listing in listings.items()}

    @property
    def key(self) -> VerifierKey | None:
        """The log that is followed, or None as long as none is known."""
        return None if self.state.vkey is None else parse_vkey(self.state.vkey)

    def word(self) -> LogWord | None:
        """Return what this device says of the ledger in what it sends."""
        newest, key = self.state.newest, self.key
        if newest is None or key is None or newest.size == 0:
            return None
        return LogWord(newest.size, newest.root, newest.signature, key.key)

    def change(self, **changes: Any) -> Work[None]:
        """Keep another state."""
        state = replace(self.state, **changes)
        yield from write({"ledger": state})
        self.state = state

    def put_listings(self, listings: Mapping[AccountId, Listing]) -> Work[None]:
        """Keep what is known of these accounts' lists."""
        yield from write({f"listed:{account}": listing for account, listing in listings.items()})
        self.listings |= listings

    def is_refused(self, account: AccountId) -> bool:
        """Tell whether the account's newest list was looked for in the ledger for over an hour, in vain."""
        listing = self.listings.get(account)
        return listing is not None and listing.refused

    def counts_up_to(self, account: AccountId) -> int:
        """Return the newest statement of the account's list that counts."""
        listing = self.listings.get(account)
        return listing.proven if listing is not None and listing.refused else NOT_REFUSED

    def find(self, finding: Finding) -> Work[None]:
        """Keep a finding, unless it is known."""
        findings = self.state.findings
        if len(findings) < _FINDINGS_MAX and all(one.id != finding.id for one in findings):
            yield from self.change(findings=(*findings, finding))

    def withheld(self, what: str, detail: str, evidence: str | None = None) -> Work[None]:
        """Note that the server keeps ``what`` back: told once a day, as long as it does."""
        day = int(self.now_s()) // _DAY_S
        yield from self.found("withheld", f"withheld {what} {day}", detail=detail, evidence=evidence)

    def found(
        self,
        kind: FindingKind,
        id_: str,
        account: AccountId | None = None,
        *,
        detail: str | None = None,
        evidence: str | None = None,
    ) -> Work[None]:
        """Keep a finding of now."""
        yield from self.find(Finding(id_, kind, account, detail, int(self.now_s()), answered=False, evidence=evidence))


_FINDINGS_MAX: Final = 64
_DAY_S: Final = 86_400
