"""What silence and rectification share: a deadline, objections by it, and a closing act.

The closing act quotes the acts that it takes into account, so that a procedure can not be closed over an act that came
in time. Twin of static/src/wire/drafts/deadlines.ts.

    before the deadline: objections, extension         after it: closing
    a closing as unopposed quotes (through, head):     through < the newest act of before the deadline → left_out
                                                       head is not the acts' head at through → wrong_head
"""

from itertools import chain

from portal.wire.drafts.acts import ActLine, RectifyCloseAct, Refusal, SilenceCloseAct
from portal.wire.drafts.judging import made
from portal.wire.drafts.rights import parties_of
from portal.wire.drafts.state import ActsState, Procedure


def opened(line: ActLine, deadline_ms: int, eligible: list[str]) -> Procedure:
    """Return a procedure that ``line`` opens."""
    return {
        "opened": made(line),
        "deadline_ms": deadline_ms,
        "eligible": list(eligible),
        "objections": [],
        "removed": [],
        "tail": [[line.number, line.head]],
        "closed": None,
    }


def running(state: ActsState) -> list[Procedure]:
    """Return all that are open: each item of the stream is noted in their tails before it is judged."""
    procedures = chain(state["silences"].values(), state["rectifications"].values())
    return [procedure for procedure in procedures if procedure["closed"] is None]


def observe(procedure: Procedure, line: ActLine) -> None:
    """Keep number and head of an item for a closing act to quote: none of before the newest that came in time."""
    if line.at_ms <= procedure["deadline_ms"]:
        procedure["tail"] = []
    procedure["tail"].append([line.number, line.head])


def note_removed(state: ActsState) -> None:
    """Note, after a change of rights, who was to be heard and may no longer speak."""
    parties = set(parties_of(state["rights"]))
    for procedure in running(state):
        removed = procedure["removed"]
        removed.extend([one for one in procedure["eligible"] if one not in parties and one not in removed])


def oppose(procedure: Procedure, line: ActLine, reason: str) -> Refusal | None:
    """Keep the objection of ``line``, or return why there can be none."""
    verdict = may_answer(procedure, line)
    if verdict is None:
        procedure["objections"].append({**made(line), "reason": reason})
    return verdict


def may_answer(procedure: Procedure, line: ActLine) -> Refusal | None:
    """Return why ``line`` may neither object nor consent."""
    if procedure["closed"] is not None:
        return "not_running"
    if not line.delegation or line.delegation not in procedure["eligible"]:
        return "not_eligible"
    return "deadline_passed" if line.at_ms > procedure["deadline_ms"] else None


def judge_unopposed(
    procedure: Procedure, line: ActLine, act: SilenceCloseAct | RectifyCloseAct, contested: Refusal
) -> Refusal | None:
    """Return why a procedure can not be closed as one that nobody opposed; ``contested`` if somebody did."""
    if procedure["objections"]:
        return contested
    if line.at_ms <= procedure["deadline_ms"]:
        return "too_early"
    if procedure["removed"]:
        return "eligible_removed"
    tail = procedure["tail"]
    if act["through"] < int(tail[0][0]):
        return "left_out"
    return None if [act["through"], act["head"]] in tail else "wrong_head"


def close(procedure: Procedure, line: ActLine) -> None:
    """Close it by ``line``."""
    procedure["closed"] = made(line)
    procedure["tail"] = []
