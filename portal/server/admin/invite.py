"""``portal admin invite``: a one-time link for somebody with any role."""

import argparse
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from portal.server.accounts import service
from portal.server.accounts.models import Delegation
from portal.server.accounts.schemas import INVITATION_DAYS_MAX
from portal.server.admin.asked import AdministrationError, add_installation, answered, opened, settings_of
from portal.server.core.actor import Role
from portal.server.core.db import Unit

ROLES: Final = tuple(role.value for role in Role if role is not Role.INTERPRETER)


def main(arguments: Sequence[str]) -> int:
    """Run ``portal admin invite``; gives the exit status."""
    words = "Print a link, good once, that makes whoever opens it an account. Send it by a way that you trust."
    parser = argparse.ArgumentParser(prog="portal admin invite", description=words)
    parser.add_argument("--role", action="append", choices=ROLES, required=True, help="may be given several times")
    parser.add_argument("--delegation", metavar="XX", help="the two letters of the delegation (default: none)")
    parser.add_argument("--days", type=int, help="how long the link is good (default: as the settings say)")
    add_installation(parser)
    options = parser.parse_args(arguments)
    if options.days is not None and not 1 <= options.days <= INVITATION_DAYS_MAX:
        parser.error(f"--days must be between 1 and {INVITATION_DAYS_MAX}")
    return answered(lambda: _invite(options))


def _invite(options: argparse.Namespace) -> int:
    chosen = settings_of(options)
    roles = tuple(map(Role, dict.fromkeys(options.role)))
    days = options.days or chosen.invitation_days
    with opened(chosen) as database:
        issued = database.write(
            lambda unit: service.invitation_of_host(unit, roles, _delegation(unit, options.delegation), days)
        )
    print(service.invitation_url(chosen.public_url, issued))
    return 0


def _delegation(unit: Unit, code: str | None) -> str | None:
    if code is None:
        return None
    known = {row.code: row.id for row in unit.session.scalars(sa.select(Delegation))}
    if code.upper() not in known:
        msg = f"there is no delegation {code.upper()}; there are: {', '.join(sorted(known)) or 'none yet'}"
        raise AdministrationError(msg)
    return known[code.upper()]
