"""Putting an error in the adopted text right: unless a party objects by the deadline (VCLT art. 79).

Twin of static/src/wire/drafts/rectification.ts.

    status      rectify_object   rectify_close
    open        objected         corrected, rejected
    objected    objected         rejected
    corrected   not_running      not_running
    rejected    not_running      not_running
"""

from portal.wire.drafts.acts import ActLine, RectifyCloseAct, RectifyObjectAct, RectifyOpenAct, Refusal
from portal.wire.drafts.deadlines import close, judge_unopposed, opened, oppose
from portal.wire.drafts.lifecycle import is_adopted
from portal.wire.drafts.rights import parties_of
from portal.wire.drafts.state import ActsContext, ActsState


def rectify_open(state: ActsState, line: ActLine, act: RectifyOpenAct, context: ActsContext) -> Refusal | None:
    """Say what is to be put right."""
    if not is_adopted(state):
        return "not_adopted"
    if act["rectification"] in state["rectifications"]:
        return "id_taken"
    if act["deadline_ms"] - line.at_ms < context.silence_min_ms:
        return "deadline_short"
    state["rectifications"][act["rectification"]] = {
        **opened(line, act["deadline_ms"], parties_of(state["rights"])),
        "status": "open",
        "items": [item.copy() for item in act["items"]],
    }
    return None


def rectify_object(state: ActsState, line: ActLine, act: RectifyObjectAct, _context: ActsContext) -> Refusal | None:
    """Object to it."""
    rectification = state["rectifications"].get(act["rectification"])
    if rectification is None:
        return "unknown_rectification"
    verdict = oppose(rectification, line, act.get("reason", ""))
    if verdict is None:
        rectification["status"] = "objected"
    return verdict


def rectify_close(state: ActsState, line: ActLine, act: RectifyCloseAct, _context: ActsContext) -> Refusal | None:
    """Close it."""
    rectification = state["rectifications"].get(act["rectification"])
    if rectification is None:
        return "unknown_rectification"
    if rectification["closed"] is not None:
        return "not_running"
    corrected = act["outcome"] == "corrected"
    verdict = judge_unopposed(rectification, line, act, "objected") if corrected else None
    if verdict is None:
        close(rectification, line)
        rectification["status"] = act["outcome"]
    return verdict
