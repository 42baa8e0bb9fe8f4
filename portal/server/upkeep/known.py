"""What the server knows about one account, for whom it is about: every row that names the account, or a device of it.

Which columns name an account is written down here for each table; a test demands that for every table of the database
either they are, or the reason why the table is about nobody's account.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from portal.server.accounts.models import Account, Device
from portal.server.core.db import Base, Unit
from portal.wire.ids import AccountId, b64

SHOWN_BYTES_MAX: Final = 64
"""Longer bytes are sealed or signed material: their size is told, not they."""
ACCOUNT: Final = "account"
DEVICE: Final = "device"
NAMING: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "account": {"id": ACCOUNT},
        "account_role": {"account_id": ACCOUNT},
        "agenda_approval": {"account_id": ACCOUNT},
        "agenda_change": {"account_id": ACCOUNT},
        "blob": {"account_id": ACCOUNT},
        "decision": {"account_id": ACCOUNT, "second_id": ACCOUNT},
        "device": {"account_id": ACCOUNT},
        "device_statement": {"account_id": ACCOUNT},
        "draft": {"founder": ACCOUNT},
        "draft_item": {"device_id": DEVICE},
        "draft_purged_sequence": {"device_id": DEVICE},
        "enrolment_approval": {"owner_id": ACCOUNT},
        "instrument_consent": {"account_id": ACCOUNT},
        "interpreter": {"account_id": ACCOUNT, "owner_id": ACCOUNT},
        "invitation": {"inviter_id": ACCOUNT},
        "key_package": {"device_id": DEVICE},
        "ledger_opening": {"subject": ACCOUNT},
        "minute": {"author": ACCOUNT},
        "public_text": {"checked_by": ACCOUNT},
        "record_item": {"device_id": DEVICE},
        "ring_grant": {"account_id": ACCOUNT, "device_id": DEVICE},
        "room_device": {"account_id": ACCOUNT},
        "room_member": {"account_id": ACCOUNT},
        "signed_in_session": {"account_id": ACCOUNT},
        "submission_text": {"checked_by": ACCOUNT},
        "topic_event": {"account_id": ACCOUNT},
        "vault": {"account_id": ACCOUNT},
        "vault_wrap": {"account_id": ACCOUNT},
    }
)
"""For each table about accounts: which columns hold an account's id, or a device's."""
WHAT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account": "Who you are here, and the public keys by which others verify it.",
        "account_role": "What you may do.",
        "agenda_approval": "Agendas of town halls that you approved.",
        "agenda_change": "Changes that you made to agendas of town halls.",
        "blob": "Files that you put into rooms: when, and how large they are; neither their names nor what is in them.",
        "decision": "What you decided as a moderator.",
        "device": "Your devices, and the day on which each was last seen.",
        "device_statement": "The list of your devices, as you signed it.",
        "draft": "Drafts that you began.",
        "draft_item": "Changes and acts that you sent to drafts: when, not what they say.",
        "draft_purged_sequence": "How far your items were, of which drafts no longer keep the text.",
        "enrolment_approval": "Interpreters that you are about to let in.",
        "instrument_consent": "Instruments whose publication you agreed to.",
        "interpreter": "Interpreters for which you answer, or who answers for you, if this is an interpreter.",
        "invitation": "Invitations that you made.",
        "key_package": "Keys by which others can add your devices to rooms.",
        "ledger_opening": "What stands about your account in the public ledger, and what opens it.",
        "minute": "Minutes of town halls that you wrote.",
        "public_text": "Translations of public texts that you checked.",
        "record_item": "What you sent to rooms: when, and how large it is sealed; not what it says.",
        "ring_grant": "Older keys of rooms that others passed on to you, or you to others; sealed.",
        "room_device": "Which of your devices are in which rooms.",
        "room_member": "The rooms that you are in, since when, and how far you have read.",
        "signed_in_session": "Where you are signed in, and the day on which that was last used.",
        "submission_text": "Translations of what citizens said that you checked.",
        "topic_event": "Changes that you made to citizens' topics.",
        "vault": "Your keys, sealed by your passphrase; how often they changed, not what they are.",
        "vault_wrap": "What opens the vault, sealed by passphrase and by recovery key.",
    }
)
WITHHELD: Final = frozenset({"opaque_record", "recovery_auth_sha256", "secret_sha256", "token_sha256", "wrapped"})
"""Columns whose content would help a finder of this file to sign in as its subject, or to open what is sealed."""
NOT_ABOUT_ACCOUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "socket_ticket": "good for a minute, by a session that is listed",
        "used_attempt": "hashes of sign-in attempts, gone after a minute",
        "enrolment": "of programs that ask to be let in; gone after a quarter of an hour",
        "draft_stream": "streams belong to drafts; who sent what is in their items",
    }
    | dict.fromkeys(
        ("submission", "receipt", "receipt_message", "redaction", "submission_review", "pass_seen", "ballot"),
        "citizens have no account: nothing here leads from an account to what somebody said as a citizen",
    )
    | dict.fromkeys(
        ("ballot_support", "poll_voter", "question_vote", "poll_count", "hall_event", "digest_subscription"),
        "of citizens, or by role; no account is noted",
    )
    | dict.fromkeys(
        ("delegation", "room", "room_group", "shred_share", "welcome", "instrument", "topic", "topic_clause"),
        "of a group, not of one person",
    )
)
"""Why tables that one could ask about are not in the answer. Every other table holds no person's data at all."""


NOT_HERE: Final = (
    "What rooms and drafts say is sealed between their members. The server can not read it, so it is not here.",
    "Network addresses and browsers are not kept. Of your visits the day is kept, of what you sent the time.",
    "What somebody says as a citizen is not tied to any account.",
    "Columns marked as withheld exist; what is in them would help a finder of this file to get into the account.",
)


def everything_about(unit: Unit, account: AccountId) -> dict[str, Any]:
    """Return what the server knows about ``account`` as JSON values, with words on what each part is."""
    row = unit.session.get_one(Account, account)
    devices = unit.session.scalars(sa.select(Device.id).where(Device.account_id == account)).all()
    ids: Mapping[str, Callable[[Any], Any]] = {
        ACCOUNT: lambda column: column == account,
        DEVICE: lambda column: column.in_(devices),
    }
    parts = {}
    for name, columns in NAMING.items():
        table = Base.metadata.tables[name]
        named = sa.or_(*(ids[kind](table.c[column]) for column, kind in columns.items()))
        order = list(table.primary_key.columns)
        found = unit.connection.execute(sa.select(table).where(named).order_by(*order)).mappings()
        parts[name] = {"what": WHAT[name], "rows": [_shown(each) for each in found]}
    return {
        "about": row.handle,
        "delegation": None if row.delegation is None else row.delegation.name,
        "made": _moment(unit.now_ms / 1000),
        "not_here": list(NOT_HERE),
        "parts": parts,
    }


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _value(str(name), value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if name in WITHHELD and value:
        return "withheld"
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return b64(raw) if len(raw) <= SHOWN_BYTES_MAX else f"{len(raw)} bytes"
    return value if value is None else _read(name, value)


def _read(name: str, value: Any) -> Any:
    """Times as people write them; columns of times are named by their unit."""
    if name.endswith("_day") or name == "bucket":
        return _moment(value * 86_400)[: len("2026-11-22")]
    if name.endswith("_ms"):
        return _moment(value / 1000)
    if name.endswith("_s") and not name.startswith("lifetime"):
        return _moment(value)
    return value


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
