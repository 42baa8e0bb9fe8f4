"""The scanner of the canary test sees what it is said to see: else a scan without hits would prove nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.canary import OVERLAP_BYTES, Scanner, blocks_of, forms_of, memory_of

TEXT = "Kanarienvogel 까치 Zq7"
HOLDER = """
import sys
kept = bytes.fromhex(sys.stdin.readline())
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("form", forms_of(TEXT))
def test_each_form_is_found_where_it_is_and_named(form: str) -> None:
    raw = b"before " + forms_of(TEXT)[form] + b" after"
    hits = Scanner(TEXT).in_bytes(raw, "here")
    assert hits, form
    assert forms_of(TEXT)[form] in hits[0].around


def test_what_is_not_there_is_not_found() -> None:
    assert Scanner(TEXT).in_bytes(TEXT[:-1].encode() + b"8" + bytes(1000), "here") == []


def test_a_text_on_the_border_of_two_blocks_of_a_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.browser.canary.BLOCK_BYTES", 2 * OVERLAP_BYTES)
    path = tmp_path / "file"
    path.write_bytes(bytes(2 * OVERLAP_BYTES - 5) + TEXT.encode() + bytes(OVERLAP_BYTES))
    assert [hit.form for hit in Scanner(TEXT).in_blocks(blocks_of(path))] == ["UTF-8"]


@pytest.mark.parametrize("form", ["UTF-8", "UTF-16LE", "base64, shift 1"])
def test_the_memory_of_another_process_is_seen(form: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(forms_of(TEXT)[form].hex().encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"held\n"
        forms = {hit.form for hit in Scanner(TEXT).in_blocks(memory_of(process.pid))}
        others = Scanner("Kanarienvogel 까치 Zq8").in_blocks(memory_of(process.pid))
        process.communicate(b"\n", timeout=10)
    assert form in forms
    assert others == []
