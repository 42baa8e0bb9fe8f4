"""Key packages: real ones in shape and signature, handed out once, the last resort again and again."""

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

import flask
import pytest

from portal.server.rooms.key_package_format import sign_content, vector
from portal.wire.canonical import canonical_json
from portal.wire.ids import b64, new_id
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Json, Peer
from tests.server.rooms.standing import revoke, suspend

DAY_S = 86_400
PATH = "/api/key-packages"


@dataclass
class Fields:
    """What a key package is made of, to be spoilt one by one."""

    suite: int = 83
    wire_format: int = 5
    box_bytes: int = 1216
    kind: str = "browser"
    days: float = 90
    from_s: int = -3600
    device: str | None = None
    account: str | None = None
    same_keys: bool = False
    tail: bytes = b""


def package(peer: Peer, by: Any = None, **changes: Any) -> str:
    """A key package of ``peer``'s device as it travels, signed by its key (or ``by``)."""
    fields = Fields(**changes)
    key = by or peer.key
    init = secrets.token_bytes(fields.box_bytes)
    leaf_key = init if fields.same_keys else secrets.token_bytes(1216)
    identity = canonical_json(
        {
            "account": fields.account or peer.account,
            "device": fields.device or peer.device,
            "kind": fields.kind,
            "v": 1,
        }
    )
    begins_s = int(time.time()) + fields.from_s
    ends_s = begins_s + int(fields.days * DAY_S)
    leaf = vector(leaf_key) + vector(bytes(peer.key.verify_key)) + _u16(1) + vector(identity)
    capabilities = (_u16(1), _u16(83), b"", b"", _u16(1))
    leaf += b"".join(map(vector, capabilities)) + b"\1" + begins_s.to_bytes(8, "big") + ends_s.to_bytes(8, "big")
    leaf += vector(b"")
    leaf += vector(key.sign(sign_content(b"LeafNodeTBS", leaf)).signature)
    content = _u16(1) + _u16(fields.suite) + vector(init) + leaf + vector(b"")
    signed = content + vector(key.sign(sign_content(b"KeyPackageTBS", content)).signature)
    return b64(_u16(1) + _u16(fields.wire_format) + signed + fields.tail)


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


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


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"suite": 1}, "malformed"),
        ({"wire_format": 1}, "malformed"),
        ({"box_bytes": 32}, "malformed"),
        ({"same_keys": True}, "malformed"),
        ({"tail": b"\0"}, "malformed"),
        ({"kind": "archive"}, "owner"),
        ({"device": new_id()}, "owner"),
        ({"account": new_id()}, "owner"),
        ({"days": 100}, "lifetime"),
        ({"from_s": -91 * DAY_S}, "lifetime"),
        ({"from_s": 3 * DAY_S}, "lifetime"),
        ({"days": -1}, "lifetime"),
    ],
)
def test_a_wrong_package_is_refused_with_the_whole_deposit(chair: Peer, changes: Json, reason: str) -> None:
    error = chair.browser.error("POST", PATH, {"packages": [package(chair), package(chair, **changes)]})
    assert (error["code"], error["detail"]["reason"]) == ("key_package.refused", reason)
    assert stock(chair) == {"left": 0, "last_resort": False}


def test_a_package_of_another_device_or_key_is_refused(chair: Peer, settle: Settle) -> None:
    other = settle()
    for wrong in (package(other), package(chair, by=other.key)):
        assert chair.browser.refused("POST", PATH, {"packages": [wrong]}) == "key_package.refused"


def test_every_changed_byte_and_every_cut_is_noticed(chair: Peer) -> None:
    from portal.server.rooms.key_package_format import (  # noqa: PLC0415
        MalformedKeyPackageError,
        read_key_package,
    )
    from portal.wire.ids import unb64  # noqa: PLC0415

    whole = unb64(package(chair))
    assert read_key_package(whole).key == bytes(chair.key.verify_key)
    for at in range(0, len(whole), 7):
        with pytest.raises(MalformedKeyPackageError):
            read_key_package(whole[:at])
        changed = bytearray(whole)
        changed[at] ^= 0x80
        with pytest.raises(MalformedKeyPackageError):
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
