"""Device lists and the numbers that people compare, made by the browser's code and checked by the server's."""

import hashlib
import struct

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from portal.wire.canonical import parse_canonical
from portal.wire.device_list import DeviceListError, SignedStatement, read_device_list
from portal.wire.ids import id_bytes, unb64
from tests.wire.browser_vectors import vectors


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def statements() -> list[SignedStatement]:
    return [SignedStatement(unb64(one["body"]), unb64(one["sig"], 64)) for one in vectors("deviceList")["statements"]]


def thirty_digits(raw: bytes) -> str:
    return "".join(f"{int.from_bytes(raw[at : at + 5], 'big') % 100_000:05d}" for at in range(0, 30, 5))


def test_the_server_reads_the_browsers_device_list() -> None:
    vector = vectors("deviceList")
    read = read_device_list(statements(), verify)
    assert read.account == vector["account"]
    assert read.sign.hex() == vector["sign"]
    assert [box.hex() for box in read.boxes] == vector["boxes"]
    assert read.head.hex() == vector["head"]
    found = [(device, listed.key.hex(), listed.kind, listed.revoked) for device, listed in read.devices.items()]
    assert found == [(one["device"], one["key"], one["kind"], one["revoked"]) for one in vector["devices"]]


def test_a_list_with_a_statement_left_out_moved_or_changed_is_refused() -> None:
    chain = statements()
    broken = [chain[:1] + chain[2:], [chain[0], chain[2], chain[1], *chain[3:]], chain[1:], []]
    for place, one in enumerate(chain):
        signature = bytes([one.signature[0] ^ 1]) + one.signature[1:]
        broken.append([*chain[:place], SignedStatement(one.body, signature), *chain[place + 1 :]])
        body = one.body.replace(b'"at":1', b'"at":2')
        broken.append([*chain[:place], SignedStatement(body, one.signature), *chain[place + 1 :]])
    for other in broken:
        with pytest.raises(DeviceListError):
            read_device_list(other, verify)


def test_safety_number_and_epoch_code_follow_the_protocol() -> None:
    vector = vectors("identity")
    sign = bytes.fromhex(vector["sign"])

    def half(account: str, key: bytes) -> str:
        state = hashlib.sha512(b"portal safety number v1\0" + key + id_bytes(account)).digest()
        for _ in range(5200):
            state = hashlib.sha512(state + key).digest()
        return thirty_digits(state)

    assert half(vector["account"], sign) == vector["half"]
    person = vectors("deviceList")
    both = sorted([vector["half"], half(person["account"], bytes.fromhex(person["sign"]))])
    assert "".join(both) == vector["number"]
    room = id_bytes(vectors("record")["room"])
    authenticator = bytes.fromhex(vector["authenticator"])
    code = hashlib.sha512(b"portal epoch code v1\0" + room + struct.pack(">Q", 4) + authenticator).digest()
    assert thirty_digits(code) == vector["epochCode"]


def test_the_credential_is_canonical() -> None:
    identity = parse_canonical(bytes.fromhex(vectors("identity")["credential"]))
    assert identity["account"] == vectors("deviceList")["account"]
    assert identity["kind"] == "browser"
