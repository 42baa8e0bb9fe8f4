"""The installation's witness policy: read at start, and itself an entry when it changes."""

import hashlib
from pathlib import Path
from typing import Final

from portal.config import SettingsError
from portal.server.core.db import Unit
from portal.server.ledger import service
from portal.wire.canonical import canonical_json
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind
from portal.wire.ledger.note import NoteError
from portal.wire.ledger.policy import parse_policy

NO_WITNESSES: Final = "quorum none\n"
_SUBJECT: Final = "policy"


def read_policy(path: str) -> str:
    """Return the text of the policy file ``path``; of the empty name that of a policy without witnesses.

    Raises:
        SettingsError: it can not be read, or breaks a rule.
    """
    if not path:
        return NO_WITNESSES
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
        parse_policy(text)
    except OSError as error:
        msg = f"can not read ledger_policy {path}: {error.strerror}"
        raise SettingsError(msg) from error
    except (NoteError, UnicodeDecodeError) as error:
        msg = f"ledger_policy {path} is no policy: {error}"
        raise SettingsError(msg) from error
    return text


def record_policy(unit: Unit, text: str) -> None:
    """Record the policy, if it is another than the last that was recorded."""
    statement = {"policy": b64(hashlib.sha256(text.encode()).digest())}
    last = service.opened(unit, Kind.POLICY, (_SUBJECT,), newest=1)
    if last and last[0].statement == canonical_json(statement):
        return
    number = last[0].number + 1 if last else 0
    service.record_opened(unit, Kind.POLICY, statement, subject=_SUBJECT, number=number)
