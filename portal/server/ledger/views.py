"""The ledger over HTTP (c2sp.org/tlog-tiles, and proofs for those who keep no tiles): for everyone, no cookie."""

from collections.abc import Callable
from typing import Final, TypeVar

import flask

from portal.server.core.assets import YEAR_S
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.limits import HEAVY, limiter
from portal.server.core.web import octet_body, reply
from portal.server.core.work import run_in_thread
from portal.server.ledger import service, tree
from portal.server.ledger.feature import Ledger
from portal.wire.errors import PeerError, UserError
from portal.wire.ledger.base64 import std_b64
from portal.wire.ledger.checkpoint import parse_decimal
from portal.wire.ledger.merkle import HASH_BYTES
from portal.wire.ledger.note import NOTE_MAX_BYTES, NoteError
from portal.wire.ledger.tiles import bundle, parse_tile_place, width_in

T = TypeVar("T")
CHECKPOINT_AGE_S: Final = 1
TILES: Final = "6000 per minute"
"""For whoever reads a whole ledger: 1.5 million entries a minute."""
_TEXT: Final = "text/plain; charset=utf-8"
_OCTETS: Final = "application/octet-stream"
blueprint = flask.Blueprint("ledger", __name__, url_prefix="/ledger")


@blueprint.after_request
def open_to_all(response: flask.Response) -> flask.Response:
    """Let pages of any origin read: there is nothing here that is anybody's own."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@blueprint.get("/checkpoint")
def show_checkpoint() -> flask.Response:
    """Show the newest checkpoint."""
    return _text(_read(lambda unit: _signed(unit, service.latest)), CHECKPOINT_AGE_S)


@blueprint.get("/milestone")
def show_milestone() -> flask.Response:
    """Show the checkpoint that witnesses are asked to cosign."""
    return _text(_read(lambda unit: _signed(unit, service.milestone)), CHECKPOINT_AGE_S)


@blueprint.get("/witnessed")
def show_witnessed() -> flask.Response:
    """Show the newest checkpoint that enough witnesses stand behind, by this installation's policy."""
    return _text(_read(lambda unit: _signed(unit, service.witnessed)), CHECKPOINT_AGE_S)


@blueprint.get("/key")
def show_key() -> flask.Response:
    """Show the log's verifier key."""
    return _text(_ledger().key.to_text() + "\n", 60)


@blueprint.get("/policy")
def show_policy() -> flask.Response:
    """Show which witnesses this installation counts on."""
    return _text(_ledger().policy_text, 60)


@blueprint.get("/tile/<path:place>")
@limiter.limit(TILES)
def show_tile(place: str) -> flask.Response:
    """Show a tile or a bundle of entries: what has grown to this width never changes."""
    try:
        wanted = parse_tile_place(place)
    except NoteError:
        raise UserError("ledger.absent") from None

    def work(unit: Unit) -> bytes:
        if width_in(_signed_size(unit), wanted.level, wanted.index) < wanted.width:
            raise UserError("ledger.absent")
        if wanted.level is None:
            return bundle(tree.entries(unit, wanted.index, wanted.width))
        return tree.tile(unit, wanted.level, wanted.index)[: wanted.width * HASH_BYTES]

    response = flask.Response(_read(work), content_type=_OCTETS)
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


@blueprint.get("/proof")
def show_proof() -> flask.Response:
    """Show the inclusion proof of ``index`` in the first ``size`` entries."""
    index, size, ledger = _number("index"), _number("size"), _ledger()

    def work(unit: Unit) -> list[bytes]:
        if not index < size <= _signed_size(unit):
            raise UserError("ledger.absent")
        return tree.tree(unit, ledger.uppers, size).inclusion(index)

    return _proof({"index": index, "size": size}, _read(work))


@blueprint.get("/consistency")
def show_consistency() -> flask.Response:
    """Show the proof that the first ``new`` entries begin with the first ``old``."""
    old, new, ledger = _number("old"), _number("new"), _ledger()

    def work(unit: Unit) -> list[bytes]:
        if not old <= new <= _signed_size(unit):
            raise UserError("ledger.absent")
        return tree.tree(unit, ledger.uppers, new).consistency(old)

    return _proof({"old": old, "new": new}, _read(work))


@blueprint.post("/cosignatures")
@limiter.limit(HEAVY)
def take_cosignatures() -> flask.Response:
    """Keep what a witness signed under one of our checkpoints."""
    try:
        text = octet_body(NOTE_MAX_BYTES).decode()
    except UnicodeDecodeError:
        raise PeerError("ledger.refused", reason="a note is UTF-8") from None
    ledger = _ledger()
    return reply({"kept": run_in_thread(lambda: ledger.take_cosignatures(text))})


def _signed_size(unit: Unit) -> int:
    """How many entries the newest checkpoint covers: what no signature covers is nobody's to see.

    Asked of the database each time: a checkpoint that was shown must be one whose proofs are given at once, for a log
    that refuses them looks like one with two histories.
    """
    row = service.newest_checkpoint(unit)
    return 0 if row is None else row.size


def _signed(unit: Unit, note: Callable[[Unit], str]) -> str:
    try:
        return note(unit)
    except LookupError:
        raise UserError("ledger.absent") from None


def _number(name: str) -> int:
    try:
        return parse_decimal(flask.request.args.get(name, ""))
    except NoteError:
        raise PeerError("request.malformed", field=name) from None


def _proof(about: dict[str, int], hashes: list[bytes]) -> flask.Response:
    response = reply(about | {"hashes": [std_b64(one) for one in hashes]})
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


def _text(text: str, age_s: int) -> flask.Response:
    response = flask.Response(text, content_type=_TEXT)
    response.headers["Cache-Control"] = f"public, max-age={age_s}"
    return response


def _ledger() -> Ledger:
    return portal().get(Ledger)


def _read(work: Callable[[Unit], T]) -> T:
    database = portal().database
    return run_in_thread(lambda: database.read(work))
