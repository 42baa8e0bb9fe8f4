"""The way of a sign-in from the negotiators' origin to administration's, where they are apart (``hand_over``).

/sign-in (administration) → /hand-over (negotiators) → /sign-in/done (administration). Who is not signed in on the
negotiators' origin is shown its page first, which goes on to /hand-over afterwards.
"""

import re
from typing import Final
from urllib.parse import quote, urlencode

import flask

from portal.server.accounts import hand_over
from portal.server.accounts.signed_in import read_as, set_cookie
from portal.server.core import pages
from portal.server.core.context import portal
from portal.server.core.sides import Side, sides
from portal.server.core.work import run_in_thread
from portal.wire.errors import PeerError, UserError

STATE_COOKIE: Final = "__Host-sign-in"
STATE_LIFETIME_S: Final = 900
"""Time to type a passphrase."""
_PAGES: Final = re.compile(r"/(?:moderate|official|administration)(?=[/?#]|$)")
"""Where one may be sent after a sign-in: to pages of administration's own."""
blueprint = pages.blueprint("hand_over", signed_in=True)


@blueprint.get("/sign-in")
def begin() -> flask.Response:
    """Remember in the browser that it asked, and send it to where people are signed in."""
    if not sides().apart(Side.ADMINISTRATION):
        return pages.see_other("/?" + urlencode({"next": _next()}))
    state = hand_over.new_state()
    asked = urlencode({"state": hand_over.challenge(state), "next": _next()})
    response = pages.see_other(f"{sides().url(Side.NEGOTIATORS)}/hand-over?{asked}")
    # Lax: the way back may come from another site, if the origins have no domain in common.
    response.set_cookie(
        STATE_COOKIE, state, max_age=STATE_LIFETIME_S, path="/", secure=True, httponly=True, samesite="Lax"
    )
    return response


@blueprint.get("/hand-over")
def hand_on() -> flask.Response:
    """Give who is signed in here a code for administration's origin, in the address that the browser goes on to."""
    request = flask.request
    if not sides().apart(Side.ADMINISTRATION):
        raise PeerError("request.not_found")
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        raise PeerError("request.origin")  # somebody's page holds this one inside itself
    asked = request.args.get("state", "")
    try:
        code = read_as(lambda unit, actor: hand_over.code_for(unit, actor, asked))
    except UserError as error:
        if error.code != "session.required":
            raise
        return pages.see_other("/?" + urlencode({"next": request.full_path}))
    answer = urlencode({"code": code, "next": _next()})
    return pages.see_other(f"{sides().url(Side.ADMINISTRATION)}/sign-in/done?{answer}")


@blueprint.get("/sign-in/done")
def take() -> flask.Response:
    """Take the code if this browser asked for it, and go on; else to where one can ask again."""
    response = pages.see_other(quote(_next(), safe="/?#=&%~:"))
    state = flask.request.cookies.get(STATE_COOKIE, "")
    code, database = flask.request.args.get("code", ""), portal().database
    try:
        token = run_in_thread(lambda: database.read(lambda unit: hand_over.token_for(unit, code, state)))
    except UserError:
        return response
    response.delete_cookie(STATE_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return set_cookie(response, token)


def _next() -> str:
    wanted = flask.request.args.get("next", "")
    return wanted if _PAGES.match(wanted) else "/moderate"
