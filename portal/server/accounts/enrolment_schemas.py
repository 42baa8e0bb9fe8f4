"""Bodies of the interpreters' part of the API (docs/protocol.md §6). Byte strings stay base64url text here."""

from typing import Annotated, Final, Literal

from pydantic import Field

from portal.server.accounts.schemas import InvitationSecret, Languages, LoggedStatement, Name, VouchingText
from portal.server.core.schemas import IdText, Schema, UnixSeconds, b64_text
from portal.wire.enrolment import REQUEST_MAX_BYTES

CODE_TYPED_MAX_CHARS: Final = 64
"""As typed, with spaces and hyphens."""


class EnrolmentNew(Schema):
    """An interpreter's request to be let in (portal.wire.enrolment)."""

    request: Annotated[str, b64_text(max_bytes=REQUEST_MAX_BYTES)]


class EnrolmentIssued(InvitationSecret):
    """Where the request waits; its secret is shown this once, and becomes that of the invitation."""

    expires_s: UnixSeconds


class OwnerView(Schema):
    """The person who approved, with the device list by which the vouching can be verified."""

    account: IdText
    name: str
    statements: tuple[LoggedStatement, ...]


class EnrolmentWaiting(Schema):
    """Nobody has approved the request yet."""

    state: Literal["waiting"] = "waiting"


class EnrolmentApproved(Schema):
    """Somebody has."""

    state: Literal["approved"] = "approved"
    vouch: VouchingText
    owner: OwnerView


class EnrolmentCode(Schema):
    """A code as it was typed."""

    code: Annotated[str, Field(max_length=CODE_TYPED_MAX_CHARS)]


class EnrolmentRequestText(Schema):
    """The request that has a code, for the browser to recompute it."""

    request: str


class EnrolmentWish(EnrolmentCode):
    """What a person approves: this name and these languages, and by ``vouch`` this account and key."""

    name: Name
    languages: Languages
    vouch: VouchingText


class EnrolledAccount(Schema):
    """The account that an approved interpreter will have."""

    account: IdText
