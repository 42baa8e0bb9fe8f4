"""What the ledger holds about accounts: a host can not show a list, a key or a word that it did not enter."""

import hashlib

import sqlalchemy as sa

from portal.server.accounts.logged import record_missing
from portal.server.core.context import Portal
from portal.server.ledger import service, tree
from portal.server.ledger.feature import Ledger
from portal.server.ledger.models import LedgerOpening
from portal.wire.canonical import parse_canonical
from portal.wire.ids import b64, unb64
from portal.wire.ledger.entries import Kind, commitment, device_list_tag, parse_entry
from portal.wire.vouching import vouching_signed_bytes
from tests.server.accounts.enrolling import approves, asks
from tests.server.accounts.people import Browser, Json, Person


def listed(reader: Browser, person: Person) -> list[Json]:
    lists: dict[str, list[Json]] = reader.ok("POST", "/api/device-lists", {"accounts": [person.account]})
    return lists[person.account]


def check_entered(portal: Portal, reader: Browser, person: Person) -> None:
    """Every statement of the list is in the tree, under the tag by which its owner finds it."""
    portal.get(Ledger).sequence()
    entries = list(map(parse_entry, portal.database.read(lambda unit: tree.entries(unit, 0, 256))))
    found = listed(reader, person)
    assert len(found) == len(person.statements)
    for seq, (shown, signed) in enumerate(zip(found, person.statements, strict=True)):
        entry = entries[shown["ledger"]["index"]]
        statement = {"account": person.account, "version": seq, "list": b64(signed.sha256)}
        assert entry.kind is Kind.DEVICE_LIST
        assert entry.commitment == commitment(entry.kind, unb64(shown["ledger"]["nonce"]), statement)
    tagged = [place for place, entry in enumerate(entries) if entry.tag == device_list_tag(person.account)]
    assert tagged == [shown["ledger"]["index"] for shown in found]


def test_every_statement_of_a_device_list_is_entered(
    portal: Portal, delegate: Person, visitor: Browser, administrator: Person
) -> None:
    assert [shown["ledger"]["index"] for shown in listed(delegate.browser, delegate)] == [None, None]
    check_entered(portal, administrator.browser, delegate)
    delegate.sign_in(visitor)
    delegate.add_device(visitor)
    check_entered(portal, administrator.browser, delegate)


def test_what_was_there_before_the_ledger_is_entered_once(portal: Portal, delegate: Person) -> None:
    portal.get(Ledger).sequence()
    portal.database.write(lambda unit: unit.session.execute(sa.delete(LedgerOpening)))
    assert [shown["ledger"] for shown in listed(delegate.browser, delegate)] == [None, None]
    for _ in range(2):
        portal.database.write(record_missing)
    portal.get(Ledger).sequence()
    indexes = [shown["ledger"]["index"] for shown in listed(delegate.browser, delegate)]
    assert indexes == sorted(indexes)
    keys = portal.database.read(lambda unit: service.opened(unit, Kind.ACCOUNT_KEY, (delegate.account,)))
    assert [parse_canonical(one.statement)["account"] for one in keys] == [delegate.account]


def test_a_vouching_is_entered(portal: Portal, administrator: Person, visitor: Browser) -> None:
    norland = administrator.browser.ok("POST", "/api/delegations", {"name": "Norland", "code": "NO", "colour": 3})
    owner = administrator.invites(visitor, ["delegate"], delegation=norland["id"])
    program = asks(visitor.app)
    body = approves(owner, program)
    program.person.browser.ok("POST", "/api/onboarding/finish", program.last_request())
    account = program.person.account
    (opened,) = portal.database.read(lambda unit: service.opened(unit, Kind.VOUCHING, (account,)))
    signed = hashlib.sha256(vouching_signed_bytes(unb64(body["vouch"]["body"]))).digest()
    assert parse_canonical(opened.statement) == {
        "interpreter": account,
        "owner": owner.account,
        "statement": b64(signed),
    }
