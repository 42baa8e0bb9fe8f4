"""chrF: how near translations are to a person's, in percent (Popović 2015, https://aclanthology.org/W15-3049).

The F-score with beta 2 of character n-grams of length 1 to 6 without blanks, counted over the whole corpus, averaged
over the lengths: what sacrebleu calls ``chrF2|nc:6|nw:0|space:no``.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

ORDER: Final = 6
BETA: Final = 2


def chrf(pairs: Iterable[tuple[str, str]]) -> float:
    """The score, 0 to 100, of pairs of a translation and its reference."""
    matched, said, meant = [0] * ORDER, [0] * ORDER, [0] * ORDER
    for translation, reference in pairs:
        for order in range(ORDER):
            ours, theirs = _grams(translation, order + 1), _grams(reference, order + 1)
            matched[order] += (ours & theirs).total()
            said[order] += ours.total()
            meant[order] += theirs.total()
    scores = [_f(*counts) for counts in zip(matched, said, meant, strict=True) if counts[1] and counts[2]]
    return 100 * sum(scores) / len(scores) if scores else 0.0


def _grams(text: str, order: int) -> Counter[str]:
    bare = "".join(text.split())
    return Counter(bare[at : at + order] for at in range(len(bare) - order + 1))


def _f(matched: int, said: int, meant: int) -> float:
    precision, recall = matched / said, matched / meant
    if precision + recall == 0:
        return 0.0
    return (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)
