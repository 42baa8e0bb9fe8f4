"""The brackets of a text and what the acts decided on them.

The browser's twin is static/src/wire/drafts/brackets.ts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.wire.drafts.clauses import OptionWords, bracket_hash, option_words
from portal.wire.drafts.jcs import code_units
from portal.wire.drafts.projection_types import BracketView
from portal.wire.drafts.state import Decided
from portal.wire.drafts.text import TextDocument
from portal.wire.ids import b64


@dataclass(slots=True)
class _Found:
    whole: bool = False
    options: dict[str, list[OptionWords]] = field(default_factory=dict)
    nodes: dict[str, None] = field(default_factory=dict)
    """In the order of the document."""
    refused: bool = False


def brackets_of(
    document: TextDocument, langs: Sequence[str], decisions: Mapping[str, Decided]
) -> dict[str, BracketView]:
    """Return all brackets that have words or stand around the whole text, by id.

    One that only its marks tell of (its entry was removed) counts like any other; one of which no words are left does
    not.
    """
    found = {
        bracket["id"]: _Found(bracket["whole"], {option["id"]: [] for option in bracket["options"]})
        for bracket in document["brackets"]
    }
    for node in document["nodes"]:
        for lang in langs:
            for (bracket_id, option), words in option_words(node["id"], lang, node["text"].get(lang, [])):
                here = found.setdefault(bracket_id, _Found())
                here.nodes[node["id"]] = None
                if words is None:
                    here.refused = True
                else:
                    here.options.setdefault(option, []).append(words)
    standing = {bracket_id: here for bracket_id, here in found.items() if here.whole or here.nodes}
    return {
        bracket_id: _view(bracket_id, standing[bracket_id], decisions.get(bracket_id))
        for bracket_id in sorted(standing, key=code_units)
    }


def _view(bracket_id: str, found: _Found, decision: Decided | None) -> BracketView:
    digest = None if found.refused else b64(bracket_hash(bracket_id, found.options))
    view = BracketView(state="open", hash=digest, option=None, voided=False, nodes=list(found.nodes))
    if decision is None or (decision["option"] == "" and not decision["conflict"]):
        return view
    if decision["conflict"]:
        return {**view, "state": "conflicted"}
    # An option that does not exist would leave none of the words: whoever wants that has the option "delete".
    if decision["hash"] != digest or decision["option"] not in found.options:
        return {**view, "voided": True}
    return {**view, "state": "decided", "option": decision["option"]}
