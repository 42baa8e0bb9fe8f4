"""Receipts that were changed after they were given, as many as one asks for: none may be accepted.

``.venv/bin/python -m tests.verify.mutated --receipts 10000`` says how many were; other seeds change others.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from portal.verify.asked import Trust
from portal.verify.receipt import check_receipt
from portal.verify.verdict import Outcome
from portal.wire.ledger.policy import parse_policy
from tests.wire.ledger.make_receipt_vectors import DAY, LOG, POLICY, receipt

LONGEST_BYTES: Final = 60
"""How much at most is turned around."""
_PUT: Final = b'ABab01+/-_= "\\n,'


def _flip(raw: bytearray, at: int, chance: random.Random) -> None:
    raw[at] ^= 1 << chance.randrange(8)


def _cut(raw: bytearray, at: int, _chance: random.Random) -> None:
    del raw[at]


def _put(raw: bytearray, at: int, chance: random.Random) -> None:
    raw[at] = chance.choice(_PUT)


def _turn(raw: bytearray, at: int, chance: random.Random) -> None:
    end = min(len(raw), at + chance.randrange(2, LONGEST_BYTES))
    raw[at:end] = raw[at:end][::-1]


CHANGES: Final[tuple[Callable[[bytearray, int, random.Random], None], ...]] = (_flip, _cut, _put, _turn)


def mutated(block: str, count: int, seed: int) -> Iterator[str]:
    """Give ``count`` texts, none of which is ``block``: each is one change away from it, the same in each run."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        raw = bytearray(block.encode())
        chance.choice(CHANGES)(raw, chance.randrange(len(raw)), chance)
        text = raw.decode("utf-8", "replace")
        if text != block:
            made += 1
            yield text


def accepted(block: str, trust: Trust, today: date, count: int, seed: int = 4) -> int:
    """Count which of ``count`` changed receipts are found good."""
    texts = mutated(block, count, seed)
    return sum(check_receipt(text, trust, today)[0].outcome is Outcome.GOOD for text in texts)


def main() -> int:
    """Say how many are accepted; the exit status is 1 if any is."""
    parser = argparse.ArgumentParser(prog="python -m tests.verify.mutated", description=__doc__)
    parser.add_argument("--receipts", type=int, default=10_000, metavar="N", help="how many (default: 10000)")
    parser.add_argument("--seed", type=int, default=4, metavar="N", help="which ones (default: 4)")
    options = parser.parse_args()
    block, trust = receipt().to_block().rstrip("\n"), Trust((LOG.key,), parse_policy(POLICY))
    if check_receipt(block, trust, DAY)[0].outcome is not Outcome.GOOD:
        sys.stderr.write("the receipt itself is not accepted, so that its changes say nothing\n")
        return 1
    began_s = time.monotonic()
    count = accepted(block, trust, DAY, options.receipts, options.seed)
    sys.stdout.write(f"{options.receipts:,} mutated receipts: {count} accepted ({time.monotonic() - began_s:.1f} s)\n")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
