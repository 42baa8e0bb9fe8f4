"""The warning before personal data is sent; the browser's twin reads the same vectors."""

import json
from pathlib import Path

import pytest

from portal.server.feedback.personal_data import findings

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/personal_data.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["text"])[:20])
def test_what_the_page_finds_the_server_finds(vector: dict[str, object]) -> None:
    kinds = {finding.kind for finding in findings(str(vector["text"])) if finding.kind != "name"}
    assert sorted(kinds) == vector["kinds"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I wrote to Mr. Henry Smith about it", "Henry Smith"),
        ("담당자는 김영희 씨입니다", "김영희"),
        ("昨日、田中さんに話した", "田中"),
        ("я говорил, меня зовут Иван Петров", "Иван Петров"),
        ("Mme Durand n'a pas répondu", "Durand"),
        ("السيد أحمد لم يجب", "أحمد"),
        ("Me llamo Ana García", "Ana García"),
    ],
)
def test_names_are_found_beside_titles(text: str, name: str) -> None:
    assert any(finding.kind == "name" and name.startswith(finding.text) for finding in findings(text))


@pytest.mark.parametrize(
    "text",
    [
        "선생님께 감사드립니다",
        "시장님은 답해 주십시오",
        "お客様の声",
        "The mayor should answer",
        "Le maire doit répondre",
    ],
)
def test_roles_are_no_names(text: str) -> None:
    assert findings(text) == []


def test_what_is_found_is_quoted_as_it_was_typed() -> None:
    (found,) = findings("tel ٠٥٠١٢٣٤٥٦٧ ok")
    assert (found.kind, found.text) == ("phone", "٠٥٠١٢٣٤٥٦٧")
