"""What this device signs and opens with: its device key, the account's box keys, and its offered key packages."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

from portal.member.answers import OFFERS, checked
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.group import Offer, make_offer
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.people import People
from portal.member.vault import Vault
from portal.member.work import Work, get, post, read, read_all, write
from portal.wire.commit_data import DAY_S
from portal.wire.ids import DeviceId, b64

_OFFERS: Final = 12
"""How many single-use key packages lie at the server after replenishing."""
_OFFERS_LOW: Final = 6
_GRACE_S: Final = 30 * DAY_S


class Keyholder:
    """The keys of one device, and its clock (Unix seconds)."""

    def __init__(self, device: DeviceIdentity, vault: Vault, people: People, now_s: Callable[[], float]) -> None:
        self.device = device
        self._vault = vault
        self._people = people
        self.now_s = now_s

    def boxes(self) -> Sequence[BoxKey]:
        """Return the account's box keys, oldest first."""
        return [_box_key(seed) for seed in self._vault.content.boxes]

    def meet(self, devices: Iterable[DeviceId]) -> Work[None]:
        """Make sure that the owners of these devices are known, if they are anybody's."""
        known = self._people.accounts()
        if all(self._people.owner(device, known) for device in set(devices)):
            return
        yield from self._people.fetch_all()
        yield from self._people.refresh(self._people.accounts())

    def replenish(self) -> Work[None]:
        """See that enough offers lie at the server. The private halves are kept before the public ones are sent."""
        now_s = int(self.now_s())
        count = checked((yield from get("/api/key-packages/count")), OFFERS)
        kept = yield from read_all("offer", Offer)
        reserves = [one for one in kept.values() if one.last_resort and one.not_after_s > now_s + _GRACE_S]
        missing = _OFFERS - count["left"] if count["left"] < _OFFERS_LOW else 0
        fresh = [make_offer(self.device, now_s) for _ in range(missing)]
        reserve = None if count["last_resort"] and reserves else make_offer(self.device, now_s, last_resort=True)
        made = fresh if reserve is None else [*fresh, reserve]
        # An offer that nobody can take up any more; a month of grace for welcomes on their way.
        late = {f"offer:{name}": None for name, one in kept.items() if one.not_after_s + _GRACE_S < now_s}
        yield from write({_name(one): one for one in made} | late)
        if made:
            packages = [b64(one.public) for one in fresh]
            body = {"packages": packages, "last_resort": None if reserve is None else b64(reserve.public)}
            yield from post("/api/key-packages", body, repeatable=True)

    def offer_for(self, refs: Iterable[bytes]) -> Work[Offer | None]:
        """Return that of these offers whose private half is here, or None."""
        for ref in refs:
            offer = yield from read(f"offer:{ref.hex()}", Offer)
            if offer is not None:
                return offer
        return None

    def spent(self, offer: Offer) -> dict[str, None]:
        """Return what to change in the store once an offer was used: single-use ones go."""
        return {} if offer.last_resort else {_name(offer): None}


def _name(offer: Offer) -> str:
    return f"offer:{offer.ref.hex()}"


@cache
def _box_key(seed: bytes) -> BoxKey:
    return BoxKey(seed)
