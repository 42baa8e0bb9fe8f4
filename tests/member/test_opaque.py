"""Sign-in by passphrase: RFC 9496's own vectors, the server's library, and the browser's registration."""

import hashlib
from typing import Final

import opaquepy
import pytest

from portal.member.e2ee.opaque import Stretching, start_sign_in
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ristretto import BASE, ORDER, NotAnElementError, decode, from_uniform
from portal.wire.ids import b64, unb64
from tests.member.twin import Twin

PASSPHRASE: Final = "정확한 말 배터리 staple"
ACCOUNT: Final = "AAAAAAAAAAAAAAAAAAAAAA"
MULTIPLES: Final = (  # RFC 9496, A.1
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
)
NO_ELEMENTS: Final = (  # RFC 9496, A.2: not canonical, negative, no square, negative xy, s = -1
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "00" * 32,
    "00" * 31,
)
HASHED: Final = (  # RFC 9496, A.3: SHA-512 of these, mapped
    (
        "Ristretto is traditionally a short shot of espresso coffee",
        "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46",
    ),
    (
        "made with the normal amount of ground coffee but extracted with",
        "f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b",
    ),
    (
        "about half the amount of water in the same amount of time",
        "006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826",
    ),
)


def scalar(number: int) -> bytes:
    return (number % ORDER).to_bytes(32, "little")


def test_ristretto_encodes_decodes_and_multiplies() -> None:
    for number, encoded in enumerate(MULTIPLES, start=1):
        assert BASE.times(scalar(number)).encode().hex() == encoded
        assert decode(bytes.fromhex(encoded)).encode().hex() == encoded
        # The same from another point of the class.
        assert decode(bytes.fromhex(encoded)).times(scalar(1)).encode().hex() == encoded
    for encoded in NO_ELEMENTS:
        with pytest.raises(NotAnElementError):
            decode(bytes.fromhex(encoded))
    with pytest.raises(NotAnElementError):
        BASE.times(scalar(0))


def test_ristretto_maps_hashes_to_elements() -> None:
    for text, encoded in HASHED:
        assert from_uniform(hashlib.sha512(text.encode()).digest()).encode().hex() == encoded


def test_a_passphrase_that_a_browser_registered_signs_in_here(twin: Twin) -> None:
    """The server's library in between: what the browser calls its export key is what comes out here."""
    setup = opaquepy.create_setup()
    begun = twin.ask("startRegistration", passphrase=PASSPHRASE)
    response = opaquepy.register(setup, begun["request"], ACCOUNT)
    made = twin.ask("finishRegistration", passphrase=PASSPHRASE, state=begun["state"], response=response)
    record = opaquepy.register_finish(made["record"])

    sign_in = start_sign_in(PASSPHRASE)
    response, state = opaquepy.login(setup, record, sign_in.request, ACCOUNT)
    finish, export_key = sign_in.finish(response)
    assert opaquepy.login_finish(finish, state)
    assert b64(export_key) == made["exportKey"]

    raw = bytearray(unb64(response))
    raw[-1] ^= 1
    for code in (b64(bytes(raw)), response[:-4], b64(bytes(320))):
        with pytest.raises(Refusal, match=r"opaque\.refused"):
            sign_in.finish(code)


def test_another_passphrase_is_refused() -> None:
    setup, cheap = opaquepy.create_setup(), Stretching(1, 64, 1)
    request, state = opaquepy.register_client("another")
    record = opaquepy.register_finish(
        opaquepy.register_client_finish(state, "another", opaquepy.register(setup, request, ACCOUNT))
    )
    sign_in = start_sign_in(PASSPHRASE, cheap)
    response, _ = opaquepy.login(setup, record, sign_in.request, ACCOUNT)
    with pytest.raises(Refusal, match=r"opaque\.refused"):
        sign_in.finish(response)
