"""What is erased when its time is over, what is not, and that the table says what happened."""

import json

import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.accounts import closing, service, sessions
from portal.server.accounts.feature import Accounts
from portal.server.accounts.models import Account, Invitation, Vault, VaultWrap
from portal.server.accounts.schemas import AccountChange
from portal.server.admin import doctor, retention, storage
from portal.server.core import erasures
from portal.server.core.actor import Actor, Role
from portal.server.core.catalogues import catalogue
from portal.server.core.db import Unit
from portal.server.rooms.blobs import Files
from portal.server.rooms.feature import Rooms
from portal.server.rooms.models import Blob, Room, RoomMember
from portal.server.upkeep.findings import PART
from portal.server.upkeep.retention import report
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, BlobId, Id, RoomId, new_id
from tests.server.feedback.desk import Desk

DAY_MS = 86_400_000
SIZE_BYTES = 5000


def with_file(desk: Desk, account: AccountId, *, archived_days: int | None) -> tuple[RoomId, BlobId]:
    """A room that was archived so long ago, or is not, with a finished file that somebody put there."""
    room, blob = RoomId(new_id()), BlobId(new_id())

    def put(unit: Unit) -> None:
        state = "active" if archived_days is None else "archived"
        unit.session.add(
            Room(
                id=room, kind="plenary", state=state, history="all", epoch=0, bucket=0, previous_bucket=0, created_ms=1
            )
        )
        unit.session.flush()
        if archived_days:
            unit.session.get_one(Room, room).archived_ms = unit.now_ms - archived_days * DAY_MS
        unit.session.add(
            RoomMember(room_id=room, account_id=account, role="member", since_ms=1, visible_from=1, cursor=0)
        )
        unit.session.add(
            Blob(id=blob, room_id=room, account_id=account, size_bytes=SIZE_BYTES, complete=True, created_ms=1)
        )

    desk.write(put)
    desk.portal.get(Rooms).files.store.reserve(blob, SIZE_BYTES)
    return room, blob


def erased_of(desk: Desk, kind: erasures.Kind) -> erasures.Erased:
    return next(one for one in desk.read(erasures.erased) if one.kind == kind)


def test_files_of_rooms_that_were_archived_long_ago_are_erased_and_no_others(installation: Desk) -> None:
    owner = installation.moderator(Role.DELEGATE)
    files = installation.portal.get(Rooms).files
    _, old = with_file(installation, owner.account, archived_days=31)
    kept = [with_file(installation, owner.account, archived_days=days)[1] for days in (29, 0, None)]
    assert installation.write(lambda unit: files.erase_archived(unit, 30)) == 1
    assert installation.write(lambda unit: files.erase_archived(unit, 30)) == 0
    left = set(installation.read(lambda unit: unit.session.scalars(sa.select(Blob.id)).all()))
    assert old not in left
    assert set(kept) <= left
    assert [path.name for path in installation.portal.settings.blobs_dir.rglob(f"{old}*")] == []
    found = erased_of(installation, "archived_files")
    assert (found.recent, found.number, found.size_bytes) == (1, 1, SIZE_BYTES)


def test_what_opens_a_closed_account_goes_after_its_time_and_the_account_stays_closed(installation: Desk) -> None:
    person, boss = installation.moderator(Role.DELEGATE), installation.moderator(Role.ADMINISTRATOR)
    accounts = installation.portal.get(Accounts)

    def arm(unit: Unit) -> None:
        unit.session.get_one(Account, person.account).opaque_record = "record"
        unit.session.add(Vault(account_id=person.account, version=1, sealed=b"s", signature=b"s"))
        unit.session.add(VaultWrap(account_id=person.account, kind="passphrase", wrapped=b"w"))

    def closes(disabled: bool) -> None:  # noqa: FBT001
        change = AccountChange(disabled=disabled)
        installation.write(lambda unit: service.change_account(unit, accounts, boss.actor, person.account, change))

    installation.write(arm)
    closes(disabled=True)
    since_s = installation.read(lambda unit: unit.session.get_one(Account, person.account).disabled_s)
    assert since_s is not None
    assert installation.write(lambda unit: closing.empty_closed(unit, 1)) == 0
    closes(disabled=False)
    assert installation.read(lambda unit: unit.session.get_one(Account, person.account).disabled_s) is None
    closes(disabled=True)
    installation.write(
        lambda unit: unit.session.execute(
            sa.update(Account).where(Account.id == person.account).values(disabled_s=unit.now_s - 2 * sessions.DAY_S)
        )
    )
    assert installation.write(lambda unit: closing.empty_closed(unit, 1)) == 1
    assert installation.read(lambda unit: unit.session.get(Vault, person.account)) is None
    with pytest.raises(UserError, match=r"account\.emptied"):
        closes(disabled=False)
    assert erased_of(installation, "closed_accounts").number == 1


def test_of_old_invitations_those_that_nobody_can_use_are_forgotten(installation: Desk) -> None:
    day_s = sessions.DAY_S

    def invite(unit: Unit) -> None:
        unit.session.execute(sa.delete(Invitation))
        times = ((100, 93, None), (100, 93, 99), (20, 13, None), (20, 13, 19), (1, -6, None))
        for made, expires, used in times:
            row = Invitation(id=new_id(), secret_sha256=b"", roles=[], created_s=unit.now_s - made * day_s)
            row.expires_s = unit.now_s - expires * day_s
            row.used_s = None if used is None else unit.now_s - used * day_s
            unit.session.add(row)

    installation.write(invite)
    assert installation.write(closing.drop_old_invitations) == 2
    assert installation.read(lambda unit: unit.session.scalar(sa.select(sa.func.count()).select_from(Invitation))) == 3


def test_amounts_of_a_day_add_up_and_old_days_are_not_of_late(installation: Desk) -> None:
    installation.write(lambda unit: erasures.note(unit, "jobs", 3))
    installation.write(lambda unit: erasures.note(unit, "jobs", 4, 10))
    old = {"kind": "jobs", "day": 100, "number": 5, "size_bytes": 1}
    installation.write(lambda unit: unit.connection.execute(sa.insert(erasures.Erasure), [old]))
    found = erased_of(installation, "jobs")
    assert (found.recent, found.number, found.size_bytes) == (7, 12, 11)


def test_the_list_is_whole_and_has_words(installation: Desk) -> None:
    chosen = installation.portal.settings
    kinds = [rule.kind for rule, _ in installation.read(lambda unit: report(unit, chosen))]
    assert sorted(kinds) == sorted(erasures.KINDS)
    for language in doctor.LANGUAGES:
        assert {f"erased.{kind}" for kind in kinds} <= catalogue(PART, language).keys()


def test_the_command_prints_what_was_erased(installation: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(installation.portal.settings.data_dir)
    assert retention.main(["--data", folder, "--json", "--now"]) == 0
    rows = {row["kind"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["words"]["after_days"] == 90
    assert rows["archived_files"]["setting"] == "archived_files_days"
    assert retention.main(["--data", folder]) == 0
    assert "Used passes of citizens' forms: when they would not count any more" in capsys.readouterr().out


def test_who_fills_the_storage_is_told_and_one_person_can_not_fill_it_all(
    installation: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = installation.moderator(Role.DELEGATE)
    room, _ = with_file(installation, owner.account, archived_days=None)
    assert storage.main(["--data", str(installation.portal.settings.data_dir), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    handle = installation.read(lambda unit: unit.session.get_one(Account, owner.account).handle)
    assert {"name": handle, "files": 1, "bytes": SIZE_BYTES} in said["people"]
    assert {"name": f"{room} (plenary, active)", "files": 1, "bytes": SIZE_BYTES} in said["rooms"]

    chosen = Settings(data_dir=installation.portal.settings.data_dir, account_quota_bytes=2 * SIZE_BYTES)
    files, actor = Files.open(chosen), owner.actor
    begins(installation, files, actor, room, SIZE_BYTES)
    with pytest.raises(UserError, match=r"storage\.share_full") as refused:
        begins(installation, files, actor, room, SIZE_BYTES)
    assert refused.value.detail == {"limit_bytes": 2 * SIZE_BYTES}
    other = installation.moderator(Role.DELEGATE)
    elsewhere, _ = with_file(installation, other.account, archived_days=None)
    begins(installation, files, other.actor, elsewhere, SIZE_BYTES)


def begins(desk: Desk, files: Files, actor: Actor, room: RoomId, size_bytes: int) -> None:
    desk.write(lambda unit: files.begin(unit, actor, room, BlobId(Id(new_id())), size_bytes))
