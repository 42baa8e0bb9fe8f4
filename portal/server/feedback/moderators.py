"""The way in for people with a role: moderators, and officials by other roles, on pages that the server makes.

They are signed in by the client's own session. ``read_as`` and ``write_as`` find the actor, and what the actor may, in
the very transaction of the work: who lost a role a moment before does nothing any more.
"""

from collections.abc import Callable, Collection
from typing import Final, TypeVar
from urllib.parse import urlencode

import flask

from portal.server.accounts import signed_in
from portal.server.core import pages
from portal.server.core.actor import Actor, Role
from portal.server.core.db import Unit
from portal.server.core.sides import Side, sides
from portal.server.core.web import FormBlueprint
from portal.wire.errors import UserError

T = TypeVar("T")
MODERATORS: Final = frozenset({Role.MODERATOR, Role.ADMINISTRATOR})
OFFICIALS: Final = frozenset({Role.MODERATOR, Role.ADMINISTRATOR, Role.CHAIR})


def may_moderate(actor: Actor, roles: Collection[Role] = MODERATORS) -> None:
    """Let who has one of ``roles`` pass.

    Raises:
        UserError: role.required, for everyone else, whether or not what they asked for exists.
    """
    if actor.roles.isdisjoint(roles):
        raise UserError("role.required", role=Role.MODERATOR.value)


def read_as(work: Callable[[Unit, Actor], T], *, roles: Collection[Role] = MODERATORS) -> T:
    """Return ``work(unit, actor)`` from a reading transaction, for who has one of ``roles``.

    Raises:
        UserError: session.required, role.required, and whatever ``work`` raises.
    """
    return signed_in.read_as(_guarded(work, roles))


def write_as(work: Callable[[Unit, Actor], T], *, roles: Collection[Role] = MODERATORS) -> T:
    """Return ``work(unit, actor)`` after its transaction is committed, for who has one of ``roles``.

    Raises:
        UserError: session.required, role.required, and whatever ``work`` raises.
    """
    return signed_in.write_as(_guarded(work, roles))


def actor(*, roles: Collection[Role] = MODERATORS) -> Actor:
    """Return who asks, for a view that reads nothing else; UserError as above."""
    return read_as(lambda _unit, found: found, roles=roles)


def role_of(actor: Actor) -> Role:
    """Return in which role somebody decides, as it is published: never who."""
    return Role.MODERATOR if Role.MODERATOR in actor.roles else Role.ADMINISTRATOR


def blueprint(name: str) -> FormBlueprint:
    """Return a blueprint of pages for signed-in people: who is not signed in is shown where to, and how to come back.

    Forms are taken from our own pages alone.
    """
    made = pages.blueprint(name, signed_in=True)
    made.register_error_handler(UserError, _refused)
    return made


def _refused(error: UserError) -> flask.Response:
    if error.code != "session.required":
        return pages.error_page(error)
    # A session cookie is not sent along from other sites' links: from this page it is, so opening it again may do.
    here = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else "/moderate"
    sign_in = ("/sign-in?" if sides().apart(Side.ADMINISTRATION) else "/?") + urlencode({"next": here}, safe="/")
    return pages.page("moderate/sign_in.html", part="moderate", status=401, here_again=here, sign_in=sign_in)


def _guarded(work: Callable[[Unit, Actor], T], roles: Collection[Role]) -> Callable[[Unit, Actor], T]:
    def guarded(unit: Unit, actor: Actor) -> T:
        may_moderate(actor, roles)
        return work(unit, actor)

    return guarded
