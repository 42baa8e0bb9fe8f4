"""What the judges of acts share.

A judge looks at one act and the state before it: it answers why the act counts for nothing, and changes nothing then;
or it changes the state, and answers None. Twin of static/src/wire/drafts/judging.ts.
"""

from portal.wire.drafts.acts import ActLine, LangRoot
from portal.wire.drafts.state import ActsState, Made


def made(line: ActLine) -> Made:
    """Return who acted, where and when."""
    return {"number": line.number, "account": line.account, "delegation": line.delegation, "at_ms": line.at_ms}


def are_authentic(state: ActsState, langs: list[LangRoot]) -> bool:
    """Tell whether a text in ``langs`` is one in all authentic languages: those named, or one if none was."""
    if not state["authentic"]:
        return len(langs) == 1
    return [lang for lang, _ in langs] == state["authentic"]


def is_silence_running(state: ActsState) -> bool:
    """Tell whether a silence is running: opened and not closed."""
    return any(silence["closed"] is None for silence in state["silences"].values())


def is_conflicted(state: ActsState) -> bool:
    """Tell whether several decisions on one bracket stand against each other."""
    return any(decided["conflict"] for decided in state["decisions"].values())
