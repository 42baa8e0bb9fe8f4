"""Steps as bytes for other processes: they come out as they went in, in portions of bounded size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.server.core.fanout import PACKED_MAX_BYTES, UnknownPackingError, pack, prepare, unpack
from portal.server.core.outbox import Audience, Closing, Event, Eviction, Step

audiences = st.builds(Audience, st.sampled_from(["all", "room:a", "account:ü", "device:c"]))
steps = st.lists(
    st.one_of(
        st.builds(Event, st.just("item"), st.tuples(st.text('aü"\U0001f600', max_size=4), st.integers()), audiences),
        st.builds(Eviction, audiences, audiences),
        st.builds(Closing, audiences),
    ),
    max_size=8,
)


@given(steps)
@settings(max_examples=25)
def test_what_is_packed_comes_out_as_it_went_in(given_steps: list[Step]) -> None:
    prepared = prepare(given_steps)
    portions = list(pack(prepared))
    assert [step for portion, _ in portions for step in portion] == prepared
    assert [step for _, raw in portions for step in unpack(raw, lambda _: True)] == prepared


def test_much_is_packed_in_portions_and_a_large_step_by_itself() -> None:
    large = [Event("item", ("x" * 700_000,), Audience(f"room:{place}")) for place in range(3)]
    huge = Event("item", ("y" * (PACKED_MAX_BYTES + 1),), Audience("room:huge"))
    assert [len(portion) for portion, _ in pack(prepare([*large, huge]))] == [1, 1, 1, 1]
    assert list(pack([])) == []


def test_events_that_nobody_hears_are_passed_over_and_nothing_else() -> None:
    mixed: list[Step] = [
        Event("item", (1,), Audience("room:a")),
        Event("item", (2,), Audience("room:b")),
        Closing(Audience("device:c")),
    ]
    ((_, raw),) = pack(prepare(mixed))
    assert unpack(raw, lambda name: name == "room:b") == prepare(mixed[1:])


def test_bytes_of_another_version_are_refused() -> None:
    with pytest.raises(UnknownPackingError):
        unpack(b"\x02whatever", lambda _: True)
    ((_, raw),) = pack(prepare([Event("item", (1,), Audience("all"))]))
    with pytest.raises(UnknownPackingError):
        unpack(raw[:-9] + b"\xff", lambda _: True)
