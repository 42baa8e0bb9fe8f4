"""Look for a text in bytes, however it may have been written there."""

import base64
import errno
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

OVERLAP_BYTES: Final = 4096
BLOCK_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class Hit:
    """A place where a text was found, and in which form it was written."""

    place: str
    form: str
    around: bytes

    def __str__(self) -> str:
        return f"{self.place}: as {self.form}: {self.around!r}"


def forms_of(text: str) -> dict[str, bytes]:
    """The ways in which ``text`` may lie in memory, on disk or on the wire; each is at least 8 bytes long.

    Base64 writes the same bytes in three ways, according to where they begin in a group of three; the characters at
    either end that also depend on the neighbours are left out.
    """
    utf8 = text.encode()
    escaped = json.dumps(text)[1:-1]
    forms = {
        "UTF-8": utf8,
        "UTF-16LE": text.encode("utf-16-le"),
        "UTF-16BE": text.encode("utf-16-be"),
        "UTF-32LE": text.encode("utf-32-le"),
        "hex": utf8.hex().encode(),
        "HEX": utf8.hex().upper().encode(),
        "JSON escapes": escaped.encode(),
        "JSON ESCAPES": re.sub(r"\\u([0-9a-f]{4})", lambda m: f"\\u{m[1].upper()}", escaped).encode(),
        "percent": quote(text, safe="").encode(),
    }
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + utf8)
        inner = whole[-(-shift * 8 // 6) : (shift + len(utf8)) * 8 // 6]
        forms[f"base64, shift {shift}"] = inner
        forms[f"base64url, shift {shift}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    assert all(len(form) >= 8 for form in forms.values()), f"{text!r} is too short to be told from chance"
    return forms


class Scanner:
    """Finds one text in all its forms."""

    def __init__(self, text: str) -> None:
        by_bytes: dict[bytes, str] = {}
        for form, raw in forms_of(text).items():
            by_bytes.setdefault(raw, form)
        self._forms = {form: raw for raw, form in by_bytes.items()}

    def in_bytes(self, raw: bytes, place: str) -> list[Hit]:
        """The first hit of each form in ``raw``."""
        hits = []
        for form, needle in self._forms.items():
            at = raw.find(needle)
            if at >= 0:
                hits.append(Hit(place, form, raw[max(0, at - 24) : at + len(needle) + 40]))
        return hits

    def in_blocks(self, blocks: Iterable[tuple[str, bytes]]) -> list[Hit]:
        return [hit for place, raw in blocks for hit in self.in_bytes(raw, place)]


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below ``folder``, in blocks that overlap, with its path as the place."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from blocks_of(path)


def blocks_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """One file in blocks that overlap."""
    kept = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield str(path), kept + block
            kept = block[-OVERLAP_BYTES:]


def memory_of(pid: int) -> Iterator[tuple[str, bytes]]:
    """Every readable map of a process, with its address as the place.

    Maps of the kernel's own (vvar, vsyscall) can not be read by anyone and are left out by name; any other failure is
    raised, so that a scan that saw nothing can not pass for a clean one.
    """
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, mode, _offset, _device, inode, *name = line.split(maxsplit=5)
            label = name[0].strip() if name else ""
            if not mode.startswith("r") or label.startswith(("[vvar", "[vsyscall")):
                continue
            if inode != "0" and "w" not in mode:
                continue  # a program's text, mapped from its file: not made by this process
            start, end = (int(part, 16) for part in span.split("-"))
            yield from _region(memory.fileno(), start, end, f"memory {span} {label}".rstrip())


def _region(handle: int, start: int, end: int, place: str) -> Iterator[tuple[str, bytes]]:
    kept = b""
    at = start
    while at < end:
        try:
            block = os.pread(handle, min(BLOCK_BYTES, end - at), at)
        except OSError as error:
            if _was_unmapped(error):
                return
            raise
        if not block:
            return
        yield place, kept + block
        kept = block[-OVERLAP_BYTES:]
        at += len(block)


def _was_unmapped(error: OSError) -> bool:
    """Whether the process gave the region back between our look at the list and our reading."""
    return error.errno in {errno.EIO, errno.EFAULT, errno.ENOMEM}
