"""Word documents of ours in other programs: python-docx and LibreOffice find what was changed, by whom and when."""

import re
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from docx import Document
from lxml import etree

from tests.exchange.conftest import RANDOM_DRAFTS

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
DUBLIN: Final = "{http://purl.org/dc/elements/1.1/}"
RECORDER: Final = "Ingrid Nilsen (Rev.2)"
RECORDED_AT: Final = "2026-11-20T09:30:00Z"
CONVERSION_LIMIT_S: Final = 180


def words(element: Any, name: str) -> str:
    return "".join(text.text or "" for text in element.iter(f"{W}{name}"))


def changes(body: Any, op: str) -> list[Any]:
    """Recorded changes of words; those of paragraphs' ends hold none."""
    return [change for change in body.iter(f"{W}{op}") if change.find(f"{W}r") is not None]


def paragraph_with(body: Any, text: str) -> Any:
    return next(paragraph for paragraph in body.iter(f"{W}p") if text in words(paragraph, "t"))


def read_as(exports: Path, side: str) -> list[str]:
    """The English paragraphs with all changes accepted ("after") or refused ("before")."""
    lines: list[str] = []
    whole = ""
    for paragraph in Document(str(exports / "redline.docx")).element.body.iter(f"{W}p"):
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        gone = mark is not None and mark.find(f"{W}{'del' if side == 'after' else 'ins'}") is not None
        for run in paragraph.iter(f"{W}r"):
            other = "ins" if side == "before" else "del"
            if run.getparent().tag != f"{W}{other}":
                whole += words(run, "t") + words(run, "delText") + "\t" * len(run.findall(f"{W}br"))
        if not gone:
            lines.append(whole)
            whole = ""
    return lines[: next(index for index, line in enumerate(lines) if "بروتوكول" in line)]


def test_changes_have_their_author_and_date(exports: Path) -> None:
    body = Document(str(exports / "redline.docx")).element.body
    for op in ("ins", "del"):
        found = changes(body, op)
        assert {change.get(f"{W}author") for change in found} == {RECORDER}
        assert {change.get(f"{W}date") for change in found} == {RECORDED_AT}
    inserted = [words(change, "t") for change in changes(body, "ins")]
    deleted = [words(change, "delText") for change in changes(body, "del")]
    assert {"ninety working", "shall", "تسعين", "应当"} <= {*inserted, *" ".join(inserted).split()}
    assert {"thirty calendar", "the date of its observation."} <= set(deleted)
    numbers = [change.get(f"{W}id") for op in ("ins", "del") for change in body.iter(f"{W}{op}")]
    assert len(numbers) == len(set(numbers))


def test_accepting_and_refusing_give_the_two_versions(exports: Path) -> None:
    after = read_as(exports, "after")
    assert "2.\tThe Secretariat keeps the notifications strictly confidential." in after
    assert "1.\tEach Party [shall (Norway) / should (United States)] notify the Secretariat" in after[5]
    assert not any("observation" in line for line in after)
    before = read_as(exports, "before")
    assert "1.\tEach Party notifies the Secretariat within thirty calendar days." in before
    assert "(b)\tthe date of its observation." in before
    assert "1.\tThe Secretariat keeps the notifications confidential." in before
    assert not any("gauges" in line or "further information" in line for line in before)


def test_what_is_cited_is_listed_below_the_text(exports: Path) -> None:
    lines = [paragraph.text for paragraph in Document(str(exports / "plain.docx")).paragraphs]
    place = lines.index("Agreed language cited")
    assert lines[place + 1] == "“confidential.” — Charter of the United Nations, Article 100(1)"


def test_comments_have_author_date_and_thread(exports: Path) -> None:
    document = Document(str(exports / "plain.docx"))
    comments = list(document.comments)
    assert [(each.author, each.initials) for each in comments] == [
        ("Omar Haddad", "OH"),
        ("Ingrid Nilsen", "IN"),
        ("ليلى حداد", "لح"),
    ]
    assert comments[0].text == "Too long for early warning.\nThirty would do."
    assert comments[0].timestamp is not None
    assert comments[0].timestamp.isoformat().startswith("2026-11-19T08:00:00")
    about = re.search(
        rb'<w:commentRangeStart w:id="0"/>(.*?)<w:commentRangeEnd w:id="0"/>',
        zipfile.ZipFile(exports / "plain.docx").read("word/document.xml"),
    )
    assert about is not None
    assert b"ninety working days" in about[1]
    extended = zipfile.ZipFile(exports / "plain.docx").read("word/commentsExtended.xml")
    assert extended.count(b"paraIdParent") == 1
    assert extended.count(b'done="1"') == 1


def test_languages_and_directions_are_said(exports: Path) -> None:
    document = Document(str(exports / "plain.docx"))
    arabic, chinese = (paragraph_with(document.element.body, word) for word in ("الأطراف", "缔约方"))
    assert arabic.find(f"{W}pPr/{W}bidi") is not None
    assert {each.get(f"{W}bidi") for each in arabic.iter(f"{W}lang")} == {"ar"}
    assert {each.get(f"{W}eastAsia") for each in chinese.iter(f"{W}lang")} == {"zh"}
    styles = {each.style.name for each in document.paragraphs if each.style is not None}
    assert {"PortalTitle", "PortalArticle", "PortalParagraph", "PortalPoint1", "PortalAnnex"} <= styles


def converted(libreoffice: Path, sources: Iterable[Path], folder: Path) -> None:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command: list[str | Path] = [
        libreoffice,
        "--headless",
        profile,
        "--convert-to",
        "fodt",
        "--outdir",
        folder,
        *sources,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=CONVERSION_LIMIT_S)


def test_whatever_a_draft_holds_the_document_opens(exports: Path) -> None:
    """Control characters, halves of surrogates and the ends of comments are in these drafts as well."""
    files = sorted(exports.glob("random-*.docx"))
    assert len(files) == RANDOM_DRAFTS
    for file in files:
        assert len(Document(str(file)).paragraphs) > 3


@pytest.mark.slow
def test_libreoffice_finds_changes_and_comments(exports: Path, libreoffice: Path, tmp_path: Path) -> None:
    converted(
        libreoffice, [exports / f"{name}.docx" for name in ("redline", "plain", "random-1", "random-2")], tmp_path
    )
    root = etree.parse(str(tmp_path / "redline.fodt")).getroot()
    regions = list(root.iter(f"{TEXT}changed-region"))
    kinds = [region[0].tag.removeprefix(TEXT) for region in regions]
    assert kinds.count("insertion") > 10
    assert kinds.count("deletion") > 5
    told = {
        (region.findtext(f".//{DUBLIN}creator"), (region.findtext(f".//{DUBLIN}date") or "")[:16]) for region in regions
    }
    assert told == {(RECORDER, "2026-11-20T09:30")}
    plain = etree.parse(str(tmp_path / "plain.fodt")).getroot()
    comments = {
        (each.findtext(f"{DUBLIN}creator"), (each.findtext(f"{DUBLIN}date") or "")[:10])
        for each in plain.iter(f"{OFFICE}annotation")
    }
    assert comments == {
        ("Omar Haddad", "2026-11-19"),
        ("Ingrid Nilsen", "2026-11-19"),
        ("ليلى حداد", "2026-11-19"),
    }
    notes = ["".join(note.itertext()) for note in plain.iter(f"{TEXT}note")]
    assert len(notes) == 3
    assert "Days on which the Secretariat is open." in notes[0]
    for name in ("random-1", "random-2"):
        assert len(list(etree.parse(str(tmp_path / f"{name}.fodt")).getroot().iter(f"{TEXT}p"))) > 3
