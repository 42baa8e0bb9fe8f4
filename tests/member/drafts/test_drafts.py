"""Drafts between Python members, on a real server in the same process."""

from tests.member.drafts.table import Negotiator, Table


def test_two_delegations_write_one_text(table: Table, chair: Negotiator, bob: Negotiator) -> None:
    assert table.words(bob, 2) == "The Parties shall meet."
    table.writes(bob, 2, "The Parties shall meet every year.")
    table.writes(chair, 2, "Die 🕊️ Parteien: The Parties shall meet every year.")
    assert table.words(bob, 2) == "Die 🕊️ Parteien: The Parties shall meet every year."
    assert table.words(bob, 2, "ko") == "당사자는 회동한다."
    assert table.text(chair).hash() == table.text(bob).hash()
    assert table.text(chair).claims == table.text(bob).claims
    assert table.here(bob).problem is None
