"""Suggested topics: everybody's text has a place, small languages have subjects, what people decided stays."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from portal.analysis import synthetic
from portal.analysis.topics import LONGEST_LABEL, Suggestion, Text, Topic, suggest


@pytest.fixture(scope="module")
def week() -> list[synthetic.Submission]:
    return synthetic.week(1500, seed=5, recipe=synthetic.Recipe(subjects=12))


@pytest.fixture(scope="module")
def texts(week: list[synthetic.Submission]) -> list[Text]:
    return [Text(f"{i:05}", one.language, one.text) for i, one in enumerate(week)]


@pytest.fixture(scope="module")
def suggestion(texts: list[Text]) -> Suggestion:
    return suggest(texts)


def placed(suggestion: Suggestion) -> list[str]:
    return [member for topic in suggestion.topics for member in topic.members] + list(suggestion.inbox)


def test_clustering_never_leaves_item_without_topic_or_inbox(texts: list[Text], suggestion: Suggestion) -> None:
    assert sorted(placed(suggestion)) == [text.id for text in texts]


def test_topics_are_about_one_subject(week: list[synthetic.Submission], suggestion: Suggestion) -> None:
    right = sum(Counter(week[int(i)].subject for i in t.members).most_common(1)[0][1] for t in suggestion.topics)
    assert right >= 0.94 * len(week)


def test_small_language_topics_have_cluster(week: list[synthetic.Submission], suggestion: Suggestion) -> None:
    for language in synthetic.SHARES:
        subjects = Counter(one.subject for one in week if one.language == language)
        large = {subject for subject, count in subjects.items() if count >= 4}
        found = {week[int(t.members[0])].subject for t in suggestion.topics if t.language == language}
        assert large, language
        assert large <= found, language


def test_emoji_only_submission_does_not_stop_weekly_job(texts: list[Text]) -> None:
    odd = [
        Text("emoji", "en", "🙂🙂"),
        Text("empty", "ko", ""),
        Text("rare", "en", "zzyzx"),
        Text("alone", "tlh", "nuqneH"),
    ]
    result = suggest([*texts[:50], *odd])
    assert {"emoji", "empty", "rare", "alone"} <= set(result.inbox)
    assert suggest([]) == Suggestion((), ())
    assert suggest(odd[:1]) == Suggestion((), ("emoji",))


def test_the_same_in_another_order_is_the_same(texts: list[Text], suggestion: Suggestion) -> None:
    assert suggest(texts) == suggestion
    shuffled = random.Random(1).sample(texts, len(texts))
    assert {frozenset(t.members) for t in suggest(shuffled).topics} == {frozenset(t.members) for t in suggestion.topics}


def test_confirmed_topics_keep_their_texts_and_take_in_what_is_like_them(
    texts: list[Text], suggestion: Suggestion
) -> None:
    """Later in the week: what a person put together stays so, even what does not belong together."""
    large, other = suggestion.topics[0], suggestion.topics[1]
    known = {"kept": [*large.members[:5], other.members[0]], "second": list(other.members[1:6])}
    again = suggest(texts, known)
    kept = next(t for t in again.topics if t.known == "kept")
    second = next(t for t in again.topics if t.known == "second")
    assert set(known["kept"]) <= set(kept.members)
    assert set(known["second"]) <= set(second.members)
    assert len(set(large.members) & set(kept.members)) > 0.9 * len(large.members)
    assert sorted(placed(again)) == [text.id for text in texts]


def test_a_label_is_a_sentence_that_someone_wrote() -> None:
    lines = ["Good morning to all. The night bus to the harbour must run. Thank you."] * 3
    lines += ["The night bus to the harbour must run on Sundays too", "Night bus harbour: more often"]
    (topic,) = suggest([Text(str(i), "en", line) for i, line in enumerate(lines)]).topics
    assert topic.label == "The night bus to the harbour must run."
    long = [Text(str(i), "en", "harbour bus " * 80) for i in range(3)]
    assert len(suggest(long).topics[0].label) == LONGEST_LABEL


def test_two_texts_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        suggest([Text("a", "en", "x"), Text("a", "en", "y")])


def test_meanings_join_what_is_said_in_other_words() -> None:
    """Where an installation has vectors of meaning, texts without one common word come together."""
    bus, tree = np.eye(4, dtype=np.float32)[:2]
    words = [("night bus", bus), ("late tram", bus), ("evening coach", bus), ("plant oaks", tree), ("more shade", tree)]
    texts = [Text(str(i), "en", text, meaning + np.float32(0.05)) for i, (text, meaning) in enumerate(words)]
    assert {topic.members for topic in map(_sorted, suggest(texts).topics)} == {("0", "1", "2"), ("3", "4")}
    without = [Text(text.id, text.language, text.text) for text in texts]
    assert suggest(without).topics == ()


def _sorted(topic: Topic) -> Topic:
    return replace(topic, members=tuple(sorted(topic.members)))
