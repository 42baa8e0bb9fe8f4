"""Bodies of the people part of the API (docs/protocol.md §6). Byte strings stay base64url text here."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from portal.server.accounts.names import LANGUAGES, checked_name
from portal.server.accounts.opaque import (
    ATTEMPT_MAX_BYTES,
    FINISH_BYTES,
    RECORD_BYTES,
    REQUEST_BYTES,
    SIGN_IN_REQUEST_BYTES,
)
from portal.server.core.actor import Role
from portal.server.core.schemas import IdText, Schema, UnixSeconds, b64_text
from portal.wire.device_list import BODY_MAX_BYTES, SIGNATURE_BYTES
from portal.wire.vault import RECOVERY_AUTH_BYTES, SEALED_MAX_BYTES, WRAP_BYTES
from portal.wire.vouching import VOUCHING_MAX_BYTES, Readers

SECRET_BYTES = 32
INVITATION_DAYS_MAX = 30
ACCOUNTS_MAX = 1000

Bytes32 = Annotated[str, b64_text(length_bytes=32)]
Secret = Annotated[str, b64_text(length_bytes=SECRET_BYTES)]
OpaqueRequest = Annotated[str, b64_text(length_bytes=REQUEST_BYTES)]
OpaqueRecord = Annotated[str, b64_text(length_bytes=RECORD_BYTES)]
Wrap = Annotated[str, b64_text(length_bytes=WRAP_BYTES)]
RecoveryAuth = Annotated[str, b64_text(length_bytes=RECOVERY_AUTH_BYTES)]
Handle = Annotated[str, Field(max_length=200)]
"""As typed; what may be a handle is decided after folding (names.py)."""
Name = Annotated[str, Field(max_length=500), AfterValidator(checked_name)]


def _known_languages(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values) or not set(values) <= set(LANGUAGES):
        msg = f"languages are some of {', '.join(LANGUAGES)}, each once"
        raise ValueError(msg)
    return values


def _once_each(values: tuple[Role, ...]) -> tuple[Role, ...]:
    if len(set(values)) != len(values):
        msg = "each role once"
        raise ValueError(msg)
    return values


def _of_people(values: tuple[Role, ...]) -> tuple[Role, ...]:
    if Role.INTERPRETER in values:
        msg = "nobody is made an interpreter by hand"
        raise ValueError(msg)
    return values


def _code(text: str) -> str:
    if not (text.isascii() and text.isalpha()):
        msg = "a code is two letters"
        raise ValueError(msg)
    return text.upper()


Languages = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_languages)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1), AfterValidator(_once_each), AfterValidator(_of_people)]
"""Roles that administrators give; that of interpreters comes with an enrolment only, and never goes."""
DelegationCode = Annotated[str, Field(min_length=2, max_length=2), AfterValidator(_code)]
Colour = Annotated[int, Field(ge=0, le=11)]


class Nothing(Schema):
    """An empty object."""


class DelegationView(Schema):
    """A delegation as everyone sees it."""

    id: IdText
    name: str
    code: str
    colour: int


class StatementText(Schema):
    """A signed statement of a device list as it travels."""

    body: Annotated[str, b64_text(max_bytes=BODY_MAX_BYTES)]
    sig: Annotated[str, b64_text(length_bytes=SIGNATURE_BYTES)]


class LoggedText(Schema):
    """Where the ledger has an entry, and what opens it; ``index`` is None for the second until it is in the tree."""

    index: int | None
    nonce: Bytes32


class LoggedStatement(StatementText):
    """A statement as clients get it; its entry in the ledger commits to the list's head after it."""

    ledger: LoggedText | None


class VaultText(Schema):
    """A sealed vault as it travels."""

    version: Annotated[int, Field(ge=1, lt=2**53)]
    sealed: Annotated[str, b64_text(max_bytes=SEALED_MAX_BYTES)]
    sig: Annotated[str, b64_text(length_bytes=SIGNATURE_BYTES)]


class Wraps(Schema):
    """The vault key under both wrapping keys."""

    passphrase: Wrap
    recovery: Wrap


class SomeWraps(Schema):
    """The wraps that change with a new vault."""

    passphrase: Wrap | None = None
    recovery: Wrap | None = None


class Settings(Schema):
    """What others may notice of a person."""

    presence: bool
    typing: bool


class Me(Schema):
    """The signed-in person; ``device`` is None until this session has one."""

    account: IdText
    handle: str
    name: str
    languages: tuple[str, ...]
    roles: tuple[Role, ...]
    delegation: DelegationView | None
    device: IdText | None
    vault_version: int
    settings: Settings


class SignedIn(Me):
    """What a browser needs to open its vault after sign-in."""

    statements: tuple[LoggedStatement, ...]
    vault: VaultText
    wraps: Wraps


class VouchingText(Schema):
    """A person's signed word for an interpreter as it travels."""

    body: Annotated[str, b64_text(max_bytes=VOUCHING_MAX_BYTES)]
    sig: Annotated[str, b64_text(length_bytes=SIGNATURE_BYTES)]


class InterpreterView(Schema):
    """Who answers for an interpreter, and whom its translations are for."""

    model_config = ConfigDict(serialize_by_alias=True)

    owner: IdText
    readers: Readers = Field(serialization_alias="for")
    vouch: VouchingText


class PersonView(Schema):
    """A person as everyone signed in sees them; ``interpreter`` is None for people."""

    account: IdText
    name: str
    handle: str
    delegation: DelegationView | None
    roles: tuple[Role, ...]
    languages: tuple[str, ...]
    disabled: bool
    interpreter: InterpreterView | None


class InvitationSecret(Schema):
    """What an invitation's link holds."""

    id: IdText
    secret: Secret


class InvitationOffer(Schema):
    """What an invitation offers to whoever holds its link."""

    delegation: DelegationView | None
    roles: tuple[Role, ...]
    expires_s: UnixSeconds
    inviter: str | None


class OnboardingStart(InvitationSecret):
    """OPAQUE registration, first message; ``account`` is the id that the browser has chosen."""

    account: IdText
    request: OpaqueRequest


class OnboardingFinish(InvitationSecret):
    """Everything that makes an account, in one piece."""

    account: IdText
    handle: Handle
    name: Name
    languages: Languages
    opaque_record: OpaqueRecord
    statements: Annotated[tuple[StatementText, ...], Field(min_length=2, max_length=2)]
    vault: VaultText
    wraps: Wraps
    recovery_auth_sha256: Bytes32


class OpaqueResponse(Schema):
    """The server's message of an OPAQUE registration."""

    response: str


class SignInStart(Schema):
    """OPAQUE sign-in, first message."""

    handle: Handle
    request: Annotated[str, b64_text(length_bytes=SIGN_IN_REQUEST_BYTES)]


class SignInStarted(OpaqueResponse):
    """The server's message of an OPAQUE sign-in; ``attempt`` goes back with the last one, within 60 s."""

    attempt: str


class SignInFinish(Schema):
    """OPAQUE sign-in, last message."""

    attempt: Annotated[str, b64_text(max_bytes=ATTEMPT_MAX_BYTES)]
    finish: Annotated[str, b64_text(length_bytes=FINISH_BYTES)]


class RecoverySignIn(Schema):
    """Sign-in with the printed key: its derived ``recovery_auth``."""

    handle: Handle
    recovery_auth: RecoveryAuth


class PassphraseStart(Schema):
    """A new passphrase, first message of its registration."""

    request: OpaqueRequest


class ProofStart(Schema):
    """A proof of the present passphrase, first message."""

    request: Annotated[str, b64_text(length_bytes=SIGN_IN_REQUEST_BYTES)]


class PassphraseFinish(Schema):
    """A new passphrase: its record, and the vault key wrapped for it.

    ``proof`` of the present passphrase, or the recovery key's ``recovery_auth``. Neither: the session was opened by the
    recovery key within the last 15 minutes.
    """

    opaque_record: OpaqueRecord
    wrap: Wrap
    proof: SignInFinish | None = None
    recovery_auth: RecoveryAuth | None = None


class VaultPut(VaultText):
    """The next version of the vault. A new recovery wrap comes with the hash of the new key's ``recovery_auth``."""

    wraps: SomeWraps = SomeWraps()
    recovery_auth_sha256: Bytes32 | None = None


class VaultAnswer(VaultText):
    """The newest vault and what opens it."""

    wraps: Wraps


class DeviceAdd(Schema):
    """A statement that adds a device."""

    statement: StatementText


class DeviceRevoke(Schema):
    """A statement that revokes a device, and the vault with the new box key in it."""

    statement: StatementText
    vault: VaultText


class DeviceView(Schema):
    """One of the own devices; ``last_seen_day`` is a UTC day number."""

    device: IdText
    kind: Literal["browser", "interpreter", "archive"]
    created_s: UnixSeconds
    last_seen_day: int | None
    current: bool
    revoked: bool


class DeviceListsQuery(Schema):
    """Whose device lists."""

    accounts: Annotated[tuple[IdText, ...], Field(max_length=ACCOUNTS_MAX)]


class MeChange(Schema):
    """What people change about themselves; what is absent stays."""

    name: Name | None = None
    languages: Languages | None = None
    settings: Settings | None = None


class DelegationNew(Schema):
    """A delegation to be."""

    name: Name
    code: DelegationCode
    colour: Colour


class DelegationChange(Schema):
    """What changes about a delegation; what is absent stays."""

    name: Name | None = None
    code: DelegationCode | None = None
    colour: Colour | None = None


class InvitationNew(Schema):
    """An invitation to be, good for ``days``, or as long as the installation says."""

    delegation: IdText | None
    roles: Roles
    days: Annotated[int, Field(ge=1, le=INVITATION_DAYS_MAX)] | None = None


class InvitationIssued(InvitationSecret):
    """A new invitation; its secret is shown this once."""

    expires_s: UnixSeconds


class InvitationView(Schema):
    """An invitation as administrators see it."""

    id: IdText
    delegation: DelegationView | None
    roles: tuple[Role, ...]
    expires_s: UnixSeconds
    used: bool


class AccountChange(Schema):
    """What an administrator changes about an account; what is absent stays, ``delegation: null`` means none."""

    roles: Roles | None = None
    delegation: IdText | None = None
    disabled: bool | None = None


class Ticket(Schema):
    """Signs one socket in, once, within 60 s."""

    ticket: str
