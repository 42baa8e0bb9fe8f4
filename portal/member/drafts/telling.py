"""Drafts in words, for the command line: texts with their brackets, acts in a line. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.member.drafts.acts import Act
from portal.wire.drafts.projection_types import ClauseView, Projection
from portal.wire.drafts.text import Run, TextDocument

Named = Mapping[str, str]
"""Ids and what to call them."""


def title_of(text: TextDocument) -> str:
    """Return a draft's title in the drafting language, else in any."""
    titles = text["meta"]["title"]
    first = [lang for lang in text["meta"]["langs"] if titles.get(lang)]
    return titles[first[0]] if first else next(iter(titles.values()), "")


def words_of(runs: Iterable[Run]) -> str:
    """Return the words of a clause, its options in square brackets with a bar between them."""
    told, inside = "", ""
    for run in runs:
        bracket = run["brackets"][0][0] if run["brackets"] else ""
        option = run["brackets"][0][1] if run["brackets"] else ""
        here = f"{bracket}.{option}" if bracket else ""
        if here != inside:
            same = bool(bracket) and inside.startswith(f"{bracket}.")
            told += " | " if same else ("]" if inside else "") + ("[" if here else "")
            inside = here
        atom = run.get("atom")
        told += run["text"] if atom is None else "\n" if atom == "br" else "*"
    return told + ("]" if inside else "")


def clause_fields(clause: ClauseView, langs: Sequence[str]) -> dict[str, Any]:
    """Return what programs read of a clause."""
    return {
        "node": clause["node"],
        "kind": clause["kind"],
        "number": clause["number"],
        "state": clause["state"],
        "voided": clause["voided"],
        "open": clause["open"],
        "conflicted": clause["conflicted"],
        "stale": clause["stale"],
        "hash": clause["hash"],
        "text": {lang: words_of(clause["runs"].get(lang, [])) for lang in langs},
    }


def find_clause(projection: Projection, wanted: str) -> ClauseView | None:
    """Return a clause by its id, or by its number if only one has it."""
    by_id = [one for one in projection["clauses"] if one["node"] == wanted]
    numbered = [one for one in projection["clauses"] if one["number"] == wanted]
    return by_id[0] if by_id else numbered[0] if len(numbered) == 1 else None


def act_words(act: Act, refused: str | None) -> str:
    """Return an act in a line: its type, what it names, and why it counts for nothing."""
    content: Mapping[str, Any] = act.line.content
    kind = str(content["t"]).replace("_", " ")
    items = content.get("items") or content.get("nodes") or ()
    stances = sorted({str(item["stance"]) for item in items if isinstance(item, dict) and "stance" in item})
    about = [*stances, str(content.get("level") or content.get("name") or content.get("step") or "")]
    named = f" on {len(items)} clauses" if len(items) > 1 else " on one clause" if items else ""
    told = " ".join(filter(None, [kind, *about])) + named
    return told if refused is None else f"{told} (counts for nothing: {refused.replace('_', ' ')})"


def changed_nodes(before: TextDocument | None, after: TextDocument) -> list[str]:
    """Return the clauses that say something else than before, are new, or are gone."""
    old = {} if before is None else {node["id"]: node for node in before["nodes"]}
    new = {node["id"]: node for node in after["nodes"]}
    return [*(name for name, node in new.items() if old.get(name) != node), *(name for name in old if name not in new)]
