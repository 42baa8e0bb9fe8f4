"""Where a restore works, and how what it made gets its place: all of it in the end, or nothing.

Into a folder that is there already, an empty one, files go one by one, keys last: it can be a mount, which has no other
name, and whose surroundings may be closed. A folder that is not there yet is made beside its place, and renamed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from portal.server.admin.asked import AdministrationError
from portal.server.admin.loading import NotEmptyError

STAGE: Final = ".restoring"
_LAST: Final = "keys"
"""Without its keys there is no installation in a folder: `portal run` would not take it for one that is whole."""
_NOBODYS: Final = frozenset({"lost+found"})


def check_empty(folder: Path) -> None:
    """Raise NotEmptyError unless ``folder`` is empty, or not there."""
    if not folder.exists():
        return
    there = {path.name for path in folder.iterdir()} - _NOBODYS if folder.is_dir() else {""}
    if there == {STAGE}:
        msg = f"a restore into {folder} was interrupted: remove {folder / STAGE}, then restore again"
        raise NotEmptyError(msg)
    if there:
        msg = f"{folder} is not empty; a backup goes into an empty place. Choose another: --data DIR"
        raise NotEmptyError(msg)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a new folder to work in, which is gone at the end.

    Raises:
        AdministrationError: the disk refuses.
    """
    try:
        if folder.exists():
            stage = folder / STAGE
            stage.mkdir(mode=0o700)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            stage = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}{STAGE}-"))
    except OSError as error:
        msg = f"can not write into {folder if folder.exists() else folder.parent}: {error.strerror}"
        raise AdministrationError(msg) from error
    try:
        yield stage
    except OSError as error:
        msg = f"the backup can not be put back: {error.strerror or error}"
        raise AdministrationError(msg) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def place(stage: Path, folder: Path) -> None:
    """Give everything its name, after all of it is on the disk."""
    for path in [stage, *stage.rglob("*")]:
        _sync(path)
    if stage.parent != folder:
        stage.rename(folder)
    else:
        for name in sorted((path.name for path in stage.iterdir()), key=lambda name: (name == _LAST, name)):
            (stage / name).rename(folder / name)
        folder.chmod(folder.stat().st_mode & 0o700)
        _sync(folder)
    _sync(folder.parent)


def take_back(stage: Path, folder: Path) -> None:
    """Undo ``place``, as far as it came: what it moved goes with the stage."""
    if stage.parent != folder:
        if not stage.exists() and folder.exists():
            folder.rename(stage)
        return
    for path in list(folder.iterdir()):
        if path != stage and path.name not in _NOBODYS:
            path.rename(stage / path.name)


def _sync(path: Path) -> None:
    with suppress(PermissionError):  # the folder around a mount may be closed
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
