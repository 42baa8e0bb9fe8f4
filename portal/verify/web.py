"""Reading what a portal shows to everybody: no cookie, no redirect, and never more than was asked for."""

import json
import ssl
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import SplitResult, urlsplit

import urllib3

from portal.wire.ledger.base64 import std_unb64
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.merkle import HASH_BYTES, PROOF_MAX, verify_consistency
from portal.wire.ledger.note import NOTE_MAX_BYTES, VerifierKey, parse_vkey
from portal.wire.ledger.policy import NO_POLICY, POLICY_MAX_BYTES, Policy, parse_policy
from portal.wire.ledger.tiles import TILE_WIDTH, TilePlace, parse_bundle, width_in

FILE_MAX_BYTES: Final = 64 << 20
_TIMEOUT: Final = urllib3.Timeout(connect=10.0, read=30.0)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ENTRY_MAX_BYTES: Final = 2 + 65_535
_ABSENT: Final = 404
_HASHES_MAX_BYTES: Final = 16_384
# The first that fits: some are kinds of others.
_REASONS: Final[tuple[tuple[type[urllib3.exceptions.HTTPError], str], ...]] = (
    (urllib3.exceptions.NameResolutionError, "there is no host of this name"),
    (urllib3.exceptions.NewConnectionError, "no connection"),
    (urllib3.exceptions.ConnectTimeoutError, "no connection in time"),
    (urllib3.exceptions.TimeoutError, "nothing came in time"),
    (urllib3.exceptions.SSLError, "its certificate is not accepted"),
)


class UnreachableError(Exception):
    """The portal does not answer, so that nothing can be told; the message says what happened."""


class AnsweredWrongError(Exception):
    """The portal answers with something else than it should; the message says what."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names in lower case, ``body`` unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes


class Reads(Protocol):
    """What can be asked of one origin."""

    origin: str

    def get(self, path: str, max_bytes: int) -> Answer:
        """Return what lies at ``path``; UnreachableError, or AnsweredWrongError beyond ``max_bytes``."""

    def post(self, path: str, body: bytes) -> Answer:
        """Send ``body`` as octets; errors as ``get``."""


class Web:
    """One origin, read as anybody can read it."""

    def __init__(self, address: str) -> None:
        """``address`` is the portal's, with or without a path; ValueError unless it is https, or on this machine."""
        parts = _parts_of(address)
        if parts is None:
            msg = f"{address} is no address of a portal; it looks like https://portal.example"
            raise ValueError(msg)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            msg = f"{address} is not encrypted; use https"
            raise ValueError(msg)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._pool = urllib3.PoolManager(retries=False, ssl_context=ssl.create_default_context())

    def get(self, path: str, max_bytes: int) -> Answer:
        """Return what lies at ``path``.

        Raises:
            UnreachableError: no answer.
            AnsweredWrongError: it has more than ``max_bytes``.
        """
        return self._ask("GET", path, max_bytes, None)

    def post(self, path: str, body: bytes) -> Answer:
        """Send ``body`` as octets; errors as ``get``."""
        return self._ask("POST", path, NOTE_MAX_BYTES, body)

    def _ask(self, method: str, path: str, max_bytes: int, body: bytes | None) -> Answer:
        # As browsers ask: a host could change only what it sends packed.
        headers = {"Accept-Encoding": "gzip"}
        if body is not None:
            headers |= {"Content-Type": "application/octet-stream", "Origin": self.origin}
        try:
            answer = self._pool.request(
                method,
                self.origin + path,
                body=body,
                headers=headers,
                timeout=_TIMEOUT,
                redirect=False,
                preload_content=False,
            )
            raw = bytearray()
            for part in answer.stream(1 << 16, decode_content=True):
                raw += part
                if len(raw) > max_bytes:
                    answer.close()
                    msg = f"{path} is larger than it can be"
                    raise AnsweredWrongError(msg)
            answer.release_conn()
        except urllib3.exceptions.DecodeError as error:
            msg = f"{path} does not unpack"
            raise AnsweredWrongError(msg) from error
        except urllib3.exceptions.HTTPError as error:
            msg = f"{self.origin} does not answer: {_why(error)}"
            raise UnreachableError(msg) from error
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, bytes(raw))


def _parts_of(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address if "//" in address else f"https://{address}")
        usable = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _why(error: urllib3.exceptions.HTTPError) -> str:
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    return "what comes is no answer of a web server"


class LedgerReader:
    """The public ledger of one portal. What it gives is read, not believed: signatures and proofs are the caller's.

    All methods raise UnreachableError without an answer, and AnsweredWrongError for one of another kind; NoteError
    where a text is not of its format.
    """

    def __init__(self, web: Reads) -> None:
        self.web = web

    def key(self) -> VerifierKey:
        """The key that the portal says to sign with."""
        return parse_vkey(self._text("/ledger/key", 4096).strip())

    def policy(self) -> Policy:
        """The policy that the portal publishes; without witnesses if it has none."""
        text = self._text("/ledger/policy", POLICY_MAX_BYTES)
        return parse_policy(text) if text.strip() else NO_POLICY

    def checkpoint(self) -> str:
        """The newest signed checkpoint, as it is."""
        return self._text("/ledger/checkpoint", NOTE_MAX_BYTES)

    def milestone(self) -> str:
        """The signed checkpoint that witnesses are asked to cosign."""
        return self._text("/ledger/milestone", NOTE_MAX_BYTES)

    def witnessed(self) -> str | None:
        """The newest signed checkpoint that enough witnesses stand behind, as the portal says; None if none."""
        path = "/ledger/witnessed"
        return None if self.web.get(path, NOTE_MAX_BYTES).status == _ABSENT else self._text(path, NOTE_MAX_BYTES)

    def entries(self, index: int, size: int) -> list[bytes]:
        """The entries of bundle ``index`` in a tree of ``size``."""
        width = width_in(size, None, index)
        place = TilePlace(None, index, width)
        return parse_bundle(self._octets(place, width * _ENTRY_MAX_BYTES), width)

    def tile(self, level: int, index: int, size: int) -> bytes:
        """The hashes of a tile in a tree of ``size``."""
        width = width_in(size, level, index)
        raw = self._octets(TilePlace(level, index, width), TILE_WIDTH * HASH_BYTES)
        if len(raw) != width * HASH_BYTES:
            msg = f"tile {level}/{index} has another width"
            raise AnsweredWrongError(msg)
        return raw

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of ``new`` entries begins with that of ``old``."""
        return self._hashes(f"/ledger/consistency?old={old}&new={new}")

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that an entry is in the tree of ``size``."""
        return self._hashes(f"/ledger/proof?index={index}&size={size}")

    def cosign(self, note: str) -> None:
        """Hand in a checkpoint with a witness's lines; AnsweredWrongError if it is not taken."""
        answer = self.web.post("/ledger/cosignatures", note.encode())
        if answer.status >= 300:
            msg = f"the cosignature was not taken ({answer.status}): is this witness in the portal's policy?"
            raise AnsweredWrongError(msg)

    def _text(self, path: str, max_bytes: int) -> str:
        try:
            return self.read(path, max_bytes).decode("utf-8")
        except UnicodeDecodeError as error:
            msg = f"{path} is no text"
            raise AnsweredWrongError(msg) from error

    def _octets(self, place: TilePlace, max_bytes: int) -> bytes:
        return self.read(f"/ledger/tile/{place.to_text()}", max_bytes)

    def _hashes(self, path: str) -> list[bytes]:
        found = self.json(path, _HASHES_MAX_BYTES)
        hashes = found.get("hashes") if isinstance(found, dict) else None
        if not isinstance(hashes, list) or len(hashes) > PROOF_MAX:
            msg = f"{path} is no proof"
            raise AnsweredWrongError(msg)
        try:
            return [std_unb64(one, HASH_BYTES) for one in hashes]
        except (ValueError, TypeError, AttributeError) as error:
            msg = f"{path} is no proof"
            raise AnsweredWrongError(msg) from error

    def json(self, path: str, max_bytes: int) -> Any:
        """The JSON at ``path``."""
        try:
            return json.loads(self.read(path, max_bytes))
        except (ValueError, RecursionError) as error:
            msg = f"{path} is no JSON"
            raise AnsweredWrongError(msg) from error

    def read(self, path: str, max_bytes: int) -> bytes:
        """The bytes at ``path``; UnreachableError while the portal is busy."""
        answer = self.web.get(path, max_bytes)
        if answer.status in {429, 502, 503, 504}:
            msg = f"{self.web.origin} is busy ({answer.status})"
            raise UnreachableError(msg)
        if answer.status != 200:
            msg = f"{path} is not there ({answer.status})"
            raise AnsweredWrongError(msg)
        return answer.body


def consistent(old: Checkpoint, new: Checkpoint, reader: LedgerReader) -> bool:
    """Tell whether ``new`` follows from ``old``, by the portal's own proof."""
    hashes = [] if old.size in {0, new.size} else reader.consistency(old.size, new.size)
    return verify_consistency(old.size, new.size, old.root, new.root, hashes)
