"""Tokens: saved up, spent, owed."""

from portal.server.core.buckets import Rate, TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(burst=3, per_s=2), clock)
    assert [bucket.take() for _ in range(3)] == [True] * 3
    assert not bucket.take()
    assert bucket.wait_s == 1.0  # the refused one is owed: two tokens to come
    clock.now_s += 1.0
    assert bucket.take()


def test_going_on_without_tokens_is_abuse() -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(burst=3, per_s=2), clock)
    for _ in range(5):
        bucket.take()
    assert not bucket.abused
    bucket.take()
    assert bucket.abused


def test_a_bucket_is_full_again_after_a_pause() -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(burst=3, per_s=2), clock)
    bucket.take(3)
    assert not bucket.full
    clock.now_s += 60
    assert bucket.full
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
