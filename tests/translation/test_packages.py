"""Installing language packages: sound ones work at once, hostile and broken ones leave no trace."""

import json
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.translation.errors import NoModelError, PackageRefusedError
from portal.translation.lexicon_model import Lexicon, build_package
from portal.translation.packages.archive import Limits, hash_file, pack
from portal.translation.packages.store import Store

GOOD = {"package_version": "1.0", "from_code": "en", "to_code": "ko", "type": "translate"}
NEEDED = ("metadata.json", "sentencepiece.model", "model/model.bin")


def entries(**metadata: object) -> dict[str, bytes]:
    """What passes as a package until its model is loaded."""
    files = {f"top/{name}": b"x" for name in NEEDED}
    return files | {"top/metadata.json": json.dumps(GOOD | metadata).encode()}


def write_zip(path: Path, files: dict[str, bytes], **attributes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = attributes.get(name.rpartition("/")[2], 0o644) << 16
            out.writestr(info, data)
    return path


def everything_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {"lock", "packages"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "languages")


@pytest.fixture
def refused(store: Store, tmp_path: Path) -> Callable[..., str]:
    """Tries to install; the reason of the refusal, once it is clear that nothing was left behind."""

    def attempt(files: dict[str, bytes], **attributes: int) -> str:
        archive = write_zip(tmp_path / "hostile.argosmodel", files, **attributes)
        with pytest.raises(PackageRefusedError) as caught:
            store.install(archive, checked=False)
        assert everything_below(store.folder) == set()
        return str(caught.value)

    return attempt


def test_a_package_is_tried_installed_and_found(store: Store, archives: dict[str, Path]) -> None:
    found = store.install(archives["en_ko"])
    assert store.find(("en", "ko")) == found
    assert found.folder.name == found.digest
    assert [one.pair for one in store.installed()] == [("en", "ko")]
    assert store.verify(("en", "ko")) == []
    assert found.metadata.licence == "CC0-1.0"


def test_a_package_is_the_same_however_it_is_zipped(store: Store, archives: dict[str, Path], tmp_path: Path) -> None:
    found = store.install(archives["en_ko"], checked=False)
    again = tmp_path / "again.argosmodel"
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as out:
        for name in store.files(found):
            out.write(found.folder / name, f"other/{name}")
    assert hash_file(again) != hash_file(archives["en_ko"])
    assert store.install(again, checked=False).digest == found.digest


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (build_package(tmp_path / name, ("en", "ko"), Lexicon({"a": "b"})) for name in ("1", "2"))
    assert first.read_bytes() == second.read_bytes()


def test_a_newer_package_takes_the_place_of_the_older(store: Store, archives: dict[str, Path]) -> None:
    old = store.install(archives["en_ko"], checked=False)
    new = store.install(archives["drops_negation"], checked=False)
    assert store.find(("en", "ko")).digest == new.digest
    assert not old.folder.exists()


def test_another_process_s_store_sees_the_change(store: Store, archives: dict[str, Path]) -> None:
    other = Store(store.folder)
    assert other.active() == {}
    found = store.install(archives["en_ko"], checked=False)
    assert other.active() == {("en", "ko"): found.digest}


def test_a_removed_package_is_gone(store: Store, archives: dict[str, Path]) -> None:
    store.install(archives["en_ko"], checked=False)
    store.remove(("en", "ko"))
    assert everything_below(store.folder) == {"active.json"}
    with pytest.raises(NoModelError, match="portal languages install en ko"):
        store.find(("en", "ko"))


def test_a_changed_byte_is_found(store: Store, archives: dict[str, Path]) -> None:
    found = store.install(archives["en_ko"], checked=False)
    model = found.folder / "model/model.bin"
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    (found.folder / "README.md").unlink()
    assert store.verify(("en", "ko")) == ["README.md is missing", "model/model.bin was changed"]
    store.install(archives["en_ko"], checked=False)
    assert store.verify(("en", "ko")) == []


def test_a_broken_model_ends_its_trial_only(store: Store, archives: dict[str, Path], tmp_path: Path) -> None:
    kept = store.install(archives["en_ko"], checked=False)
    broken = {f"top/{name}": (kept.folder / name).read_bytes() for name in store.files(kept)}
    broken["top/model/model.bin"] = broken["top/model/model.bin"][:5000]
    with pytest.raises(PackageRefusedError, match="broken"):
        store.install(write_zip(tmp_path / "broken.argosmodel", broken))
    assert store.find(("en", "ko")) == kept


def test_only_what_the_engine_needs_is_unpacked(store: Store, archives: dict[str, Path], tmp_path: Path) -> None:
    kept = store.install(archives["en_ko"], checked=False)
    files = {f"top/{name}": (kept.folder / name).read_bytes() for name in store.files(kept)}
    files |= {"top/stanza/en/tokenize/combined.pt": b"a pickle", "top/evil.py": b"import os"}
    assert store.install(write_zip(tmp_path / "more.argosmodel", files), checked=False).digest == kept.digest


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "top/../../outside",
        "/etc/outside",
        "top\\..\\outside",
        "C:/outside",
        "top/model/../../../x",
        "..",
    ],
)
def test_a_path_that_leaves_the_package_is_refused(name: str, refused: Callable[..., str], tmp_path: Path) -> None:
    assert "leaves its folder" in refused(entries() | {name: b"x"})
    assert not (tmp_path / "outside").exists()


def test_two_top_folders_are_refused(refused: Callable[..., str]) -> None:
    assert "one folder at its top" in refused(entries() | {"ko_en/metadata.json": b"{}"})


@pytest.mark.parametrize("again", ["top/Metadata.json", "top/model/MODEL.BIN"])
def test_names_that_overwrite_each_other_are_refused(again: str, refused: Callable[..., str]) -> None:
    assert "twice" in refused(entries() | {again: b"{}"})


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_are_refused(kind: int, refused: Callable[..., str]) -> None:
    assert "link or a device" in refused(entries(), **{"model.bin": kind | 0o777})


def test_a_bomb_is_refused_while_it_unpacks(archives: dict[str, Path], tmp_path: Path) -> None:
    store = Store(tmp_path / "languages", Limits(content_bytes=1 << 20))
    bomb = write_zip(tmp_path / "bomb.argosmodel", entries() | {"top/model/model.bin": bytes(8 << 20)})
    assert bomb.stat().st_size < 20_000
    with pytest.raises(PackageRefusedError, match="unpacks to more than 1 MiB"):
        store.install(bomb, checked=False)


def test_a_bomb_whose_headers_lie_is_refused(tmp_path: Path) -> None:
    """The directory says ten bytes; what comes out is measured, or does not match its checksum."""
    store = Store(tmp_path / "languages", Limits(content_bytes=1 << 20))
    bomb = write_zip(tmp_path / "bomb.argosmodel", entries() | {"top/model/model.bin": bytes(8 << 20)})
    data = bomb.read_bytes()
    assert data.count(struct.pack("<I", 8 << 20)) >= 1
    bomb.write_bytes(data.replace(struct.pack("<I", 8 << 20), struct.pack("<I", 10)))
    with pytest.raises(PackageRefusedError):
        store.install(bomb, checked=False)
    assert everything_below(store.folder) == set()


def test_too_many_entries_are_refused(refused: Callable[..., str]) -> None:
    assert "entries" in refused(entries() | {f"top/{n}": b"" for n in range(2100)})


def test_a_file_that_is_too_large_is_not_even_opened(tmp_path: Path) -> None:
    store = Store(tmp_path / "languages", Limits(archive_bytes=1000))
    large = tmp_path / "large.argosmodel"
    large.write_bytes(os.urandom(1001))
    with pytest.raises(PackageRefusedError, match="larger than"):
        store.install(large)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"from_code": "../x"}, "from_code"),
        ({"from_code": "EN"}, "from_code"),
        ({"to_code": None}, "to_code"),
        ({"to_code": "en"}, "into itself"),
        ({"package_version": "1.0\n"}, "package_version"),
        ({"type": "sbd"}, "does not describe"),
    ],
)
def test_wrong_metadata_is_refused(metadata: dict[str, object], reason: str, refused: Callable[..., str]) -> None:
    assert reason in refused(entries(**metadata))


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff\xfe", b"[" * 60_000, b"x" * 70_000, b"{}"])
def test_metadata_that_is_no_object_is_refused(raw: bytes, refused: Callable[..., str]) -> None:
    refused(entries() | {"top/metadata.json": raw})


@pytest.mark.parametrize("name", NEEDED)
def test_a_package_that_lacks_something_is_refused(name: str, refused: Callable[..., str]) -> None:
    files = entries()
    del files[f"top/{name}"]
    assert "lacks" in refused(files)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 nothing", os.urandom(500)])
def test_what_is_no_archive_is_refused(raw: bytes, store: Store, tmp_path: Path) -> None:
    (tmp_path / "none.argosmodel").write_bytes(raw)
    with pytest.raises(PackageRefusedError, match="no whole zip"):
        store.install(tmp_path / "none.argosmodel")


def test_a_package_for_other_languages_than_asked_is_refused(store: Store, archives: dict[str, Path]) -> None:
    with pytest.raises(PackageRefusedError, match="en->ko, not ko->en"):
        store.install(archives["en_ko"], pair=("ko", "en"), checked=False)
    with pytest.raises(PackageRefusedError, match="announced"):
        store.install(archives["en_ko"], digest="0" * 64, checked=False)
    assert store.installed() == []


def test_packing_is_reproducible(store: Store, archives: dict[str, Path], tmp_path: Path) -> None:
    found = store.install(archives["en_ko"], checked=False)
    for name in ("1", "2"):
        pack(found.folder, store.files(found), tmp_path / name)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
