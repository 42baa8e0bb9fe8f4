"""``portal bench translate``: how much translation a second of processor buys, and how long a live sentence waits.

One model, one run: the engine, bare CTranslate2 batches (what is possible), and argostranslate.translate (what is
usual), if a Python that has it is named. Without a package a model of Argos' size is built whose weights are a
dictionary: it computes what a trained one does.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.translation.engine import Engine, Priority, Tuning
from portal.translation.lexicon_model import ARGOS_SIZE, Lexicon, build_package
from portal.translation.model import Decoding, load_model
from portal.translation.packages.store import Installed, Store

BEAMS: Final = (4, 2)
EQUAL_BEAM: Final = 4
"""The beam of argostranslate."""
PEER_TIMES: Final = 2.0
BARE_SHARE: Final = 0.8
LIVE_TIMES: Final = 2.0
CALLERS: Final = 8
_PEER: Final = Path(__file__).with_name("argos_peer.py")
_PEER_LIMIT_S: Final = 900


@dataclass(frozen=True, slots=True)
class Effort:
    """How many sentences are measured."""

    sentences: int
    a_caller: int
    live: int
    """Live sentences in each round."""
    rounds: int


FULL: Final = Effort(sentences=160, a_caller=8, live=20, rounds=5)
QUICK: Final = Effort(sentences=32, a_caller=2, live=5, rounds=3)


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of live sentences, first alone and then, the same ones, while a history is being translated."""

    idle: list[float]
    loaded: list[float]

    @property
    def times(self) -> float:
        """How much longer the slowest of twenty takes under load."""
        return _p(self.loaded, 95) / _p(self.idle, 95)


@dataclass(frozen=True, slots=True)
class Work:
    """What is translated, and with what."""

    installed: Installed
    sentences: list[str]
    effort: Effort


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it; 1 if a target is missed, else 0."""
    options = _parser().parse_args(arguments)
    effort = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(folder / "languages")
        archive = options.package or build_package(folder / "x.argosmodel", ("en", "ko"), _dictionary(), ARGOS_SIZE)
        installed = store.install(archive, checked=False)
        lines = _lines(options.text) if options.text else _sentences(effort.sentences)
        work = Work(installed, lines[: effort.sentences], effort)
        print(f"{len(work.sentences)} sentences, {installed.size_bytes / 1e6:.0f} MB model, one thread a computation\n")
        bare = {beam: _bare(work, beam) for beam in BEAMS}
        ours = {beam: _ours(work, store, beam) for beam in BEAMS}
        peer = _peer(work, options.argos) if options.argos else None
        waits = _callers(work, store)
        rounds = _live(work, store)
    _print_rates(bare, ours, peer)
    _print_waits(waits, peer, rounds)
    return _judge(bare, ours, peer, rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portal bench translate", description="Measure machine translation.")
    parser.add_argument("--package", type=Path, metavar="FILE", help="an .argosmodel (default: one is built)")
    parser.add_argument("--text", type=Path, metavar="FILE", help="sentences to translate, one a line")
    parser.add_argument("--argos", metavar="PYTHON", help="Python of an environment that has argostranslate 1.11")
    parser.add_argument("--quick", action="store_true", help="few sentences: to see that it works")
    return parser


def _dictionary() -> Lexicon:
    return Lexicon({f"word{n:03d}x": f"말{n:03d}x" for n in range(400)})


def _sentences(count: int) -> list[str]:
    """Sentences of the lengths that people write: 6 to 45 words, 22 on average."""
    chance = random.Random(7)  # noqa: S311 - a benchmark's, the same each time
    lengths = [min(45, max(6, round(chance.gauss(22, 9)))) for _ in range(count)]
    return [" ".join(f"word{chance.randrange(400):03d}x" for _ in range(length)) for length in lengths]


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _bare(work: Work, beam: int) -> float:
    """Sentences for each CPU-second of CTranslate2 alone, given all sentences at once."""
    model = load_model(work.installed.folder, work.installed.metadata, threads=1)
    pieces = [model.encode(sentence) for sentence in work.sentences]
    model.translate(pieces[:2], Decoding(beam=beam))
    return _rate(work, lambda: model.translate(pieces, Decoding(beam=beam)))


def _ours(work: Work, store: Store, beam: int) -> float:
    """The same through the engine's queue, with the tokenizing, as backfill."""
    with closing(Engine(store)) as engine:
        engine.submit(work.installed.pair, "1.", Priority.BACKFILL).result()

        def run() -> None:
            decoding = Decoding(beam=beam)
            futures = [
                engine.submit(work.installed.pair, sentence, Priority.BACKFILL, decoding) for sentence in work.sentences
            ]
            for future in futures:
                future.result()

        return _rate(work, run)


def _rate(work: Work, run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return len(work.sentences) / (time.process_time() - began)


def _shares(work: Work) -> list[list[str]]:
    """What each of several callers asks for, one sentence after the other."""
    size = min(work.effort.a_caller, len(work.sentences) // CALLERS)
    return [work.sentences[n * size : (n + 1) * size] for n in range(CALLERS)]


def _callers(work: Work, store: Store) -> list[float]:
    """Seconds that each sentence takes with several callers at once, at the beam of argostranslate."""
    waits: list[float] = []
    with closing(Engine(store)) as engine:
        engine.submit(work.installed.pair, "1.").result()

        def call(sentences: list[str]) -> None:
            for sentence in sentences:
                asked = time.perf_counter()
                engine.submit(work.installed.pair, sentence, decoding=Decoding(beam=EQUAL_BEAM)).result()
                waits.append(time.perf_counter() - asked)

        threads = [threading.Thread(target=call, args=(sentences,)) for sentences in _shares(work)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return waits


def _live(work: Work, store: Store) -> list[Round]:
    """Rounds, so that other work on the machine meets both halves of a comparison."""
    pair = work.installed.pair
    found = []
    with closing(Engine(store, Tuning(most_waiting=100_000))) as engine:
        engine.submit(pair, "1.").result()
        for _ in range(work.effort.rounds):
            idle = _ask(engine, work)
            backfill = [engine.submit(pair, sentence, Priority.BACKFILL) for sentence in work.sentences * 20]
            time.sleep(0.5)
            found.append(Round(idle, _ask(engine, work)))
            for future in backfill:
                future.cancel()
            wait(backfill)  # what is being computed is finished
    return found


def _ask(engine: Engine, work: Work) -> list[float]:
    waits = []
    for number in range(work.effort.live):
        sentence = work.sentences[number % len(work.sentences)]
        asked = time.perf_counter()
        engine.submit(work.installed.pair, sentence).result()
        waits.append(time.perf_counter() - asked)
    return waits


def _peer(work: Work, python: str) -> dict[str, Any]:
    order = {"folder": str(work.installed.folder), "sentences": work.sentences, "callers": _shares(work)}
    done = subprocess.run(  # noqa: S603 - the interpreter that the person named
        [python, str(_PEER)],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=_PEER_LIMIT_S,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _print_rates(bare: dict[int, float], ours: dict[int, float], peer: dict[str, Any] | None) -> None:
    print("sentences for each CPU-second")
    for beam in BEAMS:
        share = ours[beam] / bare[beam]
        print(f"  beam {beam}: engine {ours[beam]:6.1f}   bare batches {bare[beam]:6.1f}   ({share:.0%})")
    if peer is None:
        print("  argostranslate.translate: NOT MEASURED; name a Python that has it: --argos PYTHON")
    else:
        rate = len(peer["translations"]) / peer["cpu_s"]
        print(f"  beam {EQUAL_BEAM}: argostranslate.translate, one by one {rate:.1f}")


def _print_waits(waits: list[float], peer: dict[str, Any] | None, rounds: list[Round]) -> None:
    print(f"\nmilliseconds for a sentence, {CALLERS} callers at once, beam {EQUAL_BEAM}")
    print(f"  engine:         p50 {_p(waits, 50) * 1e3:6.0f}   p95 {_p(waits, 95) * 1e3:6.0f}")
    if peer is not None:
        theirs = peer["waits_s"]
        print(f"  argostranslate: p50 {_p(theirs, 50) * 1e3:6.0f}   p95 {_p(theirs, 95) * 1e3:6.0f}")
    idle = [wait_s for one in rounds for wait_s in one.idle]
    loaded = [wait_s for one in rounds for wait_s in one.loaded]
    print("milliseconds for a live sentence, one caller, beam 2")
    print(f"  idle:           p50 {_p(idle, 50) * 1e3:6.0f}   p95 {_p(idle, 95) * 1e3:6.0f}")
    print(f"  under backfill: p50 {_p(loaded, 50) * 1e3:6.0f}   p95 {_p(loaded, 95) * 1e3:6.0f}\n")


def _judge(bare: dict[int, float], ours: dict[int, float], peer: dict[str, Any] | None, rounds: list[Round]) -> int:
    times_of = sorted(one.times for one in rounds)
    live_times = statistics.median(times_of)
    spread = f"median of {len(rounds)} rounds, {times_of[0]:.2f} to {times_of[-1]:.2f}"
    share = min(ours[beam] / bare[beam] for beam in BEAMS)
    results = [
        (share >= BARE_SHARE, f"engine / bare batches: {share:.0%} (target: at least {BARE_SHARE:.0%})"),
        (live_times <= LIVE_TIMES, f"p95 under backfill / idle: {live_times:.2f} (at most {LIVE_TIMES:g}; {spread})"),
    ]
    if peer is not None:
        times = ours[EQUAL_BEAM] * peer["cpu_s"] / len(peer["translations"])
        words = f"engine / argostranslate at equal beam: {times:.2f} (target: at least {PEER_TIMES:g})"
        results.append((times >= PEER_TIMES, words))
    for reached, words in results:
        print(f"{'reached' if reached else 'MISSED '}  {words}")
    return 0 if all(reached for reached, _ in results) else 1


def _p(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    sys.exit(main())
