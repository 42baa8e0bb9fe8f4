"""How the text is settled: positions, decisions on brackets, agreements, packages, links, languages.

Twin of static/src/wire/drafts/settling.ts.

A decision stands until another names it in ``over`` (and its author had seen it). Two that stand for different options
are a conflict: neither counts, until a decision names both.

    stances of the parties on the words   agree ad_ref          agree agreed
    all accept                            yes                   yes
    accept or ad_ref                      yes                   position_ad_ref
    one gave none, or has none            position_missing      position_missing
    anybody reserves or objects           standing_objection    standing_objection
"""

from collections.abc import Mapping, Sequence
from typing import Final

from portal.wire.drafts.acts import (
    ActLine,
    AgreeAct,
    AuthenticAct,
    ClauseRef,
    ConcordAct,
    DecideAct,
    Level,
    LinkAct,
    PackageAct,
    PositionAct,
    Refusal,
    ReopenAct,
    RevisionAct,
    Stance,
)
from portal.wire.drafts.judging import made
from portal.wire.drafts.lifecycle import advance
from portal.wire.drafts.rights import parties_of
from portal.wire.drafts.state import ActsContext, ActsState, Agreement, Decision, Position

NODES_MAX: Final = 20_000
"""Clauses of which something is kept."""
LANGS_MAX: Final = 32
"""Languages of one clause of which something is kept."""


def position(state: ActsState, line: ActLine, act: PositionAct, _context: ActsContext) -> Refusal | None:
    """Keep a delegation's stance."""
    if not line.delegation:
        return "no_delegation"
    for item in act["items"]:
        agreed = _agreement(state, item)
        against = item["stance"] not in {"accept", "ad_ref"}
        if against and agreed is not None and agreed["hash"] == item["hash"]:
            return "already_agreed"
    if not has_room(state["positions"], act["items"]):
        return "too_many"
    for item in act["items"]:
        held = state["positions"].setdefault(item["node"], {}).setdefault(item["lang"], {})
        held[line.delegation] = {
            **made(line),
            "stance": item["stance"],
            "hash": item["hash"],
            "note": act.get("note", ""),
        }
    return None


def decide(state: ActsState, line: ActLine, act: DecideAct, _context: ActsContext) -> Refusal | None:
    """Settle a bracket, or conflict with who settled it."""
    before = state["decisions"].get(act["bracket"])
    standing = before["standing"] if before else []
    replaced = before["replaced"] if before else []
    over = set(act["over"])
    if not over <= {*(one["number"] for one in standing), *replaced}:
        return "over_unknown"
    if any(number > line.seen for number in over):
        return "over_unseen"
    decision: Decision = {**made(line), "option": act["option"], "hash": act["hash"]}
    remaining = [one for one in standing if one["number"] not in over]
    state["decisions"][act["bracket"]] = {
        **decision,
        "conflict": any(one["option"] != act["option"] for one in remaining),
        "standing": [*remaining, decision],
        "replaced": [*replaced, *(one["number"] for one in standing if one["number"] in over)],
    }
    return None


def agree(state: ActsState, line: ActLine, act: AgreeAct, _context: ActsContext) -> Refusal | None:
    """Find agreement."""
    parties = parties_of(state["rights"])
    for item in act["items"]:
        verdict = _judge_agreement(state, parties, item, act["level"])
        if verdict is not None:
            return verdict
    for item in act["items"]:
        columns = state["agreements"].setdefault(item["node"], {})
        columns[item["lang"]] = {**made(line), "hash": item["hash"], "level": act["level"]}
    return None


def reopen(state: ActsState, line: ActLine, act: ReopenAct, _context: ActsContext) -> Refusal | None:
    """End agreements."""
    agreed = [node for node in act["nodes"] if node in state["agreements"]]
    if not agreed:
        return "not_agreed"
    for node in agreed:
        del state["agreements"][node]
        state["reopened"][node] = {**made(line), "reason": act["reason"]}
        # Who reopens takes the own consent back: else the chair could agree again at once.
        if line.delegation:
            _forget_positions(state, node, line.delegation)
    return None


def package(state: ActsState, line: ActLine, act: PackageAct, _context: ActsContext) -> Refusal | None:
    """Tie clauses together, or untie them."""
    if not act["on"] and act["package"] not in state["packages"]:
        return "unknown_package"
    nodes = list(act["nodes"])
    state["packages"][act["package"]] = {**made(line), "name": act["name"], "nodes": nodes, "on": act["on"]}
    return None


def link(state: ActsState, _line: ActLine, act: LinkAct, _context: ActsContext) -> Refusal | None:
    """Let a clause wait for another, or no longer."""
    if act["node"] == act["on"]:
        return "link_itself"
    before = state["links"].get(act["node"], [])
    others = [on for on in before if on != act["on"]]
    if not act["set"] and len(others) == len(before):
        return "link_unknown"
    links = sorted([*others, act["on"]]) if act["set"] else others
    if links:
        state["links"][act["node"]] = links
    else:
        del state["links"][act["node"]]
    return None


def revise(state: ActsState, line: ActLine, act: RevisionAct, _context: ActsContext) -> Refusal | None:
    """Name a retained revision."""
    if any(revision["name"] == act["name"] for revision in state["revisions"]):
        return "name_taken"
    state["revisions"].append({**made(line), "name": act["name"], "item": act["item"]})
    advance(state, line, "revision")
    return None


def authenticate(state: ActsState, _line: ActLine, act: AuthenticAct, _context: ActsContext) -> Refusal | None:
    """Name the authentic languages."""
    state["authentic"] = list(act["langs"])
    return None


def concord(state: ActsState, line: ActLine, act: ConcordAct, _context: ActsContext) -> Refusal | None:
    """Answer for the words in another language."""
    if any(item["lang"] == item["source"] for item in act["items"]):
        return "same_language"
    if not has_room(state["concords"], act["items"]):
        return "too_many"
    for item in act["items"]:
        state["concords"].setdefault(item["node"], {})[item["lang"]] = {
            **made(line),
            "hash": item["hash"],
            "source": item["source"],
            "source_hash": item["source_hash"],
        }
    return None


def has_room(held: Mapping[str, Mapping[str, object]], items: Sequence[ClauseRef]) -> bool:
    """Tell whether what is kept by clause and language stays within bounds with ``items``.

    Clauses that do not exist can not be told from here, so that one party could otherwise fill everybody's state.
    """
    nodes = {item["node"] for item in items} - held.keys()
    langs: dict[str, set[str]] = {}
    for item in items:
        langs.setdefault(item["node"], set(held.get(item["node"], {}))).add(item["lang"])
    return len(held) + len(nodes) <= NODES_MAX and all(len(one) <= LANGS_MAX for one in langs.values())


def _judge_agreement(state: ActsState, parties: list[str], item: ClauseRef, level: Level) -> Refusal | None:
    agreed = _agreement(state, item)
    if agreed is not None and agreed["hash"] == item["hash"] and (agreed["level"] == "agreed" or level == "ad_ref"):
        return "already_agreed"
    given = state["positions"].get(item["node"], {}).get(item["lang"], {})

    def on_these_words(held: Position | None) -> Stance:
        return held["stance"] if held is not None and held["hash"] == item["hash"] else "none"

    if any(on_these_words(held) in {"reserve", "object"} for held in given.values()):
        return "standing_objection"
    stances = {on_these_words(given.get(party)) for party in parties}
    if "none" in stances:
        return "position_missing"
    return "position_ad_ref" if level == "agreed" and "ad_ref" in stances else None


def _agreement(state: ActsState, item: ClauseRef) -> Agreement | None:
    return state["agreements"].get(item["node"], {}).get(item["lang"])


def _forget_positions(state: ActsState, node: str, delegation: str) -> None:
    columns = state["positions"].get(node, {})
    for lang, held in list(columns.items()):
        held.pop(delegation, None)
        if not held:
            del columns[lang]
    if not columns:
        state["positions"].pop(node, None)
