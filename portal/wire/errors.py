"""The closed list of error codes, and the one tree of errors that carry them.

Three kinds: a user's mistake, a remote peer's misbehaviour, our own fault. Each code has a catalogue entry
``error.<code>`` in ``portal/locale``: what happened, what was kept, what to do. "Absent" and "forbidden" share a code.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HTTP_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        # requests
        "request.malformed": 400,
        "request.misdirected": 421,
        "request.origin": 403,
        "request.too_large": 413,
        "request.too_many": 429,
        "request.not_found": 404,
        "server.fault": 500,
        "server.busy": 503,
        # sign-in and people
        "session.required": 401,
        "session.device_required": 403,
        "session.ticket": 401,
        "signin.refused": 401,
        "signin.expired": 401,
        "invitation.unknown": 404,
        "invitation.used": 410,
        "invitation.expired": 410,
        "handle.taken": 409,
        "handle.malformed": 400,
        "account.not_found": 404,
        "account.last_administrator": 409,
        "account.emptied": 409,
        "role.required": 403,
        "delegation.not_found": 404,
        "delegation.code_taken": 409,
        "device.refused": 400,
        "device.list_moved": 409,
        "vault.version": 409,
        "vault.refused": 400,
        "key_package.refused": 400,
        "enrolment.unknown": 404,
        "enrolment.used": 409,
        # rooms
        "room.not_found": 404,
        "room.exists": 409,
        "room.archived": 409,
        "room.epoch_taken": 409,
        "room.role_required": 403,
        "record.fork": 409,
        "item.malformed": 400,
        "item.too_large": 413,
        "item.forged": 403,
        "item.sequence": 409,
        "item.conflict": 409,
        "item.stale_epoch": 409,
        "item.clock": 409,
        "commit.refused": 400,
        "grant.refused": 400,
        "welcome.none": 404,
        "aside.absent": 404,
        # drafts
        "draft.not_found": 404,
        "draft.exists": 409,
        "draft.right_required": 403,
        "draft.snapshot_taken": 409,
        "draft.countersign": 409,
        "draft.malformed": 400,
        "draft.behind": 409,
        # ledger
        "ledger.absent": 404,
        "ledger.refused": 400,
        # files
        "blob.not_found": 404,
        "blob.too_large": 413,
        "blob.chunk": 400,
        "blob.incomplete": 409,
        "storage.full": 507,
        "storage.share_full": 507,
        # what citizens said
        "moderation.moved": 409,
        "moderation.closed": 409,
        "moderation.second_person": 403,
        "hall.not_found": 404,
        "hall.moved": 409,
        "hall.refused": 409,
        "hall.poll_closed": 409,
        "hall.ticket": 403,
    }
)


class PortalError(Exception):
    """An error with a code of the closed list, for people and for programs.

    ``detail`` holds only what the receiver may know: numbers, limits, ids; never plaintext, addresses or secrets.
    """

    def __init__(self, code: str, **detail: str | int | bool | None) -> None:
        if code not in HTTP_STATUS:
            msg = f"no such error code: {code}"
            raise KeyError(msg)
        super().__init__(code)
        self.code = code
        self.detail = detail

    @property
    def http_status(self) -> int:
        """The HTTP status that answers with this code."""
        return HTTP_STATUS[self.code]


class UserError(PortalError):
    """A person asked for what can not be done; the message says what to do next."""


class PeerError(PortalError):
    """A remote client sent what no honest client sends; it costs the sender a token of its bucket."""


class OwnFault(PortalError):  # noqa: N818 - it is the third kind, and not the peer's error
    """The server itself failed; nothing was changed."""
