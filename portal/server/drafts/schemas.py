"""Answers about drafts, as docs/protocol.md §10 lists them."""

from portal.server.core.schemas import Schema
from portal.server.rooms.schemas import Count, RootView


class BaseView(Schema):
    """Where the chain of what is kept begins: nothing is purged at number 0."""

    number: Count
    head: str


class StreamView(Schema):
    """Where a stream stands. ``state`` is its newest snapshot or revision, ``confirmed`` the newest countersigned one.

    Both are numbers, 0 for none.
    """

    stream: str
    number: Count
    head: str
    base: BaseView
    state: Count
    confirmed: Count


class DraftView(Schema):
    """One draft of a room."""

    draft: str
    created_ms: Count
    founder: str
    streams: tuple[StreamView, ...]


class ReceiptView(Schema):
    """The server's signature over the place of an act."""

    number: Count
    receipt: str


class VersionRootView(RootView):
    """A revision in the ledger: ``item`` at ``number`` of the text."""

    item: str


class DraftRootsView(Schema):
    """A draft's roots in the ledger, newest first: heads of its acts, and its revisions."""

    acts: tuple[RootView, ...]
    versions: tuple[VersionRootView, ...]
