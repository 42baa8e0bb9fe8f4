"""The balanced queue, by the rule that stands on the page."""

import pytest

from portal.server.townhall.speakers import TURN_S, Speaker, queue
from portal.server.townhall.timers import Timer


def hand(number: int, community: str, who: str = "", *, order: bool = False) -> Speaker:
    return Speaker(number, who or f"w{number}", community, "item", order)


def spoke(number: int, community: str, who: str, seconds: int) -> Speaker:
    timer = Timer(0, TURN_S)
    timer.end(seconds * 1000)
    return Speaker(number, who, community, "earlier", standing="done", timer=timer)


@pytest.mark.parametrize(
    ("speakers", "order"),
    [
        pytest.param([hand(1, "en"), hand(2, "en"), hand(3, "en")], [1, 2, 3], id="first come within a community"),
        pytest.param([hand(1, "en"), hand(2, "en"), hand(3, "ko")], [1, 3, 2], id="communities take turns"),
        pytest.param([spoke(1, "en", "a", 60), hand(2, "en"), hand(3, "ko")], [3, 2], id="who spoke least goes first"),
        pytest.param(
            [spoke(1, "ko", "a", 10), hand(2, "ko", "a"), hand(3, "en"), hand(4, "en")], [3, 4, 2], id="new first"
        ),
        pytest.param([hand(1, "en"), hand(2, "ko"), hand(3, "en", order=True)], [3, 2, 1], id="points of order first"),
        pytest.param(
            [spoke(1, "en", "a", 60), hand(2, "en", "a", order=True), hand(3, "ko", order=True), hand(4, "ar")],
            [3, 2, 4],
            id="and balanced among themselves",
        ),
        pytest.param([hand(1, "en", order=True), hand(2, "ko", order=True)], [1, 2], id="points of order as they come"),
    ],
)
def test_the_queue(speakers: list[Speaker], order: list[int]) -> None:
    assert [speaker.number for speaker in queue(speakers, "item")] == order


def test_hands_of_another_item_do_not_wait() -> None:
    assert queue([hand(1, "en")], "other") == []


def test_whoever_speaks_now_counts_with_the_whole_turn() -> None:
    now = Speaker(1, "a", "en", "item", standing="speaking", timer=Timer(0, TURN_S))
    assert [speaker.number for speaker in queue([now, hand(2, "en"), hand(3, "ko")], "item")] == [3, 2]


def test_a_large_queue_of_one_community_does_not_shut_out_a_small_one() -> None:
    crowd = [hand(number, "en") for number in range(1, 41)]
    small = [hand(41, "ko"), hand(42, "ar")]
    first = [speaker.community for speaker in queue([*crowd, *small], "item")][:3]
    assert sorted(first) == ["ar", "en", "ko"]


def test_a_timer_counts_without_its_pauses() -> None:
    timer = Timer(1000, 60)
    timer.pause(11_000)
    assert timer.elapsed_ms(99_000) == 10_000
    timer.resume(31_000)
    timer.pause(41_000)
    timer.end(50_000)
    assert timer.used_ms == 20_000
    timer.reopen(80_000)
    assert timer.elapsed_ms(85_000) == 25_000
