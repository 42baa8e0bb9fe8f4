"""Keys and signatures that libraries judge differently (tests/wire/make_signature_vectors.py): here all judge alike.

static/test/e2ee/signing.test.ts reads the same cases.
"""

import json
import secrets
from typing import Any

import pytest
from nacl.signing import SigningKey

from portal.member.e2ee.signing import verify
from portal.server.accounts.device_lists import verify_ed25519
from portal.wire.canonical import canonical_json
from portal.wire.device_list import DeviceListError, parse_statement
from portal.wire.ids import b64, new_id
from portal.wire.signature_key import is_signature_key
from tests.wire.browser_vectors import VECTORS
from tests.wire.make_signature_vectors import cases
from tests.wire.sealing import box_key

CASES = json.loads((VECTORS / "signatures.json").read_text("utf-8"))


@pytest.mark.slow
def test_the_cases_are_what_the_program_makes() -> None:
    assert cases() == CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_server_and_member_say_the_same(case: dict[str, Any]) -> None:
    parts = [bytes.fromhex(case[name]) for name in ("key", "message", "signature")]
    key, message, signature = parts
    assert verify(key, message, signature) is case["accepted"]
    assert verify_ed25519(key, message, signature) is case["accepted"]
    assert is_signature_key(key) is case["key_fine"]


def test_no_device_list_names_a_key_that_is_judged_differently() -> None:
    place = {"account": new_id(), "at": 1, "prev": b64(bytes(32)), "seq": 1, "v": 1}
    add = place | {"op": "add", "device": new_id(), "kind": "browser", "vault": 1}
    found = place | {"op": "found", "seq": 0, "prev": "", "box": b64(box_key(bytes(32))[1])}
    for case in CASES:
        for body, name in ((add, "key"), (found, "sign")):
            statement = canonical_json(body | {name: b64(bytes.fromhex(case["key"]))})
            if case["key_fine"]:
                parse_statement(statement)
            else:
                with pytest.raises(DeviceListError, match=f"{name} is no key"):
                    parse_statement(statement)


def test_keys_that_are_made_pass() -> None:
    assert all(is_signature_key(bytes(SigningKey.generate().verify_key)) for _ in range(50))
    assert not is_signature_key(secrets.token_bytes(31))
