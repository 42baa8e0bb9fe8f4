"""The pure rules of device lists, with real signatures."""

import random
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from portal.server.accounts.device_lists import verify_ed25519
from portal.wire.canonical import canonical_json
from portal.wire.device_list import (
    BODY_MAX_BYTES,
    DeviceListError,
    MovedDeviceListError,
    SignedStatement,
    found_device_list,
    parse_statement,
    read_device_list,
)
from portal.wire.ids import AccountId, b64, new_id, unb64
from tests.server.accounts.people import Json, new_box, signed

SIGN = SigningKey(bytes(range(32)))
ACCOUNT = AccountId(new_id())


def add(device: str | None = None, **fields: object) -> Json:
    key = b64(bytes(SigningKey.generate().verify_key))
    return {"op": "add", "device": device or new_id(), "key": key, "kind": "browser", "vault": 1} | fields


def revoke(device: str, **fields: object) -> Json:
    return {"op": "revoke", "device": device, "box": new_box()} | fields


def chain_of(*bodies: Json) -> list[SignedStatement]:
    """A signed chain: the founding and these statements, numbered and linked."""
    founding = {"op": "found", "sign": b64(bytes(SIGN.verify_key)), "box": new_box(), "prev": "", "seq": 0}
    chain = [signed(SIGN, {"account": ACCOUNT, "at": 1, "v": 1} | founding)]
    for body in bodies:
        place = {"prev": b64(chain[-1].sha256), "seq": len(chain)}
        chain.append(signed(SIGN, {"account": ACCOUNT, "at": 1, "v": 1} | place | body))
    return chain


def test_a_list_tells_devices_boxes_and_head() -> None:
    first, second = new_id(), new_id()
    chain = chain_of(add(first), add(second, kind="interpreter", vault=3), revoke(first))
    state = read_device_list(chain, verify_ed25519)
    assert {device: (listed.kind, listed.revoked) for device, listed in state.devices.items()} == {
        first: ("browser", True),
        second: ("interpreter", False),
    }
    assert (state.account, state.sign, state.seq, state.vault) == (ACCOUNT, bytes(SIGN.verify_key), 3, 3)
    assert state.head == chain[-1].sha256
    assert len(state.boxes) == 2
    assert state.box != state.boxes[0]
    assert len(state.box) == 1216


def test_the_format_is_the_documented_one() -> None:
    """Written out by hand from docs/protocol.md §1, not by our own encoder."""
    device, key, box = "A" * 22, "B" * 42 + "A", "C" * 1621 + "A"
    sign = b64(bytes(SIGN.verify_key))
    founding = (
        f'{{"account":"{device}","at":5,"box":"{box}","op":"found","prev":"","seq":0,"sign":"{sign}","v":1}}'
    ).encode()
    first = SignedStatement(founding, SIGN.sign(b"portal device list v1\0" + founding).signature)
    prev = b64(first.sha256)
    addition = (
        f'{{"account":"{device}","at":6,"device":"{device}","key":"{key}","kind":"archive","op":"add",'
        f'"prev":"{prev}","seq":1,"v":1,"vault":1}}'
    ).encode()
    second = SignedStatement(addition, SIGN.sign(b"portal device list v1\0" + addition).signature)
    state = read_device_list([first, second], verify_ed25519)
    assert state.devices[next(iter(state.devices))].key == unb64(key)
    assert state.box == unb64(box)


@pytest.mark.parametrize(
    "broken",
    [
        lambda chain: chain[1:],
        lambda chain: [chain[0], chain[2]],
        lambda chain: [chain[0], chain[2], chain[1]],
        lambda chain: [chain[0], chain[1], chain[1]],
        lambda chain: [chain[0], chain[0]],
        lambda _chain: [],
        lambda chain: [replace(chain[0], signature=bytes(64)), *chain[1:]],
        lambda chain: [chain[0], replace(chain[1], signature=chain[2].signature)],
        lambda chain: [chain_of()[0], *chain[1:]],
    ],
)
def test_a_chain_that_was_cut_reordered_forked_or_forged_is_refused(
    broken: Callable[[list[SignedStatement]], list[SignedStatement]],
) -> None:
    device = new_id()
    chain = chain_of(add(device), add())
    read_device_list(chain, verify_ed25519)
    with pytest.raises(DeviceListError):
        read_device_list(broken(chain), verify_ed25519)


def test_each_rule_of_content_is_kept() -> None:
    device = new_id()
    known = add(device, vault=2)
    revocation = revoke(device)
    revoked = [known, revocation]
    broken: list[tuple[str, list[Json]]] = [
        ("device id was used", [known, add(device, vault=2)]),
        ("device id was used", [*revoked, add(device, vault=2)]),
        ("key was used", [known, add(key=known["key"], vault=2)]),
        ("key was used", [*revoked, add(key=known["key"], vault=2)]),
        ("key was used", [add(key=b64(bytes(SIGN.verify_key)))]),
        ("older vault", [known, add(vault=1)]),
        ("no such device", [known, revoke(new_id())]),
        ("no such device", [*revoked, revoke(device)]),
        ("another account", [known | {"account": new_id()}]),
        ("31 bytes", [add(key=b64(bytes(31)))]),
        ("1215 bytes", [known, revoke(device, box=b64(bytes(1215)))]),
        ("unknown kind", [add(kind="toaster")]),
        ("unknown fields", [add(box=new_box())]),
        ("unknown fields", [known | {"note": "x"}]),
        ("no number", [add(vault="1")]),
        ("another version", [known | {"v": 2}]),
        ("founds, adds or revokes", [known | {"op": ["add"]}]),
        ("statement 0", [{"op": "found", "sign": b64(bytes(SIGN.verify_key)), "box": new_box()}]),
    ]
    for why, bodies in broken:
        chain = chain_of(*bodies)
        state = read_device_list(chain[:-1], verify_ed25519)
        with pytest.raises(DeviceListError, match=why):
            state.append(chain[-1], verify_ed25519)


def test_a_box_key_is_new_in_every_revocation() -> None:
    first, second = new_id(), new_id()
    revocation = revoke(first)
    chain = chain_of(add(first), add(second), revocation, revoke(second, box=revocation["box"]))
    with pytest.raises(DeviceListError, match="box key"):
        read_device_list(chain, verify_ed25519)


def test_an_older_place_is_told_apart_from_other_faults() -> None:
    chain = chain_of(add(), add())
    state = read_device_list(chain, verify_ed25519)
    stale = chain_of(add())[1]
    with pytest.raises(MovedDeviceListError):
        state.append(stale, verify_ed25519)
    early = signed(SIGN, {"account": ACCOUNT, "at": 1, "v": 1, "prev": b64(state.head), "seq": 9} | add())
    with pytest.raises(DeviceListError) as refused:
        state.append(early, verify_ed25519)
    assert not isinstance(refused.value, MovedDeviceListError)


def test_a_founding_is_signed_by_the_key_that_it_names() -> None:
    chain = chain_of()
    other = SigningKey.generate()
    with pytest.raises(DeviceListError, match="signature"):
        found_device_list(replace(chain[0], signature=other.sign(chain[0].signed_bytes).signature), verify_ed25519)


def test_one_changed_bit_is_refused_anywhere() -> None:
    chain = chain_of(add())
    choose = random.Random(20_260_101)
    for _ in range(300):
        body = bytearray(chain[1].body)
        body[choose.randrange(len(body))] ^= 1 << choose.randrange(8)
        with pytest.raises(DeviceListError):
            read_device_list([chain[0], replace(chain[1], body=bytes(body))], verify_ed25519)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_statement_or_an_error(body: bytes) -> None:
    with pytest.raises(DeviceListError):
        parse_statement(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["op", "seq", "v", "at"]), inner),
        max_leaves=6,
    )
)
def test_any_json_is_a_statement_or_an_error(value: object) -> None:
    try:
        body = canonical_json(value)
    except ValueError:
        return
    with pytest.raises(DeviceListError):
        parse_statement(body)


def test_hostile_sizes_are_errors() -> None:
    for body in (b"[" * 4000, b"1" * 4000, b'{"a":' * 600, secrets.token_bytes(BODY_MAX_BYTES + 1)):
        with pytest.raises(DeviceListError):
            parse_statement(body)
