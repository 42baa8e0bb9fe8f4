"""Other people's keys: device lists, verified and kept; which key of an account was seen first; who is who by name.

| the account's key is           | state       | sending to rooms with it                                       |
|--------------------------------|-------------|----------------------------------------------------------------|
| not seen before                | unpinned    | allowed; pinned when it is met in a verified group             |
| the pinned one                 | pinned      | allowed                                                        |
| another one                    | key changed | blocked until it is acknowledged (in a browser)                |
| one that was acknowledged last | pinned      | allowed; no longer "verified"                                  |

What a list added is believed for an hour before it is proven to stand in the public ledger, and no longer
(ledger/listings.py).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from portal.member.answers import LISTS, PEOPLE, checked
from portal.member.e2ee.devices import statement_from_json, verify_device_list
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.vault import Pin, VaultContent
from portal.member.e2ee.vouching import SignedVouching, vouching_from_json
from portal.member.ledger.kept import LedgerStore, Listing
from portal.member.ledger.listings import Shown, noted, shown_in
from portal.member.vault import Vault
from portal.member.work import MemberError, Work, get, post, read, read_all, write
from portal.wire.device_list import DeviceList, ListedDevice, SignedStatement
from portal.wire.ids import AccountId, DeviceId, Id
from portal.wire.vouching import Readers

_ACCOUNTS_PER_CALL: Final = 500
_FORMER: Final = "directory"
"""Where names were kept before there were interpreters."""
_EARLIER_MAX: Final = 8
"""Chains under other keys that are kept of one account: honest accounts have none."""


@dataclass(frozen=True, slots=True)
class InterpreterCard:
    """What the server says of an interpreter; ``vouch`` is its owner's signed word, for interpreters.py to verify."""

    owner: AccountId
    readers: Readers
    vouch: SignedVouching


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by name, as the server says; ``delegation`` is its code, or empty; people have no ``interpreter``."""

    account: AccountId
    handle: str
    name: str
    delegation: str
    languages: tuple[str, ...]
    disabled: bool
    interpreter: InterpreterCard | None = None


@dataclass(frozen=True, slots=True)
class KeptPerson:
    """What is kept under "people:<account>": the chain under the present key, and those under keys before it."""

    statements: tuple[SignedStatement, ...]
    earlier: tuple[tuple[SignedStatement, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a device is; ``revoked_s`` is when its account revoked it, by that account's clock.

    ``accepted``: the list that says so is under a key that this person has accepted, not only shown by the server.
    """

    account: AccountId
    listed: ListedDevice
    revoked_s: int | None
    accepted: bool


@dataclass(frozen=True, slots=True)
class _Known:
    devices: DeviceList
    earlier: tuple[DeviceList, ...]
    revoked_s: Mapping[tuple[bytes, DeviceId], int] = field(default_factory=dict)
    """By the sign key (32 bytes) of the list that says so: no list revokes what another one names."""
    added: Mapping[DeviceId, int] = field(default_factory=dict)
    """Which statement of the present list added each device."""


class People:
    """A directory (e2ee.devices.Directory) of everybody of whom something is known here."""

    def __init__(self, vault: Vault, ledger: LedgerStore) -> None:
        self._vault = vault
        self._ledger = ledger
        self._shown: dict[AccountId, Shown] = {}
        self._known: dict[AccountId, _Known] = {}
        self._kept: dict[AccountId, KeptPerson] = {}
        self._persons: dict[AccountId, Person] = {}
        self._own_refused: tuple[str, str] | None = None

    @property
    def own(self) -> AccountId:
        """The account whose member this is."""
        return self._vault.account

    def load(self) -> Work[None]:
        """Take up what was kept here."""
        for name, person in (yield from read_all("people", KeptPerson)).items():
            account = AccountId(Id(name))
            self._kept[account] = person
            self._known[account] = _verified(account, person)
        persons = yield from read("persons", tuple[Person, ...])
        self._persons = {person.account: person for person in persons or ()}

    def fetch_all(self) -> Work[None]:
        """Learn everybody's names from the server."""
        answer = checked((yield from get("/api/people")), PEOPLE)
        persons = tuple(map(_person, answer))
        if {person.account: person for person in persons} != self._persons:
            self._persons = {person.account: person for person in persons}
            yield from write({"persons": persons, _FORMER: None})

    def ensure(self, accounts: Iterable[AccountId]) -> Work[None]:
        """Fetch the lists of those accounts that are not known yet."""
        yield from self.refresh([account for account in dict.fromkeys(accounts) if account not in self._known])

    def refresh(self, accounts: Iterable[AccountId]) -> Work[None]:
        """Fetch and verify these accounts' lists; what can not be verified leaves what was known."""
        wanted = list(dict.fromkeys(accounts))
        changes: dict[str, KeptPerson] = {}
        listings: dict[AccountId, Listing] = {}
        for begin in range(0, len(wanted), _ACCOUNTS_PER_CALL):
            asked = wanted[begin : begin + _ACCOUNTS_PER_CALL]
            lists = checked((yield from post("/api/device-lists", {"accounts": asked}, repeatable=True)), LISTS)
            for account in asked:
                if self._take(account, lists.get(account)):
                    changes[f"people:{account}"] = self._kept[account]
                if account in self._shown:
                    before = self._ledger.listings.get(account)
                    after = noted(before, self._shown[account], int(self._ledger.now_s()))
                    listings |= {} if after == before else {account: after}
        yield from write(changes)
        yield from self._ledger.put_listings(listings)
        yield from self._note_refused()

    def person(self, account: AccountId) -> Person | None:
        """Return who an account is by name, as the server said last."""
        return self._persons.get(account)

    def name(self, account: AccountId | None) -> str:
        """Return what to call an account."""
        person = None if account is None else self._persons.get(account)
        return person.name if person is not None else account or "?"

    def accounts(self) -> list[AccountId]:
        """Return every account of which something is known here."""
        return list({**self._known, **self._persons})

    def accounts_with_lists(self) -> frozenset[AccountId]:
        """Return every account whose verified device list is here."""
        return frozenset(self._known)

    def device(self, account: AccountId, device: DeviceId) -> ListedDevice | None:
        """Return a listed device under a key that was accepted or, if none of those has it, under the changed one."""
        owner = self._owned(account, device)
        return None if owner is None else owner.listed

    def is_accepted(self, account: AccountId, device: DeviceId) -> bool:
        """Tell whether the list from which this device's key comes now is under a key that this person has accepted."""
        owner = self._owned(account, device)
        return owner is not None and owner.accepted

    def owner(self, device: DeviceId, accounts: Iterable[AccountId]) -> Owner | None:
        """Return whose of these accounts a device is: an accepted list's word goes before any other."""
        owners = [owner for account in accounts if (owner := self._owned(account, device)) is not None]
        return next((owner for owner in owners if owner.accepted), owners[0] if owners else None)

    def devices(self, account: AccountId) -> DeviceList:
        """Return an account's list; MemberError person.unknown."""
        known = self._known.get(account)
        if known is None:
            raise MemberError("person.unknown", account=account)
        return known.devices

    def statements(self, account: AccountId) -> tuple[SignedStatement, ...]:
        """Return the statements of the account's list."""
        kept = self._kept.get(account)
        return () if kept is None else kept.statements

    def is_pinned(self, account: AccountId) -> bool:
        """Tell whether a key of this account was remembered."""
        return account in self._vault.content.pins

    def key_changed(self, account: AccountId) -> bool:
        """Tell whether the account's present key is another one than the pinned."""
        known, pin = self._known.get(account), self._vault.content.pins.get(account)
        return known is not None and pin is not None and pin.current != known.devices.sign

    def is_unlogged(self, account: AccountId) -> bool:
        """Tell whether the account's newest list was looked for in the public ledger for an hour, in vain."""
        return account != self.own and self._ledger.is_refused(account)

    def require_sound(self, account: AccountId) -> None:
        """Raise MemberError person.key_changed or person.unlogged: nothing may be sealed to the account now."""
        if self.key_changed(account):
            raise MemberError("person.key_changed", account=account)
        if self.is_unlogged(account):
            raise MemberError("person.unlogged", account=account)

    def shown(self, account: AccountId) -> Shown | None:
        """Return an account's list as it was shown last, with its places in the ledger."""
        return self._shown.get(account)

    def own_devices(self) -> list[DeviceId]:
        """Return the devices of the own list that are not revoked."""
        known = self._known.get(self.own)
        listed = {} if known is None else known.devices.devices
        return [device for device, one in listed.items() if not one.revoked]

    def name_changed(self, account: AccountId) -> bool:
        """Tell whether a verified account goes by another name than the remembered one."""
        pin, person = self._vault.content.pins.get(account), self._persons.get(account)
        return pin is not None and person is not None and pin.verified and pin.name not in {None, person.name}

    def pin(self, accounts: Iterable[AccountId]) -> Work[None]:
        """Remember the present keys and names of accounts that were met for the first time."""
        fresh = [account for account in accounts if not self.is_pinned(account) and account in self._known]
        if not fresh:
            return

        def remembering(content: VaultContent) -> VaultContent:
            pins = {
                account: Pin(self.devices(account).sign, name=person.name if person else None)
                for account in fresh
                for person in [self._persons.get(account)]
            }
            return replace(content, pins={**pins, **content.pins})

        yield from self._vault.change(remembering)

    def acknowledge(self, account: AccountId) -> Work[None]:
        """Accept the present key of an account in the place of the one before; it counts as verified no longer."""
        sign = self.devices(account).sign

        def accepting(content: VaultContent) -> VaultContent:
            pin = content.pins.get(account)
            if pin is None or pin.current == sign:
                return content
            accepted = replace(pin, verified=False, acknowledged=(*pin.acknowledged, sign))
            return replace(content, pins={**content.pins, account: accepted})

        yield from self._vault.change(accepting)

    def _owned(self, account: AccountId, device: DeviceId) -> Owner | None:
        """Look a device up, last of all where the server could have put anything: in a list under a changed key."""
        known = self._known.get(account)
        if known is None:
            return None
        lists = [(devices, True) for devices in known.earlier if self._was_accepted(account, devices)]
        changed = self.key_changed(account)
        lists.insert(len(lists) if changed else 0, (known.devices, not changed))
        for devices, accepted in lists:
            if device in devices.devices:
                revoked_s = known.revoked_s.get((devices.sign, device))
                present = devices is known.devices
                believed = not present or known.added.get(device, 0) <= self._ledger.counts_up_to(account)
                return Owner(account, devices.devices[device], revoked_s, accepted and believed)
        return None

    def _take(self, account: AccountId, answer: Any) -> bool:
        """Verify an answer against what is known; whether there is something new."""
        if not isinstance(answer, list):
            return False
        try:
            statements = tuple(map(statement_from_json, answer))
            after = self._successor(account, statements)
        except Refusal as refusal:
            if account == self.own:
                digest = hashlib.sha256(json.dumps(answer).encode()).hexdigest()
                self._own_refused = refusal.code, digest
            return False
        self._shown[account] = shown_in(verify_device_list(account, statements).sign, statements, answer)
        if after == self._kept.get(account):
            return False
        self._kept[account] = after
        self._known[account] = _verified(account, after)
        return True

    def _note_refused(self) -> Work[None]:
        """The server shows a list of the own account that this account has not signed: its person should know."""
        if self._own_refused is not None:
            code, digest = self._own_refused
            yield from self._ledger.found("own-list", f"own-list {digest}", self.own, detail=code)
            self._own_refused = None

    def _successor(self, account: AccountId, statements: tuple[SignedStatement, ...]) -> KeptPerson:
        devices = verify_device_list(account, statements)
        # Nobody but this person says under which key the own account stands: grants are sealed to what its list names.
        own = account == self._vault.account
        require(not own or devices.sign == self._vault.sign.public, "device_list.malformed", account=account)
        known, kept = self._known.get(account), self._kept.get(account)
        if known is None or kept is None:
            return KeptPerson(statements)
        # A key's chain may only have grown, also where another key was shown in between.
        chains = list(zip((known.devices, *known.earlier), (kept.statements, *kept.earlier), strict=True))
        same = next((seen for seen, _ in chains if seen.sign == devices.sign), None)
        if same is not None:
            verify_device_list(account, statements, same)
        if same is known.devices:
            return KeptPerson(statements, kept.earlier)
        pinned = self.is_pinned(account)
        others = [
            chain for seen, chain in chains if seen is not same and (not pinned or self._was_accepted(account, seen))
        ]
        return KeptPerson(statements, tuple(others[:_EARLIER_MAX]))

    def _was_accepted(self, account: AccountId, devices: DeviceList) -> bool:
        """Whether this person has met or acknowledged the account under this key. The server may show any other."""
        pin = self._vault.content.pins.get(account)
        return pin is not None and devices.sign in {pin.sign, *pin.acknowledged}


def _verified(account: AccountId, kept: KeptPerson) -> _Known:
    devices = verify_device_list(account, kept.statements)
    earlier = tuple(verify_device_list(account, statements) for statements in kept.earlier)
    chains = zip((devices, *earlier), (kept.statements, *kept.earlier), strict=True)
    revoked_s = {(seen.sign, device): at_s for seen, chain in chains for device, at_s in _revocations(chain)}
    return _Known(devices, earlier, revoked_s, _additions(kept.statements))


def _additions(statements: Iterable[SignedStatement]) -> dict[DeviceId, int]:
    """Which of these verified statements added each device."""
    bodies = [json.loads(statement.body) for statement in statements]
    return {body["device"]: body["seq"] for body in bodies if body["op"] == "add"}


def _revocations(statements: Iterable[SignedStatement]) -> list[tuple[DeviceId, int]]:
    """When each revoked device was revoked, from verified statements."""
    bodies = [json.loads(statement.body) for statement in statements]
    return [(body["device"], body["at"]) for body in bodies if body["op"] == "revoke"]


def _person(answer: dict[str, Any]) -> Person:
    delegation = answer["delegation"] or {}
    return Person(
        account=answer["account"],
        handle=answer["handle"],
        name=answer["name"],
        delegation=delegation.get("code", ""),
        languages=tuple(answer["languages"]),
        disabled=answer["disabled"],
        interpreter=None if answer.get("interpreter") is None else _card(answer["interpreter"]),
    )


def _card(answer: dict[str, Any]) -> InterpreterCard:
    return InterpreterCard(answer["owner"], answer["for"], vouching_from_json(answer["vouch"]))
