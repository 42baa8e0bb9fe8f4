"""What features above rooms add to the record's writer: requests of their own kinds, in the same transactions.

So what they append is committed with the records' items, against the rooms as the requests before it left them, and
rooms need not know what it is.
"""

from collections.abc import Sequence
from typing import Protocol

from portal.server.rooms.batch import Batch
from portal.server.rooms.requests import FurtherRequest, Receipt
from portal.wire.ids import RoomId


class FurtherBatch(Protocol):
    """One transaction's requests of a feature."""

    def apply(self, request: FurtherRequest) -> Receipt:
        """Do what ``request`` asks, or raise a PortalError and change nothing."""
        ...

    def forget_if_behind(self, request: FurtherRequest) -> bool:
        """Forget what ``request`` is about if the database knows more of it, and tell whether that was so."""
        ...

    def expelled(self, room: RoomId, account: str) -> None:
        """Hear that ``account`` is out of ``room`` from here on: its sockets hear no more of what is in it."""
        ...

    def flush(self) -> None:
        """Write the rows that were collected."""
        ...


class FurtherHandler(Protocol):
    """What a feature does in the writer's thread; registered by ``RecordHandler.serve_further``."""

    def begin(self, work: Batch, requests: Sequence[FurtherRequest]) -> FurtherBatch:
        """Begin a transaction in which ``requests`` will be applied, among those of rooms."""
        ...

    def rolled_back(self) -> None:
        """Forget whatever was remembered beyond the database: the last transaction did not happen."""
        ...


class NothingFurther:
    """Rooms by themselves: both of the above, for no requests at all."""

    def begin(self, _work: Batch, _requests: Sequence[FurtherRequest]) -> FurtherBatch:
        """Return this object, which has nothing to remember."""
        return self

    def apply(self, request: FurtherRequest) -> Receipt:
        """Raise TypeError: nobody serves such requests."""
        msg = f"nobody serves {type(request).__name__}"
        raise TypeError(msg)

    def forget_if_behind(self, _request: FurtherRequest) -> bool:
        """Tell that nothing was remembered."""
        return False

    def expelled(self, room: RoomId, account: str) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""

    def rolled_back(self) -> None:
        """Do nothing."""
