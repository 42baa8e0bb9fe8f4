"""What is agreed: by the acts, for the present words, and held back by links and packages.

The browser's twin is static/src/wire/drafts/agreements.ts.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple, TypeAlias

from portal.wire.drafts.clean import CleanNode
from portal.wire.drafts.jcs import code_units
from portal.wire.drafts.state import ActsState, Agreement, Package

_Level: TypeAlias = Literal["none", "void", "ad_ref", "agreed"]


class Standing(NamedTuple):
    """What is agreed of one clause, brackets aside."""

    state: Literal["open", "agreed_ad_ref", "agreed"]
    voided: bool
    waits_for: list[str]
    packages: list[str]


def agreements_of(
    nodes: Sequence[CleanNode], gone: AbstractSet[str], langs: Sequence[str], acts: ActsState
) -> dict[str, Standing]:
    """Return what is agreed, by node.

    A clause is agreed if its words in the drafting language are, and in every other language that an agreement names.
    Clauses without words have nothing to agree on, and hold nothing back.
    """
    levels = {clean.node["id"]: _level(clean, langs, acts["agreements"].get(clean.node["id"], {})) for clean in nodes}
    spoken = {clean.node["id"] for clean in nodes if clean.node["id"] not in gone and not clean.is_empty}
    packages = _packages(acts["packages"], spoken)
    waiting = {node for node in spoken if levels[node] != "agreed"}
    _spread(waiting, spoken, acts["links"], packages.values())
    holding = {package: members for package, members in packages.items() if not waiting.isdisjoint(members)}
    return {
        node: Standing(
            _state(level, waits=node in waiting),
            level == "void",
            [other for other in acts["links"].get(node, []) if other in waiting],
            [package for package, members in holding.items() if node in members],
        )
        for node, level in levels.items()
    }


def _state(level: _Level, *, waits: bool) -> Literal["open", "agreed_ad_ref", "agreed"]:
    if level == "agreed":
        return "agreed_ad_ref" if waits else "agreed"
    return "agreed_ad_ref" if level == "ad_ref" else "open"


def _level(clean: CleanNode, langs: Sequence[str], agreements: Mapping[str, Agreement]) -> _Level:
    named = [lang for lang in langs if lang in agreements]
    if not named:
        return "none"
    if any(clean.columns[lang].hash != agreements[lang]["hash"] for lang in named):
        return "void"
    if named[0] != langs[0]:
        return "none"
    return "agreed" if all(agreements[lang]["level"] == "agreed" for lang in named) else "ad_ref"


def _packages(packages: Mapping[str, Package], spoken: set[str]) -> dict[str, AbstractSet[str]]:
    """Return the packages that are locked, by id, with those of their members that have words."""
    return {
        package: spoken if not packages[package]["nodes"] else spoken.intersection(packages[package]["nodes"])
        for package in sorted(packages, key=code_units)
        if packages[package]["on"]
    }


def _spread(
    waiting: set[str],
    spoken: set[str],
    links: Mapping[str, Sequence[str]],
    packages: Iterable[AbstractSet[str]],
) -> None:
    """Let ``waiting`` grow by all that is linked to something in it, or in a package with it, however far."""
    dependents: dict[str, list[str]] = {}
    for node in spoken.intersection(links):
        for other in links[node]:
            dependents.setdefault(other, []).append(node)
    unsettled, queue = list(packages), list(waiting)
    while queue:
        node = queue.pop()
        reached = set(dependents.get(node, []))
        for members in [members for members in unsettled if node in members]:
            unsettled.remove(members)
            reached |= members
        queue += reached - waiting
        waiting |= reached
