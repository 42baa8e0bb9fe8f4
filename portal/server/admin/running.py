"""Changes that a running server must make itself: it remembers who may do what, and holds the sockets to be closed.

Whoever holds the data may act as an administrator. So the server is asked over HTTP at its own address, in a session
that is opened for this, in the name of one of its administrators, and ended after it.
"""

import fcntl
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from portal.config import Settings
from portal.server.accounts import sessions
from portal.server.accounts.models import Account, AccountRole
from portal.server.admin.asked import AdministrationError
from portal.server.core import i18n
from portal.server.core.actor import Role
from portal.server.core.db import AnotherServerError, Database, Unit
from portal.server.upkeep.outside import own_address
from portal.wire.ids import AccountId, Id

PATIENCE_S: Final = 30.0
ANSWER_MAX_BYTES: Final = 1 << 20


class RunningServer:
    """The server of an installation; ``token`` is of an administrator's session."""

    def __init__(self, settings: Settings, token: str) -> None:
        self._settings = settings
        self._token = token

    def ask(self, method: str, path: str, body: object) -> Any:
        """Return what the server answers to ``body`` (JSON). AdministrationError: it refuses, with its words."""
        url = self._settings.public_url
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"{sessions.COOKIE}={self._token}",
            "Host": urlsplit(url).netloc,
            "Origin": url,
        }
        line = http.client.HTTPConnection(urlsplit(own_address(self._settings)).netloc, timeout=PATIENCE_S)
        try:
            line.request(method, path, json.dumps(body), headers)
            response = line.getresponse()
            answer = json.loads(response.read(ANSWER_MAX_BYTES))
        except (OSError, http.client.HTTPException, ValueError) as error:
            msg = f"the server at {own_address(self._settings)} did not answer as a portal: portal admin doctor"
            raise AdministrationError(msg) from error
        finally:
            line.close()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise AdministrationError(i18n.text(f"error.{answer['error']['code']}", "en"))
        return answer


@contextmanager
def running_server(settings: Settings, database: Database, *, sparing: AccountId) -> Iterator[RunningServer | None]:
    """The server that runs here; None if none serves this installation, which then stays so while the block runs.

    ``sparing``: act rather in another administrator's name than this one's.

    Raises:
        AdministrationError: it has no administrator to act for, or a server runs that can not be asked from here.
    """
    if not _answers(settings):
        with _nobody_serves(settings, database):
            yield None
        return
    name = database.read(lambda unit: _administrator(unit, sparing))
    token = database.write(lambda unit: sessions.open_session(unit, name, 0))
    try:
        yield RunningServer(settings, token)
    finally:
        database.write(lambda unit: sessions.end_session(unit, token))


def _answers(settings: Settings) -> bool:
    line = http.client.HTTPConnection(urlsplit(own_address(settings)).netloc, timeout=PATIENCE_S)
    try:
        line.connect()
    except OSError:
        return False
    finally:
        line.close()
    return True


@contextmanager
def _nobody_serves(settings: Settings, database: Database) -> Iterator[None]:
    with (settings.data_dir / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with database.served_here_alone():
                yield
        except (BlockingIOError, AnotherServerError) as error:
            msg = (
                f"a server serves this installation, but not at {own_address(settings)}: give its own settings"
                " (--config FILE, --port N), on a machine where one runs"
            )
            raise AdministrationError(msg) from error


def _administrator(unit: Unit, sparing: AccountId) -> AccountId:
    """The oldest administrator; ``sparing`` only if there is no other."""
    found = unit.session.scalars(
        sa.select(Account.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role == Role.ADMINISTRATOR.value, ~Account.disabled)
        .order_by(Account.id == sparing, Account.created_s, Account.id)
    ).first()
    if found is None:
        msg = "there is no administrator in whose name to act: make one first (portal admin invite-link)"
        raise AdministrationError(msg)
    return AccountId(Id(found))
