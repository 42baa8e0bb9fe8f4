"""``portal verify code``: that browsers are served what the ledger says, byte for byte."""

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.verify.asked import AskedWrongError, Trust, add_trust, failed, judge_checkpoint, judge_key, run, trust_of
from portal.verify.verdict import Verdict
from portal.verify.web import FILE_MAX_BYTES, AnsweredWrongError, LedgerReader, Web
from portal.wire.canonical import NotCanonicalError, canonical_json
from portal.wire.ids import b64, unb64
from portal.wire.ledger.entries import NONCE_BYTES, TAG_BYTES, Entry, Kind, commitment
from portal.wire.ledger.note import NoteError, VerifierKey
from portal.wire.ledger.proof import parse_proof

_RELEASE: Final = "/ledger/release.json"
_RELEASE_MAX_BYTES: Final = 1 << 20
_PREFIX: Final = "/static/"
_TOLD_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a portal says to serve: SHA-256 in hexadecimal by path, and the content policy of its page."""

    version: str
    page_policy: str
    files: Mapping[str, str]
    sha256: bytes


def main(arguments: Sequence[str]) -> int:
    """Run ``portal verify code``; returns the exit status."""
    words = "Check what browsers are served: that it is what the ledger says, byte for byte."
    parser = argparse.ArgumentParser(prog="portal verify code", description=words)
    parser.add_argument("portal", metavar="URL", help="the portal, such as https://portal.example")
    words = "compare with a client that was built here, such as static/dist of the release's sources"
    parser.add_argument("--build", type=Path, metavar="DIR", help=words)
    add_trust(parser)
    return run(parser, arguments, _check)


def _check(options: argparse.Namespace) -> Verdict:
    trust = trust_of(options)
    try:
        reader = LedgerReader(Web(options.portal))
    except ValueError as error:
        raise AskedWrongError(str(error)) from error
    verdict = Verdict(f"what {reader.web.origin} serves to browsers")
    try:
        return check_code(verdict, reader, trust, options.build)
    except (NoteError, AnsweredWrongError) as error:
        return failed(verdict, error)


def check_code(verdict: Verdict, reader: LedgerReader, trust: Trust, build: Path | None = None) -> Verdict:
    """Check the manifest against the ledger, every served file against the manifest, and a build of one's own."""
    release = reader.json(_RELEASE, _RELEASE_MAX_BYTES)
    manifest = read_manifest(release)
    verdict.facts |= {"version": manifest.version, "files": len(manifest.files), "manifest": manifest.sha256.hex()}
    key = reader.key()
    judge_key(verdict, key, trust)
    policy = trust.policy if trust.policy.witnesses else reader.policy()
    _judge_logged(verdict, manifest, release.get("transparency"), key, Trust(trust.keys, policy))
    _judge_files(verdict, manifest, reader)
    if build is not None:
        _judge_build(verdict, manifest, build)
    return verdict


def read_manifest(release: Any) -> Manifest:
    """Return the manifest of a portal's release; AnsweredWrongError if there is none."""
    try:
        read = release["manifest"]
        files = read["files"]
        for path, digest in files.items():
            if not path.startswith("/") or len(bytes.fromhex(digest)) != hashlib.sha256().digest_size:
                raise ValueError(path)  # noqa: TRY301 - told by the one message below
        return Manifest(str(read["version"]), str(read["default_csp"]), files, _sha256(canonical_json(read)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"{_RELEASE} is no manifest"
        raise AnsweredWrongError(msg) from error


def _judge_logged(verdict: Verdict, manifest: Manifest, shown: Any, key: VerifierKey, trust: Trust) -> None:
    """Say whether the ledger holds a commitment to exactly this manifest."""
    if not isinstance(shown, dict) or not isinstance(shown.get("proof"), str):
        verdict.unknown("logged", "The list of files does not stand in the ledger yet. Try again in a few seconds.")
        return
    try:
        statement = shown["statement"]
        nonce, tag = unb64(shown["nonce"], NONCE_BYTES), unb64(shown["tag"], TAG_BYTES)
        entry = Entry(Kind.RELEASE, tag, commitment(Kind.RELEASE, nonce, statement))
        proof = parse_proof(shown["proof"])
        named = statement["manifest"]
    except (KeyError, TypeError, ValueError, AttributeError, NotCanonicalError) as error:
        verdict.bad("logged", f"The proof that the list of files stands in the ledger is damaged: {error}.")
        return
    checkpoint = judge_checkpoint(verdict, proof.note.to_text(), key, trust.policy)
    if checkpoint is None:
        return
    if named != b64(manifest.sha256):
        verdict.bad("logged", "The ledger holds another list of files.")
    elif not proof.includes(entry.to_bytes()):
        verdict.bad("logged", "The proof does not show that the list of files stands in the ledger.")
    else:
        verdict.good("logged", f"The list of files stands in the ledger, entry {proof.index:,}.")
        verdict.facts["index"] = proof.index


def _judge_files(verdict: Verdict, manifest: Manifest, reader: LedgerReader) -> None:
    """Fetch every file as a browser does."""
    wrong: dict[str, str] = {}
    for path, due in manifest.files.items():
        answer = reader.web.get(path, FILE_MAX_BYTES)
        if answer.status != 200:
            wrong[path] = f"is not there ({answer.status})"
        elif _sha256(answer.body).hex() != due:
            wrong[path] = "is not what the list says"
        elif path == "/" and answer.headers.get("content-security-policy") != manifest.page_policy:
            wrong[path] = "allows other things than the list says (Content-Security-Policy)"
    verdict.facts["wrong"] = sorted(wrong)
    for path, why in list(wrong.items())[:_TOLD_MAX]:
        verdict.bad("file", f"{path} {why}.")
    if len(wrong) > _TOLD_MAX:
        verdict.bad("file", f"So are {len(wrong) - _TOLD_MAX} more.")
    if not wrong:
        verdict.good("files", f"All {len(manifest.files)} files are served as the list says.")


def _judge_build(verdict: Verdict, manifest: Manifest, build: Path) -> None:
    """Compare the list with what was built here."""
    here = build_files(build)
    differing = sorted(path for path in {*here, *manifest.files} if here.get(path) != manifest.files.get(path))
    if differing:
        told = ", ".join(differing[:_TOLD_MAX])
        verdict.bad("build", f"{len(differing)} files are not those of your build: {told}")
    else:
        verdict.good("build", f"All {len(here)} files are those of your build.")


def build_files(build: Path) -> dict[str, str]:
    """Return SHA-256 in hexadecimal by path as a portal serves the folder ``build``; AskedWrongError if it is none."""
    try:
        found = {f"{_PREFIX}{file.name}": _sha256(file.read_bytes()).hex() for file in build.iterdir()}
        return {"/": found[f"{_PREFIX}index.html"], **found}
    except (OSError, KeyError) as error:
        msg = f"{build} holds no built client; build it with ./dev build and name static/dist"
        raise AskedWrongError(msg) from error


def _sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()
