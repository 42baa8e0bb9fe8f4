"""Key packages: real ones in shape and signature, handed out once, the last resort again and again."""

import threading
from typing import Any

import flask
import pytest

from portal.server.rooms.key_package_format import read_key_package
from portal.server.rooms.mls_format import MalformedMlsError, vector
from portal.wire.ids import b64, new_id, unb64
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Json, Peer
from tests.server.rooms.mls import DAY_S, Package, u16
from tests.server.rooms.standing import revoke, suspend

PATH = "/api/key-packages"


def package(peer: Peer, **changes: Any) -> str:
    """A key package of ``peer``'s device as it travels, with what is to be wrong about it."""
    fields: Json = {"account": peer.account, "device": peer.device, "key": peer.key}
    return b64(Package(**(fields | changes)).message())


def stock(peer: Peer) -> Json:
    found: Json = peer.browser.ok("GET", f"{PATH}/count")
    return found


def claim(peer: Peer, *devices: str) -> Json:
    claimed: Json = peer.browser.ok("POST", f"{PATH}/claim", {"devices": list(devices)})
    return claimed


def test_each_package_is_handed_out_once_then_the_last_resort(chair: Peer, settle: Settle) -> None:
    guest = settle()
    packages, last = [package(guest) for _ in range(3)], package(guest, days=365)
    body = {"packages": packages, "last_resort": last}
    assert guest.browser.ok("POST", PATH, body) == {"left": 3, "last_resort": True}
    handed = [claim(chair, guest.device)["packages"][guest.device] for _ in range(5)]
    assert sorted(handed[:3]) == sorted(packages)
    assert handed[3:] == [last, last]
    assert stock(guest) == {"left": 0, "last_resort": True}


def test_missing_ones_are_named(app: flask.Flask, chair: Peer, settle: Settle) -> None:
    empty, revoked, suspended = settle(), settle(), settle()
    for peer in (revoked, suspended):
        peer.browser.ok("POST", PATH, {"packages": [package(peer)]})
    revoke(app, revoked)
    suspend(app, suspended)
    names = [empty.device, revoked.device, suspended.device, new_id()]
    assert claim(chair, *names) == {"packages": {}, "missing": names}
    assert claim(chair, empty.device, empty.device)["missing"] == [empty.device]


def test_depositing_again_changes_nothing_and_a_used_one_never_comes_back(chair: Peer, settle: Settle) -> None:
    guest = settle()
    body = {"packages": [package(guest)]}
    for _ in range(2):
        assert guest.browser.ok("POST", PATH, body)["left"] == 1
    claim(chair, guest.device)
    error = guest.browser.error("POST", PATH, body)
    assert (error["code"], error["detail"]["reason"]) == ("key_package.refused", "used")


def test_a_new_last_resort_takes_the_old_ones_place(chair: Peer, settle: Settle) -> None:
    guest = settle()
    first, second = package(guest, days=365), package(guest, days=365)
    for last in (first, second, second):
        guest.browser.ok("POST", PATH, {"packages": [], "last_resort": last})
    assert claim(chair, guest.device)["packages"] == {guest.device: second}


WRONG_PACKAGES: list[tuple[Json, str]] = [
    ({"suite": 1}, "malformed"),
    ({"wire_format": 1}, "malformed"),
    ({"box_bytes": 32}, "malformed"),
    ({"same_keys": True}, "malformed"),
    ({"tail": b"\0"}, "malformed"),
    ({"extensions": u16(0xF0FF) + vector(b"")}, "malformed"),
    ({"leaf_extensions": u16(0xF0A1) + vector(b"")}, "malformed"),
    ({"capabilities": (u16(1), u16(83), u16(0xF0A1), u16(0xF0FF), u16(1))}, "malformed"),
    ({"kind": "archive"}, "owner"),
    ({"device": new_id()}, "owner"),
    ({"account": new_id()}, "owner"),
    ({"days": 100}, "lifetime"),
    ({"from_s": -91 * DAY_S}, "lifetime"),
    ({"from_s": 3 * DAY_S}, "lifetime"),
    ({"days": -1}, "lifetime"),
]


def test_a_wrong_package_is_refused_with_the_whole_deposit(chair: Peer) -> None:
    for changes, reason in WRONG_PACKAGES:
        error = chair.browser.error("POST", PATH, {"packages": [package(chair), package(chair, **changes)]})
        assert (error["code"], error["detail"]["reason"]) == ("key_package.refused", reason)
        assert stock(chair) == {"left": 0, "last_resort": False}


def test_a_package_of_another_device_or_key_is_refused(chair: Peer, settle: Settle) -> None:
    other = settle()
    for wrong in (package(other), package(chair, by=other.key)):
        assert chair.browser.refused("POST", PATH, {"packages": [wrong]}) == "key_package.refused"


def test_every_changed_byte_and_every_cut_is_noticed(chair: Peer) -> None:
    whole = unb64(package(chair))
    assert read_key_package(whole).leaf.key == bytes(chair.key.verify_key)
    for at in range(0, len(whole), 7):
        with pytest.raises(MalformedMlsError):
            read_key_package(whole[:at])
        changed = bytearray(whole)
        changed[at] ^= 0x80
        with pytest.raises(MalformedMlsError):
            read_key_package(bytes(changed))


def test_the_stock_is_bounded(chair: Peer) -> None:
    chair.browser.ok("POST", PATH, {"packages": [package(chair) for _ in range(100)]})
    error = chair.browser.error("POST", PATH, {"packages": [package(chair)]})
    assert error["detail"] == {"reason": "stock", "limit": 100}
    assert stock(chair)["left"] == 100


def test_two_claims_at_once_never_get_the_same(chair: Peer, settle: Settle) -> None:
    guest = settle()
    guest.browser.ok("POST", PATH, {"packages": [package(guest) for _ in range(8)]})
    claimers = [settle() for _ in range(4)]
    handed: list[str] = []

    def run(peer: Peer) -> None:
        handed.extend(claim(peer, guest.device)["packages"].get(guest.device, "none") for _ in range(2))

    threads = [threading.Thread(target=run, args=(peer,)) for peer in claimers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given = [one for one in handed if one != "none"]
    assert len(given) == len(set(given)) == 8
    assert stock(guest)["left"] == 0
