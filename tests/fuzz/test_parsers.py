"""Every parser of what others wrote: good input is taken, any other is refused in the parser's own words, and soon."""

import json
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.bench.mutation import Mutator
from portal.bench.parsers import PARSERS
from portal.bench.parsing import fuzz, malformed
from portal.bench.samples import samples
from tests.growth import grows_as_its_size

NOT_MADE_HERE: Final = frozenset({"ballots", "receipt code"})
"""Parsers whose samples are only near to good ones: their checks span the whole input."""
HUNG_S: Final = 60.0


@pytest.fixture(scope="module")
def good() -> Mapping[str, list[bytes]]:
    return samples()


def test_good_input_is_taken(good: Mapping[str, list[bytes]]) -> None:
    refused = [name for name, raws in good.items() for raw in raws if not PARSERS[name].survives(raw)]
    assert set(refused) <= NOT_MADE_HERE


def test_faulty_input_is_refused_in_the_parsers_own_words() -> None:
    outcome = fuzz(PARSERS, 40 * len(PARSERS), seed=20261122)
    assert outcome.inputs == 40 * len(PARSERS)
    assert outcome.defects == {}
    assert outcome.taken < outcome.inputs // 2
    assert outcome.slowest_s < HUNG_S


@settings(max_examples=40)
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_refused_in_the_parsers_own_words(raw: bytes) -> None:
    for parser in PARSERS.values():
        parser.survives(raw)


@settings(max_examples=40)
@given(value=st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=4)))
def test_any_json_is_refused_in_the_parsers_own_words(value: object) -> None:
    raw = json.dumps(value).encode()
    for parser in PARSERS.values():
        parser.survives(raw)


def test_depth_ends_no_parser() -> None:
    """Nor does it cost more than in proportion."""

    def parsing(depth: int) -> Callable[[], None]:
        raws = [opening * depth for opening in (b"[", b'{"a":', b"(", b"<a>")]

        def parse() -> None:
            for raw in raws:
                for parser in PARSERS.values():
                    parser.survives(raw)

        return parse

    assert grows_as_its_size(parsing, 25_000)


def test_faults_are_the_same_for_the_same_seed(good: Mapping[str, list[bytes]]) -> None:
    one, other = Mutator(7), Mutator(7)
    assert [malformed(one, good["content"]) for _ in range(50)] == [
        malformed(other, good["content"]) for _ in range(50)
    ]
