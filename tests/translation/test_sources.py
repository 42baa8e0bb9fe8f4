"""Mirrors and the public index: what is signed may come from anywhere, what is not must come over HTTPS."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from portal.translation.errors import SourceError
from portal.translation.packages.archive import Limits
from portal.translation.packages.mirror import Offer, require_trusted, write_mirror
from portal.translation.packages.sources import ArgosIndex, FolderMirror, HttpMirror, newest
from portal.translation.packages.store import Pair, Store
from tests.translation.conftest import Install

KEY = SigningKey(bytes(range(32)))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/elsewhere")
            self.end_headers()
        elif self.path == "/short.argosmodel":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
        else:
            super().do_GET()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server's address and its folder."""
    folder = tmp_path / "web"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *arguments: _Quiet(*arguments, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mirror(install: Install, tmp_path: Path) -> Path:
    """A signed mirror with Korean and English, one of them measured."""
    store = install("en_ko", "ko_en")
    digest = store.find(("en", "ko")).digest
    store.change_table("measured", lambda table: table.update({digest: {"chrf_x100": 3120, "set": "flores200"}}))
    write_mirror(store, tmp_path / "mirror", KEY)
    return tmp_path / "mirror"


@pytest.fixture
def other(tmp_path: Path) -> Store:
    """Another installation."""
    return Store(tmp_path / "other")


def wanted(offers: tuple[Offer, ...], pair: Pair = ("en", "ko")) -> Offer:
    """The newest package of ``pair``, which is there."""
    found = newest(offers, pair)
    assert found is not None
    return found


def silent(_done: int, _total: int | None) -> None:
    """No progress is shown."""


def test_a_mirror_carries_packages_licences_and_measurements(mirror: Path, other: Store, tmp_path: Path) -> None:
    source = FolderMirror(mirror)
    offer = wanted(source.manifest().offers)
    assert (offer.licence, offer.chrf_x100, offer.measured_on) == ("CC0-1.0", 3120, "flores200")
    source.fetch(offer, tmp_path / "fetched", silent)
    assert (
        other.install(tmp_path / "fetched", pair=offer.pair, digest=offer.digest, checked=False).digest == offer.digest
    )


def test_the_same_mirror_over_http_tells_its_progress(mirror: Path, web: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = web
    mirror.rename(folder / "languages")
    source = HttpMirror(f"{address}/languages")
    offer = wanted(source.manifest().offers, ("ko", "en"))
    told: list[tuple[int, int | None]] = []
    source.fetch(offer, tmp_path / "fetched", lambda done, total: told.append((done, total)))
    assert told[-1] == (offer.size_bytes, offer.size_bytes)


def test_a_mirror_is_trusted_by_its_key_and_then_remembered(mirror: Path, other: Store) -> None:
    manifest = FolderMirror(mirror).manifest()
    with pytest.raises(SourceError, match=f"--trust {manifest.key}"):
        require_trusted(other, manifest, None)
    with pytest.raises(SourceError, match="not trusted"):
        require_trusted(other, manifest, "0" * 64)
    require_trusted(other, manifest, KEY.verify_key.encode().hex())
    require_trusted(other, manifest, None)


def test_an_older_manifest_is_refused(mirror: Path, other: Store) -> None:
    manifest = FolderMirror(mirror).manifest()
    other.folder.mkdir()
    other.change_table("keys", lambda table: table.update({manifest.key: manifest.serial + 1}))
    with pytest.raises(SourceError, match="older manifest"):
        require_trusted(other, manifest, None)


def test_a_changed_manifest_is_refused(mirror: Path) -> None:
    path = mirror / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"CC0-1.0", b"CC0-1.1"))
    with pytest.raises(SourceError, match="not what its key signed"):
        FolderMirror(mirror).manifest()


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"key":"00","signature":"zz"}', b"\xff"])
def test_a_malformed_signature_is_refused(raw: bytes, mirror: Path) -> None:
    (mirror / "manifest.sig").write_bytes(raw)
    with pytest.raises(SourceError, match="malformed"):
        FolderMirror(mirror).manifest()


def test_an_exchanged_archive_is_refused(mirror: Path, tmp_path: Path) -> None:
    source = FolderMirror(mirror)
    offers = source.manifest().offers
    here, there = wanted(offers), wanted(offers, ("ko", "en"))
    (mirror / here.file).write_bytes((mirror / there.file).read_bytes())
    with pytest.raises(SourceError, match="not the file that the mirror's owner signed"):
        source.fetch(here, tmp_path / "fetched", silent)


def test_a_folder_that_is_no_mirror_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no mirror"):
        FolderMirror(tmp_path).manifest()


def index_entry(**changes: object) -> dict[str, object]:
    entry = {"package_version": "1.9", "from_code": "en", "to_code": "ko", "type": "translate", "links": []}
    return entry | changes


def test_the_public_index_gives_the_newest_package(
    web: tuple[str, Path], archives: dict[str, Path], other: Store, tmp_path: Path
) -> None:
    address, folder = web
    (folder / "en_ko.argosmodel").write_bytes(archives["en_ko"].read_bytes())
    links = ["ipfs://Qm", "ftp://x/y", f"{address}/en_ko.argosmodel"]
    entries = [
        index_entry(links=[f"{address}/old.argosmodel"]),
        index_entry(package_version="1.10", links=links),
        index_entry(from_code="../../x", links=links),
        index_entry(type="sbd", links=links),
        index_entry(to_code="fr", links=["http://192.0.2.1/en_fr.argosmodel"]),
        "nonsense",
    ]
    (folder / "index.json").write_text(json.dumps(entries))
    source = ArgosIndex(f"{address}/index.json")
    assert {offer.pair for offer in source.offers()} == {("en", "ko")}
    offer = wanted(source.offers())
    assert (offer.version, offer.sha256) == ("1.10", None)
    source.fetch(offer, tmp_path / "fetched", silent)
    assert other.install(tmp_path / "fetched", pair=("en", "ko"), checked=False).pair == ("en", "ko")
    assert newest(source.offers(), ("ko", "ja")) is None


def test_an_index_without_https_is_refused() -> None:
    with pytest.raises(SourceError, match="https"):
        ArgosIndex("http://192.0.2.1/index.json").offers()


@pytest.mark.parametrize("raw", ["{}", "no json", "[" * 100_000])
def test_a_malformed_index_is_refused(raw: str, web: tuple[str, Path]) -> None:
    address, folder = web
    (folder / "index.json").write_text(raw)
    with pytest.raises(SourceError, match=r"not JSON|not a list"):
        ArgosIndex(f"{address}/index.json").offers()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent.argosmodel", "File not found"),
        ("moved", "redirected away from https"),
        ("short.argosmodel", "ended after|IncompleteRead"),
        ("large.argosmodel", "larger than"),
    ],
)
def test_a_download_that_goes_wrong_says_why(name: str, reason: str, web: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = web
    (folder / "large.argosmodel").write_bytes(bytes(2000))
    (folder / "index.json").write_text(json.dumps([index_entry(links=[f"{address}/{name}"])]))
    source = ArgosIndex(f"{address}/index.json", Limits(archive_bytes=1500))
    offer = wanted(source.offers())
    with pytest.raises(SourceError, match=reason):
        source.fetch(offer, tmp_path / "fetched", silent)
