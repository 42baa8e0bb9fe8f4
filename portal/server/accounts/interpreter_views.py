"""Interpreters over HTTP: a program that asks to be let in, the person who approves it, and its end."""

import flask

from portal.server.accounts import enrolment_schemas as schemas
from portal.server.accounts import enrolments, equipment, interpreters
from portal.server.accounts.feature import Accounts
from portal.server.accounts.limits import ENROLMENTS, entry_key, entry_limit
from portal.server.accounts.schemas import InvitationSecret, Nothing
from portal.server.accounts.signed_in import read_as, write_as
from portal.server.core.context import portal
from portal.server.core.limits import limiter
from portal.server.core.web import json_body, reply
from portal.server.core.work import run_in_thread

blueprint = flask.Blueprint("interpreters", __name__, url_prefix="/api")


@blueprint.post("/enrolments")
@limiter.limit(ENROLMENTS, key_func=entry_key)
def ask() -> flask.Response:
    """Let a program's request wait for its approval."""
    new, database = json_body(schemas.EnrolmentNew), portal().database
    return reply(run_in_thread(lambda: database.write(lambda unit: enrolments.ask(unit, new))), 201)


@blueprint.post("/enrolments/state")
@entry_limit
def show_state() -> flask.Response:
    """Tell the program whether it was approved."""
    link, database = json_body(InvitationSecret), portal().database
    return reply(run_in_thread(lambda: database.read(lambda unit: enrolments.state(unit, link))))


@blueprint.post("/enrolments/look")
@entry_limit
def look() -> flask.Response:
    """Show the request that has a code."""
    typed = json_body(schemas.EnrolmentCode)
    return reply(read_as(lambda unit, actor: enrolments.look(unit, actor, typed)))


@blueprint.post("/enrolments/approve")
@entry_limit
def approve() -> flask.Response:
    """Let the program with this code make its account."""
    wish = json_body(schemas.EnrolmentWish)
    return reply(write_as(lambda unit, actor: enrolments.approve(unit, actor, wish)))


@blueprint.post("/interpreters/equipment")
@entry_limit
def report_equipment() -> flask.Response:
    """Enter what the calling interpreter runs on into the ledger."""
    said = json_body(equipment.EquipmentReport)
    return reply({"entered": write_as(lambda unit, actor: equipment.report(unit, actor, said))})


@blueprint.post("/interpreters/<account>/end")
def end(account: str) -> flask.Response:
    """End an interpreter."""
    json_body(Nothing)
    accounts = portal().get(Accounts)
    write_as(lambda unit, actor: interpreters.end(unit, accounts, actor, account))
    return reply({})
