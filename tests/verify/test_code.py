"""What browsers are served: a hundred changed bytes, a hundred found. Two builds that are one: test_client_build."""

import random
from pathlib import Path
from typing import Final

import pytest

import portal.server.app
from portal.server.core.assets import Client
from portal.verify.asked import Trust
from portal.verify.code import build_files, check_code
from portal.verify.verdict import Outcome, Verdict
from tests.verify.conftest import Shown

TAMPERED: Final = 100


def checked(shown: Shown, folder: Path | None = None) -> Verdict:
    return check_code(Verdict("it"), shown.reader, Trust((shown.ledger.key,)), folder)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small client, built of nothing."""
    folder = tmp_path / "dist"
    folder.mkdir()
    chance = random.Random(8)
    names = [f"chunk-{number}.{kind}" for number in range(2) for kind in ("js", "css")]
    for name in (*names, "index.html", "licences.txt"):
        (folder / name).write_bytes(chance.randbytes(chance.randrange(1, 3000)))
    files = ", ".join(f'"{name}": {{}}' for name in names)
    (folder / "manifest.json").write_text(f'{{"v": 1, "files": {{{files}}}}}', "utf-8")
    monkeypatch.setattr(portal.server.app, "client_dir", lambda: folder)
    return folder


def test_what_is_served_is_what_the_ledger_says(folder: Path, shown: Shown) -> None:
    verdict = checked(shown, folder)
    assert {one.code for one in verdict.findings if one.outcome is Outcome.GOOD} >= {"key", "logged", "files", "build"}
    assert verdict.facts["files"] == len(build_files(folder)) == len(list(folder.iterdir())) + 1


@pytest.mark.slow
def test_one_changed_byte_in_any_file_is_found(folder: Path, shown: Shown) -> None:
    chance = random.Random(9)
    served = Client(folder).served()
    for _ in range(TAMPERED):
        path = chance.choice(sorted(served))
        raw = bytearray(served[path].read_bytes())
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        shown.requests.changed = {path: bytes(raw)}
        assert checked(shown).facts["wrong"] == [path]


def test_another_list_than_the_ledger_s_is_found(folder: Path, shown: Shown) -> None:
    release = "/ledger/release.json"
    raw = shown.requests.get(release, 1 << 20).body
    path = next(iter(Client(folder).served()))
    for part in (path.encode(), b'"default_csp":"', b'"nonce":"', b'"tag":"'):
        at = raw.index(part) + len(part)
        changed = raw[:at] + (b"x" if raw[at : at + 1] != b"x" else b"y") + raw[at + 1 :]
        if part == path.encode():
            changed = raw.replace(part + b'"', part + b'x"', 1)
        shown.requests.changed = {release: changed}
        assert "logged" in {one.code for one in checked(shown).findings if one.outcome is Outcome.BAD}, part
