"""Limits of several processes: one bucket for all where there is a Redis, and nobody locked out when it is away."""

import time
from collections.abc import Callable

import pytest
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from portal.config import Settings
from portal.server.core import limits
from portal.server.core.limits import SharedStorage, are_shared, storage_of
from portal.server.core.work import run_in_thread
from tests.machine.redis import Redis


def test_two_processes_take_from_one_bucket(redis_server: Redis) -> None:
    limit = parse("3 per minute")
    one, other = (MovingWindowRateLimiter(SharedStorage(f"shared+{redis_server.url}")) for _ in range(2))
    taken = [limiter.hit(limit, "account:kim") for limiter in (one, other, one, other, one)]
    assert taken == [True, True, True, False, False]
    assert other.hit(limit, "account:lee")


def test_while_redis_is_away_a_process_counts_by_itself_and_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = parse("2 per minute")
    limiter = MovingWindowRateLimiter(SharedStorage("shared+redis://127.0.0.1:1/0"))
    tried: list[object] = []

    def asked(shared: Callable[[], object]) -> object:
        tried.append(shared)
        return run_in_thread(shared)

    with monkeypatch.context() as patched:
        patched.setattr(limits, "run_in_thread", asked)
        patched.setattr(time, "monotonic", lambda: 7.0)
        taken = [limiter.hit(limit, "account:kim") for _ in range(3)]
    assert taken == [True, True, False]
    assert len(tried) == 1, "it asks again what is away"


def test_buckets_are_shared_where_processes_and_a_redis_are() -> None:
    def settings(*, several: bool, redis_url: str) -> Settings:
        return Settings(database_url="postgresql://db/portal", several=several, redis_url=redis_url)

    both = settings(several=True, redis_url="redis://localhost:6379/1")
    assert storage_of(both) == "shared+redis://localhost:6379/1"
    assert are_shared(both)
    for less in (settings(several=True, redis_url=""), settings(several=False, redis_url="redis://localhost")):
        assert "redis" not in storage_of(less)
