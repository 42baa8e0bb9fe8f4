"""Who answers for an interpreter, as far as it can be shown; and whether interpreters are to translate in a room."""

from typing import Final

from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.vouching import verified_vouching
from portal.member.people import People
from portal.member.room import Room
from portal.member.timeline import content_of
from portal.member.translation_content import TranslationsSwitch
from portal.wire.ids import AccountId
from portal.wire.vouching import Vouching

_OF_EQUALS: Final = frozenset({"bilateral", "huddle"})
"""Kinds of rooms in which every member but observers may archive."""


def vouched(people: People, account: AccountId) -> Vouching | None:
    """Return whose word stands for an interpreter: the owner's own, for the key that the account has.

    None while the owner's or the account's list is not known here, or stands under a key that was not accepted.
    """
    person = people.person(account)
    card = None if person is None else person.interpreter
    known = people.accounts_with_lists()
    if card is None or not {account, card.owner} <= known or any(map(people.key_changed, (account, card.owner))):
        return None
    try:
        vouching = verified_vouching(card.vouch, people.devices(card.owner).sign)
    except Refusal:
        return None
    said = vouching.account, vouching.by, vouching.sign, vouching.readers
    return vouching if said == (account, card.owner, people.devices(account).sign, card.readers) else None


def may_archive(room: Room, account: AccountId) -> bool:
    """Tell whether an account may archive the room, by the server's word: so it may switch translations, too."""
    role = next((one.role for one in room.data.members if one.account == account), None)
    return role == "chair" or (role == "member" and room.data.kind in _OF_EQUALS)


def translations_on(room: Room) -> bool:
    """Tell whether interpreters are to translate what is new: what somebody who may decide it said last."""
    for row in reversed(list(room.log)):
        content = content_of(row, room.people)
        if isinstance(content, TranslationsSwitch) and row.account is not None and may_archive(room, row.account):
            return content.on
    return True
