"""The vault: one version after the other, signed, never back."""

import hashlib
import secrets

from nacl.signing import SigningKey

from portal.wire.ids import b64, unb64
from portal.wire.vault import SEALED_MAX_BYTES, vault_signed_bytes
from tests.server.accounts.people import Browser, Json, Person, new_wrap, signed_vault


def sha256_text(raw: bytes) -> str:
    return b64(hashlib.sha256(raw).digest())


def vault_of(person: Person, sealed: bytes, version: int) -> Json:
    signature = person.sign.sign(vault_signed_bytes(person.account, version, sealed)).signature
    return {"version": version, "sealed": b64(sealed), "sig": b64(signature)}


def test_the_next_version_takes_the_place_of_the_last(delegate: Person) -> None:
    wraps = delegate.browser.ok("GET", "/api/vault")["wraps"]
    vault = delegate.sealed_vault()
    assert delegate.browser.ok("PUT", "/api/vault", vault) == {"version": 2}
    assert delegate.browser.ok("GET", "/api/vault") == vault | {"wraps": wraps}
    assert delegate.browser.ok("GET", "/api/me")["vault_version"] == 2


def test_a_version_that_does_not_follow_is_refused(delegate: Person) -> None:
    first = delegate.browser.ok("GET", "/api/vault")
    del first["wraps"]
    second = delegate.sealed_vault()
    delegate.browser.ok("PUT", "/api/vault", second)
    for vault in (first, second, delegate.sealed_vault(2), delegate.sealed_vault(4)):
        error = delegate.browser.error("PUT", "/api/vault", vault)
        assert (error["code"], error["detail"]) == ("vault.version", {"version": 2})
    assert delegate.browser.ok("GET", "/api/vault")["sealed"] == second["sealed"]


def test_a_vault_that_its_owner_did_not_sign_is_refused(delegate: Person, administrator: Person) -> None:
    before = delegate.browser.ok("GET", "/api/vault")
    good = delegate.sealed_vault()
    refused = [
        delegate.sealed_vault(by=SigningKey.generate()),
        signed_vault(administrator.sign, administrator.account, 2),
        good | {"sealed": b64(secrets.token_bytes(300))},
        good | {"sig": delegate.sealed_vault(3)["sig"]},
        vault_of(delegate, secrets.token_bytes(27), 2),
    ]
    for vault in refused:
        assert delegate.browser.refused("PUT", "/api/vault", vault) == "vault.refused"
    assert delegate.browser.ok("GET", "/api/vault") == before


def test_the_largest_vault_fits_and_a_larger_one_does_not(delegate: Person) -> None:
    delegate.browser.ok("PUT", "/api/vault", vault_of(delegate, secrets.token_bytes(SEALED_MAX_BYTES), 2))
    too_large = vault_of(delegate, secrets.token_bytes(SEALED_MAX_BYTES + 1), 3)
    assert delegate.browser.refused("PUT", "/api/vault", too_large) == "request.malformed"
    huge = too_large | {"sealed": "A" * (3 * SEALED_MAX_BYTES)}
    assert delegate.browser.refused("PUT", "/api/vault", huge) == "request.too_large"


def test_a_new_recovery_key_takes_the_place_of_the_old(delegate: Person, visitor: Browser) -> None:
    new_auth = secrets.token_bytes(32)
    wrap = new_wrap()
    body = delegate.sealed_vault() | {"wraps": {"recovery": wrap}}
    assert delegate.browser.refused("PUT", "/api/vault", body) == "vault.refused"
    without_wrap = delegate.sealed_vault() | {"recovery_auth_sha256": b64(bytes(32))}
    assert delegate.browser.refused("PUT", "/api/vault", without_wrap) == "vault.refused"
    delegate.recover(Browser(visitor.app))  # the old one still counts

    digest = sha256_text(new_auth)
    delegate.browser.ok("PUT", "/api/vault", body | {"recovery_auth_sha256": digest})
    old = {"handle": delegate.handle, "recovery_auth": b64(delegate.recovery_auth)}
    assert visitor.refused("POST", "/api/sign-in/recovery", old) == "signin.refused"
    delegate.recovery_auth = new_auth
    assert delegate.recover(visitor)["wraps"]["recovery"] == wrap


def test_new_wraps_of_both_kinds(delegate: Person, visitor: Browser) -> None:
    wraps = {"passphrase": new_wrap(), "recovery": new_wrap()}
    digest = sha256_text(delegate.recovery_auth)
    delegate.browser.ok("PUT", "/api/vault", delegate.sealed_vault() | {"wraps": wraps, "recovery_auth_sha256": digest})
    assert delegate.recover(visitor)["wraps"] == wraps
    assert all(len(unb64(wrap)) == 60 for wrap in wraps.values())
