"""What browsers are served, as an entry of the ledger: path → SHA-256 of every file, and the page's content policy.

The manifest has the fields of WEBCAT's, and stands beside its proof as WAICT has it: whoever wrote a reader for either
finds files under ``manifest.files``. It is hashed in its canonical form, so that spaces do not count.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from portal import __version__
from portal.server.core.assets import Client
from portal.server.core.db import Unit
from portal.server.ledger import service
from portal.wire.canonical import canonical_json
from portal.wire.ids import b64
from portal.wire.ledger.entries import Kind

_SUBJECT: Final = "release"


@dataclass(frozen=True)
class Release:
    """The manifest of what this process serves, and the statement that the ledger holds a commitment to."""

    manifest: dict[str, Any]

    @classmethod
    def of(cls, client: Client, page_policy: str) -> "Release":
        """Return the release that ``client`` serves, whose pages have the Content-Security-Policy ``page_policy``."""
        files = {path: hashlib.sha256(file.read_bytes()).hexdigest() for path, file in client.served().items()}
        return cls(
            {
                "name": "portal",
                "version": __version__,
                "default_index": "/",
                "default_csp": page_policy,
                "files": files,
            }
        )

    @property
    def statement(self) -> dict[str, Any]:
        """What is recorded: version, and the SHA-256 of the manifest in its canonical form."""
        return {"version": __version__, "manifest": b64(hashlib.sha256(canonical_json(self.manifest)).digest())}


def record_release(unit: Unit, release: Release) -> None:
    """Record the release, if it is another than the last that was recorded."""
    service.record_change(unit, Kind.RELEASE, release.statement, subject=_SUBJECT)


def shown(unit: Unit, release: Release) -> dict[str, Any]:
    """Return the manifest with what proves it: None before it is recorded; its ``proof`` is None while it waits."""
    last = service.opened(unit, Kind.RELEASE, (_SUBJECT,), newest=1)
    if not last or last[0].statement != canonical_json(release.statement):
        return {"manifest": release.manifest, "transparency": None}
    (opening,) = last
    return {
        "manifest": release.manifest,
        "transparency": {
            "statement": release.statement,
            "nonce": b64(opening.nonce),
            "tag": b64(opening.tag),
            "proof": service.proof(unit, opening.entry),
        },
    }
