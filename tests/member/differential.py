"""Differential fuzzing of the record layer: what Python seals Node opens, what Node seals Python opens, and of damaged
items both say the same.

    .venv/bin/python -m tests.member.differential --items 10000 [--seed N]
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from deploy.build import install_packages
from portal.member.e2ee.record import Place, derive_record_key, is_signed, open_content, seal_content, sign_item
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SigningKey
from portal.wire.envelope import decode_envelope
from portal.wire.ids import DeviceId, Id, ItemId, RoomId, b64, unb64
from portal.wire.padding import PLAINTEXT_MAX_BYTES
from tests.member.twin import ROOT, Twin

_BATCH: Final = 50
_LENGTHS: Final = (0, 1, 251, 252, 253, 508, 509, 1020, 1021, 4092, 4093, 8188, 8189, PLAINTEXT_MAX_BYTES)
_WORDS: Final = ("제12조", "négocier", "合意", "🕊️", "\u202e", "\0", "paragraph ", "ﬁ", "\n", "مادة ", "\ufeff", '"\\')


class Case:
    """One item: its key, its place, its text, and perhaps the damage that is done to it on the way."""

    def __init__(self, chance: random.Random) -> None:
        def some(size: int) -> bytes:
            return chance.randbytes(size)

        self.chance = chance
        self.seed = some(32)
        self.key: dict[str, Any] = {
            "exporter": b64(some(32)),
            "share": b64(some(32)),
            "room": b64(some(16)),
            "epoch": chance.choice((0, 1, 2**31, 2**53 - 1, chance.randrange(1000))),
            "bucket": chance.choice((0, 2**32 - 1, chance.randrange(30_000))),
        }
        self.place: dict[str, Any] = {
            "device": b64(some(16)),
            "sequence": chance.choice((1, 2**53 - 1, chance.randrange(1, 100_000))),
            "item": b64(some(16)),
            "seen_number": chance.choice((0, 2**53 - 1, chance.randrange(100_000))),
            "seen_head": b64(some(32)),
        }
        self.text = _text(chance)

    def sealed_here(self) -> bytes:
        """Sealed and signed by Python."""
        place = self.place
        stands = Place(
            DeviceId(Id(place["device"])),
            place["sequence"],
            ItemId(Id(place["item"])),
            place["seen_number"],
            unb64(place["seen_head"]),
        )
        return seal_content(self._record_key(), stands, self.text.encode(), SigningKey(self.seed)).encode()

    def opened_here(self, raw: bytes) -> dict[str, str]:
        """What Python makes of ``raw``, in the form of the twin's outcome."""
        try:
            envelope = decode_envelope(raw)
        except ValueError:
            return {"refused": "malformed"}
        if not is_signed(envelope, SigningKey(self.seed).public):
            return {"refused": "item.forged"}
        try:
            return {"ok": open_content(self._record_key(), envelope).decode()}
        except Refusal as refusal:
            return {"refused": refusal.code}

    def resealed(self, raw: bytes) -> bytes:
        """``raw`` with a damaged body under a right hash and signature, so that the inner checks have their turn."""
        envelope = decode_envelope(raw)
        return sign_item(replace(envelope, body=_damaged(self.chance, envelope.body)), SigningKey(self.seed)).encode()

    def damaged(self, raw: bytes) -> bytes:
        """``raw`` with damage anywhere."""
        return _damaged(self.chance, raw)

    def seal_request(self) -> dict[str, Any]:
        """Ask the twin to seal this."""
        return {"op": "seal", "key": self.key, "place": self.place, "text": self.text, "seed": b64(self.seed)}

    def open_request(self, raw: bytes) -> dict[str, Any]:
        """Ask the twin to open ``raw``."""
        return {"op": "open", "key": self.key, "raw": b64(raw), "public": b64(SigningKey(self.seed).public)}

    def _record_key(self) -> Any:
        key = self.key
        return derive_record_key(
            unb64(key["exporter"]), unb64(key["share"]), RoomId(Id(key["room"])), key["epoch"], key["bucket"]
        )


def failures(twin: Twin, items: int, seed: int) -> Iterator[str]:
    """Yield a line for each item on which the two sides differ; each item is tried whole and damaged, both ways."""
    chance = random.Random(seed)
    for begin in range(0, items, _BATCH):
        cases = [Case(chance) for _ in range(min(_BATCH, items - begin))]
        sealed_there = [outcome.get("ok") for outcome in twin.outcomes([case.seal_request() for case in cases])]
        sealed_here = [case.sealed_here() for case in cases]
        for case, text in zip(cases, sealed_there, strict=True):
            if text is None or case.opened_here(unb64(text)) != {"ok": case.text}:
                yield f"Node sealed what Python does not open: {case.seal_request()}"
        sent = [*zip(cases, sealed_here, strict=True)]
        sent += [(case, case.damaged(raw)) for case, raw in zip(cases, sealed_here, strict=True)]
        sent += [(case, case.resealed(raw)) for case, raw in zip(cases, sealed_here, strict=True)]
        requests = [case.open_request(raw) for case, raw in sent]
        outcomes = twin.outcomes(requests)
        for place, ((case, raw), there) in enumerate(zip(sent, outcomes, strict=True)):
            here = case.opened_here(raw)
            if here != there or (place < len(cases) and here != {"ok": case.text}):
                yield f"Python {here} and Node {there} of {requests[place]}"


def main() -> int:
    """Run and print the count; 1 if the two sides differ."""
    parser = argparse.ArgumentParser(description="Differential fuzzing of the record layer, Python against Node.")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20_261_122)
    options = parser.parse_args()
    install_packages(ROOT)
    failed = 0
    with Twin() as twin:
        for line in failures(twin, options.items, options.seed):
            failed += 1
            sys.stdout.write(line + "\n")
    sys.stdout.write(f"{options.items - failed} passed, {failed} failed\n")
    return 1 if failed else 0


def _text(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return "x" * chance.choice(_LENGTHS)
    return "".join(chance.choices(_WORDS, k=chance.randrange(200)))


def _damaged(chance: random.Random, raw: bytes) -> bytes:
    at, size = chance.randrange(len(raw)), chance.randrange(1, 40)
    before, piece, after = raw[:at], raw[at : at + size], raw[at + size :]
    return chance.choice(
        (
            before + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :],
            before + after,
            before + piece + piece + after,
            before + chance.randbytes(len(piece)) + after,
            before or b"\0",
            raw + b"\0",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
