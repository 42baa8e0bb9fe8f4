"""How an interpreter's program is let in: it asks, a person types its code and answers for it, it makes its account.

begin_enrolment ─ keys and request kept ─▶ waiting ─ somebody typed the code ─▶ approval, checked
  ▲                                          │                                       │
  └────────────── 15 minutes over ───────────┘       finish_enrolment ─ credentials kept ─▶ signed in

The program believes an approval only if its owner's own list verifies the word that is given for exactly this account
and key (docs/protocol.md §1).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from portal.member.answers import checked
from portal.member.e2ee.devices import statement_from_json, verify_device_list
from portal.member.e2ee.identity import grouped, safety_half
from portal.member.e2ee.refusal import require
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import Pin
from portal.member.e2ee.vouching import SignedVouching, verified_vouching, vouching_from_json
from portal.member.onboarding import Invited, NewAccount, NewKeys, new_keys, onboard
from portal.member.session import Opened, Session, bind, with_passphrase
from portal.member.work import MemberError, Work, post, read, write
from portal.wire.enrolment import EnrolmentRequest, enrolment_code, print_code
from portal.wire.ids import b64
from portal.wire.vouching import Vouching

_HANDLE_BYTES: Final = 6
_APPROVED: Final = {"vouch": dict, "owner": {"account": str, "name": str, "statements": list}}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A request that waits to be approved; kept under "enrolment".

    ``request`` is what the server shows to whoever types the code; ``id`` and ``secret`` are the program's hold on it,
    until ``expires_s`` by the server's clock.
    """

    keys: NewKeys
    handle: str
    request: bytes
    id: str
    secret: str = field(repr=False)
    expires_s: int

    @property
    def code(self) -> str:
        """What a person types: sixteen characters in four groups."""
        return print_code(enrolment_code(self.request))

    @property
    def digits(self) -> str:
        """The account's half of safety numbers, 30 digits in groups: the person's browser shows the same."""
        return grouped(safety_half(self.keys.account, SigningKey(self.keys.sign).public))


@dataclass(frozen=True, slots=True)
class Approval:
    """Who answers for the interpreter, by their own signed word. ``owner_name`` is the server's word only."""

    vouching: Vouching
    signed: SignedVouching
    owner_sign: bytes
    owner_name: str

    @property
    def digits(self) -> str:
        """The owner's half of safety numbers, 30 digits in groups, to be compared by people."""
        return grouped(safety_half(self.vouching.by, self.owner_sign))


@dataclass(frozen=True, slots=True)
class Credentials:
    """By what a program signs in again without a person; kept under "credentials"."""

    handle: str
    passphrase: str = field(repr=False)
    recovery_key: bytes = field(repr=False)


def begin_enrolment(machine: str, now_s: Callable[[], float]) -> Work[Enrolment]:
    """Ask to be let in, or go on waiting with the request that is kept here and has not expired.

    ``machine`` is what this computer is called: at most 64 printable ASCII characters.

    Raises:
        MemberError: what the server says.
    """
    kept = yield from read("enrolment", Enrolment)
    if kept is not None and kept.expires_s > now_s():
        return kept
    keys = new_keys("interpreter")
    request = EnrolmentRequest(
        account=keys.account,
        device=keys.device,
        key=SigningKey(keys.key).public,
        machine=machine,
        sign=SigningKey(keys.sign).public,
    ).to_bytes()
    answer = checked(
        (yield from post("/api/enrolments", {"request": b64(request)})), {"id": str, "secret": str, "expires_s": int}
    )
    handle = f"interpreter-{secrets.token_hex(_HANDLE_BYTES)}"
    begun = Enrolment(keys, handle, request, answer["id"], answer["secret"], answer["expires_s"])
    yield from write({"enrolment": begun})
    return begun


def look_for_approval(enrolment: Enrolment) -> Work[Approval | None]:
    """Return who has approved the request, or None while nobody has.

    Raises:
        MemberError: enrolment.unknown once it has expired.
        Refusal: vouching.*, device_list.*: an approval that is not what it says; nothing is believed of it.
    """
    body = {"id": enrolment.id, "secret": enrolment.secret}
    answer = checked((yield from post("/api/enrolments/state", body, repeatable=True)), {"state": str})
    if answer["state"] != "approved":
        return None
    owner = checked(answer, _APPROVED)["owner"]
    devices = verify_device_list(owner["account"], [statement_from_json(one) for one in owner["statements"]])
    signed = vouching_from_json(answer["vouch"])
    vouching = verified_vouching(signed, devices.sign)
    due = enrolment.keys.account, SigningKey(enrolment.keys.sign).public, owner["account"]
    require((vouching.account, vouching.sign, vouching.by) == due, "vouching.other", account=vouching.account)
    return Approval(vouching, signed, devices.sign, owner["name"])


def finish_enrolment(enrolment: Enrolment, approval: Approval, now_s: Callable[[], float]) -> Work[Opened]:
    """Make the account that was approved, or sign in to it if it was made before and the answer was lost.

    The owner's key is pinned as it was shown.

    Raises:
        MemberError: invitation.unknown or invitation.expired if it came too late; what the server says.
    """
    keys = enrolment.keys
    credentials = Credentials(enrolment.handle, keys.passphrase, keys.recovery_key)
    yield from write({"credentials": credentials, "approval": approval})
    opened = yield from _made_before(now_s)
    if opened is None:
        wish = NewAccount(enrolment.handle, "Interpreter", ("en",))
        pins = {approval.vouching.by: Pin(approval.owner_sign, name=approval.owner_name)}
        opened = yield from onboard(keys, Invited(enrolment.id, enrolment.secret), wish, now_s, pins)
    yield from write({"enrolment": None})
    return opened


def sign_in_again(now_s: Callable[[], float]) -> Work[Opened]:
    """Sign in with the credentials that are kept here, as the device that is kept here.

    Raises:
        MemberError: signin.refused, also where nothing is kept; what the server says.
        Refusal: vault.*, device_list.*: the server shows what the account did not sign.
    """
    credentials = yield from read("credentials", Credentials)
    if credentials is None:
        raise MemberError("signin.refused")
    answer, key = yield from with_passphrase(credentials.handle, credentials.passphrase)
    return (yield from bind(answer, key, (yield from read("session", Session)), "interpreter", now_s))


def _made_before(now_s: Callable[[], float]) -> Work[Opened | None]:
    """What became of an onboarding whose answer was lost: None if the account was not made."""
    if (yield from read("session", Session)) is None:
        return None
    try:
        return (yield from sign_in_again(now_s))
    except MemberError as error:
        if error.code != "signin.refused":
            raise
        return None


def kept_approval() -> Work[Approval | None]:
    """Return by whose word this interpreter was let in, as it was when it was checked."""
    return (yield from read("approval", Approval))
