"""Whose bucket pays."""

import pytest

from portal.server.accounts.limits import Payers


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
    ],
)
def test_whoever_has_many_addresses_pays_from_one_bucket(one: str, other: str) -> None:
    payers = Payers()

    assert payers.address_key(one) == payers.address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("192.0.2.7", "192.0.2.8"),
        ("", "192.0.2.7"),
    ],
)
def test_strangers_do_not_pay_for_each_other(one: str, other: str) -> None:
    payers = Payers()

    assert payers.address_key(one) != payers.address_key(other)


def test_an_address_is_not_in_its_key() -> None:
    assert "192.0.2.7" not in Payers().address_key("192.0.2.7")
