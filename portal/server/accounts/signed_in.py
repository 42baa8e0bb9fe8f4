"""Who asks: the way in for every view that needs a signed-in person.

``read_as`` and ``write_as`` run their work in a native thread, in one transaction, with the actor found in that same
transaction: a session that was revoked a moment before does nothing any more.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import flask

from portal.server.accounts import hand_over, sessions
from portal.server.accounts.limits import payers
from portal.server.core.actor import Actor
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.sides import Side, sides
from portal.server.core.work import run_in_thread

T = TypeVar("T")
# Browsers keep a cookie for at most 400 days; how long a session lasts is the server's to say (SignedInSession).
_COOKIE_MAX_AGE_S: Final = 400 * 86_400


def read_as(work: Callable[[Unit, Actor], T]) -> T:
    """Return ``work(unit, actor)`` from a reading transaction.

    Raises:
        UserError: session.required, and whatever ``work`` raises.
    """
    known = _way_in()
    database = portal().database
    return run_in_thread(lambda: database.read(lambda unit: work(unit, known(unit))))


def write_as(work: Callable[[Unit, Actor], T]) -> T:
    """Return ``work(unit, actor)`` after its transaction is committed and its events are on their way.

    Raises:
        UserError: session.required, and whatever ``work`` raises.
    """
    known = _way_in()
    database = portal().database
    return run_in_thread(lambda: database.write(lambda unit: work(unit, known(unit))))


def is_known() -> bool:
    """Tell whether this request is of somebody signed in.

    Raises:
        UserError: session.required, if it names a session that has ended.
    """
    if token_of_request() is None:
        return False
    read_as(lambda _unit, _actor: None)
    return True


def token_of_request() -> str | None:
    """Return the token in the request's cookie."""
    return flask.request.cookies.get(sessions.COOKIE)


def set_cookie(response: flask.Response, token: str) -> flask.Response:
    """Give the browser its session: never readable by scripts, sent to this origin only, from its own pages only."""
    response.set_cookie(
        sessions.COOKIE, token, max_age=_COOKIE_MAX_AGE_S, path="/", secure=True, httponly=True, samesite="Strict"
    )
    return response


def clear_cookie(response: flask.Response) -> flask.Response:
    """Make the browser forget its session."""
    response.delete_cookie(sessions.COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response


def _way_in() -> Callable[[Unit], Actor]:
    """What finds the actor of this request: on administration's origin, if it has one, other tokens are good."""
    token = token_of_request()
    origins = sides()
    administration = origins.apart(Side.ADMINISTRATION) and Side.ADMINISTRATION in origins.at(flask.request.host)
    actor_of = hand_over.actor_of if administration else sessions.actor_of

    def known(unit: Unit) -> Actor:
        actor = actor_of(unit, token)
        if token is not None:
            payers.note(token, actor)
        return actor

    return known
