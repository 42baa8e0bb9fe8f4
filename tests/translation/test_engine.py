"""The queue in front of the models: who waits for whom, what a full queue does, and what reloading needs."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from portal.translation import engine as engines
from portal.translation.engine import Answer, Engine, Priority, Tuning
from portal.translation.errors import BusyError, ModelFaultError, NoModelError
from portal.translation.model import MAX_SOURCE_PIECES, Decoding
from portal.translation.models import Loaded
from portal.translation.packages.store import Store
from tests.translation.conftest import Install

EN_KO = ("en", "ko")
KO_EN = ("ko", "en")
PATIENCE_S = 60


@pytest.fixture
def store(install: Install) -> Store:
    return install("en_ko", "ko_en")


@pytest.fixture
def engine(store: Store) -> Iterator[Engine]:
    running = Engine(store, Tuning(lanes=2, patience_s=0.05, most_waiting=20))
    yield running
    running.close()


@pytest.fixture
def gate(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Until it is set, the engine computes nothing."""
    answer, opened = engines._answer, threading.Event()  # noqa: SLF001 - one call is one batch

    def answered(loaded: Loaded, jobs: list[Any]) -> None:
        opened.wait(PATIENCE_S)
        answer(loaded, jobs)

    monkeypatch.setattr(engines, "_answer", answered)
    yield opened
    opened.set()


def text(future: "Future[Answer]") -> str:
    return future.result(PATIENCE_S).hypotheses[0].text


def fill(engine: Engine, taken: "Callable[[Future[Answer]], None]" = lambda _: None) -> None:
    """Give more work than there are places, while the engine computes nothing."""
    for _ in range(300):
        taken(engine.submit(EN_KO, "7 " * 40, Priority.BACKFILL))


def test_a_sentence_is_translated(engine: Engine, store: Store) -> None:
    answer = engine.submit(EN_KO, "The delegation accepts the ceasefire of 27 July.").result(PATIENCE_S)
    assert answer.hypotheses[0].text == "그 대표단은 수락한다 그 정전을 of 27 July."
    assert not answer.hypotheses[0].cut
    assert answer.digest == store.find(EN_KO).digest


def test_several_hypotheses_come_best_first(engine: Engine) -> None:
    answer = engine.submit(EN_KO, "withdraw", decoding=Decoding(hypotheses=2)).result(PATIENCE_S)
    assert [one.text for one in answer.hypotheses] == ["철수", "물러나다"]


def test_callers_in_many_threads_get_each_their_own(engine: Engine) -> None:
    wrong: list[str] = []

    def ask(caller: int) -> None:
        for number in range(10):
            said = text(engine.submit(EN_KO, f"troops {caller} of {number}"))
            wrong.extend([said] if said != f"병력 {caller} of {number}" else [])

    threads = [threading.Thread(target=ask, args=(caller,)) for caller in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_live_work_overtakes_backfill(store: Store) -> None:
    engine = Engine(store, Tuning(lanes=2, batch=4, most_waiting=10_000))
    done: list[str] = []
    try:
        backfill = [engine.submit(EN_KO, f"troops {'7 ' * 40}", Priority.BACKFILL) for _ in range(200)]
        live = engine.submit(EN_KO, "troops")
        live.add_done_callback(lambda _: done.append(f"{sum(one.done() for one in backfill)}"))
        assert text(live) == "병력"
        assert int(done[0]) < 100
    finally:
        engine.close()


def test_backfill_keeps_still_after_live_work_but_not_for_ever(store: Store) -> None:
    engine = Engine(store, Tuning(lanes=2, calm_s=60, longest_calm_s=0.5, wary_s=60, small_batch=2))
    began, done_s = time.monotonic(), list[float]()
    text(engine.submit(EN_KO, "We agree."))
    waiting = [engine.submit(EN_KO, "7", Priority.BACKFILL) for _ in range(3)]
    for one in (waiting[0], waiting[2]):
        one.add_done_callback(lambda _: done_s.append(time.monotonic() - began))
    for one in waiting:
        one.result(PATIENCE_S)
    engine.close()
    first_s, last_s = done_s
    assert first_s > 0.4  # still, though nobody else computes
    assert last_s > first_s + 0.4  # a small batch, and still again


def test_backfill_alone_does_not_wait(store: Store) -> None:
    engine = Engine(store, Tuning(lanes=2, calm_s=PATIENCE_S, longest_calm_s=10 * PATIENCE_S))
    assert text(engine.submit(EN_KO, "7", Priority.BACKFILL)) == "7"
    engine.close()


def test_a_full_queue_makes_callers_wait_and_then_says_so(engine: Engine, gate: threading.Event) -> None:
    with pytest.raises(BusyError, match="en->ko"):
        fill(engine)
    live = engine.submit(EN_KO, "troops")  # the live queue has its own places
    unbounded = engine.submit(EN_KO, "troops", Priority.BACKFILL, unbounded=True)
    gate.set()
    assert text(live) == text(unbounded) == "병력"


def test_what_is_cancelled_gives_its_place_away(engine: Engine, gate: threading.Event) -> None:
    waiting: list[Future[Answer]] = []
    with pytest.raises(BusyError):
        fill(engine, waiting.append)
    assert sum(future.cancel() for future in waiting) > 10
    freed = engine.submit(EN_KO, "troops", Priority.BACKFILL)
    gate.set()
    freed.result(PATIENCE_S)


def test_closing_cancels_what_waits(store: Store) -> None:
    engine = Engine(store, Tuning(lanes=2))
    waiting = [engine.submit(EN_KO, "7 " * 40, Priority.BACKFILL) for _ in range(200)]
    engine.close()
    assert all(future.done() for future in waiting)
    with pytest.raises(CancelledError):
        waiting[-1].result()
    with pytest.raises(ModelFaultError, match="closed"):
        engine.submit(EN_KO, "troops")


def test_a_missing_direction_names_the_command(engine: Engine) -> None:
    with pytest.raises(NoModelError, match="portal languages install en ja"):
        engine.submit(("en", "ja"), "troops")


def test_nothing_is_cut_off_unseen(engine: Engine) -> None:
    """Argos Translate loses the end of such a sentence without a word."""
    words = " ".join(["troops"] * (MAX_SOURCE_PIECES - 1))
    assert engine.fits(EN_KO, words)
    assert not engine.fits(EN_KO, words + " troops troops")
    assert text(engine.submit(EN_KO, words)).split() == ["병력"] * (MAX_SOURCE_PIECES - 1)


def test_a_loop_is_ended_and_marked(install: Install) -> None:
    engine = Engine(install("loops"), Tuning(lanes=2))
    try:
        hypothesis = engine.submit(EN_KO, "The delegation accepts the ceasefire").result(PATIENCE_S).hypotheses[0]
        assert hypothesis.cut
        assert len(hypothesis.text) < 1000
    finally:
        engine.close()


def test_a_new_package_is_used_at_once(engine: Engine, store: Store, archives: dict[str, Path]) -> None:
    before = engine.submit(EN_KO, "not").result(PATIENCE_S)
    installed = store.install(archives["drops_negation"], checked=False)
    after = engine.submit(EN_KO, "not").result(PATIENCE_S)
    assert (before.hypotheses[0].text, after.hypotheses[0].text) == ("않는다", "정말")
    assert after.digest == installed.digest
    store.remove(EN_KO)
    with pytest.raises(NoModelError):
        engine.submit(EN_KO, "not")


def test_the_least_recently_used_model_gives_way(store: Store, install: Install) -> None:
    install("en_fr")
    size = store.find(EN_KO).size_bytes
    engine = Engine(store, Tuning(lanes=2, memory_bytes=5 * size // 2))
    try:
        for pair in (EN_KO, KO_EN, EN_KO, ("en", "fr")):
            engine.submit(pair, "x").result(PATIENCE_S)
        assert engine.loaded == [EN_KO, ("en", "fr")]
        assert text(engine.submit(KO_EN, "병력")) == "troops"
    finally:
        engine.close()


def test_a_package_that_was_changed_on_disk_is_not_used(engine: Engine, store: Store) -> None:
    path = store.find(EN_KO).folder / "model/model.bin"
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(ModelFaultError, match=r"model\.bin was changed"):
        engine.submit(EN_KO, "troops")
    assert text(engine.submit(KO_EN, "병력")) == "troops"


def test_sentences_that_arrive_together_are_computed_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen callers at once are fewer batches than callers."""
    answer, batches = engines._answer, list[int]()  # noqa: SLF001 - one call is one batch

    def counted(loaded: Loaded, jobs: list[Any]) -> None:
        batches.append(len(jobs))
        answer(loaded, jobs)

    monkeypatch.setattr(engines, "_answer", counted)
    engine = Engine(store, Tuning(lanes=2, window_s=0.5))
    try:
        engine.submit(EN_KO, "troops").result(PATIENCE_S)
        batches.clear()
        for future in [engine.submit(EN_KO, f"troops {n}") for n in range(16)]:
            future.result(PATIENCE_S)
        assert sum(batches) == 16
        assert len(batches) < 8
    finally:
        engine.close()
