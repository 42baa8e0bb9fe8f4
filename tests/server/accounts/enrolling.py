"""Interpreters for tests: what their program and their owner's browser do to get one in, over the HTTP API alone."""

from dataclasses import dataclass, replace

import flask
from nacl.signing import SigningKey

from portal.wire.enrolment import EnrolmentRequest, enrolment_code, print_code
from portal.wire.ids import b64
from portal.wire.vouching import Readers, Vouching, vouching_signed_bytes
from tests.server.accounts.people import Browser, Json, Person, last_request, stranger


@dataclass
class Program:
    """An interpreter's program whose request waits: ``person`` holds its keys, ``link`` is {id, secret}."""

    person: Person
    request: bytes
    link: Json

    @property
    def code(self) -> str:
        """The code that the program prints."""
        return print_code(enrolment_code(self.request))

    def state(self) -> Json:
        """What the program hears of its request."""
        answer: Json = self.person.browser.ok("POST", "/api/enrolments/state", self.link)
        return answer

    def last_request(self) -> Json:
        """The last request of the program's onboarding."""
        return last_request(self.person, self.link, name="As it calls itself", kind="interpreter")

    def onboards(self) -> Person:
        """Make the account that was approved."""
        self.person.browser.ok("POST", "/api/onboarding/finish", self.last_request())
        return self.person


def asks(app: flask.Flask) -> Program:
    """A new program sends its request."""
    person = stranger(Browser(app))
    request = EnrolmentRequest(
        account=person.account,
        device=person.device,
        key=bytes(person.device_key.verify_key),
        machine="hall-2",
        sign=bytes(person.sign.verify_key),
    ).to_bytes()
    issued = person.browser.ok("POST", "/api/enrolments", {"request": b64(request)})
    return Program(person, request, {"id": issued["id"], "secret": issued["secret"]})


def vouching(owner: Person, person: Person, readers: Readers = "room") -> Vouching:
    """``owner``'s word for the interpreter ``person``, unsigned."""
    return Vouching(person.account, owner.browser.now_s(), owner.account, readers, bytes(person.sign.verify_key))


def vouch(owner: Person, said: Vouching, *, by: SigningKey | None = None) -> Json:
    """A vouching as it travels, signed by ``owner``, or ``by`` another key."""
    body = said.to_bytes()
    return {"body": b64(body), "sig": b64((by or owner.sign).sign(vouching_signed_bytes(body)).signature)}


def approval(owner: Person, program: Program, *, by: SigningKey | None = None, **changes: object) -> Json:
    """The request by which ``owner`` approves ``program``; ``changes`` are fields of the vouching."""
    said = replace(vouching(owner, program.person), **changes)  # type: ignore[arg-type]
    return {"code": program.code, "name": "Interpreter", "languages": ["ko", "en"], "vouch": vouch(owner, said, by=by)}


def approves(owner: Person, program: Program) -> Json:
    """``owner`` approves ``program``."""
    body = approval(owner, program)
    assert owner.browser.ok("POST", "/api/enrolments/approve", body) == {"account": program.person.account}
    return body
