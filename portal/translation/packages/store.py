"""The folder of installed packages, and which of them translates which pair.

    languages/
      packages/<digest>/   an unpacked package, named by the SHA-256 of its list of files; never changed afterwards
      active.json          {"ko_en": "<digest>", ...}; replaced as a whole, so that a reader sees the old or the new
      measured.json        {"<digest>": {"set": "flores200", "chrf_x100": 3120, ...}}
      keys.json            signing keys of mirrors that are trusted, and the newest serial seen of each
      lock                 held by whoever changes something

Running engines look at ``active.json`` before each batch: what was installed is used without a restart.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.translation.errors import NoModelError, PackageRefusedError
from portal.translation.packages.archive import (
    DEFAULT_LIMITS,
    Contents,
    Limits,
    Metadata,
    hash_file,
    read_metadata,
    unpack,
)
from portal.translation.packages.probe import probe

Pair = tuple[str, str]
"""Language that is read, language that is written."""

_RECORD: Final = "files.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """A package in the folder."""

    digest: str
    folder: Path
    metadata: Metadata
    size_bytes: int

    @property
    def pair(self) -> Pair:
        """What it translates."""
        return self.metadata.source, self.metadata.target


class Store:
    """Installed packages; several processes may use one folder."""

    def __init__(self, folder: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.folder = folder
        self._limits = limits
        self._seen: tuple[int, int] | None = None
        self._active: dict[Pair, str] = {}

    def active(self) -> Mapping[Pair, str]:
        """The digest of the package of each pair; read anew whenever the file was replaced."""
        path = self.folder / "active.json"
        try:
            status = path.stat()
        except FileNotFoundError:
            self._seen, self._active = None, {}
            return self._active
        mark = (status.st_ino, status.st_mtime_ns)
        if mark != self._seen:
            table = _read(path)
            self._active = {_pair(name): digest for name, digest in table.items()}
            self._seen = mark
        return self._active

    def find(self, pair: Pair) -> Installed:
        """The package that translates ``pair``; NoModelError if there is none."""
        digest = self.active().get(pair)
        if digest is None:
            raise NoModelError(*pair)
        return self._installed(digest)

    def installed(self) -> list[Installed]:
        """All active packages, in the order of their pairs."""
        return [self._installed(digest) for _, digest in sorted(self.active().items())]

    def install(
        self, archive: Path, *, pair: Pair | None = None, digest: str | None = None, checked: bool = True
    ) -> Installed:
        """Check ``archive``, try it in a process of its own, and put it in the place of what translated its pair.

        ``pair`` and ``digest`` are what the package must be; ``checked=False`` leaves out the trial. Nothing is changed
        unless everything succeeds. Raises PackageRefusedError.
        """
        with self._changing():
            (self.folder / "packages").mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix="installing-") as name:
                staging = Path(name) / "package"
                staging.mkdir()
                contents = unpack(archive, staging, self._limits)
                _require(contents, pair, digest)
                if checked:
                    probe(staging, contents.metadata)
                (staging / _RECORD).write_text(json.dumps(dict(contents.files)), encoding="ascii")
                self._adopt(staging, contents.digest)
            found = self._installed(contents.digest)
            self._activate(found.pair, found.digest)
            return found

    def remove(self, pair: Pair) -> None:
        """Take away the package of ``pair``; NoModelError if there is none."""
        with self._changing():
            if pair not in self.active():
                raise NoModelError(*pair)
            self._activate(pair, None)

    def verify(self, pair: Pair) -> list[str]:
        """What is wrong with the files of a pair's package, in words; empty if every byte is as installed."""
        found = self.find(pair)
        recorded = _read(found.folder / _RECORD)
        wrong = []
        if Contents(found.metadata, recorded).digest != found.digest:
            wrong.append("the list of files was changed")
        for name, digest in sorted(recorded.items()):
            path = found.folder / name
            if not path.is_file():
                wrong.append(f"{name} is missing")
            elif hash_file(path) != digest:
                wrong.append(f"{name} was changed")
        return wrong

    def files(self, installed: Installed) -> list[str]:
        """Paths of a package's files inside its folder."""
        return sorted(_read(installed.folder / _RECORD))

    def table(self, name: str) -> dict[str, Any]:
        """One of the small tables beside the packages (``measured``, ``keys``); empty if there is none."""
        path = self.folder / f"{name}.json"
        return _read(path) if path.exists() else {}

    def change_table(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Read a table, let ``change`` alter it, and replace it as a whole."""
        with self._changing():
            table = self.table(name)
            change(table)
            self._replace(name, table)

    def _installed(self, digest: str) -> Installed:
        folder = self.folder / "packages" / digest
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return Installed(digest, folder, read_metadata(folder), size)

    def _adopt(self, staging: Path, digest: str) -> None:
        folder = self.folder / "packages" / digest
        if folder.exists():  # the same package again, perhaps to mend it; what was there goes with the staging folder
            folder.rename(staging.with_name("replaced"))
        staging.rename(folder)

    def _activate(self, pair: Pair, digest: str | None) -> None:
        table = {_name(p): d for p, d in self.active().items() if p != pair}
        if digest is not None:
            table[_name(pair)] = digest
        self._replace("active", table)
        for folder in (self.folder / "packages").iterdir():
            if folder.name not in table.values():
                shutil.rmtree(folder)

    def _replace(self, name: str, table: Mapping[str, Any]) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False, encoding="ascii") as file:
            json.dump(table, file, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.folder / f"{name}.json")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _require(contents: Contents, pair: Pair | None, digest: str | None) -> None:
    found = (contents.metadata.source, contents.metadata.target)
    if pair is not None and found != pair:
        msg = f"the package translates {found[0]}->{found[1]}, not {pair[0]}->{pair[1]}"
        raise PackageRefusedError(msg)
    if digest is not None and contents.digest != digest:
        msg = f"the package is {contents.digest}, not the {digest} that was announced"
        raise PackageRefusedError(msg)


def _read(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="ascii"))
    except (ValueError, OSError) as error:
        msg = f"{path} can not be read: {error}"
        raise PackageRefusedError(msg) from error
    if not isinstance(table, dict):
        msg = f"{path} is damaged"
        raise PackageRefusedError(msg)
    return table


def _name(pair: Pair) -> str:
    return "_".join(pair)


def _pair(name: str) -> Pair:
    source, _, target = name.partition("_")
    return source, target
