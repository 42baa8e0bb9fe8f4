"""From the stream of acts to what they come to: pure, one line after the other, equal in both twins.

Twin of static/src/wire/drafts/reducer.ts.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from portal.wire.drafts.acts import ActContent, ActLine, Refusal, RightsContent
from portal.wire.drafts.deadlines import note_removed, observe, running
from portal.wire.drafts.judging import is_silence_running
from portal.wire.drafts.lifecycle import is_adopted, lifecycle
from portal.wire.drafts.rectification import rectify_close, rectify_object, rectify_open
from portal.wire.drafts.rights import delegation_of, includes, may_act
from portal.wire.drafts.settling import (
    agree,
    authenticate,
    concord,
    decide,
    link,
    package,
    position,
    reopen,
    revise,
)
from portal.wire.drafts.signing import initial, sign, sign_open
from portal.wire.drafts.silence import (
    silence_break,
    silence_close,
    silence_consent,
    silence_extend,
    silence_late,
    silence_open,
)
from portal.wire.drafts.state import ActsContext, ActsState, empty_state

_JUDGES: Final[Mapping[str, Callable[[ActsState, ActLine, Any, ActsContext], Refusal | None]]] = MappingProxyType(
    {
        "position": position,
        "decide": decide,
        "agree": agree,
        "reopen": reopen,
        "package": package,
        "link": link,
        "revision": revise,
        "authentic": authenticate,
        "concord": concord,
        "silence_open": silence_open,
        "silence_extend": silence_extend,
        "silence_break": silence_break,
        "silence_consent": silence_consent,
        "silence_close": silence_close,
        "silence_late": silence_late,
        "initial": initial,
        "sign_open": sign_open,
        "sign": sign,
        "lifecycle": lifecycle,
        "rectify_open": rectify_open,
        "rectify_object": rectify_object,
        "rectify_close": rectify_close,
    }
)
"""The type of an act → its judge, which takes acts of that type alone."""

_LOCKED_BY_ADOPTION: Final = frozenset(
    {"position", "decide", "agree", "reopen", "package", "link", "revision", "authentic", "silence_open"}
)
"""What is settled by an adoption, and moves no more while it holds."""
_LOCKED_BY_SILENCE: Final = frozenset({"decide", "authentic"})
"""What would change the text, or its languages, that a silence is about."""


def reduce(lines: Iterable[ActLine], context: ActsContext, start: ActsState | None = None) -> ActsState:
    """Return the state after ``lines``, which go on where ``start`` ended (left as it is) or begin with the founding.

    Only acts, foundings and rights are lines; snapshots and countersignatures of the stream are not.

    Raises:
        ValueError: the numbers do not ascend.
    """
    state = empty_state() if start is None else deepcopy(start)
    for line in lines:
        step(state, line, context)
    return state


def step(state: ActsState, line: ActLine, context: ActsContext) -> Refusal | None:
    """Take one line into ``state``, in place, and return why it counts for nothing, or None.

    Raises:
        ValueError: ``line`` is no later line.
    """
    if line.number <= state["number"]:
        msg = f"act {line.number} after act {state['number']}"
        raise ValueError(msg)
    state["number"] = line.number
    state["head"] = line.head
    for procedure in running(state):
        observe(procedure, line)
    refusal = _judge(state, line, context)
    if refusal is not None:
        state["refused"][str(line.number)] = refusal
    return refusal


def _judge(state: ActsState, line: ActLine, context: ActsContext) -> Refusal | None:
    content = line.content
    if content["t"] == "unread":
        return content["reason"]
    if content["t"] == "founding" or content["t"] == "rights":
        return _judge_rights(state, line, content, context)
    return _judge_entry(state, line, content, context)


def _judge_rights(  # noqa: PLR0911 - each rule has its reason
    state: ActsState, line: ActLine, content: RightsContent, context: ActsContext
) -> Refusal | None:
    table = content["table"]
    if table["draft"] != context.draft:
        return "malformed"
    chairs = [member["account"] for member in table["members"] if member["right"] == "chair"]
    if content["t"] == "founding":
        if state["rights"] is not None:
            return "founded"
        if line.account not in chairs:
            return "no_chair"
    elif state["rights"] is None:
        return "no_founding"
    elif not includes(line.right, "chair"):
        return "right"
    elif not chairs:
        return "no_chair"
    state["rights"] = deepcopy(table)
    note_removed(state)
    return None


def _judge_entry(state: ActsState, line: ActLine, act: ActContent, context: ActsContext) -> Refusal | None:
    if state["rights"] is None:
        return "no_founding"
    if not may_act(line.right, act["t"]):
        return "right"
    if state["stage"] == "withdrawn":
        return "withdrawn"
    if act["t"] in _LOCKED_BY_ADOPTION and is_adopted(state):
        return "locked"
    if act["t"] in _LOCKED_BY_SILENCE and is_silence_running(state):
        return "silence_running"
    # For whom somebody acts, the draft's own table says: what the room's list says may be another thing tomorrow.
    listed = replace(line, delegation=delegation_of(state["rights"], line.account))
    return _JUDGES[act["t"]](state, listed, act, context)
