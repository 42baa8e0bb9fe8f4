"""The life of a draft: from a text on the table to a treaty in force.

"Agreed ad referendum" and "package agreed" are stages too, but they follow from the text: ``stage_of``. Twin of
static/src/wire/drafts/lifecycle.ts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from portal.wire.drafts.acts import ActLine, LangRoot, LifecycleAct, Refusal, Step
from portal.wire.drafts.judging import are_authentic, is_conflicted, is_silence_running, made
from portal.wire.drafts.rights import includes, parties_of
from portal.wire.drafts.state import ActsContext, ActsState, Stage

Event = Literal[
    "revision", "adopted", "doubted", "initialled", "signed", "submitted", "deposited", "in_force", "withdrawn"
]
"""``doubted``: an adoption turned out not to hold. The others are stages reached."""

_NEXT: Final[Mapping[tuple[Stage, Event], Stage]] = MappingProxyType(
    {
        ("draft", "revision"): "revision",
        ("draft", "adopted"): "adopted",
        ("draft", "withdrawn"): "withdrawn",
        ("revision", "adopted"): "adopted",
        ("revision", "withdrawn"): "withdrawn",
        ("adopted", "doubted"): "draft",
        ("adopted", "initialled"): "initialled",
        ("adopted", "signed"): "signed",
        ("adopted", "withdrawn"): "withdrawn",
        ("initialled", "doubted"): "draft",
        ("initialled", "signed"): "signed",
        ("initialled", "withdrawn"): "withdrawn",
        ("signed", "submitted"): "submitted",
        ("signed", "deposited"): "deposited",
        ("signed", "in_force"): "in_force",
        ("submitted", "deposited"): "deposited",
        ("submitted", "in_force"): "in_force",
        ("deposited", "in_force"): "in_force",
    }
)
"""(stage, what happens) → the next stage. What is not here leaves the stage as it is."""

UNSIGNED: Final[tuple[Stage, ...]] = ("draft", "revision", "adopted", "initialled")
_SIGNED: Final[tuple[Stage, ...]] = ("signed", "submitted", "deposited", "in_force")


@dataclass(frozen=True, slots=True)
class _StepRule:
    """When a delegation may take a step.

    ``signatory``: it must have signed, must not, or either (None). ``after``: one of these went before it, if any are
    named; ``without``: none of those did.
    """

    signatory: bool | None
    after: tuple[str, ...]
    without: tuple[str, ...]


_OWN_STEPS: Final[Mapping[Step, _StepRule]] = MappingProxyType(
    {
        "submitted": _StepRule(True, (), ("ratified", "accepted", "acceded", "withdrawn")),  # noqa: FBT003 - a table
        "ratified": _StepRule(True, (), ("accepted", "acceded", "withdrawn")),  # noqa: FBT003
        "accepted": _StepRule(None, (), ("ratified", "acceded", "withdrawn")),
        "acceded": _StepRule(False, (), ("ratified", "accepted", "withdrawn")),  # noqa: FBT003
        "deposited": _StepRule(None, ("ratified", "accepted", "acceded"), ("withdrawn",)),
        "withdrawn": _StepRule(None, (), ()),
    }
)
"""A delegation's own steps (VCLT arts. 11 to 16, 54), once the text is signed."""

_COMMON_STEPS: Final[Mapping[Step, tuple[tuple[Stage, ...], Event]]] = MappingProxyType(
    {
        "adopted": (("draft", "revision"), "adopted"),
        "in_force": (("signed", "submitted", "deposited"), "in_force"),
        "withdrawn": (UNSIGNED, "withdrawn"),
    }
)
"""Steps of the draft as a whole, the chair's: from which stages, and what happens then."""


def advance(state: ActsState, line: ActLine, event: Event, date: str = "") -> None:
    """Let the stage follow what happened, if it does. ``date``: the day outside the portal."""
    after = _NEXT.get((state["stage"], event))
    if after is None:
        return
    state["stage"] = "revision" if after == "draft" and state["revisions"] else after
    state["stages"].append({"stage": state["stage"], "number": line.number, "at_ms": line.at_ms, "date": date})


def adopt(
    state: ActsState, line: ActLine, root: str, langs: list[LangRoot], *, silence: str = "", date: str = ""
) -> None:
    """Adopt the text that ``root`` names; what was being signed before is signed no more."""
    state["adoption"] = {**made(line), "root": root, "langs": list(langs), "silence": silence, "status": "adopted"}
    state["signing"] = None
    advance(state, line, "adopted", date)
    check_initialled(state, line)


def doubt(state: ActsState, line: ActLine, status: Literal["disputed", "void"]) -> None:
    """Put the text of an adoption that does not hold on the table again."""
    if state["adoption"] is not None:
        state["adoption"]["status"] = status
    advance(state, line, "doubted")


def is_adopted(state: ActsState) -> bool:
    """Tell whether an adoption holds."""
    return state["adoption"] is not None and state["adoption"]["status"] == "adopted"


def check_initialled(state: ActsState, line: ActLine) -> None:
    """Find the text initialled when every party put its initials under the whole of it."""
    adoption = state["adoption"]
    if adoption is None or adoption["status"] != "adopted":
        return
    by = {one["delegation"] for one in state["initials"] if not one["items"] and one["root"] == adoption["root"]}
    parties = parties_of(state["rights"])
    if parties and by.issuperset(parties):
        advance(state, line, "initialled")


def lifecycle(state: ActsState, line: ActLine, act: LifecycleAct, _context: ActsContext) -> Refusal | None:
    """Take a step."""
    rule = _OWN_STEPS.get(act["step"])
    # A withdrawal that names no delegation is the draft's.
    if rule is None or (act["step"] == "withdrawn" and "delegation" not in act):
        return _common_step(state, line, act)
    delegation = act.get("delegation", line.delegation)
    if not delegation:
        return "no_delegation"
    if delegation != line.delegation and not includes(line.right, "chair"):
        return "own_only"
    verdict = _judge_own_step(state, delegation, act["step"], rule)
    if verdict is not None:
        return verdict
    state["instruments"].setdefault(delegation, {})[act["step"]] = act["date"]
    if act["step"] == "submitted" or act["step"] == "deposited":
        advance(state, line, act["step"], act["date"])
    return None


def _common_step(  # noqa: PLR0911 - each rule has its reason
    state: ActsState, line: ActLine, act: LifecycleAct
) -> Refusal | None:
    if not includes(line.right, "chair"):
        return "right"
    stages, event = _COMMON_STEPS[act["step"]]
    if state["stage"] not in stages:
        return "step_order"
    if event != "adopted":
        advance(state, line, event, act["date"])
        return None
    if is_silence_running(state):
        return "silence_running"
    if is_conflicted(state):
        return "conflicted"
    if not are_authentic(state, act["langs"]):
        return "languages"
    adopt(state, line, act["root"], act["langs"], date=act["date"])
    return None


def _judge_own_step(state: ActsState, delegation: str, step: Step, rule: _StepRule) -> Refusal | None:
    if state["stage"] not in _SIGNED:
        return "step_order"
    signatures = state["signing"]["signatures"] if state["signing"] else []
    signed = any(one["delegation"] == delegation for one in signatures)
    if rule.signatory is not None and rule.signatory != signed:
        return "not_party"
    done = state["instruments"].get(delegation, {}).keys()
    if step in done or not done.isdisjoint(rule.without) or (rule.after and done.isdisjoint(rule.after)):
        return "step_order"
    return None


FullStage = Stage | Literal["ad_ref", "package"]
"""Every stage there is: those that the acts say and, before adoption, the two that the text says."""


def stage_of(state: ActsState, *, clauses: int, agreed: int, ad_ref: int) -> FullStage:
    """Return the stage as people see it.

    Before its adoption a text of which every clause is agreed is a ``package``, one of which every clause is agreed at
    least ad referendum is ``ad_ref``. The counts are the projection's; ``clauses``: all that can be agreed.
    """
    if state["stage"] not in {"draft", "revision"} or clauses == 0 or agreed + ad_ref < clauses:
        return state["stage"]
    return "package" if ad_ref == 0 else "ad_ref"
