"""``portal bench uniform``: whether answers and their times tell which accounts there are.

Asked in turn, at random: the start of a sign-in, a wrong proof to end one, and a wrong recovery key, each for handles
that exist and for handles that do not. Compared: status and shape of the answers, and how often a time of one kind is
longer than one of the other (Mann-Whitney's U by the number of pairs: a half if times tell nothing).
"""

import argparse
import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scipy.stats import mannwhitneyu

from portal.bench.honest import besieged
from portal.bench.process import cores
from portal.member.e2ee.opaque import start_sign_in
from portal.wire.ids import b64

ROUNDS: Final = 600
TELLS: Final = 0.06
"""How far from a half the share of longer times may be: 3.6 standard deviations at ROUNDS, of no use to anybody."""
SEED: Final = 1


@dataclass
class Compared:
    """Answers and times (ms) for handles that exist, and that do not."""

    times_ms: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    answers: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})

    @property
    def share(self) -> float:
        """How often a time of a handle that exists is longer than one of a handle that does not."""
        known, unknown = self.times_ms[True], self.times_ms[False]
        return float(mannwhitneyu(known, unknown).statistic) / (len(known) * len(unknown))

    @property
    def uniform(self) -> bool:
        """Whether neither tells anything."""
        return self.answers[True] == self.answers[False] and abs(self.share - 0.5) <= TELLS


class Stranger:
    """Somebody who tries handles."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._origin = f"http://127.0.0.1:{port}"
        self._request = start_sign_in("no passphrase").request

    def start(self, handle: str) -> tuple[str, float]:
        """Begin to sign in."""
        return self._shape("/api/sign-in/start", {"handle": handle, "request": self._request})

    def finish(self, handle: str) -> tuple[str, float]:
        """Begin, then prove nothing."""
        attempt = self._ask("/api/sign-in/start", {"handle": handle, "request": self._request})[1]["attempt"]
        return self._shape("/api/sign-in/finish", {"attempt": attempt, "finish": b64(bytes(64))})

    def recover(self, handle: str) -> tuple[str, float]:
        """Try a recovery key."""
        return self._shape("/api/sign-in/recovery", {"handle": handle, "recovery_auth": b64(bytes(32))})

    def _shape(self, path: str, body: dict[str, str]) -> tuple[str, float]:
        begun_s = time.perf_counter()
        status, answer = self._ask(path, body)
        return f"{status} {_shape_of(answer)}", 1e3 * (time.perf_counter() - begun_s)

    def _ask(self, path: str, body: dict[str, str]) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Origin": self._origin}
        self._line.request("POST", path, json.dumps(body).encode(), headers)
        answer = self._line.getresponse()
        return answer.status, json.loads(answer.read())


def measure(port: int, known: Sequence[str], rounds: int) -> dict[str, Compared]:
    """Try ``rounds`` handles of each kind in each way, in a random order."""
    stranger, chance = Stranger(port), random.Random(SEED)  # noqa: S311 - no secret
    ways: dict[str, Callable[[str], tuple[str, float]]] = {
        "begin to sign in": stranger.start,
        "wrong passphrase": stranger.finish,
        "wrong recovery key": stranger.recover,
    }
    found = {name: Compared() for name in ways}
    tries = [(name, exists) for name in ways for exists in (True, False)] * rounds
    chance.shuffle(tries)
    for number, (name, exists) in enumerate(tries):
        handle = chance.choice(known) if exists else f"nobody{number % len(known)}"
        answer, took_ms = ways[name](handle)
        found[name].answers[exists].add(answer)
        found[name].times_ms[exists].append(took_ms)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if something tells, else 0."""
    parser = argparse.ArgumentParser(prog="portal bench uniform", description="What answers tell about accounts.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each kind and way (default: {ROUNDS})")
    options = parser.parse_args(arguments)
    server_core, load_core = cores()
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as name,
        besieged(Path(name), 3, core=server_core, unlimited=True) as portal,
    ):
        found = measure(portal.port, [person.handle for person in portal.people], options.rounds)
    for words, compared in found.items():
        known_ms, unknown_ms = (statistics.median(compared.times_ms[exists]) for exists in (True, False))
        same = "same answers" if compared.answers[True] == compared.answers[False] else "DIFFERENT ANSWERS"
        print(
            f"{'reached' if compared.uniform else 'MISSED '}  {words:<20} {same}, median {known_ms:.2f} ms for handles "
            f"that exist, {unknown_ms:.2f} ms for others; longer in {100 * compared.share:.1f} % of pairs (50 ± 6)"
        )
    return 0 if all(compared.uniform for compared in found.values()) else 1


def _shape_of(answer: Any) -> str:
    """Keys, kinds and lengths of an answer; a code of an error as it is."""
    if isinstance(answer, dict):
        inside = ", ".join(f"{key}: {_shape_of(value)}" for key, value in answer.items())
        return f"{{{inside}}} {answer.get('code', '')}"
    return f"{type(answer).__name__}({len(answer)})" if isinstance(answer, str) else str(answer)


if __name__ == "__main__":
    sys.exit(main())
