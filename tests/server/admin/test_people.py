"""Inviting, closing and telling somebody what is known of them, from the command line."""

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.accounts import service
from portal.server.accounts.models import Account, Delegation, Invitation, SignedInSession
from portal.server.admin import disable, export, invite
from portal.server.app import create_app as _all_tables
from portal.server.core.actor import Role
from portal.server.core.db import Base
from portal.server.rooms.models import RecordItem
from portal.server.upkeep import known
from portal.wire.ids import new_id
from tests.browser.portal_process import PortalProcess
from tests.server.admin.test_retention import with_file
from tests.server.feedback.desk import Desk, Moderator

NAMES_OF_ACCOUNTS = {
    "account_id",
    "second_id",
    "owner_id",
    "inviter_id",
    "checked_by",
    "author",
    "founder",
    "device_id",
}
TRANSIENT = {"delivery", "delivery_horizon"}


def handle_of(desk: Desk, person: Moderator) -> str:
    return desk.read(lambda unit: unit.session.get_one(Account, person.account).handle)


def folder(desk: Desk) -> str:
    return str(desk.portal.settings.data_dir)


def test_a_link_for_any_role_and_delegation(installation: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    delegation = new_id()
    installation.write(lambda unit: unit.session.add(Delegation(id=delegation, name="Norland", code="NO", colour=1)))
    asked = ["--data", folder(installation), "--role", "delegate", "--role", "chair", "--delegation", "no"]
    assert invite.main(asked) == 0
    (identifier,) = re.findall(r"#/invitation/(.{22})\.", capsys.readouterr().out)
    row = installation.read(lambda unit: unit.session.get_one(Invitation, identifier))
    assert (row.roles, row.delegation_id, row.inviter_id) == (["delegate", "chair"], delegation, None)
    assert invite.main(["--data", folder(installation), "--role", "delegate", "--delegation", "XX"]) == 1
    assert "there are: NO" in capsys.readouterr().err
    # The first administrator's link, printed anew at each start, leaves it alone.
    installation.write(lambda unit: unit.session.execute(sa.delete(Account)))
    assert installation.write(service.first_administrator_invitation) is not None
    assert installation.read(lambda unit: unit.session.get(Invitation, identifier)) is not None


def test_an_account_is_closed_and_opened_while_no_server_runs(
    installation: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.moderator(Role.ADMINISTRATOR)
    person = installation.moderator(Role.DELEGATE)
    handle = handle_of(installation, person)
    asked = [handle.upper(), "--data", folder(installation), "--port", "20999"]
    assert disable.main(asked) == 0
    row = installation.read(lambda unit: unit.session.get_one(Account, person.account))
    assert row.disabled
    sessions = sa.select(sa.func.count()).where(SignedInSession.account_id == person.account)
    assert installation.read(lambda unit: unit.session.scalar(sessions)) == 0
    assert disable.main([handle[:-1], *asked[1:]]) == 1
    assert f"did you mean {handle!r}?" in capsys.readouterr().err


@pytest.mark.slow
def test_a_running_server_closes_the_account_itself_and_the_last_administrator_stays(
    tmp_path: Path, sqlite_template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "portal.sqlite3").write_bytes(sqlite_template.read_bytes())
    process = PortalProcess(data)
    desk = Desk(_all_tables(Settings(data_dir=data, public_url=process.origin)))
    boss, person = desk.moderator(Role.ADMINISTRATOR), desk.moderator(Role.DELEGATE)
    names = {"boss": handle_of(desk, boss), "person": handle_of(desk, person)}
    asked = ["--data", str(data), "--port", str(process.port)]
    desk.write(lambda unit: unit.session.execute(sa.update(Account).values(opaque_record="record")))
    before = desk.read(lambda unit: unit.session.scalar(sa.select(sa.func.count()).select_from(SignedInSession)))
    with process:
        assert disable.main([names["person"], *asked]) == 0
        assert disable.main([names["boss"], *asked]) == 1
        assert "at least one administrator" in capsys.readouterr().err
        elsewhere = ["--data", str(data), "--port", "20998"]
        assert disable.main([names["person"], "--undo", *elsewhere]) == 1
        assert "a server serves this installation, but not at" in capsys.readouterr().err
        assert disable.main([names["person"], "--undo", *asked]) == 0
    row = desk.read(lambda unit: unit.session.get_one(Account, person.account))
    assert (row.disabled, row.disabled_s) == (False, None)
    after = desk.read(lambda unit: unit.session.scalar(sa.select(sa.func.count()).select_from(SignedInSession)))
    assert after == (before or 0) - 1  # the person's; the one that was opened for asking is ended
    desk.portal.database.close()


def test_somebody_gets_what_is_known_of_them_and_nothing_of_others(
    installation: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person, other = installation.moderator(Role.DELEGATE), installation.moderator(Role.DELEGATE)
    with_file(installation, person.account, archived_days=None)
    with_file(installation, other.account, archived_days=None)
    target = tmp_path / "person.json"
    asked = [handle_of(installation, person), "--data", folder(installation), "--to", str(target)]
    assert export.main(asked) == 0
    assert target.stat().st_mode & 0o077 == 0
    text = target.read_text(encoding="utf-8")
    said = json.loads(text)
    assert other.account not in text
    assert [len(said["parts"][name]["rows"]) for name in ("account", "blob", "room_member", "vault")] == [1, 1, 1, 0]
    (account,) = said["parts"]["account"]["rows"]
    assert account["name"] == "Mod Example"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", account["created_s"])
    (session,) = said["parts"]["signed_in_session"]["rows"]
    assert session["token_sha256"] == "withheld"
    assert export.main(asked) == 1
    assert "exists already" in capsys.readouterr().err


def test_an_export_names_what_was_sent_but_holds_none_of_it(installation: Desk) -> None:
    assert known._shown({"envelope": b"x" * 65, "at_ms": 0, "received_day": 1, "n": None}) == {  # noqa: SLF001
        "envelope": "65 bytes",
        "at_ms": "1970-01-01T00:00:00Z",
        "received_day": "1970-01-02",
        "n": None,
    }
    assert known.NAMING[RecordItem.__tablename__] == {"device_id": known.DEVICE}


def test_for_each_table_it_is_said_whose_it_is() -> None:
    assert known.WHAT.keys() == known.NAMING.keys()
    assert not known.NAMING.keys() & known.NOT_ABOUT_ACCOUNTS.keys()
    for name, table in Base.metadata.tables.items():
        keys = {foreign.target_fullname for column in table.columns for foreign in column.foreign_keys}
        naming = {column.name for column in table.columns} & NAMES_OF_ACCOUNTS
        if naming or "account.id" in keys or "device.id" in keys:
            assert naming <= known.NAMING.get(name, {}).keys() | {"device_id"}, name
            assert name in known.NAMING, name
    assert known.NAMING.keys() | known.NOT_ABOUT_ACCOUNTS.keys() <= Base.metadata.tables.keys()
