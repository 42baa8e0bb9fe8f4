"""Scripts of acts: who does what, and what it comes to. Both twins play them (make_act_vectors.py, test_acts.py)."""

import hashlib
from dataclasses import asdict
from functools import cache
from typing import Any, Final

from portal.wire.drafts.acts import ActLine, LineContent, Proof, Refusal
from portal.wire.drafts.jcs import jcs
from portal.wire.drafts.reading import read_act
from portal.wire.drafts.reducer import step
from portal.wire.drafts.rights import Author, Right, RightsTable, author_of
from portal.wire.drafts.state import ActsContext, ActsState, empty_state
from portal.wire.drafts.statements import objection_statement, signature_statement
from portal.wire.ids import b64

HOUR_MS: Final = 3_600_000
START_MS: Final = 1_790_000_000_000


@cache
def name_id(name: str) -> str:
    """An id that is always the same for the same name."""
    return b64(hashlib.sha256(f"id {name}".encode()).digest()[:16])


@cache
def name_hash(name: str) -> str:
    return b64(hashlib.sha256(f"hash {name}".encode()).digest())


SIG: Final = b64(bytes(range(64)))
DRAFT: Final = name_id("draft")
ROOM: Final = name_id("room")
CONTEXT: Final = ActsContext(DRAFT)
NORTH, SOUTH, WEST = sorted(name_id(name) for name in ("north", "south", "west"))
PEOPLE: Final[dict[str, tuple[str, Right]]] = {
    "chair": (NORTH, "chair"),
    "north": (NORTH, "propose"),
    "south": (SOUTH, "pen"),
    "west": (WEST, "pen"),
    "guest": (WEST, "comment"),
    "secretary": ("", "pen"),
}


def table(**changed: Right) -> RightsTable:
    """The rights of PEOPLE, some of them changed."""
    members = [
        {"account": name_id(name), "delegation": delegation, "right": changed.get(name, right)}
        for name, (delegation, right) in PEOPLE.items()
    ]
    members.sort(key=lambda member: member["account"])
    return {"default": "read", "draft": DRAFT, "members": members, "room": ROOM, "v": 1}  # type: ignore[typeddict-item]


def clause(node: str, lang: str = "en", words: str = "first", **more: Any) -> dict[str, Any]:
    return {"node": name_id(node), "lang": lang, "hash": name_hash(f"{node} {lang} {words}"), **more}


def roots(*langs: str, words: str = "whole") -> list[list[str]]:
    return [[lang, name_hash(f"{lang} {words}")] for lang in langs]


class Script:
    """A stream of acts in the making, reduced act by act."""

    def __init__(self, name: str, *, founded: bool = True) -> None:
        self.name = name
        self.lines: list[ActLine] = []
        self.entries: dict[int, Any] = {}
        self.verdicts: list[Refusal | None] = []
        self.state: ActsState = empty_state()
        self.at_ms = START_MS
        if founded:
            self.line("chair", {"t": "founding", "table": table()})

    def wait(self, hours: float) -> None:
        self.at_ms += int(hours * HOUR_MS)

    def author(self, who: str) -> Author:
        return author_of(self.state["rights"], name_id(who), PEOPLE[who][0] if who in PEOPLE else "")

    def take(
        self, who: str, content: LineContent, seen: int | None = None, proof: Proof | None = None
    ) -> Refusal | None:
        """Take one line; ``seen``: all before it unless told."""
        self.at_ms += 1
        number = len(self.lines) + 1
        author = self.author(who)
        line = ActLine(
            number=number,
            seen=number - 1 if seen is None else seen,
            head=self.head(number),
            account=author.account,
            device=name_id(f"{who}'s device"),
            delegation=author.delegation,
            right=author.right,
            at_ms=self.at_ms,
            content=content,
            proof=proof,
        )
        verdict = step(self.state, line, CONTEXT)
        self.lines.append(line)
        self.verdicts.append(verdict)
        return verdict

    def take_entry(self, who: str, entry: Any, **how: Any) -> Refusal | None:
        """Take an entry as a client does: written, and read again."""
        self.entries[len(self.lines) + 1] = entry
        return self.take(who, read_act(jcs(entry)), **how)

    def line(self, who: str, content: LineContent, *, refused: Refusal | None = None) -> int:
        verdict = self.take(who, content)
        assert verdict == refused, (self.name, len(self.lines), content["t"], verdict)
        return len(self.lines)

    def act(self, who: str, kind: str, *, refused: Refusal | None = None, **fields: Any) -> int:
        how: dict[str, Any] = {key: fields.pop(key) for key in ("seen", "proof") if key in fields}
        verdict = self.take_entry(who, {"v": 1, "t": kind, "at": self.at_ms, **fields}, **how)
        assert verdict == refused, (self.name, len(self.lines), kind, verdict)
        return len(self.lines)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the lines, with what was in an entry in place of what it was read as."""
        lines = []
        for line in self.lines:
            fields = asdict(line)
            if line.number in self.entries:
                del fields["content"]
                fields["entry"] = self.entries[line.number]
            lines.append(fields)
        return lines

    def head(self, number: int) -> str:
        return name_hash(f"head {number}")

    def own(self, who: str) -> Proof:
        """The proof of a signature by ``who``'s own device."""
        return Proof(name_id(f"{who}'s device"), name_id(who), self.author(who).delegation)

    def statement(self, who: str, langs: list[list[str]], **changed: Any) -> str:
        """The statement that ``who`` signs now."""
        fields: dict[str, Any] = {
            "account": name_id(who),
            "at": self.at_ms,
            "capacity": "전권대표",
            "delegation": self.author(who).delegation,
            "device": name_id(f"{who}'s device"),
            "draft": DRAFT,
            "langs": langs,
            "name": "Nguyễn Thị Ánh",
            "root": name_hash("root"),
            "v": 1,
        }
        return signature_statement({**fields, **changed})  # type: ignore[typeddict-item]

    def objection(self, who: str, about: str, **changed: Any) -> dict[str, Any]:
        """An objection that ``who`` made outside, an hour ago."""
        fields: dict[str, Any] = {
            "account": name_id(who),
            "at": self.at_ms - HOUR_MS,
            "delegation": self.author(who).delegation,
            "device": name_id(f"{who}'s device"),
            "draft": DRAFT,
            "item": "",
            "reason": "Article 3 goes too far",
            "root": name_hash("root"),
            "silence": name_id(about),
            "v": 1,
        }
        return {"statement": objection_statement({**fields, **changed}), "sig": SIG}  # type: ignore[typeddict-item]

    def open_silence(self, silence: str, hours: float = 72.01, **how: Any) -> int:
        fields: dict[str, Any] = {
            "silence": name_id(silence),
            "root": name_hash("root"),
            "langs": roots("en"),
            "deadline_ms": self.at_ms + int(hours * HOUR_MS),
            "eligible": [NORTH, SOUTH, WEST],
        }
        return self.act("chair", "silence_open", **{**fields, **how})

    def close_silence(self, silence: str, outcome: str = "adopted", *, through: int | None = None, **how: Any) -> int:
        last = len(self.lines) if through is None else through
        fields: dict[str, Any] = {
            "silence": name_id(silence),
            "through": last,
            "head": self.head(last),
            "outcome": outcome,
        }
        return self.act("chair", "silence_close", **{**fields, **how})


def decisions() -> Script:
    """Two decide one bracket at once."""
    script = Script("decisions")
    bracket: dict[str, Any] = {
        "bracket": name_id("bracket"),
        "hash": name_hash("options"),
        "clause": [clause("article 1")],
    }
    shall, should = name_id("shall"), name_id("should")
    script.act("north", "decide", **bracket, option=shall, over=[], refused="right")
    first = script.act("south", "decide", **bracket, option=shall, over=[])
    second = script.act("west", "decide", **bracket, option=should, over=[], seen=1)
    script.act("west", "decide", **bracket, option=shall, over=[second, 1], refused="malformed")
    script.act("west", "decide", **bracket, option=shall, over=[1], refused="over_unknown")
    third = script.act("south", "decide", **bracket, option=shall, over=[second], seen=second)
    # Who had not seen the third settles nothing: one conflict more.
    script.act("west", "decide", **bracket, option=should, over=[first, second, third], seen=2, refused="over_unseen")
    fourth = script.act("west", "decide", **bracket, option=should, over=[first, second], seen=second)
    settled = script.act("chair", "decide", **bracket, option=shall, over=[third, fourth])
    script.act("south", "decide", **bracket, option=shall, over=[])
    script.act("secretary", "decide", **bracket, option="", over=[settled, settled + 1])
    return script


def agreements() -> Script:
    """Agreement needs everybody's word on these words."""
    script = Script("agreements")
    one, other = clause("article 1"), clause("article 2")
    script.act("chair", "agree", items=[one], level="agreed", refused="position_missing")
    for who in ("north", "south"):
        script.act(who, "position", items=[{**one, "stance": "accept"}, {**other, "stance": "ad_ref"}], note="생각 중")
    script.act("secretary", "position", items=[{**one, "stance": "object"}], refused="no_delegation")
    script.act("west", "position", items=[{**one, "stance": "object"}, {**other, "stance": "accept"}])
    script.act("chair", "agree", items=[other, one], level="agreed", refused="position_ad_ref")
    script.act("chair", "agree", items=[one], level="agreed", refused="standing_objection")
    script.act("south", "agree", items=[other], level="ad_ref", refused="right")
    script.act("chair", "agree", items=[other], level="ad_ref")
    script.act("chair", "agree", items=[other], level="ad_ref", refused="already_agreed")
    script.act("west", "position", items=[{**one, "stance": "none"}])
    script.act("chair", "agree", items=[one], level="ad_ref", refused="position_missing")
    script.act("west", "position", items=[{**one, "stance": "accept"}])
    # The words changed: nobody said anything on these.
    script.act(
        "chair", "agree", items=[clause("article 1", words="second")], level="agreed", refused="position_missing"
    )
    script.act("chair", "agree", items=[one], level="agreed")
    script.act("west", "position", items=[{**one, "stance": "reserve"}], refused="already_agreed")
    everywhere = [{**clause("article 3", f"x{letter}"), "stance": "accept"} for letter in "abcdefghijklmnopqrstuvwxyz"]
    more = [{**clause("article 3", f"y{letter}"), "stance": "accept"} for letter in "abcdefg"]
    script.act("west", "position", items=everywhere + more, refused="too_many")
    script.act("west", "position", items=[{**clause("article 1", words="second"), "stance": "reserve"}])
    script.act("west", "reopen", nodes=[name_id("annex")], reason="", refused="not_agreed")
    script.act("west", "reopen", nodes=[name_id("article 2"), name_id("annex")], reason="instructions changed")
    script.act("chair", "agree", items=[other], level="ad_ref", refused="position_missing")
    return script


def arrangement() -> Script:
    """Packages, links, revisions, languages."""
    script = Script("arrangement")
    package: dict[str, Any] = {
        "package": name_id("package"),
        "name": "Énergie / 에너지",
        "nodes": [name_id("article 1")],
    }
    script.act("south", "package", **package, on=False, refused="unknown_package")
    script.act("south", "package", **package, on=True)
    script.act("west", "package", **{**package, "nodes": []}, on=False)
    one, other, third = (name_id(name) for name in ("article 1", "article 2", "article 3"))
    script.act("south", "link", node=one, on=one, set=True, refused="link_itself")
    script.act("south", "link", node=one, on=other, set=False, refused="link_unknown")
    for on in (third, other, other):
        script.act("south", "link", node=one, on=on, set=True)
    script.act("south", "link", node=other, on=one, set=True)
    script.act("south", "link", node=other, on=one, set=False)
    script.act("south", "revision", name="Rev.1", item=name_id("item"))
    script.act("west", "revision", name="Rev.1", item=name_id("item 2"), refused="name_taken")
    script.act("west", "revision", name="Rev.2", item=name_id("item 2"))
    source: dict[str, Any] = {"source": "en", "source_hash": clause("article 1")["hash"]}
    script.act("guest", "concord", items=[clause("article 1", "ko", **source)], refused="right")
    script.act("north", "concord", items=[clause("article 1", "en", **source)], refused="same_language")
    script.act("north", "concord", items=[clause("article 1", "ko", **source)])
    script.act("south", "authentic", langs=["en", "ko"], refused="right")
    script.act("chair", "authentic", langs=["ko", "en"], refused="malformed")
    script.act("chair", "authentic", langs=["en", "ko"])
    script.act("chair", "lifecycle", step="withdrawn", date="2026-11-22")
    script.act("north", "position", items=[clause("article 1", stance="accept")], refused="withdrawn")
    return script


def standing() -> Script:
    """Who may what, and what cannot be read."""
    script = Script("standing", founded=False)
    script.act("chair", "authentic", langs=["en"], refused="no_founding")
    script.line("chair", {"t": "rights", "table": table()}, refused="no_founding")
    script.line("south", {"t": "founding", "table": table()}, refused="no_chair")
    script.line("chair", {"t": "founding", "table": {**table(), "draft": ROOM}}, refused="malformed")
    script.line("chair", {"t": "founding", "table": table()})
    script.line("chair", {"t": "founding", "table": table()}, refused="founded")
    script.line("south", {"t": "rights", "table": table()}, refused="right")
    script.line("chair", {"t": "rights", "table": table(chair="pen")}, refused="no_chair")
    script.line("south", {"t": "unread", "reason": "sealed"}, refused="sealed")
    script.act("chair", "coronation", refused="unknown_type")
    script.act("chair", "authentic", langs=["English"], refused="malformed")
    script.act("guest", "reopen", nodes=[name_id("article 1")], reason="", refused="right")
    script.act("nobody", "reopen", nodes=[name_id("article 1")], reason="", refused="right")
    script.line("chair", {"t": "rights", "table": table(guest="pen", south="chair", chair="read")})
    script.act("guest", "revision", name="Rev.1", item=name_id("item"))
    script.act("chair", "authentic", langs=["en"], refused="right")
    script.act("south", "authentic", langs=["en"])
    return script


def silence_kept() -> Script:
    """A silence that nobody breaks, and what an adoption locks."""
    script = Script("silence kept")
    shall: dict[str, Any] = {
        "bracket": name_id("bracket"),
        "hash": name_hash("options"),
        "clause": [],
        "option": name_id("shall"),
    }
    script.open_silence("first", 71, refused="deadline_short")
    script.open_silence("first", eligible=sorted([SOUTH, WEST]), refused="eligible")
    script.open_silence("first", langs=roots("en", "ko"), refused="languages")
    script.act("south", "decide", **shall, over=[])
    script.act("west", "decide", **{**shall, "option": name_id("should")}, over=[], seen=1)
    script.open_silence("first", refused="conflicted")
    script.act("west", "decide", **shall, over=[len(script.lines) - 2, len(script.lines) - 1])
    script.open_silence("first")
    script.open_silence("second", refused="silence_running")
    script.act("chair", "authentic", langs=["en"], refused="silence_running")
    script.act("west", "decide", **shall, over=[], refused="silence_running")
    script.act("south", "silence_consent", silence=name_id("first"))
    script.act("secretary", "silence_consent", silence=name_id("first"), refused="not_eligible")
    script.act("chair", "silence_consent", silence=name_id("second"), refused="unknown_silence")
    deadline = script.at_ms + 96 * HOUR_MS
    script.act("chair", "silence_extend", silence=name_id("first"), deadline_ms=START_MS, refused="deadline_earlier")
    script.act("south", "silence_extend", silence=name_id("first"), deadline_ms=deadline, refused="right")
    script.act("chair", "silence_extend", silence=name_id("first"), deadline_ms=deadline)
    script.wait(73)
    script.close_silence("first", refused="too_early")
    last = script.act("north", "position", items=[clause("article 1", stance="accept")])
    script.close_silence("first", "broken", refused="not_broken")
    script.wait(24)
    script.act("west", "silence_break", silence=name_id("first"), refused="deadline_passed")
    script.act("chair", "silence_extend", silence=name_id("first"), deadline_ms=deadline * 2, refused="deadline_passed")
    script.close_silence("first", through=last, refused="left_out")
    script.close_silence("first", head=name_hash("another head"), refused="wrong_head")
    script.close_silence("first", through=999, refused="wrong_head")
    script.close_silence("first", through=last + 1)
    script.close_silence("first", refused="not_running")
    script.act("west", "silence_break", silence=name_id("first"), refused="not_running")
    script.act("west", "reopen", nodes=[name_id("article 1")], reason="", refused="locked")
    script.open_silence("second", refused="locked")
    script.act("chair", "lifecycle", step="adopted", date="2026-11-22", root=name_hash("root"), langs=roots("en"),
               refused="step_order")  # fmt: skip
    return script


def silence_broken() -> Script:
    """One objection is enough; a chair may also give up; who loses the right to object was not heard."""
    script = Script("silence broken")
    script.open_silence("first")
    script.act("west", "silence_break", silence=name_id("first"), reason="Nein")
    script.act("south", "silence_break", silence=name_id("first"))
    script.act("guest", "silence_break", silence=name_id("first"), refused="right")
    script.wait(80)
    script.close_silence("first", refused="broken")
    script.act("chair", "lifecycle", step="adopted", date="2026-11-22", root=name_hash("root"), langs=roots("en"),
               refused="silence_running")  # fmt: skip
    script.close_silence("first", "broken")
    script.open_silence("first", refused="id_taken")
    script.open_silence("second")
    script.close_silence("second", "withdrawn")
    script.open_silence("third")
    script.line("chair", {"t": "rights", "table": table(west="read", guest="read")})
    script.act("west", "silence_break", silence=name_id("third"), refused="right")
    script.line("chair", {"t": "rights", "table": table()})
    script.wait(80)
    script.close_silence("third", refused="eligible_removed")
    script.close_silence("third", "withdrawn")
    return script


def silence_suppressed() -> Script:
    """An objection was kept out of the acts: the adoption is disputed, and with the server's receipt void."""
    script = Script("silence suppressed")
    script.act("south", "revision", name="Rev.1", item=name_id("item"))
    script.open_silence("first")
    script.act("west", "silence_late", silence=name_id("first"), objection=script.objection("west", "first"),
               proof=script.own("west"), refused="not_adopted")  # fmt: skip
    script.wait(72)
    script.wait(1)
    script.close_silence("first")
    late: dict[str, Any] = {"silence": name_id("first"), "proof": script.own("west")}
    in_time = script.at_ms - 2 * HOUR_MS
    good = script.objection("west", "first", at=in_time)
    script.act("south", "silence_late", **{**late, "silence": name_id("x")}, objection=good, refused="unknown_silence")
    script.act("south", "silence_late", **{**late, "proof": None}, objection=good, refused="bad_signature")
    script.act("south", "silence_late", **late, objection={**good, "statement": "{}"}, refused="wrong_statement")
    spoilt: dict[Refusal, dict[str, Any]] = {
        "wrong_signer": {"delegation": SOUTH},
        "wrong_statement": {"silence": name_id("second")},
        "wrong_root": {"root": name_hash("another root")},
        "deadline_passed": {"at": script.at_ms},
    }
    for refused, changed in spoilt.items():
        objection = script.objection("west", "first", **{"at": in_time, **changed})
        script.act("south", "silence_late", **late, objection=objection, refused=refused)
    stranger = script.objection("secretary", "first", at=in_time)
    script.act("south", "silence_late", **{**late, "proof": script.own("secretary")}, objection=stranger,
               refused="not_eligible")  # fmt: skip
    script.act("south", "position", items=[clause("article 1", stance="accept")], refused="locked")
    # That the chair took the objector's rights away since then does not help.
    script.line("chair", {"t": "rights", "table": table(west="read")})
    script.act("south", "silence_late", **late, objection=good)
    # On the table again: Rev.1.
    script.act("south", "position", items=[clause("article 1", stance="accept")])
    receipt: dict[str, Any] = {
        "number": 4,
        "head": name_hash("a head that the acts never had"),
        "at_ms": in_time,
        "receipt": SIG,
    }
    with_receipt: dict[str, Any] = {
        **script.objection("west", "first", at=in_time, item=name_hash("item")),
        "receipt": receipt,
    }
    word = script.own("west")
    for receipt_is in ("bad", "kept"):
        proof = Proof(word.device, word.account, word.delegation, receipt_is)
        script.act("south", "silence_late", **{**late, "proof": proof}, objection=with_receipt)
    proof = Proof(word.device, word.account, word.delegation, "missing")
    script.act("south", "silence_late", **{**late, "proof": proof}, objection=with_receipt)
    script.act("south", "silence_late", **late, objection=good, refused="not_adopted")
    script.act("chair", "lifecycle", step="adopted", date="2026-11-22", root=name_hash("root"), langs=roots("en"))
    return script


def signatures() -> Script:
    """From the authentic languages to a treaty in force, and an error put right."""
    script = Script("signatures")
    both = roots("en", "ko")
    root: dict[str, Any] = {"root": name_hash("root")}
    order = [SOUTH, NORTH, WEST]
    opening: dict[str, Any] = {
        **root,
        "langs": both,
        "order": order,
        "testimonium": "IN WITNESS WHEREOF / 이상의 증거로",
    }
    script.act("chair", "authentic", langs=["en", "ko"])
    script.act("north", "initial", **root, items=[clause("article 1")], sig=SIG, proof=script.own("north"))
    script.act("north", "initial", **root, items=[], sig=SIG, proof=script.own("north"))
    script.act("chair", "sign_open", **opening, refused="not_adopted")
    adopted: dict[str, Any] = {"step": "adopted", "date": "2026-11-22", **root}
    script.act("chair", "lifecycle", **adopted, refused="malformed")
    script.act("chair", "lifecycle", **adopted, langs=roots("en"), refused="languages")
    script.act("south", "lifecycle", **adopted, langs=both, refused="right")
    script.act("chair", "lifecycle", **adopted, langs=both)
    initial: dict[str, Any] = {**root, "items": [], "sig": SIG}
    script.act("north", "initial", **initial, proof=script.own("north"), refused="already_signed")
    script.act("south", "initial", **initial, refused="bad_signature")
    script.act("south", "initial", **initial, proof=script.own("west"), refused="wrong_signer")
    wrong: dict[str, Any] = {**initial, "root": name_hash("another root")}
    script.act("south", "initial", **wrong, proof=script.own("south"), refused="wrong_root")
    script.act("secretary", "initial", **initial, proof=script.own("secretary"), refused="no_delegation")
    for who in ("south", "west"):
        script.act(who, "initial", **initial, proof=script.own(who))
    sign(script, opening, both)
    ratify(script)
    rectify(script)
    return script


def sign(script: Script, opening: dict[str, Any], both: list[list[str]]) -> None:
    root: dict[str, Any] = {"root": name_hash("root")}

    def signing(who: str, refused: Refusal | None = None, **changed: Any) -> None:
        act: dict[str, Any] = {
            **root,
            "statement": script.statement(who, both),
            "sig": SIG,
            "proof": script.own(who),
            **changed,
        }
        script.act(who, "sign", refused=refused, **act)

    signing("south", "not_open")
    script.act("chair", "sign_open", **{**opening, "langs": both[:1]}, refused="languages")
    script.act("chair", "sign_open", **{**opening, **wrong_root()}, refused="wrong_root")
    script.act("chair", "sign_open", **{**opening, "order": [SOUTH, name_id("east")]}, refused="not_party")
    script.act("chair", "sign_open", **opening)
    script.act("chair", "sign_open", **opening)
    signing("north", "out_of_order")
    signing("secretary", "no_delegation")
    signing("south", "bad_signature", proof=None)
    signing("south", "wrong_signer", proof=script.own("west"))
    signing("south", "wrong_statement", statement="so help me")
    signing("south", "wrong_statement", statement=script.statement("south", both, at=1))
    signing("south", "wrong_signer", statement=script.statement("south", both, delegation=NORTH))
    signing("south", "wrong_signer", statement=script.statement("west", both))
    signing("south", "wrong_root", **wrong_root())
    signing("south", "wrong_root", statement=script.statement("south", both, **wrong_root()))
    signing("south", "wrong_root", statement=script.statement("south", both[:1]))
    signing("south")
    signing("south", "already_signed")
    script.act("chair", "sign_open", **opening, refused="already_signed")
    script.act("north", "lifecycle", step="submitted", date="2026-12-01", refused="step_order")
    signing("north")
    signing("west")
    script.act("west", "initial", **root, items=[], sig=SIG, proof=script.own("west"), refused="too_late")


def wrong_root() -> dict[str, str]:
    return {"root": name_hash("another root")}


def ratify(script: Script) -> None:
    def step_of(who: str, step_name: str, refused: Refusal | None = None, **delegation: str) -> None:
        script.act(who, "lifecycle", step=step_name, date="2027-01-31", refused=refused, **delegation)

    step_of("chair", "in_force", "malformed", delegation=NORTH)
    step_of("north", "deposited", "step_order")
    step_of("secretary", "ratified", "no_delegation")
    step_of("south", "ratified", "own_only", delegation=NORTH)
    step_of("south", "submitted")
    step_of("south", "submitted", "step_order")
    step_of("south", "ratified")
    step_of("south", "acceded", "not_party")
    step_of("south", "deposited")
    step_of("chair", "acceded", delegation=name_id("east"))
    step_of("chair", "ratified", "not_party", delegation=name_id("east"))
    step_of("chair", "deposited", delegation=name_id("east"))
    step_of("north", "accepted")
    step_of("south", "in_force", "right")
    step_of("chair", "withdrawn", "step_order")
    step_of("chair", "in_force")
    step_of("south", "withdrawn", delegation=SOUTH)


def rectify(script: Script) -> None:
    deadline = script.at_ms + 90 * 24 * HOUR_MS
    items = [{"node": name_id("article 1"), "lang": "ko", "from": "하여야", "to": "하여야 한다"}]
    rectification: dict[str, Any] = {"items": items, "deadline_ms": deadline}
    first, second = name_id("rectification 1"), name_id("rectification 2")
    script.act("chair", "rectify_open", rectification=first, items=items, deadline_ms=script.at_ms,
               refused="deadline_short")  # fmt: skip
    for one in (first, second):
        script.act("chair", "rectify_open", rectification=one, **rectification)
    script.act("chair", "rectify_open", rectification=second, **rectification, refused="id_taken")
    script.act("west", "rectify_object", rectification=second, reason="the sense changes")
    script.act("secretary", "rectify_object", rectification=first, refused="not_eligible")
    script.act("west", "rectify_object", rectification=ROOM, refused="unknown_rectification")
    script.wait(91 * 24)
    last = len(script.lines)
    quoted: dict[str, Any] = {"through": last, "head": script.head(last)}
    script.act("chair", "rectify_close", rectification=ROOM, outcome="corrected", **quoted,
               refused="unknown_rectification")  # fmt: skip
    script.act("chair", "rectify_close", rectification=second, outcome="corrected", **quoted, refused="objected")
    script.act("chair", "rectify_close", rectification=second, outcome="rejected", **quoted)
    script.act("chair", "rectify_close", rectification=first, outcome="corrected", **quoted)
    script.act("chair", "rectify_close", rectification=first, outcome="corrected", **quoted, refused="not_running")


SCRIPTS: Final = (
    decisions,
    agreements,
    arrangement,
    standing,
    silence_kept,
    silence_broken,
    silence_suppressed,
    signatures,
)
