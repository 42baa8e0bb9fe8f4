"""The silence procedure: what nobody objects to by the deadline is adopted.

Twin of static/src/wire/drafts/silence.ts.

    status      silence_extend  silence_consent  silence_break  silence_close                  silence_late
    open        open            open             broken         adopted; withdrawn → ended     not_adopted
    broken      broken          broken           broken         broken, withdrawn → ended      not_adopted
    adopted     not_running     not_running      not_running    not_running                    disputed; void
    disputed    not_running     not_running      not_running    not_running                    disputed; void
    ended       not_running     not_running      not_running    not_running                    not_adopted
    void        not_running     not_running      not_running    not_running                    not_adopted

silence_late makes an adoption disputed (the objector's device says that it objected in time), or void (the server's
receipt for the objection says so too, and the acts lack it). A broken silence can be extended: to talk, not to mend.
"""

from typing import Literal

from portal.wire.drafts.acts import (
    ActLine,
    Refusal,
    SilenceBreakAct,
    SilenceCloseAct,
    SilenceConsentAct,
    SilenceExtendAct,
    SilenceLateAct,
    SilenceOpenAct,
)
from portal.wire.drafts.deadlines import close, judge_unopposed, may_answer, opened, oppose
from portal.wire.drafts.judging import are_authentic, is_conflicted, is_silence_running, made
from portal.wire.drafts.lifecycle import UNSIGNED, adopt, doubt
from portal.wire.drafts.rights import RightsTable, delegation_of, includes, parties_of
from portal.wire.drafts.state import ActsContext, ActsState, Silence
from portal.wire.drafts.statements import read_objection


def silence_open(state: ActsState, line: ActLine, act: SilenceOpenAct, context: ActsContext) -> Refusal | None:
    """Open a silence over a text."""
    verdict = _judge_opening(state, line, act, context)
    if verdict is not None:
        return verdict
    state["silences"][act["silence"]] = {
        **opened(line, act["deadline_ms"], act["eligible"]),
        "status": "open",
        "root": act["root"],
        "langs": list(act["langs"]),
        "entitled": _entitled_by(state["rights"]),
        "extensions": [],
        "consents": [],
        "late": [],
    }
    return None


def _judge_opening(state: ActsState, line: ActLine, act: SilenceOpenAct, context: ActsContext) -> Refusal | None:
    if is_silence_running(state):
        return "silence_running"
    if act["silence"] in state["silences"]:
        return "id_taken"
    if is_conflicted(state):
        return "conflicted"
    if not are_authentic(state, act["langs"]):
        return "languages"
    # All who negotiate are heard: a chair can leave nobody out.
    if act["eligible"] != parties_of(state["rights"]):
        return "eligible"
    return "deadline_short" if act["deadline_ms"] - line.at_ms < context.silence_min_ms else None


def silence_extend(state: ActsState, line: ActLine, act: SilenceExtendAct, _context: ActsContext) -> Refusal | None:
    """Move the deadline."""
    silence = state["silences"].get(act["silence"])
    if silence is None:
        return "unknown_silence"
    if silence["closed"] is not None:
        return "not_running"
    if line.at_ms > silence["deadline_ms"]:
        return "deadline_passed"
    if act["deadline_ms"] <= silence["deadline_ms"]:
        return "deadline_earlier"
    silence["deadline_ms"] = act["deadline_ms"]
    silence["extensions"].append({**made(line), "deadline_ms": act["deadline_ms"]})
    return None


def silence_break(state: ActsState, line: ActLine, act: SilenceBreakAct, _context: ActsContext) -> Refusal | None:
    """Break it."""
    silence = state["silences"].get(act["silence"])
    if silence is None:
        return "unknown_silence"
    verdict = oppose(silence, line, act.get("reason", ""))
    if verdict is None:
        silence["status"] = "broken"
    return verdict


def silence_consent(state: ActsState, line: ActLine, act: SilenceConsentAct, _context: ActsContext) -> Refusal | None:
    """Note consent."""
    silence = state["silences"].get(act["silence"])
    if silence is None:
        return "unknown_silence"
    verdict = may_answer(silence, line)
    if verdict is None:
        silence["consents"].append(made(line))
    return verdict


def silence_close(state: ActsState, line: ActLine, act: SilenceCloseAct, _context: ActsContext) -> Refusal | None:
    """Close it."""
    silence = state["silences"].get(act["silence"])
    if silence is None:
        return "unknown_silence"
    if silence["closed"] is not None:
        return "not_running"
    adopted = act["outcome"] == "adopted"
    verdict = judge_unopposed(silence, line, act, "broken") if adopted else None
    if act["outcome"] == "broken" and not silence["objections"]:
        verdict = "not_broken"
    if verdict is not None:
        return verdict
    close(silence, line)
    silence["status"] = "adopted" if adopted else "ended"
    if adopted:
        adopt(state, line, silence["root"], silence["langs"], silence=act["silence"])
    return None


def silence_late(state: ActsState, line: ActLine, act: SilenceLateAct, context: ActsContext) -> Refusal | None:
    """Doubt an adoption for an objection that was kept out."""
    silence = state["silences"].get(act["silence"])
    if silence is None:
        return "unknown_silence"
    if silence["status"] not in {"adopted", "disputed"}:
        return "not_adopted"
    # Once a text is signed, its adoption is past: the signatures say who consents.
    if state["stage"] not in UNSIGNED:
        return "too_late"
    verdict = _judge_objection(state, silence, line, act, context.draft)
    if verdict is not None or line.proof is None:
        return verdict
    receipt = act["objection"].get("receipt")
    missing = line.proof.receipt == "missing"
    proven = receipt if receipt is not None and missing and receipt["at_ms"] <= silence["deadline_ms"] else None
    silence["late"].append(
        {
            **made(line),
            "objector": line.proof.account,
            "objector_delegation": _objector_of(state, silence, line.proof.account),
            "receipt": proven.copy() if proven is not None else None,
        }
    )
    status: Literal["disputed", "void"] = "disputed" if proven is None else "void"
    silence["status"] = status
    adoption = state["adoption"]
    if adoption is not None and adoption["silence"] == act["silence"] and adoption["status"] != "void":
        doubt(state, line, status)
    return None


def _judge_objection(  # noqa: PLR0911 - each rule has its reason
    state: ActsState, silence: Silence, line: ActLine, act: SilenceLateAct, draft: str
) -> Refusal | None:
    said, proof = read_objection(act["objection"]["statement"]), line.proof
    if said is None:
        return "wrong_statement"
    if proof is None:
        return "bad_signature"
    by = (proof.account, _objector_of(state, silence, proof.account), proof.device)
    if (said["account"], said["delegation"], said["device"]) != by:
        return "wrong_signer"
    if said["draft"] != draft or said["silence"] != act["silence"]:
        return "wrong_statement"
    if said["root"] != silence["root"]:
        return "wrong_root"
    if said["delegation"] not in silence["eligible"]:
        return "not_eligible"
    return "deadline_passed" if said["at"] > silence["deadline_ms"] else None


def _objector_of(state: ActsState, silence: Silence, account: str) -> str:
    """Return for whom an account could object: as the table was when the silence was opened, or as it is now."""
    return silence["entitled"].get(account) or delegation_of(state["rights"], account)


def _entitled_by(table: RightsTable | None) -> dict[str, str]:
    members = table["members"] if table else []
    speakers = [one for one in members if one["delegation"] and includes(one["right"], "propose")]
    return {one["account"]: one["delegation"] for one in speakers}
