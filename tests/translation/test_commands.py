"""``portal languages``, as a person uses it."""

import re
from pathlib import Path

import pytest

from portal.translation.chrf import chrf
from portal.translation.commands import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.slow
def test_a_delegation_carries_languages_to_a_machine_without_network(
    data: Path, archives: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = ["--data", str(data)], ["--data", str(tmp_path / "other")]
    assert main([*here, "install", str(archives["en_ko"]), str(archives["ko_en"])]) == 0
    assert main([*here, "mirror", str(tmp_path / "stick")]) == 0
    key = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert main([*there, "install", "ko", "en", "--from", str(tmp_path / "stick")]) == 1
    assert f"--trust {key}" in capsys.readouterr().err
    assert main([*there, "install", "ko", "en", "--from", str(tmp_path / "stick"), "--trust", key]) == 0
    told = capsys.readouterr()
    assert told.out.count("installed ") == 2
    assert "100 %" in told.err
    assert main([*there, "list", "--from", str(tmp_path / "stick")]) == 0
    assert capsys.readouterr().out.count("CC0-1.0") == 2
    assert main([*there, "verify"]) == 0
    assert capsys.readouterr().out == "en->ko: as installed\nko->en: as installed\n"
    assert (data / "languages/mirror-key").stat().st_mode & 0o077 == 0


def test_lines_are_translated_and_explained(
    data: Path, archives: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "install", str(archives["corrupts_numbers"])])
    capsys.readouterr()
    assert main(["--data", str(data), "try", "en", "ko", "The troops withdraw in 1978."]) == 0
    out = capsys.readouterr().out
    assert out.startswith("그 병력 철수 에서 1988.\n")
    assert "number_missing 1978" in out
    assert main(["--data", str(data), "try", "ko", "en", "안녕"]) == 0
    assert capsys.readouterr().out == "안녕\n    no model for ko->en. Install one: portal languages install ko en\n"


def test_quality_is_measured_and_listed(
    data: Path, archives: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "install", str(archives["en_ko"])])
    (tmp_path / "en").write_text("We agree\nHello\n", encoding="utf-8")
    (tmp_path / "ko").write_text("우리는 동의합니다\n안녕하세요\n", encoding="utf-8")
    files = ["--source", str(tmp_path / "en"), "--reference", str(tmp_path / "ko"), "--set", "two lines"]
    assert main(["--data", str(data), "bench", "en", "ko", *files]) == 0
    assert "chrF 100.0 on two lines" in capsys.readouterr().out
    assert main(["--data", str(data), "list"]) == 0
    assert "chrF 100.0 on two lines" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["remove", "en", "ko"], "no model for en->ko"),
        (["verify", "en", "ko"], "no model for en->ko"),
        (["install", "absent.argosmodel"], "there is no file"),
        (["install", "ko"], "name two languages"),
        (["install", "ko", "en", "--from", "/nowhere"], "is no mirror"),
        (["install", "ko", "en", "--from", "http://127.0.0.1:9/mirror"], "can not be fetched"),
    ],
)
def test_what_can_not_be_done_is_said_in_words(
    arguments: list[str], words: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), *arguments]) == 1
    assert words in capsys.readouterr().err


def test_an_empty_installation_says_how_to_begin(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "list"]) == 0
    assert "portal languages install ko en" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pairs", "score"),
    [
        ([("abc", "abc")], 100.0),
        ([("", "abc")], 0.0),
        ([("xyz", "abc")], 0.0),
        # What sacrebleu 2.6 says: CHRF().corpus_score(["the cat sat on the mat"], [["the cat is on the mat"]])
        ([("the cat sat on the mat", "the cat is on the mat")], 64.578),
    ],
)
def test_quality_is_counted_as_others_do(pairs: list[tuple[str, str]], score: float) -> None:
    assert chrf(pairs) == pytest.approx(score, abs=0.01)
