"""A portal with moderators and citizens, for tests of moderation: real rows, real ledger, real pages.

Moderators get their accounts and sessions written straight into the database: how one signs in is not asked here.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import TypeVar

import flask
from werkzeug.test import TestResponse

from portal.server.accounts import sessions
from portal.server.accounts.models import Account, AccountRole
from portal.server.core.actor import Actor, Role
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Unit
from portal.server.feedback import service, weeks
from portal.server.feedback.feature import Feedback
from portal.server.feedback.models import Submission, Visibility
from portal.server.feedback.moderation_models import SubmissionReview
from portal.server.feedback.proof_of_work import Pass
from portal.server.feedback.service import Said
from portal.server.ledger.feature import Ledger
from portal.wire.ids import AccountId, new_id

T = TypeVar("T")
ORIGIN = "http://localhost:8700"
FIELD = re.compile(r'<(?:input|textarea|select|button)[^>]*\bname="([^"]+)"[^>]*?(?:\bvalue="([^"]*)")?[^>]*>')


@dataclass
class Moderator:
    """Somebody with a session and a role; ``client`` is their browser."""

    desk: "Desk"
    account: AccountId
    actor: Actor
    client: flask.testing.FlaskClient

    def get(self, path: str) -> str:
        """The page at ``path``."""
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def post(self, path: str, **fields: str | list[str]) -> TestResponse:
        """Send a form from our own page."""
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data=fields, headers=headers)


class Desk:
    """One portal."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self.portal: Portal = app.extensions[EXTENSION]
        at_rest = self.portal.database.at_rest
        assert at_rest is not None
        self.feedback = Feedback.open(at_rest, self.portal.get(Ledger), public_url=ORIGIN)
        self.write(lambda unit: weeks.ensure(unit, "UTC", 90))

    def moderator(self, *roles: Role, languages: tuple[str, ...] = ("en",)) -> Moderator:
        """Somebody new with ``roles``, or as a moderator."""
        chosen = roles or (Role.MODERATOR,)
        account = AccountId(new_id())

        def enrol(unit: Unit) -> tuple[Actor, str]:
            unit.session.add(
                Account(
                    id=account,
                    handle=f"m.{secrets.token_hex(6)}",
                    name="Mod Example",
                    languages=list(languages),
                    opaque_record="",
                    recovery_auth_sha256=b"",
                    sign_key=secrets.token_bytes(32),
                    box_key=b"",
                    created_s=unit.now_s,
                )
            )
            unit.session.flush()
            unit.session.add_all(AccountRole(account_id=account, role=role.value) for role in chosen)
            unit.session.flush()
            token = sessions.open_session(unit, account, 86_400)
            return sessions.actor_of(unit, token), token

        actor, token = self.write(enrol)
        client = self.app.test_client()
        client.set_cookie(sessions.COOKIE, token)
        return Moderator(self, account, actor, client)

    def says(self, text: str, lang: str = "en", *, visibility: Visibility = "public") -> str:
        """Somebody new says ``text``; the submission's id."""
        return self.says_all([text], lang, visibility=visibility)[0]

    def says_all(self, texts: list[str], lang: str = "en", *, visibility: Visibility = "public") -> list[str]:
        """Everybody new says something; the submissions' ids, in the order of ``texts``."""
        feedback = self.feedback

        def take(unit: Unit) -> list[str]:
            taken = []
            for text in texts:
                used = Pass("work", secrets.token_bytes(16), unit.now_s, 1)
                said = Said(text, lang, visibility, unit.now_s)
                submission = service.submission_of(unit, service.take(unit, feedback, said, used).receipt)
                assert submission is not None
                taken.append(submission.id)
            return taken

        return self.write(take)

    def submission(self, identifier: str) -> Submission:
        return self.read(lambda unit: unit.session.get_one(Submission, identifier))

    def review(self, identifier: str) -> SubmissionReview:
        return self.read(lambda unit: unit.session.get_one(SubmissionReview, identifier))

    def revision(self, identifier: str) -> int:
        return self.review(identifier).revision

    def state(self, identifier: str) -> str:
        return self.submission(identifier).state

    def does(self, work: Callable[[Unit], T]) -> T:
        """Run a service in a transaction."""
        return self.portal.database.write(work)

    def read(self, work: Callable[[Unit], T]) -> T:
        return self.portal.database.read(work)

    def write(self, work: Callable[[Unit], T]) -> T:
        return self.portal.database.write(work)


def words_of(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
