"""``portal bench guards``: how often the guards warn of what careful people wrote, and what they catch of real models.

Needs texts that are not part of the project: a folder with FLORES-200 (``eng_Latn.devtest`` and so on), and optionally
a folder with what real models made of its lines (``en-ko.flores-test.argos.ko``).
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from portal.translation.guards.check import check
from portal.translation.guards.finding import Finding
from portal.translation.guards.numbers import check_numbers, numbers

FILES: Final = {
    "en": "eng_Latn", "ko": "kor_Hang", "ja": "jpn_Jpan", "zh": "zho_Hans", "fr": "fra_Latn", "es": "spa_Latn",
    "ru": "rus_Cyrl",
}  # fmt: skip
TARGETS: Final = {"ko": 8.0, "ja": 8.0, "zh": 11.0}
"""Most false alarms about numbers, in percent of the sentences that have some."""
REAL: Final = {("en", "ko"): (77, 95, 256)}
"""Lines, from 1, in which a real model says the opposite."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates; 1 if one is above its target or a real failure is missed, else 0."""
    parser = argparse.ArgumentParser(prog="portal bench guards", description="Measure the guards of translations.")
    parser.add_argument(
        "--flores", type=Path, required=True, metavar="DIR", help="FLORES-200 devtest, a file a language"
    )
    parser.add_argument("--outputs", type=Path, metavar="DIR", help="translations by real models")
    options = parser.parse_args(arguments)
    texts = {code: _lines(options.flores / f"{name}.devtest") for code, name in FILES.items()}
    print("human translations from English: alarms about numbers (of sentences with some), any alarm (of all)")
    results = [_human(texts, target) for target in FILES if target != "en"]
    if options.outputs is not None:
        print("\nreal models: sentences with an alarm")
        results += [_real(texts, path) for path in sorted(options.outputs.glob("*.flores-test.*"))]
    return 0 if all(results) else 1


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:1012]


def _human(texts: dict[str, list[str]], target: str) -> bool:
    pairs = list(zip(texts["en"], texts[target], strict=True))
    counted = [pair for pair in pairs if any(n.hard for n in numbers(pair[0], "en"))]
    wrong = sum(bool(check_numbers(*pair, ("en", target))) for pair in counted)
    rate = 100 * wrong / len(counted)
    found = [check(*pair, ("en", target)) for pair in pairs]
    most = TARGETS.get(target)
    words = "" if most is None else f"   target {most:g} %: {'reached' if rate <= most else 'MISSED'}"
    print(f"  {target}: {rate:4.1f} %   any {_share(found):4.1f} %  {_kinds(found)}{words}")
    return most is None or rate <= most


def _real(texts: dict[str, list[str]], path: Path) -> bool:
    """``en-ko.flores-test.argos.ko``; True if every known failure raises an alarm."""
    pair, system = path.name.split(".")[0], path.name.split(".")[2]
    source, _, target = pair.partition("-")
    if source not in texts or target not in FILES:
        return True
    found = [
        check(line, said, (source, target)) for line, said in zip(texts[source], _lines(path), strict=False) if said
    ]
    print(f"  {system} {source}->{target}: {_share(found):4.1f} %  {_kinds(found)}")
    known = REAL.get((source, target), ())
    for line in known:
        caught = ", ".join(f"{one.kind} ({one.detail})" for one in found[line - 1])
        print(f"    line {line}: {caught or 'NOT CAUGHT'}")
    return all(found[line - 1] for line in known)


def _share(found: list[tuple[Finding, ...]]) -> float:
    return 100 * sum(map(bool, found)) / len(found)


def _kinds(found: list[tuple[Finding, ...]]) -> str:
    counts = Counter(kind for one in found for kind in {finding.kind.value for finding in one})
    return ", ".join(f"{kind} {count}" for kind, count in counts.most_common())
