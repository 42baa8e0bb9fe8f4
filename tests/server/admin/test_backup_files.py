"""The file of a backup: opened by no other key, refused if a byte was changed, put back whole or not at all."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal.cli import main
from portal.config import Settings
from portal.server.admin import archive, choosing, placing, sealing
from portal.server.admin.archive import Writing
from portal.server.admin.asked import AdministrationError
from portal.server.admin.restore import Wanted, restore
from portal.server.admin.sealing import BackupFileError
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.ledger.feature import Ledger


@pytest.fixture(scope="module")
def data(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a room's file in it, which does not run."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    app = create_app(Settings(data_dir=folder))
    portal: Portal = app.extensions[EXTENSION]
    portal.get(Ledger).sequence()
    portal.database.close()
    return folder


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("safe") / "key"
    sealing.new_key(path)
    return path


def public(key: Path) -> str:
    return key.read_text("utf-8").split()[3]


def backed_up(data: Path, key: Path, file: Path, *further: str) -> int:
    return main(["admin", "backup", str(file), "--to", public(key), "--data", str(data), *further])


@pytest.fixture(scope="module")
def backup(data: Path, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "portal.age"
    assert backed_up(data, key, path) == 0
    return path


def restored(file: Path, key: Path, folder: Path, *further: str) -> int:
    return main(["admin", "restore", str(file), "--key", str(key), "--data", str(folder), *further])


def opened(file: Path, key: Path) -> bytes:
    with file.open("rb") as sealed, sealing.opened(sealed, sealing.identities(key)) as plain:
        return plain.read(1 << 30)


def resealed(content: bytes, key: Path, file: Path) -> Path:
    """What somebody makes who knows the public key, and no more."""
    with file.open("wb") as out:
        sealing.seal([content], out, sealing.recipients([public(key)]))
    return file


def test_a_key_is_never_overwritten_and_nobody_else_reads_it(
    key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = key.read_bytes()
    assert main(["admin", "backup-key", str(key)]) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert key.read_bytes() == before
    assert key.stat().st_mode & 0o077 == 0
    (tmp_path / "public").write_text(f"# mine\n{public(key)}\n")
    assert len(sealing.recipients([str(tmp_path / "public"), public(key)])) == 2
    for wrong in ("age1wrong", str(key)):  # the secret half is no public key
        with pytest.raises(AdministrationError, match="is no public key"):
            sealing.recipients([wrong])


def test_no_byte_of_what_is_kept_can_be_read_in_the_file(backup: Path, data: Path) -> None:
    sealed = backup.read_bytes()
    for secret in (data / "opaque-setup", data / "keys/ledger", data / "keys/at-rest"):
        assert secret.read_bytes()[:16] not in sealed
    assert b"portal-backup" not in sealed


def test_it_is_a_tar_of_the_age_format_that_other_programs_read(backup: Path, key: Path, tmp_path: Path) -> None:
    assert backup.read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")
    plain = tmp_path / "plain.tar"
    plain.write_bytes(opened(backup, key))
    listed = subprocess.run(["tar", "tf", plain], capture_output=True, text=True, check=True).stdout.split()
    assert listed[0] == "portal-backup.json"
    assert listed[-2:] == ["end.json", "signature"]
    assert {"opaque-setup", "keys/ledger", "tables/account/shape.json"} < set(listed)


@pytest.mark.parametrize("kept", [0, 1, 100, 5000, -1, -70_000])
def test_a_file_that_was_cut_off_is_refused_and_leaves_nothing(
    kept: int, backup: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.age"
    cut.write_bytes(backup.read_bytes()[:kept])
    assert restored(cut, key, tmp_path / "new") == 1
    told = capsys.readouterr()
    assert "cut off" in told.err or "its end is missing" in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.age"]


@pytest.mark.slow
def test_a_changed_byte_is_refused_wherever_it_is(backup: Path, key: Path, tmp_path: Path) -> None:
    content, identities = bytearray(backup.read_bytes()), sealing.identities(key)
    changed = tmp_path / "changed.age"
    for place in (*range(0, 250, 25), *range(300, len(content), len(content) // 8), len(content) - 1):
        content[place] ^= 1
        changed.write_bytes(content)
        content[place] ^= 1
        wanted = Wanted(changed, identities, tmp_path / "new", "", new_ledger=False)
        with pytest.raises(BackupFileError):
            restore(wanted)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["changed.age"]


def test_another_key_opens_nothing(backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sealing.new_key(tmp_path / "other")
    assert restored(backup, tmp_path / "other", tmp_path / "new") == 1
    assert "this key does not open it" in capsys.readouterr().err


def test_what_was_sealed_by_somebody_else_is_refused_even_though_it_opens(
    backup: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The public key is public: what counts is the signature by the ledger's key."""
    content = opened(backup, key)
    place = content.index(b'"rows": 1')
    forged = resealed(content[:place] + b'"rows": 2' + content[place + 9 :], key, tmp_path / "forged.age")
    assert restored(forged, key, tmp_path / "new") == 1
    assert "is damaged" in capsys.readouterr().err
    place = content.index(b"tables/account/")
    moved = resealed(content[:place] + b"tables/acc0unt/" + content[place + 15 :], key, tmp_path / "moved.age")
    assert restored(moved, key, tmp_path / "new") == 1
    assert restored(backup, key, tmp_path / "new", "--log-key", "elsewhere.example/ledger+00000000+AQ==") == 1
    assert "is of the installation whose ledger has the key" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "keys/../../evil", "keys/.hidden", "tables/a/b/c/d", "blobs/aa/../../../x", "odd"]
)
def test_no_name_leads_out_of_the_folder(name: str, key: Path, tmp_path: Path) -> None:
    writing = Writing(0)
    header = {"format": 1, "at_ms": 1, "software": "0", "schema": "0010_official", "public_url": "", "running": False}
    header["ledger"] = "localhost:8700/ledger+9d765cec+Abb0FJRSnVxx1lDF4i4xhE6c4xmi8ECmwwYC7M6oi0/5"
    pieces = [*writing.small(archive.HEADER, json.dumps(header).encode()), *writing.small(name, b"x"), writing.end()]
    file = resealed(b"".join(pieces), key, tmp_path / "evil.age")
    assert restored(file, key, tmp_path / "deep/new") == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


def test_only_into_an_empty_place(
    backup: Path, key: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert restored(backup, key, data) == 1
    assert "is not empty" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    other = f"sqlite:///{data / 'portal.sqlite3'}"
    assert restored(backup, key, tmp_path / "new", "--database", other) == 1
    assert "is not empty" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert restored(backup, key, tmp_path / "empty") == 0
    assert (tmp_path / "empty/portal.sqlite3").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty"]
    assert not (tmp_path / "empty" / placing.STAGE).exists()
    (tmp_path / "half" / placing.STAGE).mkdir(parents=True)
    assert restored(backup, key, tmp_path / "half") == 1
    assert "was interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("is_there", [False, True])
def test_what_got_its_place_can_be_taken_back(is_there: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    """As when PostgreSQL goes away before it commits: keys without their rows would begin another portal."""
    folder = tmp_path / "data"
    if is_there:
        (folder / "lost+found").mkdir(parents=True)
    placing.check_empty(folder)
    with placing.staged(folder) as stage:
        (stage / "keys").mkdir()
        (stage / "keys/ledger").write_bytes(b"secret")
        (stage / "opaque-setup").write_bytes(b"secret")
        placing.place(stage, folder)
        assert (folder / "keys/ledger").read_bytes() == b"secret"
        placing.take_back(stage, folder)
    assert [path.name for path in tmp_path.rglob("*")] == (["data", "lost+found"] if is_there else [])


def test_a_backup_needs_no_settings_of_the_server(
    data: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger's name comes from what it signed."""
    monkeypatch.setenv("PORTAL_PUBLIC_URL", "https://elsewhere.example")
    assert backed_up(data, key, tmp_path / "a.age") == 0
    monkeypatch.undo()
    assert restored(tmp_path / "a.age", key, tmp_path / "new") == 0


@pytest.mark.slow
def test_of_a_folder_the_newest_that_is_not_too_young_is_taken(
    backup: Path, data: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    shutil.copy(backup, folder / "monday.age")
    (folder / "notes.txt").write_text("not a backup")
    assert backed_up(data, key, folder / "tuesday.age") == 0
    first, second = choosing.found(folder, sealing.identities(key))
    assert (first.path.name, second.path.name) == ("monday.age", "tuesday.age")
    capsys.readouterr()
    assert main(["admin", "restore", str(folder), "--key", str(key), "--list"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("bytes  (older)")
    assert told[1].endswith("bytes  (this one)")
    assert restored(folder, key, tmp_path / "new", "--until", first.at.isoformat()) == 0
    assert "tuesday.age" in next(line for line in capsys.readouterr().out.splitlines() if line.endswith("(newer)"))
    assert restored(folder, key, tmp_path / "newer", "--until", "2001-01-01T00:00+09:00") == 1
    assert "every backup is younger" in capsys.readouterr().err


def test_a_backup_takes_no_other_ones_place_and_is_noted(
    data: Path, key: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.age"
    assert backed_up(data, key, file) == 0
    noted = json.loads((data / "last-backup.json").read_text("utf-8"))
    assert noted["bytes"] == file.stat().st_size
    assert public(key).startswith(noted["recipient"])
    assert backed_up(data, key, file) == 1
    assert b"exists already" in capfdbinary.readouterr().err
    assert backed_up(data, key, tmp_path / "no folder" / "b.age") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.age"]


@pytest.mark.slow
def test_to_standard_output(data: Path, key: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "portal", "admin", "backup", "-", "--to", public(key), "--data", str(data)]
    with (tmp_path / "piped.age").open("wb") as out:
        subprocess.run(command, stdout=out, check=True)
    assert restored(tmp_path / "piped.age", key, tmp_path / "new") == 0
