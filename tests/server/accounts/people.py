"""People for tests: real Ed25519 keys and real OPAQUE, over the HTTP API alone.

Use: ``founder = enrol(Browser(app), first_invitation)``, ``guest = founder.invites(Browser(app), ["delegate"])``. What
is in the vault are random bytes of the right length, because the server can not look into it.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, cast

import flask
import opaquepy.lib as opaque
from nacl.signing import SigningKey
from werkzeug.test import TestResponse

from portal.server.core.context import EXTENSION, Portal
from portal.wire.canonical import canonical_json
from portal.wire.device_list import DeviceKind, SignedStatement
from portal.wire.ids import AccountId, DeviceId, Id, b64, new_id, unb64
from portal.wire.vault import WRAP_BYTES, vault_signed_bytes
from tests.wire.sealing import box_key

Json = dict[str, Any]
COOKIE = "__Host-portal"
ORIGIN = "http://localhost:8700"


class Browser:
    """A browser's HTTP: one cookie jar, requests from the portal's own page."""

    def __init__(self, app: flask.Flask, origin: str = ORIGIN) -> None:
        self.app = app
        self.origin = origin
        self.client = app.test_client()

    def now_s(self) -> int:
        """Seconds since 1970 by a clock that agrees with the server's."""
        database = cast("Portal", self.app.extensions[EXTENSION]).database
        return database.clock_ms() // 1000

    def send(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> TestResponse:
        """Send one request with the headers that a browser sends; ``body`` is JSON, or bytes as octet-stream."""
        all_headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"} | (headers or {})
        if isinstance(body, bytes):
            return self.client.open(
                path, method=method, data=body, content_type="application/octet-stream", headers=all_headers
            )
        return self.client.open(path, method=method, json=body, headers=all_headers)

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed; return its JSON."""
        response = self.send(method, path, body)
        assert response.status_code in {200, 201}, f"{method} {path}: {response.status_code} {response.text}"
        return response.get_json()

    def refused(self, method: str, path: str, body: Any = None) -> str:
        """Send a request that must be refused; return the error's code."""
        return cast("str", self.error(method, path, body)["code"])

    def error(self, method: str, path: str, body: Any = None) -> Json:
        """Send a request that must be refused; return the whole error."""
        response = self.send(method, path, body)
        assert response.status_code >= 400, f"{method} {path}: {response.status_code} {response.text}"
        error = cast("Json", response.get_json()["error"])
        assert error["message"] != f"error.{error['code']}", f"no sentence for {error['code']}"
        return error

    @property
    def token(self) -> str | None:
        """The session's token, as the cookie jar holds it."""
        cookie = self.client.get_cookie(COOKIE)
        return None if cookie is None else cookie.value


@dataclass
class Person:
    """Someone with an account: everything that only this person's browsers hold."""

    browser: Browser
    account: AccountId
    handle: str
    passphrase: str
    recovery_auth: bytes
    sign: SigningKey
    device: DeviceId
    device_key: SigningKey
    statements: list[SignedStatement] = field(default_factory=list)
    vault_version: int = 1

    def sealed_vault(self, version: int | None = None, *, by: SigningKey | None = None) -> Json:
        """The next version of the vault (or ``version``), signed by the account's key (or ``by``)."""
        version = self.vault_version + 1 if version is None else version
        return signed_vault(by or self.sign, self.account, version)

    def statement(self, *, by: SigningKey | None = None, **fields: Any) -> SignedStatement:
        """The next statement of the device list with these ``fields``, not yet in ``statements``."""
        last = self.statements[-1]
        body = {
            "account": self.account,
            "at": self.browser.now_s(),
            "prev": b64(last.sha256),
            "seq": len(self.statements),
            "v": 1,
        }
        return signed(by or self.sign, body | fields)

    def addition(self, device: str, key: SigningKey, *, kind: DeviceKind = "browser") -> SignedStatement:
        """The next statement: a new device."""
        return self.statement(
            op="add", device=device, key=b64(bytes(key.verify_key)), kind=kind, vault=self.vault_version
        )

    def revocation(self, device: str, **fields: Any) -> SignedStatement:
        """The next statement: the end of a device, with a new box key."""
        return self.statement(**({"op": "revoke", "device": device, "box": new_box()} | fields))

    def add_device(
        self, browser: Browser | None = None, *, kind: DeviceKind = "browser"
    ) -> tuple[DeviceId, SigningKey]:
        """Register a new device from ``browser``'s session (default: the person's own); return its id and key."""
        device, key = DeviceId(new_id()), SigningKey.generate()
        addition = self.addition(device, key, kind=kind)
        (browser or self.browser).ok("POST", "/api/devices", {"statement": text(addition)})
        self.statements.append(addition)
        return device, key

    def revoke_device(self, device: str, browser: Browser | None = None) -> None:
        """Revoke ``device`` from ``browser``'s session (default: the person's own)."""
        revocation = self.revocation(device)
        body = {"statement": text(revocation), "vault": self.sealed_vault()}
        (browser or self.browser).ok("POST", "/api/devices/revoke", body)
        self.statements.append(revocation)
        self.vault_version += 1

    def sign_in(self, browser: Browser | None = None) -> Json:
        """Sign ``browser`` (default: the person's own) in with the passphrase; return SignedIn."""
        return sign_in(browser or self.browser, self.handle, self.passphrase)

    def recover(self, browser: Browser) -> Json:
        """Sign ``browser`` in with the recovery key; return SignedIn."""
        body = {"handle": self.handle, "recovery_auth": b64(self.recovery_auth)}
        return cast("Json", browser.ok("POST", "/api/sign-in/recovery", body))

    def another_browser(self) -> "Person":
        """The same person in a second browser with a device of its own; shares nothing mutable with the first."""
        browser = Browser(self.browser.app, self.browser.origin)
        self.sign_in(browser)
        device, key = self.add_device(browser)
        return Person(
            browser,
            self.account,
            self.handle,
            self.passphrase,
            self.recovery_auth,
            self.sign,
            device,
            key,
            list(self.statements),
            self.vault_version,
        )

    def invites(
        self, browser: Browser, roles: list[str], *, delegation: str | None = None, handle: str | None = None
    ) -> "Person":
        """As an administrator: invite someone, who enrols from ``browser``."""
        invitation = {"delegation": delegation, "roles": roles, "days": 1}
        return enrol(browser, self.browser.ok("POST", "/api/invitations", invitation), handle=handle)

    def ticket(self) -> str:
        """A fresh socket ticket."""
        return cast("str", self.browser.ok("POST", "/api/socket-ticket", {})["ticket"])


def enrol(browser: Browser, invitation: Json, *, handle: str | None = None, name: str = "Ada Example") -> Person:
    """Make an account from ``invitation`` ({id, secret, …}) as a browser does; its session is signed in."""
    person, body = prepared(browser, invitation, handle=handle, name=name)
    browser.ok("POST", "/api/onboarding/finish", body)
    return person


def prepared(
    browser: Browser, invitation: Json, *, handle: str | None = None, name: str = "Ada Example"
) -> tuple[Person, Json]:
    """Do everything of the onboarding but its last request; return the person to be and that request's body."""
    person = stranger(browser, handle=handle)
    return person, last_request(person, invitation, name=name)


def stranger(browser: Browser, *, handle: str | None = None) -> Person:
    """Somebody with keys but without an account."""
    return Person(
        browser=browser,
        account=AccountId(new_id()),
        handle=handle or f"person.{secrets.token_hex(6)}",
        passphrase=secrets.token_urlsafe(12),
        recovery_auth=secrets.token_bytes(32),
        sign=SigningKey.generate(),
        device=DeviceId(new_id()),
        device_key=SigningKey.generate(),
    )


def last_request(person: Person, invitation: Json, *, name: str = "Ada Example", kind: DeviceKind = "browser") -> Json:
    """Do everything of ``person``'s onboarding but its last request; return that request's body."""
    link = {"id": invitation["id"], "secret": invitation["secret"]}
    person.statements = [founding(person)]
    person.statements.append(person.addition(person.device, person.device_key, kind=kind))
    beginning = link | {"account": person.account}
    return beginning | {
        "handle": person.handle,
        "name": name,
        "languages": ["en", "ko"],
        "opaque_record": registered(person.browser, "/api/onboarding/start", beginning, person.passphrase),
        "statements": [text(statement) for statement in person.statements],
        "vault": person.sealed_vault(1),
        "wraps": {"passphrase": new_wrap(), "recovery": new_wrap()},
        "recovery_auth_sha256": b64(hashlib.sha256(person.recovery_auth).digest()),
    }


def registered(browser: Browser, path: str, body: Json, passphrase: str) -> str:
    """Run the client's half of an OPAQUE registration whose first message goes to ``path``; return the record."""
    request, state = opaque.register_client(passphrase)
    response = browser.ok("POST", path, body | {"request": request})["response"]
    return opaque.register_client_finish(state, passphrase, response)


def sign_in(browser: Browser, handle: str, passphrase: str) -> Json:
    """Sign ``browser`` in; ValueError where the passphrase is wrong, which the client is the first to notice."""
    request, state = opaque.login_client(passphrase)
    started = browser.ok("POST", "/api/sign-in/start", {"handle": handle, "request": request})
    finish, _session_key = opaque.login_client_finish(state, passphrase, started["response"])
    body = {"attempt": started["attempt"], "finish": finish}
    return cast("Json", browser.ok("POST", "/api/sign-in/finish", body))


def founding(person: Person, *, by: SigningKey | None = None) -> SignedStatement:
    """The first statement of ``person``'s device list."""
    body = {
        "account": person.account,
        "at": int(time.time()),
        "box": new_box(),
        "op": "found",
        "prev": "",
        "seq": 0,
        "sign": b64(bytes(person.sign.verify_key)),
        "v": 1,
    }
    return signed(by or person.sign, body)


def signed(key: SigningKey, body: Json) -> SignedStatement:
    """``body`` as a signed statement."""
    unsigned = SignedStatement(canonical_json(body), b"")
    return SignedStatement(unsigned.body, key.sign(unsigned.signed_bytes).signature)


def signed_vault(key: SigningKey, account: AccountId, version: int) -> Json:
    """A vault of this version as it travels."""
    sealed = secrets.token_bytes(300)
    signature = key.sign(vault_signed_bytes(account, version, sealed)).signature
    return {"version": version, "sealed": b64(sealed), "sig": b64(signature)}


def text(statement: SignedStatement) -> Json:
    """``statement`` as it travels."""
    return {"body": b64(statement.body), "sig": b64(statement.signature)}


def statement_of(travelled: Json) -> SignedStatement:
    """The statement that travelled."""
    return SignedStatement(unb64(travelled["body"]), unb64(travelled["sig"]))


def new_box() -> str:
    """A box key whose private half nobody has."""
    return b64(box_key(secrets.token_bytes(32))[1])


def new_wrap() -> str:
    """A wrap's worth of random bytes."""
    return b64(secrets.token_bytes(WRAP_BYTES))


def unknown_id() -> Id:
    """An id that nothing has."""
    return new_id()
