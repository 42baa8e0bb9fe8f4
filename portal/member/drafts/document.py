"""A Yjs document of a draft, to which nothing is applied but what was read before, and whose writers are known.

Always clean: no undo lives here, deleted words are collected at once. So its state is what a snapshot may hold.
"""

import secrets
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeAlias

from pycrdt import Doc

from portal.member.drafts.lib0 import NoUpdateError
from portal.member.drafts.reading import read_proposals, read_text
from portal.member.drafts.standing import MisplacedError, Standings
from portal.member.drafts.update import Place, Update, is_within, read_update
from portal.member.e2ee.draft_state import Claims
from portal.wire.drafts.clauses import document_hash
from portal.wire.drafts.streams import StreamKind
from portal.wire.drafts.text import TextDocument
from portal.wire.ids import AccountId, DeviceId

MALFORMED: Final = "item.malformed"
FOREIGN_CLIENT: Final = "draft.foreign_client"
_NOTHING: Final = b"\0\0"
Edit: TypeAlias = Callable[[Doc[Any]], object]
"""What changes a document, within one transaction."""


class DraftDocument:
    """The document of a stream of kind ``text`` or ``proposals``.

    ``claims``: whose each client number is; ``clocks``: how much of each is in the document. ``broken``: the library
    failed at an update that should be a sound one; make the document anew without it.
    """

    def __init__(self, kind: StreamKind, state: bytes = _NOTHING, claims: Claims | None = None) -> None:
        """Make one of a whole state; NoUpdateError if that is none, or is not whole."""
        self.kind = kind
        self.claims: Claims = dict(claims or {})
        self.clocks: dict[int, int] = {}
        self.broken = False
        self._standings = Standings()
        self._halves: set[Place] = set()
        self._doc: Doc[Any] = Doc()
        if self._applied(read_update(state), state) is not None:
            msg = "a state that is not whole"
            raise NoUpdateError(msg)

    def take(self, raw: bytes, sender: tuple[AccountId, DeviceId]) -> str | None:
        """Apply an update of ``sender``, or return why it is refused: then nothing of it is applied."""
        try:
            update = read_update(raw)
        except NoUpdateError:
            return MALFORMED
        fresh = update.fresh_clients(self.clocks)
        if any(self.claims.get(client, sender) != sender for client in fresh):
            return MALFORMED if update.placed(self.clocks) is None else FOREIGN_CLIENT
        refused = self._applied(update, raw)
        if refused is None:
            self.claims |= dict.fromkeys(fresh, sender)
        return refused

    def _applied(self, update: Update, raw: bytes) -> str | None:
        placed = update.placed(self.clocks)
        halves = self._halves | update.high_halves()
        is_gone = self._gone()
        if placed is None or not all(map(is_gone, update.cuts(halves, self.clocks))):
            return MALFORMED
        try:
            self._standings.admit(placed, is_gone)
            self._doc.apply_update(raw)
        except MisplacedError:
            return MALFORMED
        except (RuntimeError, ValueError):
            self.broken = True
            return MALFORMED
        self.clocks = update.after(self.clocks)
        self._halves = halves
        return None

    def _gone(self) -> Callable[[Place], bool]:
        """What tells whether a place is deleted by now: read once, for honest edits never name such one as a parent."""
        ranges = cache(lambda: read_update(self.state()).deleted())
        return lambda place: is_within(ranges().get(place[0], ()), place[1])

    def state(self) -> bytes:
        """Return the whole document as one update."""
        return self._doc.get_update()

    def unclaimed(self) -> set[int]:
        """Return the client numbers of which the document holds something, and that nobody claims."""
        return self.clocks.keys() - self.claims.keys()

    def holds_the_same_as(self, other: "DraftDocument") -> bool:
        """Tell whether the same stands under every id, by the same people: so that both take later edits alike."""
        mine, theirs = (read_update(one.state()) for one in (self, other))
        alike = self.claims == other.claims and self.clocks == other.clocks and mine.deleted() == theirs.deleted()
        return alike and mine.units() == theirs.units() and self.hash() == other.hash()

    def copy(self) -> "DraftDocument":
        """Return a document of its own with the same content, under a fresh client number."""
        return DraftDocument(self.kind, self.state(), self.claims)

    def text(self) -> TextDocument:
        """Return what the document of the stream ``text`` says."""
        return read_text(self._doc)

    def content(self) -> Any:
        """Return what the document says, as JSON."""
        return read_text(self._doc) if self.kind is StreamKind.TEXT else read_proposals(self._doc)

    def hash(self) -> bytes:
        """Return the document's hash, 32 bytes."""
        return document_hash(self.content())

    @property
    def doc(self) -> Doc[Any]:
        """The document itself, to be read."""
        return self._doc

    def edited(self, edit: Edit) -> bytes:
        """Return the update that ``edit`` makes of a copy of this document; the document itself stays as it is."""
        scratch: Doc[Any] = Doc(client_id=secrets.randbits(32))
        scratch.apply_update(self.state())
        before = scratch.get_state()
        with scratch.transaction():
            edit(scratch)
        return scratch.get_update(before)
