"""``portal verify log``: that the ledger is what it signed for, has only grown, and who stands behind it."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from portal.tlog.verifiers import cosigned, verify_checkpoint
from portal.verify.asked import (
    AskedWrongError,
    Trust,
    add_trust,
    failed,
    judge_checkpoint,
    judge_key,
    judge_witnesses,
    read_text,
    run,
    trust_of,
)
from portal.verify.evidence import contradicted, replace_text
from portal.verify.verdict import Verdict
from portal.verify.web import AnsweredWrongError, LedgerReader, Web, consistent
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import ENTRY_BYTES, Kind
from portal.wire.ledger.merkle import leaf_hash
from portal.wire.ledger.note import NOTE_MAX_BYTES, NoteError, VerifierKey, parse_note
from portal.wire.ledger.tiles import TILE_WIDTH, TiledTree, grown

_KINDS: Final = {kind.value: kind.name.lower() for kind in Kind}
_TOLD_EVERY_S: Final = 2.0


def main(arguments: Sequence[str]) -> int:
    """Run ``portal verify log``; returns the exit status."""
    words = "Check the ledger: that it is what it signed for, has only grown, and who stands behind it."
    parser = argparse.ArgumentParser(prog="portal verify log", description=words)
    parser.add_argument("portal", metavar="URL", help="the portal, such as https://portal.example")
    words = "remember what was seen here, and insist the next time that the ledger goes on from it"
    parser.add_argument("--state", type=Path, metavar="FILE", help=words)
    parser.add_argument("--quick", action="store_true", help="leave the entries out: signatures and growth alone")
    add_trust(parser)
    return run(parser, arguments, _check)


def _check(options: argparse.Namespace) -> Verdict:
    trust = trust_of(options)
    try:
        reader = LedgerReader(Web(options.portal))
    except ValueError as error:
        raise AskedWrongError(str(error)) from error
    verdict = Verdict(f"the ledger of {reader.web.origin}")
    try:
        return check_log(verdict, reader, trust, options.state, quick=options.quick)
    except (NoteError, AnsweredWrongError) as error:
        return failed(verdict, error)


def check_log(
    verdict: Verdict, reader: LedgerReader, trust: Trust, state: Path | None = None, *, quick: bool = False
) -> Verdict:
    """Check the ledger of a portal; ``state`` is where the newest checkpoint that held is kept.

    Raises:
        AskedWrongError: what answers there shows no key of a ledger, so that there is nothing to be judged.
    """
    try:
        key = reader.key()
    except (NoteError, AnsweredWrongError) as error:
        msg = f"{reader.web.origin} shows no ledger: {error}. Is it the address of a portal?"
        raise AskedWrongError(msg) from error
    judge_key(verdict, key, trust)
    note = reader.checkpoint()
    now = judge_checkpoint(verdict, note, key)
    if now is None:
        return verdict
    _judge_witnesses(verdict, key, now, trust, reader)
    if state is not None:
        _judge_growth(verdict, note, key, now, state, reader)
    if not quick:
        _judge_entries(verdict, now, reader)
    return verdict


def _judge_witnesses(verdict: Verdict, key: VerifierKey, now: Checkpoint, trust: Trust, reader: LedgerReader) -> None:
    """Say who stands behind the newest state that witnesses had the time to sign."""
    policy = trust.policy if trust.policy.witnesses else reader.policy()
    if not policy.witnesses:
        verdict.remark("This portal names no witnesses.")
        return
    if policy is not trust.policy:
        verdict.remark("Which witnesses count is what the portal says; to say it yourself: --policy FILE.")
    note = reader.witnessed()
    if note is None:
        verdict.unknown("witnesses", "Not enough witnesses stand behind any state of the ledger yet.")
        return
    try:
        seen = verify_checkpoint(note, key)
        behind = cosigned(parse_note(note), policy.witnesses)
    except NoteError as error:
        verdict.bad("witnesses", f"A signature under the state that witnesses saw is wrong: {error}.")
        return
    if seen.size > now.size or not consistent(seen, now, reader):
        verdict.bad("witnesses", "The ledger does not go on from the state that its witnesses signed.")
        return
    verdict.facts["witnessed"] = seen.size
    judge_witnesses(verdict, behind, policy)


def _judge_growth(
    verdict: Verdict, note: str, key: VerifierKey, now: Checkpoint, state: Path, reader: LedgerReader
) -> None:
    """Compare with what was seen before; what contradicts it is kept as evidence beside ``state``."""
    if not state.exists():
        verdict.remark(f"Seen for the first time; the next time it is compared with what {state} says now.")
        replace_text(state, note)
        return
    before = read_text(state, NOTE_MAX_BYTES)
    try:
        then = verify_checkpoint(before, key)
    except NoteError as error:
        kept = contradicted(state, before, note)
        verdict.bad("growth", f"What was seen before is not signed by this ledger: {error}. Both are kept in {kept}.")
        return
    old, new = sorted((then, now), key=lambda one: one.size)
    if not consistent(old, new, reader):
        kept = contradicted(state, before, note)
        verdict.bad(
            "growth", f"The ledger was rewritten since it was seen last. Both signed states are kept in {kept}."
        )
        return
    verdict.good("growth", f"It goes on from the {then.size:,} entries that were seen before.")
    if now.size >= then.size:
        replace_text(state, note)


def _judge_entries(verdict: Verdict, now: Checkpoint, reader: LedgerReader) -> None:
    """Read all entries and all tiles, and come to the signed root from the entries alone."""
    tiles: dict[tuple[int, int], bytes] = {}

    def held(level: int, index: int, _width: int) -> bytes:
        return tiles[level, index]

    kinds: Counter[int] = Counter()
    tell = _progress(now.size)
    for index in range(-(-now.size // TILE_WIDTH)):
        entries = reader.entries(index, now.size)
        kinds.update(entry[0] if len(entry) == ENTRY_BYTES else -1 for entry in entries)
        leaves = [leaf_hash(entry) for entry in entries]
        tiles.update(grown(index * TILE_WIDTH, leaves, held))
        tell(index * TILE_WIDTH)
    if TiledTree(now.size, held).root() == now.root:
        verdict.good("entries", f"All {now.size:,} entries lead to the signed root.")
    else:
        verdict.bad("entries", "The entries that the portal shows are not those that it signed for.")
    verdict.facts["kinds"] = {_KINDS.get(kind, str(kind)): count for kind, count in sorted(kinds.items())}
    if unknown := sum(count for kind, count in kinds.items() if kind not in _KINDS):
        verdict.remark(f"{unknown:,} entries are of kinds that this release does not know.")
    wrong = [place for place, due in tiles.items() if reader.tile(*place, now.size) != due]
    if wrong:
        verdict.bad("tiles", f"{len(wrong):,} of {len(tiles):,} tiles of hashes are not those of the entries.")
    else:
        verdict.good("tiles", f"All {len(tiles):,} tiles of hashes are those of the entries.")


def _progress(size: int) -> Callable[[int], None]:
    """Return what tells on a terminal how far the reading is, from time to time."""
    told_s = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told_s
        if sys.stderr.isatty() and time.monotonic() - told_s >= _TOLD_EVERY_S:
            told_s = time.monotonic()
            print(f"read {done:,} of {size:,} entries", file=sys.stderr)

    return tell
