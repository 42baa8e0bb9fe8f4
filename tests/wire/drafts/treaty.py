"""A small treaty in two languages, and acts upon it, as tests and vectors need them."""

from copy import deepcopy
from typing import Any, cast

from portal.wire.drafts.projection import project
from portal.wire.drafts.projection_types import ClauseView, Projection
from portal.wire.drafts.state import ActsState, Made, empty_state
from portal.wire.drafts.text import Bracket, NodeKind, Run, TextDocument, TextNode

DRAFT = "ZHJhZnQgZHJhZnQgZHJhZg"
MADE: Made = {"number": 1, "account": "YWNjb3VudCBhY2NvdW50IQ", "delegation": "", "at_ms": 1_790_000_000_000}


def run(text: str, *under: str, **more: Any) -> Run:
    """Return words under options, each written "bracket/option"."""
    return cast("Run", {"text": text, "marks": [], "brackets": sorted(mark.split("/") for mark in under), **more})


def note(node: str, *under: str) -> Run:
    return run("", *under, atom={"note": node})


def clause(node: str, kind: NodeKind, parent: str = "", **text: str | list[Run]) -> TextNode:
    runs = {lang: [run(words)] if isinstance(words, str) else words for lang, words in text.items()}
    return {"id": node, "kind": kind, "parent": parent, "order": "", "text": runs}


def bracket(node: str, *options: str, whole: bool = False) -> Bracket:
    return {
        "id": node,
        "by": "",
        "at": 1_790_000_000_000,
        "reason": "",
        "whole": whole,
        "options": [
            {"id": option, "by": "", "kind": "delete" if option == "none" else "text", "from": []} for option in options
        ],
    }


def treaty(
    *nodes: TextNode, brackets: list[Bracket] | None = None, langs: tuple[str, ...] = ("en", "ko")
) -> TextDocument:
    title = {"en": "Treaty", "ko": "조약"}
    return {
        "meta": {"title": {lang: title[lang] for lang in langs}, "langs": list(langs), "template": "treaty"},
        "nodes": [*nodes],
        "brackets": brackets or [],
    }


def treaty_on_the_table() -> TextDocument:
    """Return a treaty in English and Korean with two brackets, one of them in both languages, and a footnote."""
    return treaty(
        clause("title", "title", en="Treaty of Peace and Amity", ko="평화 우호 조약"),
        clause("recital", "preamble", en="Resolved to coope\u0301rate,", ko="협력하기로 결의하며,"),
        clause("one", "article", en="Cooperation", ko="협력"),
        clause(
            "first",
            "paragraph",
            "one",
            en=[
                run("The Parties "),
                run("shall", "modal/shall"),
                run("should", "modal/should"),
                run(" cooperate"),
                note("foot"),
            ],
            ko=[
                run("당사국은 협력"),
                run("한다", "modal/shall"),
                run("할 것이 요망된다", "modal/should"),
                run("."),
                note("foot"),
            ],
        ),
        clause("foot", "note", "first", en="In good faith.", ko="신의성실하게."),
        clause(
            "second",
            "paragraph",
            "one",
            en=[run("They meet"), run(" each year", "when/yearly"), run(".")],
            ko="회합한다.",
        ),
        brackets=[bracket("modal", "shall", "should"), bracket("when", "yearly", "none")],
    )


class Table:
    """A text and acts on it that are always on the present words."""

    def __init__(self, document: TextDocument) -> None:
        self.document = document
        self.acts: ActsState = empty_state()

    def seen(self) -> Projection:
        return project(self.document, self.acts, DRAFT)

    def clause(self, node: str) -> ClauseView:
        return next(view for view in self.seen()["clauses"] if view["node"] == node)

    def node(self, node: str) -> TextNode:
        return next(one for one in self.document["nodes"] if one["id"] == node)

    def decide(self, bracket_id: str, option: str, *, conflict: bool = False) -> None:
        digest = self.seen()["brackets"][bracket_id]["hash"]
        assert digest is not None
        self.acts["decisions"][bracket_id] = {
            **MADE,
            "option": option,
            "hash": digest,
            "conflict": conflict,
            "standing": [],
            "replaced": [],
        }

    def agree(self, *nodes: str, lang: str = "en", ad_ref: bool = False) -> None:
        for node in nodes:
            digest = self.clause(node)["hash"][lang]
            level: Any = "ad_ref" if ad_ref else "agreed"
            self.acts["agreements"].setdefault(node, {})[lang] = {**MADE, "hash": digest, "level": level}

    def concord(self, *nodes: str, lang: str = "ko", source: str = "en") -> None:
        for node in nodes:
            digest = self.clause(node)["hash"]
            self.acts["concords"].setdefault(node, {})[lang] = {
                **MADE,
                "hash": digest[lang],
                "source": source,
                "source_hash": digest[source],
            }

    def position(self, node: str, delegation: str, stance: Any, lang: str = "en") -> None:
        digest = self.clause(node)["hash"][lang]
        of_node = self.acts["positions"].setdefault(node, {})
        of_node.setdefault(lang, {})[delegation] = {**MADE, "hash": digest, "stance": stance, "note": ""}

    def link(self, node: str, *others: str) -> None:
        self.acts["links"][node] = sorted(others)

    def package(self, package: str, *nodes: str) -> None:
        self.acts["packages"][package] = {**MADE, "name": package, "nodes": [*nodes], "on": True}

    def copy(self) -> "Table":
        table = Table(deepcopy(self.document))
        table.acts = deepcopy(self.acts)
        return table


def settled() -> Table:
    """Return the treaty with all brackets decided and all columns signed off: it has a root."""
    table = Table(treaty_on_the_table())
    table.acts["authentic"] = ["en", "ko"]
    table.decide("modal", "shall")
    table.decide("when", "none")
    table.concord(*(node["id"] for node in table.document["nodes"]))
    return table
