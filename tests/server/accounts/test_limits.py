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


def test_processes_that_share_buckets_name_payers_alike_for_a_day() -> None:
    now_s = [1_000 * 86_400.0]
    one, other, alone = (Payers(lambda: now_s[0]) for _ in range(3))
    for payers in (one, other):
        payers.share(bytes(32))
    key = one.address_key("192.0.2.7")
    assert key == other.address_key("::ffff:192.0.2.7")
    assert key != alone.address_key("192.0.2.7")
    assert "192.0.2.7" not in key
    now_s[0] += 86_400
    assert one.address_key("192.0.2.7") != key
