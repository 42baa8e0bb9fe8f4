"""Initials and signatures. Twin of static/src/wire/drafts/signing.ts.

sign_open   the adopted text, in all its authentic languages, and the order of signing (alternat); again only while
            nobody has signed
sign        the next in the order, over exactly that text, with a statement that names the signer's own account,
            delegation and device; when the last has signed the draft is signed
initial     clauses as they read, or (no items) the whole text; every party's under the whole: initialled
"""

from typing import Final

from portal.wire.drafts.acts import ActLine, InitialAct, Refusal, SignAct, SignOpenAct
from portal.wire.drafts.judging import are_authentic, made
from portal.wire.drafts.lifecycle import UNSIGNED, advance, check_initialled
from portal.wire.drafts.rights import parties_of
from portal.wire.drafts.state import ActsContext, ActsState, Signing
from portal.wire.drafts.statements import read_signature

INITIALS_MAX: Final = 100_000
"""Initials that are kept, and clauses under them, together."""


def initial(state: ActsState, line: ActLine, act: InitialAct, _context: ActsContext) -> Refusal | None:
    """Put initials under clauses, or under the whole."""
    if not line.delegation:
        return "no_delegation"
    if state["stage"] not in UNSIGNED:
        return "too_late"
    proof = _judge_own_proof(line)
    if proof is not None:
        return proof
    adoption, root = state["adoption"], act["root"]
    if adoption is not None and adoption["status"] == "adopted" and root != adoption["root"]:
        return "wrong_root"
    if (refused := _judge_kept(state, line, act)) is not None:
        return refused
    items = [item.copy() for item in act["items"]]
    state["initials"].append(
        {**made(line), "device": line.device, "items": items, "root": root, "at": act["at"], "sig": act["sig"]}
    )
    check_initialled(state, line)
    return None


def _judge_kept(state: ActsState, line: ActLine, act: InitialAct) -> Refusal | None:
    whole = [(one["account"], one["root"]) for one in state["initials"] if not one["items"]]
    if not act["items"] and (line.account, act["root"]) in whole:
        return "already_signed"
    kept = sum(1 + len(one["items"]) for one in state["initials"])
    return "too_many" if kept + 1 + len(act["items"]) > INITIALS_MAX else None


def sign_open(state: ActsState, line: ActLine, act: SignOpenAct, _context: ActsContext) -> Refusal | None:
    """Open the signing of the adopted text."""
    adoption, signing = state["adoption"], state["signing"]
    if adoption is None or adoption["status"] != "adopted":
        return "not_adopted"
    if signing is not None and signing["signatures"]:
        return "already_signed"
    if not are_authentic(state, act["langs"]):
        return "languages"
    if act["root"] != adoption["root"] or act["langs"] != adoption["langs"]:
        return "wrong_root"
    if not set(act["order"]) <= set(parties_of(state["rights"])):
        return "not_party"
    state["signing"] = {
        **made(line),
        "root": act["root"],
        "langs": list(act["langs"]),
        "order": list(act["order"]),
        "testimonium": act["testimonium"],
        "signatures": [],
    }
    return None


def sign(state: ActsState, line: ActLine, act: SignAct, context: ActsContext) -> Refusal | None:
    """Sign in the order."""
    adoption, signing = state["adoption"], state["signing"]
    if not line.delegation:
        return "no_delegation"
    if signing is None:
        return "not_open"
    if adoption is None or adoption["status"] != "adopted":
        return "not_adopted"
    verdict = (
        _judge_own_proof(line) or _judge_statement(signing, line, act, context.draft) or _judge_turn(signing, line)
    )
    if verdict is not None:
        return verdict
    signing["signatures"].append(
        {**made(line), "device": line.device, "statement": act["statement"], "sig": act["sig"]}
    )
    if len(signing["signatures"]) == len(signing["order"]):
        advance(state, line, "signed")
    return None


def _judge_own_proof(line: ActLine) -> Refusal | None:
    """Judge whether the detached signature is the author's own, by the very device that sent the act."""
    if line.proof is None:
        return "bad_signature"
    own = (line.proof.account, line.proof.device) == (line.account, line.device)
    return None if own else "wrong_signer"


def _judge_statement(signing: Signing, line: ActLine, act: SignAct, draft: str) -> Refusal | None:
    said = read_signature(act["statement"])
    if said is None or said["draft"] != draft or said["at"] != act["at"]:
        return "wrong_statement"
    if (said["account"], said["delegation"], said["device"]) != (line.account, line.delegation, line.device):
        return "wrong_signer"
    here = act["root"] == signing["root"] == said["root"] and said["langs"] == signing["langs"]
    return None if here else "wrong_root"


def _judge_turn(signing: Signing, line: ActLine) -> Refusal | None:
    if line.delegation not in signing["order"]:
        return "not_party"
    if any(one["delegation"] == line.delegation for one in signing["signatures"]):
        return "already_signed"
    turn = signing["order"][len(signing["signatures"])]
    return None if turn == line.delegation else "out_of_order"
