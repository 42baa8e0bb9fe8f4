"""Glossaries as CSV and TBX (ISO 30042), memories as TMX 1.4b: in and out.

A CSV glossary has a column for each language code. Further columns, all of which may be left out: ``status``
(preferred, admitted, forbidden or keep), ``note``, and ``concept``: lines with the same value there speak of the same
thing. A line ``truce,휴전,forbidden`` says that truce must not become 휴전: the first word of such a line is not itself
forbidden.
"""

import csv
import io
import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Final

from portal.translation.errors import ExchangeError
from portal.translation.glossary import Concept, Glossary, Status, Term
from portal.translation.markup import language_of, legal, local, read_xml, text_of, write_xml
from portal.translation.memory import Correction

MAX_CONCEPTS: Final = 100_000
MAX_CELL: Final = 2000
_CODE: Final = re.compile(r"[a-z]{2,3}")
_TBX_STATUS: Final = {
    "preferredTerm-admn-sts": Status.PREFERRED,
    "admittedTerm-admn-sts": Status.ADMITTED,
    "deprecatedTerm-admn-sts": Status.FORBIDDEN,
    "supersededTerm-admn-sts": Status.FORBIDDEN,
    "standardizedTerm-admn-sts": Status.PREFERRED,
    "legalTerm-admn-sts": Status.PREFERRED,
    "regulatedTerm-admn-sts": Status.PREFERRED,
}
_TBX_NAME: Final = {
    Status.PREFERRED: "preferredTerm-admn-sts",
    Status.ADMITTED: "admittedTerm-admn-sts",
    Status.FORBIDDEN: "deprecatedTerm-admn-sts",
}


def read_csv(data: bytes) -> Glossary:
    """A glossary from a table in UTF-8; ExchangeError names the line that is wrong."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"the table can not be read (is it UTF-8 with commas?): {error}"
        raise ExchangeError(msg) from error
    languages = [name for name in (rows[0] if rows else {}) if name and _CODE.fullmatch(name)]
    if not languages or len(rows) > MAX_CONCEPTS:
        msg = "the first line must name the languages, such as: en,ko,status,note"
        raise ExchangeError(msg)
    concepts: dict[str, Concept] = {}
    for line, row in enumerate(rows, 2):
        key = row.get("concept") or f"line {line}"
        before = concepts.get(key, Concept(()))
        terms = _row_terms(row, languages, line)
        concepts[key] = Concept(before.terms + terms, before.note or _plain(row.get("note") or ""))
    return Glossary(tuple(concept for concept in concepts.values() if concept.terms))


def write_csv(glossary: Glossary) -> bytes:
    """The table of ``read_csv``: a line for each way of putting a concept. Cells can not be taken for formulas."""
    languages = sorted({term.language for concept in glossary.concepts for term in concept.terms})
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([*languages, "concept", "status", "note"])
    for number, concept in enumerate(glossary.concepts, 1):
        for term in concept.terms:
            cells = [_harmless(term.text) if language == term.language else "" for language in languages]
            table.writerow([*cells, number, term.status.value, _harmless(concept.note)])
    return out.getvalue().encode("utf-8-sig")


def read_tbx(data: bytes) -> Glossary:
    """A glossary from TBX, in its basic, core or older (martif) form; ExchangeError."""
    root = read_xml(data)
    concepts = []
    for entry in root.iter():
        if local(entry.tag) in {"conceptEntry", "termEntry"}:
            terms = tuple(term for section in entry for term in _tbx_terms(section))
            if terms:
                concepts.append(Concept(terms, _note(entry)))
    if not concepts:
        msg = "the file holds no terms; is it TBX?"
        raise ExchangeError(msg)
    return Glossary(tuple(concepts[:MAX_CONCEPTS]))


def write_tbx(glossary: Glossary) -> bytes:
    """TBX-Basic (ISO 30042:2019, dialect DCA)."""
    form = {"type": "TBX-Basic", "style": "dca", "xml:lang": "en", "xmlns": "urn:iso:std:iso:30042:ed-2"}
    root = ET.Element("tbx", form)
    described = ET.SubElement(ET.SubElement(root, "tbxHeader"), "fileDesc")
    ET.SubElement(ET.SubElement(described, "sourceDesc"), "p").text = "Agreed terms of a negotiation"
    body = ET.SubElement(ET.SubElement(root, "text"), "body")
    for number, concept in enumerate(glossary.concepts, 1):
        entry = ET.SubElement(body, "conceptEntry", {"id": f"c{number}"})
        if concept.note:
            ET.SubElement(entry, "note").text = legal(concept.note)
        for language in dict.fromkeys(term.language for term in concept.terms):
            section = ET.SubElement(entry, "langSec", {"xml:lang": language})
            for term in (term for term in concept.terms if term.language == language):
                inner = ET.SubElement(section, "termSec")
                ET.SubElement(inner, "term").text = legal(term.text)
                if term.status is Status.KEEP:
                    ET.SubElement(inner, "note").text = "keep"
                else:
                    name = _TBX_NAME[term.status]
                    ET.SubElement(inner, "termNote", {"type": "administrativeStatus"}).text = name
    return write_xml(root)


def read_tmx(data: bytes) -> list[Correction]:
    """Corrections in both directions from TMX; ExchangeError."""
    corrections = []
    for unit in read_xml(data).iter("tu"):
        said = {language_of(one): text_of(seg) for one in unit.iter("tuv") for seg in one.iter("seg")}
        by = unit.get("creationid", "")
        whole = [(language, text) for language, text in said.items() if language and text]
        corrections += [Correction(one[0], two[0], one[1], two[1], by) for one, two in itertools.permutations(whole, 2)]
    if not corrections:
        msg = "the file holds no translated segments; is it TMX?"
        raise ExchangeError(msg)
    return corrections


def write_tmx(corrections: Iterable[Correction]) -> bytes:
    """TMX 1.4b, one unit for each correction."""
    root = ET.Element("tmx", {"version": "1.4"})
    tool = {"creationtool": "negotiation-portal", "creationtoolversion": "1", "segtype": "sentence", "o-tmf": "portal"}
    form = {"adminlang": "en", "srclang": "*all*", "datatype": "plaintext"}
    ET.SubElement(root, "header", tool | form)
    body = ET.SubElement(root, "body")
    for correction in corrections:
        unit = ET.SubElement(body, "tu", {"srclang": correction.source_language})
        if correction.by:
            unit.set("creationid", legal(correction.by))
        for language, text in zip(correction.pair, (correction.source, correction.target), strict=True):
            ET.SubElement(ET.SubElement(unit, "tuv", {"xml:lang": language}), "seg").text = legal(text)
    return write_xml(root)


def _row_terms(row: dict[str, str | None], languages: list[str], line: int) -> tuple[Term, ...]:
    named = (row.get("status") or "preferred").strip().lower()
    if named not in set(Status):
        msg = f"line {line}: the status is {named!r}; it must be preferred, admitted, forbidden or keep"
        raise ExchangeError(msg)
    words = [(language, text) for language in languages if (text := _plain(row.get(language) or ""))]
    if any(len(text) > MAX_CELL for _, text in words):
        msg = f"line {line}: a term is longer than {MAX_CELL} characters"
        raise ExchangeError(msg)
    status = Status(named)
    first = Status.PREFERRED if status is Status.FORBIDDEN and len(words) > 1 else status
    return tuple(Term(language, text, status if n else first) for n, (language, text) in enumerate(words))


def _harmless(text: str) -> str:
    """A spreadsheet must not compute what somebody typed."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "'"} else text


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" else cell


def _tbx_terms(section: ET.Element) -> Iterable[Term]:
    if local(section.tag) not in {"langSec", "langSet"}:
        return
    language = language_of(section)
    for group in section:
        words = [text_of(element) for element in group.iter() if local(element.tag) == "term"]
        named = [text_of(element) for element in group.iter() if element.get("type") == "administrativeStatus"]
        keep = any(local(element.tag) == "note" and text_of(element) == "keep" for element in group.iter())
        status = Status.KEEP if keep else _TBX_STATUS.get(named[0] if named else "", Status.PREFERRED)
        if words and words[0] and language:
            yield Term(language, words[0][:MAX_CELL], status)


def _note(entry: ET.Element) -> str:
    return next((text_of(element) for element in entry if local(element.tag) == "note"), "")
