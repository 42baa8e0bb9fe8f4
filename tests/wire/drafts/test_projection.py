"""What text and acts together say. Each rule once; that the browser says the same is test_twins.py."""

from typing import Any

import pytest

from portal.wire.drafts.projection_types import Obstacle
from tests.wire.drafts.treaty import Table, bracket, clause, note, run, settled, treaty, treaty_on_the_table


def words(table: Table, node: str, lang: str = "en") -> str:
    return "".join(part["text"] for part in table.clause(node)["runs"][lang])


def reasons(table: Table) -> list[tuple[str, str, str]]:
    return [(one["node"], one["lang"], one["why"]) for one in table.seen()["blocked"]]


def test_a_bracket_closes_by_a_decision_in_all_languages() -> None:
    table = Table(treaty_on_the_table())
    assert table.clause("first")["state"] == "bracketed"
    assert table.clause("first")["open"] == ["modal"]
    table.decide("modal", "shall")
    assert words(table, "first") == "The Parties shall cooperate"
    assert words(table, "first", "ko") == "당사국은 협력한다."
    assert (table.clause("first")["state"], table.clause("first")["open"]) == ("open", [])
    view = table.seen()["brackets"]["modal"]
    assert (view["state"], view["option"], view["nodes"]) == ("decided", "shall", ["first"])
    assert table.seen()["counts"]["open"] == 1


def test_the_option_delete_leaves_none_of_the_words() -> None:
    table = Table(treaty_on_the_table())
    table.decide("when", "none")
    assert words(table, "second") == "They meet."


def test_two_decisions_at_once_are_nobodys_until_one_names_them() -> None:
    table = Table(treaty_on_the_table())
    table.decide("modal", "should", conflict=True)
    view = table.clause("first")
    assert (view["state"], view["conflicted"], view["open"]) == ("conflicted", ["modal"], [])
    assert "shallshould" in words(table, "first")
    assert table.seen()["counts"]["conflicted"] == 1
    assert ("first", "en", "conflict") in reasons(table)


def test_a_decision_to_open_again_leaves_the_bracket_as_it_was() -> None:
    table = Table(treaty_on_the_table())
    before = table.seen()
    table.decide("modal", "")
    assert table.seen() == before


def change_option(table: Table) -> None:
    table.node("first")["text"]["ko"][1]["text"] = "하여야 한다"


def add_option(table: Table) -> None:
    table.node("first")["text"]["en"].insert(2, run("may", "modal/may"))


def list_option(table: Table) -> None:
    table.document["brackets"][0]["options"].append({"id": "may", "by": "", "kind": "text", "from": []})


def put_a_word_in_brackets(table: Table) -> None:
    table.node("first")["text"]["en"].append(run(" always", "modal/shall"))


@pytest.mark.parametrize("change", [change_option, add_option, list_option, put_a_word_in_brackets])
def test_a_decision_is_void_as_soon_as_its_options_change(change: Any) -> None:
    table = Table(treaty_on_the_table())
    table.decide("modal", "shall")
    change(table)
    view = table.seen()["brackets"]["modal"]
    assert (view["state"], view["option"], view["voided"]) == ("open", None, True)
    assert table.clause("first")["state"] == "bracketed"


def change_the_clause(table: Table) -> None:
    table.node("first")["text"]["en"][0]["text"] = "The High Contracting Parties "


def set_in_bold(table: Table) -> None:
    table.node("first")["text"]["en"][1]["marks"] = ["strong"]


def move(table: Table) -> None:
    table.document["nodes"].reverse()


def order_options(table: Table) -> None:
    table.document["brackets"][0]["options"].reverse()


def give_a_reason(table: Table) -> None:
    table.document["brackets"][0]["reason"] = "see the mandate"


def bracket_within(table: Table) -> None:
    table.node("first")["text"]["en"][1]["brackets"].append(["nested", "kept"])


@pytest.mark.parametrize("change", [change_the_clause, set_in_bold, move, order_options, give_a_reason, bracket_within])
def test_and_not_by_anything_else(change: Any) -> None:
    table = Table(treaty_on_the_table())
    table.decide("modal", "shall")
    change(table)
    assert table.seen()["brackets"]["modal"]["state"] == "decided"


def test_no_decision_for_an_option_that_is_not_there() -> None:
    table = Table(treaty_on_the_table())
    table.decide("modal", "neither")
    assert table.seen()["brackets"]["modal"]["voided"]


def test_agreement_is_on_words_and_an_edit_voids_it() -> None:
    table = settled()
    table.agree("first", ad_ref=True)
    assert table.clause("first")["state"] == "agreed_ad_ref"
    table.agree("first")
    assert table.clause("first")["state"] == "agreed"
    assert table.seen()["counts"]["agreed"] == 1
    table.node("first")["text"]["en"][1]["text"] = "will"
    view = table.clause("first")
    assert (view["state"], view["voided"]) == ("bracketed", True)
    table.decide("modal", "shall")
    assert (table.clause("first")["state"], table.clause("first")["voided"]) == ("open", True)


def test_agreement_in_two_languages_needs_both_and_the_drafting_language() -> None:
    table = settled()
    table.agree("first", lang="ko")
    assert table.clause("first")["state"] == "open"
    table.agree("first", ad_ref=True)
    assert table.clause("first")["state"] == "agreed_ad_ref"
    table.node("first")["text"]["ko"][0]["text"] = "양국은 협력"
    assert table.clause("first")["voided"]


def test_a_moved_clause_keeps_its_hash_its_agreement_and_its_place_in_no_sum() -> None:
    table = settled()
    table.agree("second")
    before, root = table.clause("second"), table.seen()["root"]
    nodes = table.document["nodes"]
    nodes.insert(0, nodes.pop())
    table.node("second")["parent"] = ""
    after = table.clause("second")
    assert (after["hash"], after["state"]) == (before["hash"], "agreed")
    assert after["number"] != before["number"]
    # The root is over the order too: nothing that was signed can be moved.
    assert table.seen()["root"] != root


def test_nothing_is_agreed_until_everything_in_the_package_is() -> None:
    table = settled()
    table.package("all")
    nodes = [view["node"] for view in table.seen()["clauses"]]
    table.agree(*nodes[:-1])
    view = table.clause(nodes[0])
    assert (view["state"], view["packages"]) == ("agreed_ad_ref", ["all"])
    table.agree(nodes[-1])
    assert {view["state"] for view in table.seen()["clauses"]} == {"agreed"}
    assert table.clause(nodes[0])["packages"] == []


def test_a_linked_clause_waits_however_far() -> None:
    table = settled()
    table.link("title", "one")
    table.link("one", "first", "title")
    table.package("two", "first", "second")
    table.agree("title", "one", "first")
    assert [table.clause(node)["waitsFor"] for node in ("title", "one", "first")] == [["one"], ["first", "title"], []]
    assert {table.clause(node)["state"] for node in ("title", "one", "first")} == {"agreed_ad_ref"}
    table.agree("second")
    assert {table.clause(node)["state"] for node in ("title", "one", "first", "second")} == {"agreed"}


def test_what_is_gone_holds_nothing_back() -> None:
    option = [bracket("cut", "kept", "none")]
    table = Table(
        treaty(
            clause("a", "article", en="Stays."),
            clause("b", "article", en=[run("Goes.", "cut/kept")]),
            brackets=option,
            langs=("en",),
        )
    )
    table.package("all")
    table.link("a", "b")
    table.agree("a")
    assert table.clause("a")["waitsFor"] == ["b"]
    assert table.clause("b")["number"] == "2"
    table.decide("cut", "none")
    assert (table.clause("a")["state"], table.clause("b")["gone"], table.clause("b")["number"]) == ("agreed", True, "")
    assert table.seen()["counts"]["clauses"] == 1


def test_a_heading_without_words_stays_above_what_stands_under_it() -> None:
    option = [bracket("cut", "kept", "none")]
    table = Table(
        treaty(
            clause("a", "article", en=[run("Heading", "cut/kept")]),
            clause("b", "paragraph", "a", en="Words."),
            brackets=option,
            langs=("en",),
        )
    )
    table.decide("cut", "none")
    assert not table.clause("a")["gone"]
    assert table.seen()["root"] is not None


def test_footnotes_are_counted_by_their_references_and_go_with_the_last() -> None:
    table = Table(
        treaty(
            clause(
                "a",
                "article",
                en=[run("A"), note("second"), note("first"), run(" and more", "cut/kept"), note("third", "cut/kept")],
            ),
            clause("first", "note", "a", en="1"),
            clause("second", "note", "a", en="2"),
            clause("third", "note", "a", en="3"),
            clause("orphan", "note", "a", en="4"),
            brackets=[bracket("cut", "kept", "none")],
            langs=("en",),
        )
    )
    assert [table.clause(node)["number"] for node in ("first", "second", "third", "orphan")] == ["2", "1", "3", ""]
    table.decide("cut", "none")
    assert [table.clause(node)["gone"] for node in ("first", "second", "third", "orphan")] == [False, False, True, True]


def test_a_whole_text_in_brackets_has_no_root() -> None:
    table = settled()
    table.document["brackets"].append(bracket("all", "lifted", whole=True))
    assert table.seen()["root"] is None
    assert reasons(table) == [("", "", "bracket")]
    assert table.clause("first")["open"] == []
    table.decide("all", "lifted")
    assert table.seen()["root"] == settled().seen()["root"]


def test_a_bracket_that_only_marks_tell_of_is_one() -> None:
    table = settled()
    del table.document["brackets"][0], table.acts["decisions"]["modal"]
    assert table.clause("first")["open"] == ["modal"]
    assert table.seen()["root"] is None
    table.decide("modal", "shall")
    assert table.clause("first")["state"] == "open"


def test_a_bracket_without_words_holds_nothing_back() -> None:
    table = settled()
    table.document["brackets"].append(bracket("empty", "one"))
    assert table.seen()["root"] == settled().seen()["root"]
    assert "empty" not in table.seen()["brackets"]


def test_the_root_changes_with_each_word_of_each_authentic_language() -> None:
    table = settled()
    roots = {table.seen()["root"]}
    for node, lang in (("first", "en"), ("first", "ko"), ("foot", "en"), ("title", "ko")):
        changed = table.copy()
        changed.node(node)["text"][lang] = [run("other words")]
        if node == "first":
            changed.document["brackets"] = changed.document["brackets"][1:]
            changed.node("first")["text"] = {"en": [run(lang), note("foot")], "ko": [run(lang), note("foot")]}
        changed.concord(node)
        roots.add(changed.seen()["root"])
    renamed = table.copy()
    renamed.document["meta"]["title"]["ko"] = "협정"
    roots.add(renamed.seen()["root"])
    assert len(roots) == 6
    assert None not in roots


def test_the_root_does_not_tell_how_the_text_came_about() -> None:
    table, clean = settled(), settled()
    for node in clean.document["nodes"]:
        view = clean.clause(node["id"])
        node["text"] = {lang: [*runs] for lang, runs in view["runs"].items()}
    clean.document["brackets"], clean.acts["decisions"] = [], {}
    assert clean.seen()["root"] == table.seen()["root"] is not None
    assert clean.seen()["roots"] == table.seen()["roots"]


def test_a_machines_words_are_never_authentic_without_a_persons_name() -> None:
    table = settled()
    del table.acts["concords"]["second"]
    seen = table.seen()
    assert (seen["roots"]["ko"], seen["root"]) == (None, None)
    assert seen["roots"]["en"] is not None
    assert reasons(table) == [("second", "ko", "concordance")]
    assert table.clause("second")["stale"] == ["ko"]
    # Whoever signs it off is named, and only for these words of column and source.
    table.concord("second")
    assert table.clause("second")["concord"] == {"ko": {"account": "YWNjb3VudCBhY2NvdW50IQ", "fresh": True}}
    assert table.seen()["root"] is not None


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_column_is_stale_when_it_or_its_source_was_edited(lang: str) -> None:
    table = settled()
    table.node("recital")["text"][lang] = [run("Other words")]
    assert table.clause("recital")["stale"] == ["ko"]
    assert table.clause("recital")["concord"]["ko"]["fresh"] is False
    assert table.seen()["root"] is None


def test_a_column_signed_off_from_itself_or_in_a_circle_is_not() -> None:
    table = settled()
    table.concord("recital", lang="ko", source="ko")
    assert reasons(table) == [("recital", "ko", "concordance")]
    table.document["meta"]["langs"].append("zh")
    table.node("recital")["text"]["zh"] = [run("决心合作")]
    table.concord("recital", lang="zh", source="ko")
    table.concord("recital", lang="ko", source="zh")
    assert table.clause("recital")["stale"] == ["ko", "zh"]
    table.concord("recital")
    assert table.clause("recital")["stale"] == []
    table.node("recital")["text"]["en"] = [run("Other words")]
    assert table.clause("recital")["stale"] == ["ko", "zh"]


def test_a_language_that_lacks_a_clause_or_a_column_has_no_root() -> None:
    table = settled()
    table.node("recital")["text"]["ko"] = []
    assert reasons(table) == [("recital", "ko", "missing")]
    table = settled()
    table.acts["authentic"] = ["en", "fr"]
    assert reasons(table) == [("", "fr", "missing")]
    assert table.seen()["root"] is None


def test_without_an_act_the_drafting_language_alone_is_authentic() -> None:
    table = settled()
    both, table.acts["authentic"] = table.seen(), []
    table.acts["concords"] = {}
    assert table.seen()["root"] not in {None, both["root"]}
    assert table.seen()["roots"] == {"en": both["roots"]["en"], "ko": None}


def test_words_that_are_refused_can_not_be_decided_agreed_or_signed() -> None:
    table = settled()
    table.agree("recital")
    table.node("recital")["text"]["en"] = [run("Resolved\u202e to cooperate\u200b,")]
    view = table.clause("recital")
    assert (list(view["hash"]), view["state"], view["voided"], view["stale"]) == (["ko"], "open", True, ["ko"])
    assert table.seen()["problems"] == [{"node": "recital", "lang": "en", "codePoints": ["U+200B", "U+202E"]}]
    assert Obstacle(node="recital", lang="en", why="characters") in table.seen()["blocked"]
    assert table.seen()["root"] is None
    table.node("first")["text"]["en"][1]["text"] = "sha\u00adll"
    option = table.seen()["brackets"]["modal"]
    assert (option["state"], option["hash"], option["voided"]) == ("open", None, True)
    table = settled()
    table.document["meta"]["title"]["ko"] = "조\u200b약"
    assert reasons(table) == [("", "ko", "characters")]


def test_of_several_languages_a_delegations_gravest_present_stance_counts() -> None:
    table = settled()
    table.position("first", "north", "accept")
    table.position("first", "north", "reserve", lang="ko")
    table.position("second", "north", "object", lang="ko")
    table.position("first", "south", "ad_ref")
    assert table.clause("first")["positions"] == {
        "north": {"stance": "reserve", "fresh": True},
        "south": {"stance": "ad_ref", "fresh": True},
    }
    table.node("first")["text"]["ko"][0]["text"] = "양국은 협력"
    assert table.clause("first")["positions"]["north"] == {"stance": "accept", "fresh": True}
    table.node("second")["text"]["ko"] = []
    assert table.clause("second")["positions"]["north"] == {"stance": "object", "fresh": False}


def test_names_that_programs_have_meaning_for_are_names_like_others() -> None:
    table = Table(treaty(clause("constructor", "article", en=[run("a", "__proto__/toString")]), langs=("en",)))
    table.decide("__proto__", "toString")
    assert words(table, "constructor") == "a"
    assert table.seen()["root"] is not None


def test_a_text_without_columns_has_no_root_and_does_no_harm() -> None:
    table = settled()
    table.document["meta"]["langs"] = []
    table.acts["authentic"] = []
    seen = table.seen()
    assert (seen["root"], seen["roots"], seen["brackets"]) == (None, {}, {})
    assert {view["state"] for view in seen["clauses"]} == {"open"}
