"""The build of the browser client: the same bytes each time, every script with its integrity, nothing done twice."""

import base64
import gzip
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from deploy.build import ROOT, BuildError, build, install_packages

# What the sign-in page, and the list of rooms of somebody who is signed in, may load: compressed bytes, files.
PAGE_LIMIT_BYTES = 120_000
PAGE_LIMIT_FILES = 10
# Of each catalogue: what every visit needs, and what comes with the first room or dialog.
PARTS = ("", ".later")
SOURCES = (
    "static/src",
    "static/index.html",
    "static/package.json",
    "static/package-lock.json",
    "portal/locale",
    "deploy",
)


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script" and data.strip():
            self.inline.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the client's sources, where builds disturb nobody."""
    install_packages(ROOT)
    root = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
    for single in (path for path in (ROOT / "static").iterdir() if path.is_file() and not path.name.startswith(".")):
        shutil.copy(single, root / "static")
    shutil.copytree(ROOT / "static/node_modules", root / "static/node_modules", symlinks=True)
    return root


@pytest.fixture(scope="module")
def dist(checkout: Path) -> Path:
    return build(checkout)


@pytest.fixture(scope="module")
def manifest(dist: Path) -> dict[str, Any]:
    text: dict[str, Any] = json.loads((dist / "manifest.json").read_bytes())
    return text


@pytest.fixture(scope="module")
def page(dist: Path) -> Page:
    return Page((dist / "index.html").read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def integrity(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


@pytest.mark.slow
def test_it_gives_the_same_bytes_in_another_folder(dist: Path, checkout: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a folder with another name"
    shutil.copytree(checkout, elsewhere, symlinks=True)
    shutil.rmtree(elsewhere / "static/dist")
    assert contents(build(elsewhere)) == contents(dist)


def test_the_manifest_tells_the_truth_about_every_file(dist: Path, manifest: dict[str, Any]) -> None:
    found = {name: content for name, content in contents(dist).items() if name != "manifest.json"}
    assert manifest["files"].keys() == found.keys()
    for name, content in found.items():
        entry = manifest["files"][name]
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["integrity"] == integrity(content)


def test_every_script_and_style_sheet_is_checked_by_the_browser(dist: Path, page: Page) -> None:
    scripts = [element for element in page.named("script") if "src" in element]
    links = [link for link in page.named("link") if link["rel"] in {"stylesheet", "modulepreload"}]
    assert scripts
    assert any(link["rel"] == "stylesheet" for link in links)
    for element in scripts + links:
        address = element.get("src") or element.get("href") or ""
        assert element["integrity"] == integrity((dist / address.removeprefix("/static/")).read_bytes())
        assert element["crossorigin"] == "anonymous"


def test_every_chunk_that_the_page_can_load_is_checked_too(dist: Path, page: Page, manifest: dict[str, Any]) -> None:
    known = {name for text in page.inline for name in json.loads(text)["integrity"]}
    waiting = [str(element["src"]) for element in page.named("script") if "src" in element]
    seen: set[str] = set()
    while waiting:
        script = waiting.pop()
        text = (dist / script.removeprefix("/static/")).read_text(encoding="utf-8")
        for name in set(re.findall(r"""["'`]\./([\w-]+\.js)["'`]""", text)) - seen:
            assert f"/static/{name}" in known
            seen.add(name)
            waiting.append(name)
    assert known == {f"/static/{name}" for name in seen}
    hashes = ["sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.inline]
    assert manifest["script_hashes"] == hashes


def imported(dist: Path, script: str, how: str) -> set[str]:
    """Scripts that ``script`` imports, directly or not, by statements that match ``how``; without itself."""
    found: set[str] = set()
    waiting = [script]
    while waiting:
        text = (dist / waiting.pop()).read_text(encoding="utf-8")
        fresh = set(re.findall(how + r"""["'`]\./([\w-]+\.js)["'`]""", text)) - found
        found |= fresh
        waiting += fresh
    return found - {script}


def file_of(page: Page, asset: str) -> str:
    (meta,) = [meta for meta in page.named("meta") if meta.get("data-name") == asset]
    return str(meta["content"]).removeprefix("/static/")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_a_visit_loads_before_its_first_room_stays_small(dist: Path, page: Page, language: str) -> None:
    addresses = [element.get("src") or element.get("href") or "" for _, element in page.elements]
    linked = {address.removeprefix("/static/") for address in addresses if address.startswith("/static/")}
    worker = file_of(page, "member/worker")
    at_once = imported(dist, worker, r"(?:from|import)")
    loaded = ["index.html", *linked, file_of(page, f"locale/{language}"), worker, *at_once]
    sizes = {name: len(gzip.compress((dist / name).read_bytes(), mtime=0)) for name in loaded}
    assert sum(sizes.values()) <= PAGE_LIMIT_BYTES, sizes
    assert len(sizes) <= PAGE_LIMIT_FILES, sizes


def test_what_only_a_passphrase_or_a_room_needs_comes_later(dist: Path, page: Page, manifest: dict[str, Any]) -> None:
    worker = file_of(page, "member/worker")
    at_once = {worker, *imported(dist, worker, r"(?:from|import)")}
    later = imported(dist, worker, r"(?:from|import|import\()") - at_once
    assert later <= manifest["files"].keys()

    def holds(names: set[str], what: str) -> bool:
        return any(re.search(what, (dist / name).read_text(encoding="utf-8")) for name in names)

    for library in ("AGFzbQ", "MLS_256_XWING"):  # OPAQUE's WebAssembly; MLS and X-Wing
        assert holds(later, library)
        assert not holds(at_once, library)


def test_the_worker_knows_every_script_of_what_comes_later(dist: Path, page: Page) -> None:
    worker = file_of(page, "member/worker")
    text = (dist / worker).read_text(encoding="utf-8")
    (told,) = re.findall(r"""JSON\.parse\(['"`](\{.*?\})['"`]\)""", text)
    pieces = {name: set(addresses) for name, addresses in json.loads(told).items()}
    assert pieces.keys() == {"later", "opaquelibrary", "drafts"}
    at_once = {worker, *imported(dist, worker, r"(?:from|import)")}
    dynamic = imported(dist, worker, r"(?:from|import|import\()") - at_once
    assert set.union(*pieces.values()) == {f"/static/{name}" for name in dynamic}
    for scripts in pieces.values():  # whole: what its scripts import is in it, or there from the start
        for script in scripts:
            needed = imported(dist, script.removeprefix("/static/"), r"(?:from|import)") - at_once
            assert {f"/static/{name}" for name in needed} <= scripts


def test_the_page_knows_every_script_of_each_piece_that_comes_later(dist: Path, page: Page) -> None:
    (entry,) = [str(element["src"]).removeprefix("/static/") for element in page.named("script") if "src" in element]
    pieces = {
        str(meta["data-name"]): {name.removeprefix("/static/") for name in str(meta["content"]).split()}
        for meta in page.named("meta")
        if meta.get("name") == "portal-piece"
    }
    assert {"later", "draft-page"} <= pieces.keys()
    at_once = {entry, *imported(dist, entry, r"(?:from|import)")}
    assert set.union(*pieces.values()) == imported(dist, entry, r"(?:from|import|import\()") - at_once
    for scripts in pieces.values():  # whole: what its scripts import is in it, or there from the start
        for script in scripts:
            assert imported(dist, script, r"(?:from|import)") - at_once <= scripts


def test_worker_and_catalogues_are_announced(dist: Path, page: Page) -> None:
    assets = {meta["data-name"]: meta for meta in page.named("meta") if meta.get("name") == "portal-asset"}
    languages = {path.stem for path in (ROOT / "portal/locale").glob("*.json")}
    catalogues = {f"locale/{language}{part}" for language in languages for part in PARTS}
    assert assets.keys() == {"member/worker", "css/later", "css/drafts", *catalogues}
    for meta in assets.values():
        content = (dist / str(meta["content"]).removeprefix("/static/")).read_bytes()
        assert meta["data-integrity"] == integrity(content)
    later = [f"{area}." for area in json.loads((ROOT / "static/src/ui/later-words.json").read_bytes())]
    for language in languages:
        first, behind = (json.loads((dist / file_of(page, f"locale/{language}{part}")).read_bytes()) for part in PARTS)
        assert first | behind == json.loads((ROOT / f"portal/locale/{language}.json").read_bytes())
        assert all(any(key.startswith(area) for key in behind) for area in later)
        assert all(key.startswith(tuple(later)) for key in behind)
        assert not any(key.startswith(tuple(later)) for key in first)


def test_the_page_itself_holds_no_cryptography(dist: Path, page: Page) -> None:
    """Keys live in the worker; the page's scripts do not even contain the libraries that could use one."""
    (entry,) = [str(element["src"]).removeprefix("/static/") for element in page.named("script") if "src" in element]
    chunks = [name.removeprefix("/static/") for text in page.inline for name in json.loads(text)["integrity"]]
    for name in (entry, *chunks):
        text = (dist / name).read_text(encoding="utf-8")
        assert not re.search(r"MLS_256_XWING|ml_kem|XWing|opaque|subtle\.(en|de)crypt", text), name


def test_licences_of_what_is_inside_come_along(dist: Path) -> None:
    text = (dist / "licences.txt").read_text(encoding="utf-8")
    for package in ("preact", "ts-mls", "socket.io-client"):
        assert re.search(rf"^{re.escape(package)} \d+\.\d+\.\d+ \(MIT\)$", text, re.MULTILINE)


def test_nothing_is_done_while_nothing_changed(dist: Path, checkout: Path) -> None:
    said: list[str] = []
    before = dist.stat().st_ino
    assert build(checkout, say=said.append) == dist
    assert (said, dist.stat().st_ino) == ([], before)


@pytest.mark.slow
def test_what_was_damaged_is_built_again(dist: Path, checkout: Path) -> None:
    good = contents(dist)
    (dist / "index.html").write_text("damaged", encoding="utf-8")
    (dist / "stray.js").write_text("added", encoding="utf-8")
    build(checkout, say=lambda _text: None)
    assert contents(dist) == good


@pytest.mark.slow
def test_a_changed_source_changes_the_client(dist: Path, checkout: Path) -> None:
    good = contents(dist)
    sheet = next((checkout / "static/src/css").glob("*.css"))
    original = sheet.read_bytes()
    try:
        sheet.write_bytes(original + b"\n.added-by-a-test { color: red; }\n")
        build(checkout, say=lambda _text: None)
        assert contents(dist) != good
    finally:
        sheet.write_bytes(original)
        build(checkout, say=lambda _text: None)
    assert contents(dist) == good


def test_an_error_in_a_source_is_told_and_the_last_client_stays(
    dist: Path, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = contents(dist)
    source = checkout / "static/src/member/worker.ts"
    original = source.read_bytes()
    try:
        source.write_bytes(original + b"\nconst broken = ;\n")
        with pytest.raises(BuildError):
            build(checkout, say=lambda _text: None)
        assert "worker.ts" in capfd.readouterr().err
        assert contents(dist) == good
    finally:
        source.write_bytes(original)
