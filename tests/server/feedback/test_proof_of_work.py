"""Passes: for work that was done or patience that was had, once each; dearer only when much comes in altogether."""

import pytest

from portal.server.feedback import proof_of_work
from portal.server.feedback.proof_of_work import LIFETIME_S, Load, PassError, Passes, is_solved, solve

NOW_S = 1_795_000_000
COST = 8


@pytest.fixture
def passes() -> Passes:
    return Passes(b"k" * 32)


def refused(what: object, *arguments: object) -> PassError:
    assert callable(what)
    with pytest.raises(PassError) as error:
        what(*arguments)
    return error.value


def test_work_that_was_done_counts(passes: Passes) -> None:
    text = passes.issue("work", NOW_S, COST)
    used = passes.worked(text, solve(text, COST), NOW_S + 5)
    assert (used.kind, used.value, used.issued_s) == ("work", COST, NOW_S)


def test_work_for_another_pass_or_none_does_not(passes: Passes) -> None:
    text, other = passes.issue("work", NOW_S, 4096), passes.issue("work", NOW_S, 4096)
    solution = solve(other, 4096)
    for wrong in (
        solution,
        "",
        "0",
        ",".join("0" * 8),
        solution + ",1",
        solution.replace(",", ";"),
        "-1" + solution[1:],
        "٣" * 8,
        "9" * 400,
    ):
        assert refused(passes.worked, text, wrong, NOW_S).kind == "unsolved"


def test_pow_expired_refused(passes: Passes) -> None:
    text = passes.issue("work", NOW_S, 1)
    assert passes.worked(text, solve(text, 1), NOW_S + LIFETIME_S).counts_until_s == NOW_S + LIFETIME_S
    assert refused(passes.worked, text, solve(text, 1), NOW_S + LIFETIME_S + 1).kind == "expired"


def test_nobody_makes_passes_but_us_nor_changes_one(passes: Passes) -> None:
    text = passes.issue("work", NOW_S, COST)
    changed = text[:30] + ("A" if text[30] != "A" else "B") + text[31:]
    for wrong in (changed, Passes(b"x" * 32).issue("work", NOW_S, COST), "", text[:-1], text + "A", "…"):
        assert refused(passes.read, wrong, "work").kind == "unknown"
    assert refused(passes.read, passes.issue("begun", NOW_S), "work").kind == "unknown"
    assert refused(passes.waited, text, NOW_S).kind == "unknown"


def test_patience_counts_when_its_time_has_come(passes: Passes) -> None:
    text = passes.issue("patience", NOW_S, 20)
    early = refused(passes.waited, text, NOW_S + 15)
    assert (early.kind, early.wait_s) == ("early", 5)
    assert passes.waited(text, NOW_S + 20).kind == "patience"
    assert refused(passes.waited, text, NOW_S + 21 + LIFETIME_S).kind == "expired"


def test_the_cost_rises_with_all_that_comes_in_and_falls_again() -> None:
    now_s = 0.0
    load = Load(lambda: now_s)
    calm = load.cost()
    for _ in range(proof_of_work.CALM_PER_MINUTE):
        load.note()
    assert load.cost() == calm == proof_of_work.BASE_COST
    for _ in range(3 * proof_of_work.CALM_PER_MINUTE):
        load.note()
    assert load.cost() == 4 * calm
    for _ in range(100 * proof_of_work.CALM_PER_MINUTE):
        load.note()
    assert load.cost() == proof_of_work.MAX_RISE * calm
    now_s = 61.0
    assert load.cost() == calm


def test_patience_lets_a_room_through_and_bounds_a_flood() -> None:
    """Passes for patience cost nothing: what counts is how many come in by them, whoever asked for how many."""
    now_s = 1000.0
    load = Load(lambda: now_s)

    def came_in() -> bool:
        if load.patient_wait_s():
            return False
        load.note(patient=True)
        return True

    assert all(came_in() for _ in range(40))
    assert sum(came_in() for _ in range(10_000)) == proof_of_work.PATIENT_AT_ONCE - 40
    assert 1 <= load.patient_wait_s() <= 1 / proof_of_work.PATIENT_PER_S + proof_of_work.SPREAD_S
    now_s += 30
    assert sum(came_in() for _ in range(10_000)) == 30 * proof_of_work.PATIENT_PER_S
    now_s += 3600
    assert sum(came_in() for _ in range(10_000)) == proof_of_work.PATIENT_AT_ONCE


def test_a_solution_is_for_its_cost() -> None:
    text = "A" * 58
    assert is_solved(text, 4, solve(text, 4))
    assert not is_solved(text, 2**31, solve(text, 4))
