"""What goes of accounts after their time: what opens a closed one, and links that nobody can use any more.

Name, handle, public keys and the signed device list stay: without them nobody could tell who wrote what is in the
records, which others have signed for.
"""

from typing import Final

import sqlalchemy as sa

from portal.server.accounts.models import Account, Invitation, Vault, VaultWrap
from portal.server.accounts.sessions import DAY_S
from portal.server.core import erasures
from portal.server.core.db import Unit

INVITATION_KEPT_DAYS: Final = 30
"""After an invitation was used or has expired."""


def empty_closed(unit: Unit, days: int) -> int:
    """Erase what opens accounts that have been closed for ``days``; return how many.

    That is the sealed vault with its wraps, the record of the passphrase, and the hash of the recovery key. An account
    of which nobody noted since when it is closed counts from the first look on.
    """
    closed = sa.and_(Account.disabled, Account.opaque_record != "")
    unit.session.execute(sa.update(Account).where(closed, Account.disabled_s.is_(None)).values(disabled_s=unit.now_s))
    over = sa.select(Account.id).where(closed, Account.disabled_s <= unit.now_s - days * DAY_S)
    found = list(unit.session.scalars(over.with_for_update(key_share=True)))
    for rows in (Vault, VaultWrap):
        unit.session.execute(sa.delete(rows).where(rows.account_id.in_(found)))
    emptied = sa.update(Account).where(Account.id.in_(found))
    unit.session.execute(emptied.values(opaque_record="", recovery_auth_sha256=b""))
    return erasures.note(unit, "closed_accounts", len(found))


def drop_old_invitations(unit: Unit) -> int:
    """Forget invitations that were used or have expired INVITATION_KEPT_DAYS ago; return how many."""
    before_s = unit.now_s - INVITATION_KEPT_DAYS * DAY_S
    old = sa.or_(Invitation.used_s < before_s, sa.and_(Invitation.used_s.is_(None), Invitation.expires_s < before_s))
    return erasures.note(unit, "invitations", unit.connection.execute(sa.delete(Invitation).where(old)).rowcount)
