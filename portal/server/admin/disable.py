"""``portal admin disable``: close somebody's account at once, or open it again."""

import argparse
import difflib
from collections.abc import Sequence

import sqlalchemy as sa

from portal.config import Settings
from portal.server.accounts import service
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account
from portal.server.accounts.names import folded_handle
from portal.server.accounts.schemas import AccountChange
from portal.server.admin.asked import AdministrationError, add_installation, answered, opened, settings_of
from portal.server.admin.running import running_server
from portal.server.app import create_app
from portal.server.core.actor import Actor, Role
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Unit
from portal.wire.ids import AccountId, Id


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin disable``; gives the exit status."""
    words = (
        "Close an account: it is signed out everywhere at once, and so are the interpreters that it answers for. What"
        " the person wrote stays in the records."
    )
    parser = argparse.ArgumentParser(prog="portal admin disable", description=words)
    parser.add_argument("handle", help="the name with which the person signs in")
    parser.add_argument("--undo", action="store_true", help="open the account again")
    parser.add_argument("--port", type=int, help="at which the server listens, if not at that of the settings")
    add_installation(parser)
    options = parser.parse_args(arguments)
    return answered(lambda: _change(options))


def _change(options: argparse.Namespace) -> int:
    chosen = settings_of(options, port=options.port)
    with opened(chosen) as database:
        account = database.read(lambda unit: account_of(unit, options.handle))
        with running_server(chosen, database, sparing=account) as server:
            if server is None:
                _here(chosen, account, disabled=not options.undo)
            else:
                server.ask("PATCH", f"/api/accounts/{account}", {"disabled": not options.undo})
    print(f"{options.handle} is {'open again' if options.undo else 'closed, and signed out everywhere'}.")
    return 0


def account_of(unit: Unit, handle: str) -> AccountId:
    """Return the account that signs in as ``handle``. AdministrationError: nobody does; names the nearest."""
    wanted = folded_handle(handle)
    found = unit.session.scalar(sa.select(Account.id).where(Account.handle == wanted))
    if found is not None:
        return AccountId(Id(found))
    handles = unit.session.scalars(sa.select(Account.handle)).all()
    nearest = difflib.get_close_matches(wanted, handles, n=1, cutoff=0.5)
    msg = f"nobody signs in as {handle!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else "")
    raise AdministrationError(msg)


def _here(chosen: Settings, account: AccountId, *, disabled: bool) -> None:
    """Make the change in this process, while no server runs: there are no sockets to close."""
    portal: Portal = create_app(chosen).extensions[EXTENSION]
    owner = Actor(account=account, delegation=None, roles=frozenset({Role.ADMINISTRATOR}), session=0, device=None)
    change = AccountChange(disabled=disabled)
    try:
        portal.database.write(lambda unit: service.change_account(unit, portal.get(Accounts), owner, account, change))
    finally:
        portal.database.close()
