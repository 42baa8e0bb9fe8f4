"""Between the last answer and the receipt: work by a script, or patience without one. Nobody is refused."""

from dataclasses import dataclass
from typing import Literal

from portal.server.feedback.feature import Feedback
from portal.server.feedback.proof_of_work import PATIENCE_S, PUZZLES, Pass, PassError
from portal.server.feedback.schemas import Earned


@dataclass(frozen=True, slots=True)
class Due:
    """What is still to be done: a pass to earn. ``page`` is where; ``why`` the earlier one did not count, if any.

    ``cost`` is what each of ``puzzles`` costs for work; ``wait_s`` the seconds that patience takes.
    """

    page: Literal["check", "wait"]
    text: str
    cost: int = 0
    wait_s: int = 0
    why: str = ""
    puzzles: int = PUZZLES


def work_due(feedback: Feedback, now_s: int, why: str = "") -> Due:
    """Return a new pass for work, at what it costs now."""
    cost = feedback.load.cost()
    return Due("check", feedback.passes.issue("work", now_s, cost), cost=cost, why=why)


def earned(feedback: Feedback, sent: Earned, now_s: int) -> Pass | Due:
    """Return the pass that was earned, or what is still to be done."""
    try:
        if sent.patience:
            used = feedback.passes.waited(sent.patience, now_s)
            busy_s = feedback.load.patient_wait_s()
            return Due("wait", sent.patience, wait_s=busy_s, why="busy") if busy_s else used
        if sent.solution:
            return feedback.passes.worked(sent.work, sent.solution, now_s)
    except PassError as error:
        if error.kind == "early":
            return Due("wait", sent.patience, wait_s=error.wait_s, why="early")
        return _patience_due(feedback, now_s, error.kind) if sent.patience else work_due(feedback, now_s, error.kind)
    return _patience_due(feedback, now_s)


def begun_s(feedback: Feedback, text: str, now_s: int) -> int:
    """Return when the form was opened, by our own word in it; now, if that is missing or not ours."""
    try:
        return min(feedback.passes.read(text, "begun").issued_s, now_s)
    except PassError:
        return now_s


def _patience_due(feedback: Feedback, now_s: int, why: str = "") -> Due:
    text = feedback.passes.issue("patience", now_s, PATIENCE_S)
    return Due("wait", text, wait_s=PATIENCE_S, why=why)
