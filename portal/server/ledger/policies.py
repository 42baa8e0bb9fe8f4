"""What an installation says about itself, each an entry when it changes: its witness policy, its program's version."""

import hashlib
from pathlib import Path
from typing import Final

from portal import __version__
from portal.config import SettingsError
from portal.server.core.db import Unit
from portal.server.ledger import service
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
    service.record_change(unit, Kind.POLICY, statement, subject=_SUBJECT)


def record_server(unit: Unit, origin: str) -> None:
    """Record which program serves this installation, if it is another version than the last that was recorded."""
    statement = {"kind": "server", "id": origin, "software": "portal", "version": __version__}
    service.record_change(unit, Kind.EQUIPMENT, statement, subject="server")
