"""Signed mirrors: a folder of packages with a manifest that a key vouches for.

``manifest.json`` is canonical JSON (RFC 8785):

    {"v": 1, "serial": 1790000000, "packages": [
      {"source": "ko", "target": "en", "version": "1.1", "file": "ko_en.argosmodel", "bytes": 90112333,
       "sha256": "...", "digest": "...", "licence": "CC-BY-4.0", "chrf_x100": 3120, "set": "flores200"}]}

``manifest.sig`` is ``{"key": hex, "signature": hex}``: Ed25519 over ``portal languages manifest 1``, a newline, and the
manifest's bytes. The serial is the time of making, in seconds: an older manifest than was seen before is refused.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from portal.translation.errors import SourceError
from portal.translation.packages.archive import CODE, VERSION, hash_file, pack
from portal.translation.packages.store import Installed, Pair, Store
from portal.wire.canonical import NotCanonicalError, canonical_json, parse_canonical

CONTEXT: Final = b"portal languages manifest 1\n"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.argosmodel")


@dataclass(frozen=True, slots=True)
class Offer:
    """A package that a source has."""

    pair: Pair
    version: str
    file: str
    """Its name in the mirror, or its URL in the public index."""
    size_bytes: int | None = None
    sha256: str | None = None
    """Of the archive."""
    digest: str | None = None
    """Of the contents: what the package is called once it is installed."""
    licence: str = ""
    chrf_x100: int | None = None
    """chrF that was measured, in hundredths of a percent."""
    measured_on: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a mirror offers, as its key signed it."""

    key: str
    """Ed25519 public key in hexadecimal."""
    serial: int
    offers: tuple[Offer, ...]


def write_mirror(store: Store, folder: Path, key: SigningKey) -> Manifest:
    """Write all installed packages and a signed manifest into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    measured = store.table("measured")
    packages = [_write_package(store, found, folder, measured.get(found.digest, {})) for found in store.installed()]
    raw = canonical_json({"v": 1, "serial": int(time.time()), "packages": packages})
    signature = {"key": key.verify_key.encode().hex(), "signature": key.sign(CONTEXT + raw).signature.hex()}
    (folder / "manifest.sig").write_bytes(canonical_json(signature))
    (folder / "manifest.json").write_bytes(raw)
    return read_manifest(raw, canonical_json(signature))


def read_manifest(raw: bytes, signed: bytes) -> Manifest:
    """Check the signature and the form of a manifest; SourceError if either is wrong. Trust is another question."""
    try:
        signature = parse_canonical(signed)
        key = str(signature["key"])
        VerifyKey(bytes.fromhex(key)).verify(CONTEXT + raw, bytes.fromhex(str(signature["signature"])))
        value = parse_canonical(raw)
        if value["v"] != 1:
            msg = f"the mirror's manifest has version {value['v']}, which this portal does not know"
            raise SourceError(msg)
        offers = tuple(_offer(package) for package in value["packages"])
        return Manifest(key, int(value["serial"]), offers)
    except BadSignatureError as error:
        msg = "the mirror's manifest is not what its key signed; nothing was taken from it"
        raise SourceError(msg) from error
    except (NotCanonicalError, KeyError, TypeError, ValueError) as error:
        msg = f"the mirror's manifest is malformed: {error}"
        raise SourceError(msg) from error


def require_trusted(store: Store, manifest: Manifest, trusted: str | None) -> None:
    """Accept ``manifest`` if its key is ``trusted`` or was before, and no newer one was seen; SourceError otherwise."""
    known: Mapping[str, Any] = store.table("keys")
    if manifest.key != trusted and manifest.key not in known:
        msg = (
            f"the mirror is signed by {manifest.key}, which is not trusted here. "
            f"Compare it with its owner; if it is theirs, add: --trust {manifest.key}"
        )
        raise SourceError(msg)
    newest = int(known.get(manifest.key, 0))
    if manifest.serial < newest:
        msg = "the mirror shows an older manifest than it did before; somebody may be holding back updates"
        raise SourceError(msg)
    store.change_table("keys", lambda table: table.update({manifest.key: manifest.serial}))


def _write_package(store: Store, found: Installed, folder: Path, measured: Mapping[str, Any]) -> dict[str, Any]:
    meta = found.metadata
    path = folder / f"{meta.source}_{meta.target}-{meta.version}-{found.digest[:12]}.argosmodel"
    pack(found.folder, store.files(found), path)
    entry: dict[str, Any] = {
        "source": meta.source,
        "target": meta.target,
        "version": meta.version,
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": hash_file(path),
        "digest": found.digest,
        "licence": meta.licence.encode("ascii", "replace").decode() or "see README",
    }
    if "chrf_x100" in measured:
        entry |= {"chrf_x100": measured["chrf_x100"], "set": measured["set"]}
    return entry


def _offer(package: Mapping[str, Any]) -> Offer:
    for key, form in (("source", CODE), ("target", CODE), ("version", VERSION), ("file", _FILE)):
        if not form.fullmatch(package[key]):
            msg = f"{key} is {package[key]!r}"
            raise ValueError(msg)
    if not (_HASH.fullmatch(package["sha256"]) and _HASH.fullmatch(package["digest"])):
        msg = "a hash is not 64 hexadecimal digits"
        raise ValueError(msg)
    return Offer(
        pair=(package["source"], package["target"]),
        version=package["version"],
        file=package["file"],
        size_bytes=int(package["bytes"]),
        sha256=package["sha256"],
        digest=package["digest"],
        licence=str(package["licence"]),
        chrf_x100=package.get("chrf_x100"),
        measured_on=str(package.get("set", "")),
    )
