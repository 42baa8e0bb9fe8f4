"""The benchmarks of translation run through and print what they promise; their figures are for people to judge."""

from pathlib import Path

import pytest

from portal.bench import guards, translate
from portal.translation.lexicon_model import Lexicon, build_package


@pytest.mark.slow
def test_the_speed_of_translation_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = build_package(tmp_path / "x.argosmodel", ("en", "ko"), Lexicon({"a": "가"}))
    (tmp_path / "lines").write_text("a a a\n" * 16, encoding="utf-8")
    status = translate.main(["--quick", "--package", str(package), "--text", str(tmp_path / "lines")])
    out = capsys.readouterr().out
    assert "NOT MEASURED" in out
    assert "under backfill" in out
    assert status == int("MISSED" in out)


def test_the_guards_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in guards.FILES.values():
        (tmp_path / f"{name}.devtest").write_text("17\n17\n", encoding="utf-8")
    (tmp_path / "en-fr.flores-test.argos.fr").write_text("17\n18\n", encoding="utf-8")
    assert guards.main(["--flores", str(tmp_path), "--outputs", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "ko:  0.0 %" in out
    assert "argos en->fr: 50.0 %" in out
