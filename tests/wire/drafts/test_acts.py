"""Acts come to what was agreed on, no less and no more; the browser plays the same scripts (acts.test.ts)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, get_args

import pytest

from portal.wire.drafts.acts import ActLine, Refusal
from portal.wire.drafts.jcs import jcs, parse_jcs
from portal.wire.drafts.lifecycle import stage_of
from portal.wire.drafts.padding import ACT_CLASS_BYTES, size_class
from portal.wire.drafts.reading import MalformedActError, read_act, write_act
from portal.wire.drafts.reducer import reduce, step
from portal.wire.drafts.rights import MalformedRightsError, author_of, parse_rights, parties_of, rights_body
from portal.wire.drafts.state import ActsState, empty_state
from portal.wire.drafts.statements import MalformedStatementError, objection_statement, read_signature
from portal.wire.drafts.stored import MalformedStateError, read_state
from tests.growth import TIMES, grows_as_its_size
from tests.wire.drafts import act_scripts as scripts
from tests.wire.drafts import make_act_vectors
from tests.wire.drafts.act_scripts import CONTEXT, DRAFT, NORTH, ROOM, SCRIPTS, SOUTH, WEST, Script, name_hash, name_id


def test_the_shared_vectors_are_what_the_scripts_come_to() -> None:
    assert make_act_vectors.FILE.read_text("utf-8") == make_act_vectors.text()


def test_every_reason_is_met() -> None:
    met = {verdict for script in SCRIPTS for verdict in script().verdicts}
    assert met == {None, *get_args(Refusal)}


def test_an_objection_is_no_larger_than_any_other_act() -> None:
    act: Any = {"v": 1, "t": "silence_break", "at": 2**53 - 1, "silence": name_id("first"), "reason": "😀" * 400}
    plain = write_act(act)
    assert size_class(len(plain), ACT_CLASS_BYTES) == ACT_CLASS_BYTES
    assert read_act(jcs({**act, "reason": "x" * 401})) == {"t": "unread", "reason": "malformed"}


def test_two_decisions_at_once_are_a_conflict_until_one_names_both() -> None:
    script = Script("conflict")
    bracket: dict[str, Any] = {"bracket": name_id("bracket"), "hash": name_hash("options"), "clause": []}
    first = script.act("south", "decide", **bracket, option=name_id("shall"), over=[])
    second = script.act("west", "decide", **bracket, option=name_id("should"), over=[], seen=1)
    decided = script.state["decisions"][name_id("bracket")]
    assert decided["conflict"]
    assert [one["number"] for one in decided["standing"]] == [first, second]
    script.act("chair", "decide", **bracket, option=name_id("shall"), over=[first])
    assert script.state["decisions"][name_id("bracket")]["conflict"], "the west's decision still stands"
    script.act("chair", "decide", **bracket, option=name_id("shall"), over=[second])
    decided = script.state["decisions"][name_id("bracket")]
    assert not decided["conflict"]
    assert decided["option"] == name_id("shall")


def test_the_same_decision_twice_is_no_conflict() -> None:
    script = Script("concurring")
    for who in ("south", "west"):
        script.act(who, "decide", bracket=name_id("b"), option=name_id("shall"), hash=name_hash("o"), clause=[],
                   over=[], seen=1)  # fmt: skip
    assert not script.state["decisions"][name_id("b")]["conflict"]


def test_an_agreement_is_on_words_and_reopening_takes_the_own_consent_back() -> None:
    state = scripts.agreements().state
    agreed = state["agreements"][name_id("article 1")]["en"]
    assert (agreed["hash"], agreed["level"]) == (scripts.clause("article 1")["hash"], "agreed")
    assert name_id("article 2") not in state["agreements"]
    assert state["reopened"][name_id("article 2")]["reason"] == "instructions changed"
    assert set(state["positions"][name_id("article 2")]["en"]) == {NORTH, SOUTH}


def test_an_adoption_holds_until_an_objection_was_kept_out() -> None:
    script = Script("late")
    script.open_silence("first")
    script.wait(72)
    script.wait(1)
    script.close_silence("first")
    assert _adoption(script) == "adopted"
    objection = script.objection("west", "first", at=script.at_ms - 2 * scripts.HOUR_MS)
    script.act("south", "silence_late", silence=name_id("first"), objection=objection, proof=script.own("west"))
    assert _adoption(script) == "disputed"
    assert script.state["stage"] == "draft"
    assert script.state["silences"][name_id("first")]["late"][0]["objector_delegation"] == WEST


def test_with_the_servers_receipt_for_what_is_missing_an_adoption_is_void() -> None:
    silence = scripts.silence_suppressed().state["silences"][name_id("first")]
    assert silence["status"] == "void"
    assert [one["receipt"] is not None for one in silence["late"]] == [False, False, False, True]


def test_signatures_stand_in_the_order_and_the_treaty_enters_into_force() -> None:
    state = scripts.signatures().state
    assert state["signing"] is not None
    assert [one["delegation"] for one in state["signing"]["signatures"]] == [SOUTH, NORTH, WEST]
    assert [entry["stage"] for entry in state["stages"]] == [
        "adopted", "initialled", "signed", "submitted", "deposited", "in_force",
    ]  # fmt: skip
    assert {one["status"] for one in state["rectifications"].values()} == {"corrected", "rejected"}
    said = read_signature(state["signing"]["signatures"][0]["statement"])
    assert said is not None
    assert [lang for lang, _ in said["langs"]] == ["en", "ko"]


def test_the_text_tells_when_all_is_agreed() -> None:
    state = empty_state()
    assert stage_of(state, clauses=0, agreed=0, ad_ref=0) == "draft"
    assert stage_of(state, clauses=3, agreed=2, ad_ref=0) == "draft"
    assert stage_of(state, clauses=3, agreed=2, ad_ref=1) == "ad_ref"
    assert stage_of(state, clauses=3, agreed=3, ad_ref=0) == "package"
    assert stage_of(scripts.signatures().state, clauses=3, agreed=3, ad_ref=0) == "in_force"


@pytest.mark.parametrize("script", SCRIPTS)
def test_line_by_line_from_the_middle_and_all_at_once_are_the_same(script: Callable[[], Script]) -> None:
    played = script()
    for place in range(len(played.lines)):
        before = reduce(played.lines[:place], CONTEXT)
        kept = jcs(before)
        assert reduce(played.lines[place:], CONTEXT, before) == played.state
        assert jcs(before) == kept, "what one went on from is left as it was"


def test_a_line_of_before_is_a_fault_of_whoever_feeds_it() -> None:
    script = Script("again")
    with pytest.raises(ValueError, match="act 1 after act 1"):
        step(script.state, script.lines[0], CONTEXT)


def test_what_is_written_is_read_again_and_nothing_else_is() -> None:
    act: Any = {"v": 1, "t": "reopen", "at": 1, "nodes": [name_id("article 1")], "reason": "نص 한국어"}
    assert read_act(write_act(act)) == act
    twice = act["nodes"] * 2
    spoilt: list[dict[str, Any]] = [
        {"at": -1}, {"v": 2}, {"nodes": []}, {"nodes": twice}, {"reason": "a\u202eb"}, {"x": 1},
    ]  # fmt: skip
    for changed in spoilt:
        assert read_act(jcs({**act, **changed})) == {"t": "unread", "reason": "malformed"}
        other: Any = {**act, **changed}
        with pytest.raises(MalformedActError):
            write_act(other)
    assert read_act(jcs({**act, "t": "coronation"})) == {"t": "unread", "reason": "unknown_type"}
    for plain in (b"", b"null", b"{", b"\xff", b'{"t":"reopen"} ', b'{"at":1.0}', b'{"t":NaN}', b"[" * 9999):
        assert read_act(plain) == {"t": "unread", "reason": "malformed"}
    for plain in (b"[]", b"{}", b'{"t":[]}', b'{"t":"__proto__"}'):
        assert read_act(plain) == {"t": "unread", "reason": "unknown_type"}


def test_no_statement_is_made_of_other_fields() -> None:
    with pytest.raises(MalformedStatementError):
        objection_statement({"account": NORTH})  # type: ignore[typeddict-item]


def test_a_table_of_rights_is_read_strictly() -> None:
    body = rights_body(scripts.table())
    assert parse_rights(body, DRAFT, ROOM) == scripts.table()
    with pytest.raises(MalformedRightsError):
        parse_rights(body, ROOM, DRAFT)
    for case in make_act_vectors.vectors()["tables"][1:]:
        with pytest.raises(MalformedRightsError):
            parse_rights(case["body"].encode(), DRAFT, ROOM)
    with pytest.raises(MalformedRightsError):
        parse_rights(b"\xff", DRAFT, ROOM)
    with pytest.raises(MalformedRightsError):
        rights_body(scripts.table(chair="pen"))


def test_who_may_do_what() -> None:
    table = scripts.table()
    assert author_of(table, name_id("south"), "").right == "pen"
    assert author_of(table, name_id("south"), WEST).delegation == SOUTH
    assert author_of(table, name_id("nobody"), WEST).delegation == WEST
    assert author_of(table, name_id("nobody"), WEST).right == "read"
    assert author_of(table, name_id("south"), "", interpreter=True).right == "read"
    assert author_of(None, name_id("south"), "").right == "read"
    assert parties_of(table) == [NORTH, SOUTH, WEST]
    assert parties_of(scripts.table(west="comment")) == [NORTH, SOUTH]


MANY: Final = 2000


def test_thousands_of_acts_are_reduced_in_no_time() -> None:
    """Linear in the number of acts, one by one."""
    lines = _long_negotiation()

    def reducing(count: int) -> Callable[[], None]:
        def reduce() -> None:
            state: ActsState = empty_state()
            for line in lines[:count]:
                step(state, line, CONTEXT)
            assert not state["refused"]

        return reduce

    assert grows_as_its_size(reducing, len(lines) // TIMES)


def _long_negotiation() -> list[ActLine]:
    script = Script("long")
    stances = [{**scripts.clause(f"article {number % 100}"), "stance": "accept"} for number in range(MANY)]
    content: list[Any] = [{"v": 1, "t": "position", "at": 1, "items": [stance]} for stance in stances]
    author = script.author("south")
    return script.lines + [
        ActLine(number, 1, script.head(1), author.account, author.account, SOUTH, "pen", script.at_ms, act)
        for number, act in enumerate(content, 2)
    ]


def _adoption(script: Script) -> str:
    assert script.state["adoption"] is not None
    return script.state["adoption"]["status"]


def test_a_stored_state_is_read_to_the_last_field() -> None:
    for script in SCRIPTS:
        played = script()
        for place in range(1, len(played.lines)):
            state = reduce(played.lines[:place], CONTEXT)
            assert read_state(parse_jcs(jcs(state)), DRAFT, place) == state
        for spoilt in _spoilt(played.state):
            with pytest.raises(MalformedStateError):
                read_state(spoilt, DRAFT, len(played.lines))
        with pytest.raises(MalformedStateError, match="later"):
            read_state(played.state, DRAFT, len(played.lines) - 1)
        with pytest.raises(MalformedStateError, match="another draft"):
            read_state(played.state, ROOM, len(played.lines))
    running = scripts.silence_kept()
    running.state["silences"][name_id("first")]["closed"] = None
    with pytest.raises(MalformedStateError, match="tail"):
        read_state(running.state, DRAFT, len(running.lines))
    signed = scripts.signatures().state
    assert signed["signing"] is not None
    signed["signing"]["order"].pop()
    with pytest.raises(MalformedStateError, match="signatures"):
        read_state(signed, DRAFT, 999)


def _spoilt(state: Any) -> Iterator[Any]:
    """Yield copies of ``state`` with one leaf, or one field, in place of which there is another thing."""
    for key, inner in list(state.items()) if isinstance(state, dict) else list(enumerate(state)):
        kept = state[key]
        state[key] = {"another": "thing"}
        yield state
        state[key] = kept
        if isinstance(inner, dict | list):
            for _ in _spoilt(inner):
                yield state
