"""Where packages come from: a mirror in a folder, a mirror behind HTTP, or the public index of Argos Translate.

A mirror is signed, so it may come over any network. The public index is not: it is taken over HTTPS only, and its
packages are trusted as far as its server is.
"""

import contextlib
import http.client
import ipaddress
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol
from urllib.parse import urljoin, urlsplit

from portal.translation.errors import SourceError
from portal.translation.packages.archive import CHUNK_BYTES, CODE, DEFAULT_LIMITS, VERSION, Limits, hash_file
from portal.translation.packages.mirror import Manifest, Offer, read_manifest
from portal.translation.packages.store import Pair

ARGOS_INDEX: Final = "https://raw.githubusercontent.com/argosopentech/argospm-index/main/index.json"
MAX_INDEX_BYTES: Final = 8 << 20
TIMEOUT_S: Final = 30
Progress = Callable[[int, int | None], None]
"""Told the bytes that are there, and how many there will be, if known."""


class Source(Protocol):
    """Something that has packages."""

    def fetch(self, offer: Offer, target: Path, progress: Progress) -> None:
        """Write the archive of ``offer`` to ``target``; SourceError if it is not what was announced."""


@dataclass(frozen=True, slots=True)
class FolderMirror:
    """A mirror in a folder, on a stick or a network share."""

    folder: Path

    def manifest(self) -> Manifest:
        """The signed list; SourceError."""
        try:
            files = [(self.folder / name).open("rb") for name in ("manifest.json", "manifest.sig")]
        except OSError as error:
            msg = f"{self.folder} is no mirror: {error.strerror}"
            raise SourceError(msg) from error
        with files[0], files[1]:
            return read_manifest(files[0].read(MAX_INDEX_BYTES), files[1].read(MAX_INDEX_BYTES))

    def fetch(self, offer: Offer, target: Path, progress: Progress) -> None:
        """Copy the archive; SourceError if its hash is another."""
        try:
            shutil.copyfile(self.folder / offer.file, target)
        except OSError as error:
            msg = f"the mirror lacks {offer.file}: {error.strerror}"
            raise SourceError(msg) from error
        progress(target.stat().st_size, offer.size_bytes)
        _require_hash(offer, target)


@dataclass(frozen=True, slots=True)
class HttpMirror:
    """A mirror behind a web server."""

    url: str
    limits: Limits = DEFAULT_LIMITS

    def manifest(self) -> Manifest:
        """The signed list; SourceError."""
        return read_manifest(*(_get_all(self._address(name)) for name in ("manifest.json", "manifest.sig")))

    def fetch(self, offer: Offer, target: Path, progress: Progress) -> None:
        """Download the archive; SourceError if it is too large or its hash is another."""
        _download(self._address(offer.file), target, offer.size_bytes, self.limits, progress)
        _require_hash(offer, target)

    def _address(self, name: str) -> str:
        return urljoin(self.url.rstrip("/") + "/", name)


@dataclass(frozen=True, slots=True)
class ArgosIndex:
    """The public index; its format is that of Argos Translate: a JSON list of the packages' metadata with ``links``."""

    url: str = ARGOS_INDEX
    limits: Limits = DEFAULT_LIMITS

    def offers(self) -> tuple[Offer, ...]:
        """All packages that can be had over HTTPS; SourceError."""
        _require_safe(self.url)
        try:
            entries = json.loads(_get_all(self.url))
        except (ValueError, RecursionError) as error:
            msg = f"the index at {self.url} is not JSON"
            raise SourceError(msg) from error
        if not isinstance(entries, list):
            msg = f"the index at {self.url} is not a list"
            raise SourceError(msg)
        return tuple(offer for entry in entries if (offer := _argos_offer(entry)) is not None)

    def fetch(self, offer: Offer, target: Path, progress: Progress) -> None:
        """Download the archive; SourceError."""
        _require_safe(offer.file)
        _download(offer.file, target, None, self.limits, progress)


def newest(offers: Iterable[Offer], pair: Pair) -> Offer | None:
    """The newest package of a pair, if there is one."""
    found = [offer for offer in offers if offer.pair == pair]
    return max(found, key=lambda offer: _ordered(offer.version), default=None)


def _ordered(version: str) -> list[tuple[int, str]]:
    """1.9 before 1.10: numbers by value, all else by letters."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in version.split(".")]


def _argos_offer(entry: Any) -> Offer | None:
    """An entry of the index, or None where it is no translation package that we could take."""
    if not isinstance(entry, dict) or entry.get("type", "translate") != "translate":
        return None
    values = [entry.get(key) for key in ("from_code", "to_code", "package_version")]
    links = entry.get("links")
    if not all(isinstance(value, str) for value in values) or not isinstance(links, list):
        return None
    source, target, version = (str(value) for value in values)
    link = next((link for link in links if isinstance(link, str) and _is_safe(link)), None)
    if link is None or not (CODE.fullmatch(source) and CODE.fullmatch(target) and VERSION.fullmatch(version)):
        return None
    return Offer((source, target), version, link)


def _is_safe(url: str) -> bool:
    """HTTPS, or this machine itself."""
    parts = urlsplit(url)
    try:
        loopback = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def _require_safe(url: str) -> None:
    if not _is_safe(url):
        msg = f"{url} is not taken: what is not signed must come over https"
        raise SourceError(msg)


class _SameSafety(urllib.request.HTTPRedirectHandler):
    """Follows no redirection from https to http."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if _is_safe(req.full_url) and not _is_safe(newurl):
            raise urllib.error.HTTPError(newurl, code, "redirected away from https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Any]:
    if urlsplit(url).scheme not in {"http", "https"}:
        msg = f"{url} is no web address"
        raise SourceError(msg)
    request = urllib.request.Request(url, headers={"User-Agent": "negotiation-portal"})  # noqa: S310 - checked above
    try:
        with urllib.request.build_opener(_SameSafety()).open(request, timeout=TIMEOUT_S) as answer:
            yield answer
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        msg = f"{url} can not be fetched: {getattr(error, 'reason', None) or error}"
        raise SourceError(msg) from error


def _get_all(url: str) -> bytes:
    with _opened(url) as answer:
        data: bytes = answer.read(MAX_INDEX_BYTES + 1)
    if len(data) > MAX_INDEX_BYTES:
        msg = f"{url} is larger than {MAX_INDEX_BYTES >> 20} MiB"
        raise SourceError(msg)
    return data


def _download(url: str, target: Path, expected: int | None, limits: Limits, progress: Progress) -> None:
    most = limits.archive_bytes if expected is None else min(expected, limits.archive_bytes)
    done = 0
    with _opened(url) as answer, target.open("wb") as out:
        length = answer.headers.get("Content-Length", "")
        total = expected if expected is not None else int(length) if length.isdigit() else None
        while chunk := answer.read(CHUNK_BYTES):
            done += len(chunk)
            if done > most:
                msg = f"{url} is larger than the {most} bytes that are allowed"
                raise SourceError(msg)
            out.write(chunk)
            progress(done, total)
    if total is not None and done != total:
        msg = f"{url} ended after {done} of {total} bytes; try again"
        raise SourceError(msg)


def _require_hash(offer: Offer, path: Path) -> None:
    if offer.sha256 is not None and hash_file(path) != offer.sha256:
        msg = f"{offer.file} is not the file that the mirror's owner signed; nothing was installed"
        raise SourceError(msg)
