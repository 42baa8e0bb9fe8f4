"""The exported page: whole in itself, no script, each column in its language and direction."""

from pathlib import Path
from typing import Any

from lxml import html


def test_the_page_needs_nothing_else(exports: Path) -> None:
    for file in exports.glob("*.html"):
        root: Any = html.parse(str(file), html.HTMLParser(encoding="utf-8")).getroot()
        assert root.findall(".//script") == []
        assert [each.get("href") for each in root.iter("a") if not each.get("href", "").startswith("#")] == []
        assert list(root.iter("img", "link", "iframe", "object", "form")) == []
        assert not any(name.startswith("on") for each in root.iter() for name in each.attrib)
        assert "default-src 'none'" in root.find(".//meta[@http-equiv]").get("content")
        known = {each.get("id") for each in root.iter() if each.get("id")}
        assert {each.get("href").removeprefix("#") for each in root.iter("a")} <= known


def test_columns_have_their_language_and_direction(exports: Path) -> None:
    root: Any = html.parse(str(exports / "redline.html"), html.HTMLParser(encoding="utf-8")).getroot()
    columns = [(each.get("lang"), each.get("dir")) for each in root.iter("article")]
    assert columns == [("en", "ltr"), ("ar", "rtl"), ("zh", "ltr")]
    inserted = [each.text_content() for each in root.iter("ins")]
    deleted = [each.text_content() for each in root.iter("del")]
    assert "ninety working" in inserted
    assert "thirty calendar" in deleted
    assert "Omar Haddad" in root.text_content()


def test_what_is_cited_is_listed_below_the_text(exports: Path) -> None:
    root: Any = html.parse(str(exports / "redline.html"), html.HTMLParser(encoding="utf-8")).getroot()
    (listed,) = [each.text_content() for each in root.iter("li") if each.find("cite") is not None]
    assert listed == "confidential. — Charter of the United Nations, Article 100(1)"
