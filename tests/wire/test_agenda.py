"""The agenda's rule: exact, the same in the browser, fair to small languages, and hard to take over."""

import ast
import itertools
import json
import os
import random
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.bench import agenda_towns as towns
from portal.wire import agenda
from portal.wire.agenda import Ballot, BallotFile, BallotFileError, Topic, compute, json_text, parse, plain
from tests.machine.tools import NODE, STATIC, run

FILE: dict[str, Any] = {
    "week": "2026-W48",
    "minutes": 20,
    "beacon": "ab12",
    "topics": [{"id": "a", "theme": "x", "minutes": 10}, {"id": "b", "theme": "y", "minutes": 5}],
    "ballots": [
        {"community": "ko", "supports": ["a"]},
        {"community": "en", "supports": ["a", "b"]},
        {"community": "en", "supports": ["b"]},
    ],
}


def file_of(topics: dict[str, tuple[str, int]], ballots: dict[tuple[str, str], int], minutes: int = 60) -> BallotFile:
    """Topics are id: (theme, minutes); ballots are (community, topics by one letter each): how many."""
    return BallotFile(
        "2026-W48",
        minutes,
        "00",
        tuple(Topic(name, *about) for name, about in topics.items()),
        tuple(Ballot(name, frozenset(supports)) for (name, supports), count in ballots.items() for _ in range(count)),
    )


def chosen(file: BallotFile) -> list[tuple[str, str]]:
    return [(item.topic, item.queue) for item in compute(file).items]


def arbitrary(draw: random.Random) -> BallotFile:
    """A small file with every kind of corner: ties, small communities, empty ballots, full themes, odd names."""
    topics = [
        Topic(name, draw.choice("xyz한"), draw.choice((1, 5, 7, 10, 20, 21)))
        for name in draw.sample(
            ["a", "b", "주택", "d-\U0001f3e0", "e e", 'f"\\', "g\u2028", "\uff5ah"], draw.randrange(9)
        )
    ]
    communities = draw.sample(["en", "ko", "ja", "\U00010400x", "\uffeez", "other", "1", "10", "9"], 4)
    ballots = [
        Ballot(name, frozenset(topic.id for topic in draw.sample(topics, min(len(topics), draw.randrange(4)))))
        for name in communities
        for _ in range(draw.choice((0, 3, 49, 50, 51, 90)))
    ]
    draw.shuffle(ballots)
    return BallotFile("2026-W53", draw.choice((1, 30, 90)), f"{draw.getrandbits(64):x}", tuple(topics), tuple(ballots))


def test_the_queues_take_turns() -> None:
    topics = {"a": ("1", 10), "b": ("2", 10), "c": ("3", 10), "d": ("4", 10)}
    ballots = {("en", "a"): 200, ("en", "b"): 150, ("ko", "c"): 60, ("ja", "d"): 55}
    # 1: most voices. 2: ja and ko are heard least, ja by name. 3: most unheard. 4: ko.
    assert chosen(file_of(topics, ballots)) == [("a", "all"), ("d", "ja"), ("b", "all"), ("c", "ko")]


def test_minutes_count_and_a_theme_is_bounded() -> None:
    topics = {"a": ("1", 20), "b": ("2", 5), "c": ("2", 10), "d": ("2", 10)}
    ballots = {("en", "a"): 100, ("en", "b"): 60, ("en", "c"): 55, ("en", "d"): 54}
    assert chosen(file_of(topics, ballots)) == [("b", "all"), ("c", "en"), ("a", "all")]


def test_a_small_community_counts_as_other() -> None:
    topics = {"a": ("1", 10), "b": ("2", 10), "c": ("3", 10)}
    ballots = {("en", "a"): 50, ("ko", "b"): 49, ("ja", "c"): 1}
    agenda_of = compute(file_of(topics, ballots))
    assert list(agenda_of.per_community) == ["en", "other"]
    assert [(item.topic, item.queue) for item in agenda_of.items] == [("a", "all"), ("b", "other"), ("c", "all")]
    assert agenda_of.items[1].why == (
        "Of the 50 ballots in other, 0 were heard by then, the smallest share that could still grow; "
        "49 of the others support it: the most for each of its 10 minutes."
    )


def test_tie_break_fixed_after_freeze() -> None:
    """Equals are ordered by the beacon, which nobody had when the ballots were fixed; the file's order says nothing."""
    topics = {name: (name, 10) for name in "abcdef"}
    ballots = {("en", name): 10 for name in "abcdef"}
    file = file_of(topics, ballots)
    orders = {
        tuple(chosen(replace(file, beacon=f"{beacon:02x}", topics=shuffled)))
        for beacon in range(40)
        for shuffled in (file.topics, file.topics[::-1])
    }
    assert len(orders) > 30
    first = min("abcdef", key=lambda name: agenda.tie("00", name))
    assert chosen(file)[0] == (first, "all")
    assert chosen(replace(file, topics=file.topics[::-1], ballots=file.ballots[::-1])) == chosen(file)


def test_agenda_exact_integers_only() -> None:
    tree = ast.parse(Path(agenda.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Div), "a division that gives floats"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        assert not (isinstance(node, ast.Name) and node.id in {"float", "math", "round", "random", "statistics"})
        assert not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Div | ast.Pow)


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_agenda_recomputed_from_open_data_equals_published(count: int, tmp_path: Path) -> None:
    """The browser's code and this one agree on arbitrary files, to the last byte of the result."""
    draw = random.Random(48)
    files = [arbitrary(draw) for _ in range(count - 5)] + [towns.honest(seed, 400) for seed in range(5)]
    source = tmp_path / "files.jsonl"
    source.write_text("".join(json_text(plain(file)) + "\n" for file in files), encoding="utf-8")
    answered = run(NODE, "test/agenda_twin.ts", source, cwd=STATIC).split("\n")
    expected = [json_text(compute(parse(json_text(plain(file)))).result()) for file in files]
    assert answered[: len(files)] == expected
    assert sum(1 for it in expected if '"items":[]' not in it) > count // 2


def test_one_more_supporter_never_lowers_rank_of_topic_in_first_slot() -> None:
    draw = random.Random(5)
    for _ in range(60):
        file = arbitrary(draw)
        first = next(iter(chosen(file)), None)
        if first is None:
            continue
        more = Ballot(draw.choice(["en", "ko", "new"]), frozenset({first[0]}))
        assert chosen(replace(file, ballots=(*file.ballots, more)))[0] == first


def test_rare_sets_are_cut_so_that_nobody_is_found_in_them_and_nobody_counts_twice() -> None:
    rare, common = frozenset("abc"), frozenset("ab")
    ballots = (
        [Ballot("ko", rare)] * 4 + [Ballot("ko", common)] * 5 + [Ballot("ja", common)] + [Ballot("ja", frozenset("b"))]
    )
    shown = Counter(agenda.publishable(ballots))
    assert shown == {Ballot("ko", common): 9, Ballot("ja", frozenset("b")): 2}
    draw = random.Random(3)
    people = [Ballot(draw.choice("xy"), frozenset(draw.sample("abcdefgh", draw.randrange(1, 6)))) for _ in range(300)]
    published = agenda.publishable(people)
    assert Counter(it.community for it in published) == Counter(it.community for it in people)
    assert all(size >= agenda.RARE_BELOW for it, size in Counter(published).items() if len(it.supports) > 1)
    assert Counter(agenda.publishable(people[::-1])) == Counter(published), "the order tells nothing"


@pytest.mark.slow  # a hundred towns of 3,000 people
def test_brigade_20pct_le_25pct_of_minutes() -> None:
    shares = {}
    for shape, seed in itertools.product(towns.SHAPES, range(towns.SEEDS)):
        file = towns.attacked(seed, shape)
        shares[shape, seed] = towns.brigade_share(file, compute(file))
    assert len(shares) == 100
    assert max(shares.values()) <= 0.25


@pytest.mark.slow  # twenty of them
def test_worst_community_heard_ge_top_k() -> None:
    for seed in range(towns.SEEDS):
        file = towns.honest(seed)
        assert towns.worst_share(compute(file)) >= towns.worst_share(towns.top_k(file))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"week": "2026-48"}, "week: must be a week such as 2026-W48"),
        ({"beacon": ""}, "beacon: must be 1 to 128 hexadecimal digits"),
        ({"minutes": 10.0}, "10.0: is no whole number"),
        ({"minutes": True}, "minutes: must be a whole number"),
        ({"minutes": 0}, "minutes: must be a whole number from 1"),
        ({"extra": 1}, "the file: has 'extra'"),
        ({"topics": FILE["topics"] * 2}, "topics: 'a' stands there twice"),
        ({"topics": {}}, "topics: must be a list"),
        ({"ballots": [{"community": "en", "supports": ["z"]}]}, r"ballots\[0\].supports\[0\]: 'z' is not among"),
        ({"ballots": [{"community": "en", "supports": ["a", "a"]}]}, r"supports\[1\]: 'a' stands there twice"),
        ({"ballots": [{"community": "all", "supports": []}]}, "no community"),
        ({"ballots": [{"community": "", "supports": []}]}, "a text of 1 to 200 characters"),
        ({"ballots": [{"supports": []}]}, r"ballots\[0\]: has no 'community'"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BallotFileError, match=said):
        parse(json.dumps(FILE | change))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"\xef\xbb\xbf{}", b'{"week": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(BallotFileError):
        parse(raw)


def test_what_is_written_is_read_back() -> None:
    draw = random.Random(1)
    for file in (arbitrary(draw) for _ in range(30)):
        again = parse(json_text(plain(file)))
        assert again.topics == file.topics
        assert Counter(again.ballots) == Counter(file.ballots)


EQUAL_SHARES_OF_OTHERS = """
import json, sys
from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, Instance, Project
from pabutools.rules import method_of_equal_shares
answers = []
for file in json.load(sys.stdin):
    projects = {topic["id"]: Project(topic["id"], topic["minutes"]) for topic in file["topics"]}
    ballots = [ApprovalBallot(projects[name] for name in ballot["supports"]) for ballot in file["ballots"]]
    instance = Instance(projects.values(), budget_limit=file["minutes"])
    chosen = method_of_equal_shares(instance, ApprovalProfile(ballots, instance=instance), sat_class=Cost_Sat)
    answers.append(sorted(project.name for project in chosen))
print(json.dumps(answers))
"""


def test_equal_shares_comparison_equals_pabutools() -> None:
    """What the rule is compared with is the method that others mean by that name.

    PABUTOOLS_PYTHON names a Python that has pabutools 1.2, in an environment of its own: a proprietary solver is in it.
    """
    python = os.environ.get("PABUTOOLS_PYTHON")
    if not python:
        pytest.skip("the machine lacks pabutools: Equal Shares was NOT COMPARED with it (set PABUTOOLS_PYTHON)")
    files = [towns.honest(seed, 200) for seed in range(10)]
    documents = [
        {
            "minutes": file.minutes,
            "topics": [{"id": topic.id, "minutes": topic.minutes} for topic in file.topics],
            "ballots": [{"supports": sorted(ballot.supports)} for ballot in file.ballots],
        }
        for file in files
    ]
    command = [python, "-c", EQUAL_SHARES_OF_OTHERS]
    done = subprocess.run(command, input=json.dumps(documents), capture_output=True, text=True, check=True, timeout=300)
    assert json.loads(done.stdout.splitlines()[-1]) == [sorted(towns.equal_shares(file)) for file in files]


def test_equal_shares_by_hand() -> None:
    """Each of four has 5 of 20 minutes: three pay 15 together; the fourth pays for 5, and not for 6."""
    file = file_of({"a": ("x", 15), "b": ("y", 5)}, {("en", "a"): 3, ("en", "b"): 1}, 20)
    assert towns.equal_shares(file) == ["a", "b"]
    file = file_of({"a": ("x", 15), "b": ("y", 6)}, {("en", "a"): 3, ("en", "b"): 1}, 20)
    assert towns.equal_shares(file) == ["a"]
