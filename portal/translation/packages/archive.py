"""Reading an ``.argosmodel`` archive that may be hostile, and writing one.

The format is that of Argos Translate: a zip with one folder, in it ``metadata.json``, a CTranslate2 model in ``model/``
and ``sentencepiece.model``; a converted OPUS-MT pack has ``source.spm`` and ``target.spm`` instead. Only these and the
licence texts are ever written to disk; what else a package carries (pickles, splitters) stays in the archive.
"""

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from portal.translation.errors import PackageRefusedError
from portal.wire.canonical import canonical_json

CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}")
KEPT: Final = re.compile(
    r"metadata\.json|README(\.md|\.txt)?|LICEN[CS]E(\.md|\.txt)?|sentencepiece\.model|(source|target)\.spm"
    r"|model/(model\.bin|config\.json|(shared|source|target)_vocabulary\.(json|txt)|vmap\.txt)"
)
MAX_METADATA_BYTES: Final = 64 << 10
CHUNK_BYTES: Final = 1 << 20
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an archive and what is in it may be, in bytes."""

    archive_bytes: int = 2 << 30
    content_bytes: int = 4 << 30
    entries: int = 2000


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a package says of itself."""

    source: str
    """Language that it translates from: an ISO 639 code, as Argos writes it."""
    target: str
    version: str
    source_name: str = ""
    target_name: str = ""
    licence: str = ""
    target_prefix: str = ""
    """Token with which the model wants every translation to begin; empty for none."""
    source_prefix: str = ""
    """Token with which the model wants every sentence to begin, such as ``>>kor<<`` of OPUS-MT; empty for none."""


@dataclass(frozen=True, slots=True)
class Contents:
    """An unpacked package."""

    metadata: Metadata
    files: Mapping[str, str]
    """SHA-256 in hexadecimal of each file, by its path in the package."""

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal of the list of files: the package's identity, however it was zipped."""
        return hashlib.sha256(canonical_json(dict(self.files))).hexdigest()


def unpack(archive: Path, folder: Path, limits: Limits) -> Contents:
    """Write what the engine needs of ``archive`` into the empty ``folder``.

    Raises:
        PackageRefusedError: too large, a path that leaves the package, a link, a name twice, a bomb, wrong metadata.
    """
    if archive.stat().st_size > limits.archive_bytes:
        msg = f"{archive.name} is larger than the {limits.archive_bytes >> 20} MiB that are allowed"
        raise PackageRefusedError(msg)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked_entries(opened, limits)
            files = _extract(opened, entries, folder, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        msg = f"{archive.name} is no whole zip archive: {error}"
        raise PackageRefusedError(msg) from error
    return Contents(_checked_metadata(folder, files), files)


def pack(folder: Path, files: Iterable[str], archive: Path) -> None:
    """Zip the named ``files`` of an installed package: the same bytes whenever and wherever it is done."""
    with zipfile.ZipFile(archive, "w") as out:
        for name in sorted(files):
            info = zipfile.ZipInfo(f"package/{name}", _EARLIEST)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as data, out.open(info, "w", force_zip64=True) as entry:
                while chunk := data.read(CHUNK_BYTES):
                    entry.write(chunk)


def hash_file(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked_entries(opened: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The entries that are kept, by their path inside the package's one folder."""
    infos = opened.infolist()
    if len(infos) > limits.entries:
        msg = f"the package has {len(infos)} entries; {limits.entries} are allowed"
        raise PackageRefusedError(msg)
    tops, seen, kept = set(), set(), {}
    for info in infos:
        path = _checked_path(info)
        tops.add(path.parts[0])
        folded = str(path).casefold()
        if folded in seen:
            msg = f"the package has {info.filename!r} twice"
            raise PackageRefusedError(msg)
        seen.add(folded)
        inner = "/".join(path.parts[1:])
        if KEPT.fullmatch(inner) and not info.is_dir():
            kept[inner] = info
    if len(tops) != 1:
        msg = f"a package has one folder at its top; this has {len(tops)}"
        raise PackageRefusedError(msg)
    return kept


def _checked_path(info: zipfile.ZipInfo) -> PurePosixPath:
    # orig_filename: zipfile silently cuts a name at a NUL byte and turns backslashes around.
    name = info.orig_filename
    path = PurePosixPath(name)
    hostile = "\\" in name or "\0" in name or ":" in name or path.is_absolute() or ".." in path.parts or not path.parts
    if hostile:
        msg = f"the package has the path {name!r}, which leaves its folder"
        raise PackageRefusedError(msg)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        msg = f"{name!r} in the package is a link or a device"
        raise PackageRefusedError(msg)
    if info.flag_bits & 0x1:
        msg = f"{name!r} in the package is encrypted"
        raise PackageRefusedError(msg)
    return path


def _extract(
    opened: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], folder: Path, limits: Limits
) -> dict[str, str]:
    """Write the entries; counts what really comes out, for the sizes in the headers may lie."""
    left = limits.content_bytes
    files = {}
    for name, info in sorted(entries.items()):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        with path.open("xb") as out:
            for chunk in _chunks(opened, info):
                left -= len(chunk)
                if left < 0:
                    msg = f"the package unpacks to more than {limits.content_bytes >> 20} MiB"
                    raise PackageRefusedError(msg)
                digest.update(chunk)
                out.write(chunk)
        files[name] = digest.hexdigest()
    return files


def _chunks(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry holds; BadZipFile also where a place in the file that can not be makes reading fail."""
    try:
        with opened.open(info) as data:
            while chunk := data.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise zipfile.BadZipFile(str(error)) from error


def _checked_metadata(folder: Path, files: Mapping[str, str]) -> Metadata:
    tokenizers = {"sentencepiece.model"} <= files.keys() or {"source.spm", "target.spm"} <= files.keys()
    missing = [name for name in ("metadata.json", "model/model.bin") if name not in files]
    if not tokenizers:
        missing.append("sentencepiece.model (packages with bpe.model are too old; choose a newer version)")
    if missing:
        msg = f"the package lacks {', '.join(missing)}"
        raise PackageRefusedError(msg)
    return read_metadata(folder)


def read_metadata(folder: Path) -> Metadata:
    """The checked ``metadata.json`` of an unpacked package; PackageRefusedError if a value is missing or wrong."""
    raw = (folder / "metadata.json").read_bytes()
    if len(raw) > MAX_METADATA_BYTES:
        msg = "metadata.json is larger than 64 KiB"
        raise PackageRefusedError(msg)
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        msg = f"metadata.json is not JSON: {error}"
        raise PackageRefusedError(msg) from error
    if not isinstance(value, dict) or value.get("type", "translate") != "translate":
        msg = "metadata.json does not describe a translation package"
        raise PackageRefusedError(msg)
    found = Metadata(
        source=_text(value, "from_code", CODE),
        target=_text(value, "to_code", CODE),
        version=_text(value, "package_version", VERSION),
        source_name=_words(value, "from_name"),
        target_name=_words(value, "to_name"),
        licence=_words(value, "license") or _words(value, "licence"),
        target_prefix=_words(value, "target_prefix"),
        source_prefix=_words(value, "source_prefix"),
    )
    if found.source == found.target:
        msg = f"the package translates {found.source} into itself"
        raise PackageRefusedError(msg)
    return found


def _text(value: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str:
    text = value.get(key)
    if not isinstance(text, str) or not form.fullmatch(text):
        msg = f"metadata.json has {key} {text!r}, which is not of the right form"
        raise PackageRefusedError(msg)
    return text


def _words(value: Mapping[str, Any], key: str) -> str:
    """Words for people: no control characters, and not many."""
    text = value.get(key, "")
    return "".join(c for c in text if c.isprintable())[:100] if isinstance(text, str) else ""
