"""Who answers for an interpreter, as far as it can be shown (docs/protocol.md §1)."""

from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.vouching import verified_vouching
from portal.member.people import People
from portal.wire.ids import AccountId
from portal.wire.vouching import Vouching


def vouched(people: People, account: AccountId) -> Vouching | None:
    """Return whose word stands for an interpreter: the owner's own, for the key that the account has.

    None for an account with a device of another kind; while the owner's or the account's list is not known here, or
    stands under a key that was not accepted; and where the owner was never met: the server could have made them up.
    """
    person = people.person(account)
    card = None if person is None else person.interpreter
    known = people.accounts_with_lists()
    if card is None or not {account, card.owner} <= known or any(map(people.key_changed, (account, card.owner))):
        return None
    own = people.devices(account).devices.values()
    if not people.is_pinned(card.owner) or any(listed.kind != "interpreter" for listed in own):
        return None
    try:
        vouching = verified_vouching(card.vouch, people.devices(card.owner).sign)
    except Refusal:
        return None
    said = vouching.account, vouching.by, vouching.sign, vouching.readers
    return vouching if said == (account, card.owner, people.devices(account).sign, card.readers) else None
