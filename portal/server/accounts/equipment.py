"""What interpreters say that they run on, entered into the ledger when it changes: software, versions, packages.

It is their own word: nobody can make a machine tell the truth. But it is said before it matters, and stays.
"""

from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import Field

from portal.server.accounts.models import Account
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.server.core.schemas import Schema
from portal.server.ledger import service
from portal.wire.errors import UserError
from portal.wire.ledger.entries import Kind

PACKAGES_MAX: Final = 200
SOFTWARE: Final = "portal"
Version = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[!-~]+$")]


class PackageText(Schema):
    """A language package: its pair as ``en_ko``, version, and the SHA-256 of its files as hex."""

    pair: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,20}_[A-Za-z0-9-]{2,20}$")]
    version: Version
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class EquipmentReport(Schema):
    """What an interpreter runs on."""

    version: Version
    packages: Annotated[tuple[PackageText, ...], Field(max_length=PACKAGES_MAX)]


def report(unit: Unit, actor: Actor, said: EquipmentReport) -> int:
    """Enter what has changed since the interpreter's last report; return how many entries that made.

    Raises:
        UserError: role.required, for all but interpreters.
    """
    if Role.INTERPRETER not in actor.roles:
        raise UserError("role.required")
    # Two reports at once would number their entries alike.
    unit.session.execute(sa.select(Account.id).where(Account.id == actor.account).with_for_update(key_share=True))
    machine = {"kind": "interpreter", "id": actor.account, "software": SOFTWARE, "version": said.version}
    made = int(service.record_change(unit, Kind.EQUIPMENT, machine, subject=actor.account))
    for package in said.packages:
        statement: dict[str, Any] = {
            "kind": "package",
            "id": actor.account,
            "software": package.pair,
            "version": package.version,
            "sha256": package.sha256,
        }
        subject = f"{actor.account}:{package.pair}"
        made += service.record_change(unit, Kind.EQUIPMENT, statement, subject=subject)
    return made
