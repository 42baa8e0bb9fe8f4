"""Random streams of acts: half of them what a negotiation would do next, half of them anything by anybody."""

import random
from collections.abc import Callable
from typing import Any, Final

from portal.wire.drafts.acts import Proof
from portal.wire.drafts.reading import ACT_TYPES
from portal.wire.drafts.rights import Right
from tests.wire.drafts.act_scripts import (
    HOUR_MS,
    NORTH,
    PEOPLE,
    SIG,
    SOUTH,
    WEST,
    Script,
    clause,
    name_hash,
    name_id,
    roots,
    table,
)

_STEPS: Final = ("submitted", "ratified", "accepted", "deposited", "deposited", "in_force", "withdrawn")
_WHO: Final = tuple(PEOPLE)
_SPEAKERS: Final = {NORTH: "north", SOUTH: "south", WEST: "west"}
_TYPES: Final = tuple(sorted(ACT_TYPES))
_JUNK: Final[tuple[Any, ...]] = (None, True, -1, 2**53 - 1, "", "x", "\u202ename", "한국어", [], {}, [[]], "A" * 43)


def random_script(seed: int) -> Script:
    """The stream that every run makes of ``seed``."""
    chance = random.Random(seed)
    script = Script(f"random {seed}")
    for _ in range(chance.randrange(10, 45)):
        if chance.random() < 0.1:
            script.wait(chance.choice((0.5, 20, 75)))
        if chance.random() < 0.6:
            _go_on(script, chance)
        else:
            _anything(script, chance)
    return script


def _go_on(script: Script, chance: random.Random) -> None:
    """Do what a negotiation at this point would do."""
    state = script.state
    open_silence = next((one for one, held in state["silences"].items() if held["closed"] is None), None)
    if state["stage"] in {"signed", "submitted", "deposited", "in_force"}:
        _after_signature(script, chance)
    elif state["adoption"] is not None and state["adoption"]["status"] == "adopted":
        _after_adoption(script, chance)
    elif open_silence is not None:
        _in_silence(script, chance, open_silence)
    else:
        _before_adoption(script, chance)


def _before_adoption(script: Script, chance: random.Random) -> None:
    number = chance.randrange(8)
    item = clause(f"article {chance.randrange(2)}", words=chance.choice(("first", "first", "second")))
    if number < 3:
        stance = chance.choice(("accept", "accept", "accept", "ad_ref", "object"))
        for who in _SPEAKERS.values():
            _act(script, chance, who, "position", items=[{**item, "stance": stance}])
    elif number == 3:
        _act(script, chance, "chair", "agree", items=[item], level=chance.choice(("ad_ref", "agreed")))
    elif number == 4:
        decided = script.state["decisions"].get(name_id("bracket 0"))
        over = [one["number"] for one in decided["standing"]] if decided else []
        _act(script, chance, chance.choice(("south", "west")), "decide", bracket=name_id("bracket 0"), over=over,
             option=name_id(f"option {chance.randrange(2)}"), hash=name_hash("options"), clause=[])  # fmt: skip
    elif number == 5:
        _act(script, chance, "chair", "authentic", langs=chance.choice((["en"], ["en", "ko"])))
    else:
        _act(script, chance, "chair", "silence_open", **_opening(script, chance))


def _in_silence(script: Script, chance: random.Random, silence: str) -> None:
    number = chance.randrange(10)
    if number == 0:
        who = chance.choice(tuple(_SPEAKERS.values()))
        _act(script, chance, who, chance.choice(("silence_break", "silence_consent")), silence=silence)
    elif number < 3:
        later = script.state["silences"][silence]["deadline_ms"] + HOUR_MS
        _act(script, chance, "chair", "silence_extend", silence=silence, deadline_ms=later)
    else:
        script.wait(chance.choice((1, 74)))
        broken = bool(script.state["silences"][silence]["objections"]) != (chance.random() < 0.1)
        last = len(script.lines) - chance.choice((0, 0, 0, 0, 1))
        head = script.head(last + chance.choice((0, 0, 0, 0, 0, 0, 1)))
        _act(script, chance, "chair", "silence_close", silence=silence, through=last, head=head,
             outcome="broken" if broken else "adopted")  # fmt: skip


def _after_adoption(script: Script, chance: random.Random) -> None:
    state = script.state
    langs = state["adoption"]["langs"] if state["adoption"] else roots("en")
    number = chance.randrange(8)
    if number == 0 and state["adoption"] and state["adoption"]["silence"]:
        _late(script, chance, state["adoption"]["silence"])
    elif number < 3:
        for who in _SPEAKERS.values():
            _act(script, chance, who, "initial", items=[], root=name_hash("root"), sig=SIG)
    elif state["signing"] is None:
        order = chance.sample([NORTH, SOUTH, WEST], chance.randrange(1, 4))
        _act(script, chance, "chair", "sign_open", root=name_hash("root"), langs=langs, order=order, testimonium="")
    else:
        turn = state["signing"]["order"][len(state["signing"]["signatures"])]
        _sign(script, chance, _SPEAKERS[turn if chance.random() < 0.9 else SOUTH], langs)


def _after_signature(script: Script, chance: random.Random) -> None:
    who = chance.choice((*_SPEAKERS.values(), "chair"))
    rectifications = script.state["rectifications"]
    number = chance.randrange(6)
    if number < 4:
        step = chance.choice(_STEPS)
        _act(script, chance, "chair" if step == "in_force" else who, "lifecycle", step=step, date="2027-01-31")
    elif number == 4 or not rectifications:
        _act(script, chance, "chair", "rectify_open", **_correction(script, chance))
    else:
        script.wait(chance.choice((1, 80)))
        last = len(script.lines)
        _act(script, chance, "chair", "rectify_close", rectification=chance.choice(list(rectifications)), through=last,
             head=script.head(last), outcome=chance.choice(("corrected", "rejected")))  # fmt: skip


def _sign(script: Script, chance: random.Random, who: str, langs: list[list[str]]) -> None:
    delegation = {} if chance.random() < 0.9 else {"delegation": chance.choice((NORTH, SOUTH))}
    statement = script.statement(who, langs, **delegation)
    _act(script, chance, who, "sign", root=name_hash("root"), statement=statement, sig=SIG)


def _late(script: Script, chance: random.Random, silence: str) -> None:
    deadline = script.state["silences"][silence]["deadline_ms"]
    objection = script.objection("west", "x", silence=silence, at=deadline + chance.choice((-1, 0, 1)))
    if chance.random() < 0.5:
        number = chance.randrange(1, len(script.lines) + 2)
        head = name_hash("a head that the acts never had")
        objection["receipt"] = {
            "number": number,
            "head": head,
            "at_ms": deadline + chance.choice((0, 1)),
            "receipt": SIG,
        }
    who = chance.choice(tuple(_SPEAKERS.values()))
    proof = Proof(name_id("west's device"), name_id("west"), WEST, chance.choice(("none", "bad", "kept", "missing")))
    _act(script, chance, who, "silence_late", proof=proof, silence=silence, objection=objection)


def _anything(script: Script, chance: random.Random) -> None:
    who = chance.choice((*_WHO, "nobody"))
    if chance.random() < 0.1:
        changed: dict[str, Right] = {chance.choice(_WHO): chance.choice(("read", "comment", "pen", "chair"))}
        restored = chance.random() < 0.5
        script.take(chance.choice((who, "chair")), {"t": "rights", "table": table(**({} if restored else changed))})
        return
    kind = chance.choice(_TYPES)
    _act(script, chance, who, kind, **_fields(script, chance, kind))


def _act(script: Script, chance: random.Random, who: str, kind: str, **fields: Any) -> None:
    """Make an act, in one of twenty cases spoilt."""
    how: dict[str, Any] = {"seen": max(0, len(script.lines) - chance.choice((0, 0, 0, 1, 3)))}
    if kind in {"initial", "sign"} and chance.random() < 0.95:
        how["proof"] = script.own(who)
    if "proof" in fields:
        how["proof"] = fields.pop("proof")
    entry = {"v": 1, "t": kind, "at": script.at_ms, **fields}
    if chance.random() < 0.05:
        _spoil(entry, chance)
    script.take_entry(who, entry, **how)


def _spoil(value: dict[str, Any], chance: random.Random) -> None:
    key = chance.choice(sorted(value))
    inner = value[key]
    if isinstance(inner, list) and inner and isinstance(inner[0], dict) and chance.random() < 0.7:
        _spoil(inner[0], chance)
    elif isinstance(inner, list) and chance.random() < 0.5:
        value[key] = inner * 2
    elif chance.random() < 0.3:
        del value[key]
    else:
        value[chance.choice((key, key, "more"))] = chance.choice(_JUNK)


def _opening(script: Script, chance: random.Random) -> dict[str, Any]:
    return {
        "silence": name_id(f"silence {chance.randrange(4)}"),
        "root": name_hash("root"),
        "langs": roots(*(script.state["authentic"] or ["en"])),
        "deadline_ms": script.at_ms + chance.choice((71, 73, 73, 100)) * HOUR_MS,
        "eligible": [NORTH, SOUTH, WEST],
    }


def _correction(script: Script, chance: random.Random) -> dict[str, Any]:
    return {
        "rectification": name_id(f"rectification {chance.randrange(3)}"),
        "items": [{"node": name_id("article 0"), "lang": "en", "from": "shal", "to": "shall"}],
        "deadline_ms": script.at_ms + chance.choice((1, 73, 100)) * HOUR_MS,
    }


def _fields(script: Script, chance: random.Random, kind: str) -> dict[str, Any]:
    """Fields of an act of that type, drawn from few ids, so that acts meet each other."""

    def node() -> str:
        return name_id(f"article {chance.randrange(2)}")

    def item(**more: Any) -> dict[str, Any]:
        return clause(
            f"article {chance.randrange(2)}", chance.choice(("en", "ko")), chance.choice(("first", "second")), **more
        )

    last = chance.randrange(max(1, len(script.lines) - 3), len(script.lines) + 2)
    quoted = {"through": last, "head": script.head(last)}
    silence, rectification = name_id(f"silence {chance.randrange(4)}"), name_id(f"rectification {chance.randrange(3)}")
    stance = chance.choice(("accept", "ad_ref", "reserve", "object", "none"))
    decided = [line.number for line in script.lines if line.content["t"] == "decide"]
    root = chance.choice((name_hash("root"), name_hash("root"), name_hash("another root")))
    langs = roots(*chance.choice((["en"], ["ko"], ["en", "ko"])))
    fields: dict[str, Callable[[], dict[str, Any]]] = {
        "position": lambda: {"items": [item(stance=stance)], "note": "…"},
        "decide": lambda: {
            "bracket": name_id(f"bracket {chance.randrange(2)}"),
            "option": chance.choice(("", name_id("option 0"), name_id("option 1"))),
            "hash": name_hash("options"),
            "clause": [item()],
            "over": sorted(chance.sample(decided, min(len(decided), chance.randrange(4)))),
        },
        "agree": lambda: {"items": [item()], "level": chance.choice(("ad_ref", "agreed"))},
        "reopen": lambda: {"nodes": [node()], "reason": "새 훈령"},
        "package": lambda: {"package": node(), "name": "P", "nodes": [node()], "on": chance.random() < 0.7},
        "link": lambda: {"node": node(), "on": node(), "set": chance.random() < 0.7},
        "revision": lambda: {"name": f"Rev.{chance.randrange(9)}", "item": node()},
        "authentic": lambda: {"langs": ["en"]},
        "concord": lambda: {"items": [item(source=chance.choice(("en", "fr")), source_hash=name_hash("source"))]},
        "silence_open": lambda: _opening(script, chance),
        "silence_extend": lambda: {"silence": silence, "deadline_ms": script.at_ms + 100 * HOUR_MS},
        "silence_break": lambda: {"silence": silence, "reason": "no"},
        "silence_consent": lambda: {"silence": silence},
        "silence_close": lambda: {
            "silence": silence,
            **quoted,
            "outcome": chance.choice(("adopted", "broken", "withdrawn")),
        },
        "silence_late": lambda: {"silence": silence, "objection": script.objection("west", "silence 0")},
        "initial": lambda: {"items": [item()] * chance.randrange(2), "root": root, "sig": SIG},
        "sign_open": lambda: {"root": root, "langs": langs, "order": [WEST, NORTH], "testimonium": "…"},
        "sign": lambda: {"root": root, "statement": script.statement(chance.choice(_WHO), langs), "sig": SIG},
        "lifecycle": lambda: {
            "step": chance.choice(("submitted", "ratified", "acceded", "deposited", "in_force")),
            "date": "2027-01-31",
        },
        "rectify_open": lambda: _correction(script, chance),
        "rectify_object": lambda: {"rectification": rectification},
        "rectify_close": lambda: {
            "rectification": rectification,
            **quoted,
            "outcome": chance.choice(("corrected", "rejected")),
        },
    }
    return fields[kind]()
