"""Administration of people over HTTP: delegations, invitations, roles."""

import flask

from portal.server.accounts import schemas, service
from portal.server.accounts.feature import Accounts
from portal.server.accounts.signed_in import read_as, write_as
from portal.server.core.context import portal
from portal.server.core.web import json_body, reply

blueprint = flask.Blueprint("administration", __name__, url_prefix="/api")


@blueprint.post("/delegations")
def create_delegation() -> flask.Response:
    """Make a delegation."""
    new = json_body(schemas.DelegationNew)
    return reply(write_as(lambda unit, actor: service.create_delegation(unit, actor, new)), 201)


@blueprint.patch("/delegations/<delegation>")
def change_delegation(delegation: str) -> flask.Response:
    """Change a delegation's name, code or colour."""
    change = json_body(schemas.DelegationChange)
    return reply(write_as(lambda unit, actor: service.change_delegation(unit, actor, delegation, change)))


@blueprint.post("/invitations")
def invite() -> flask.Response:
    """Make an invitation; the only answer that holds its secret."""
    new, accounts = json_body(schemas.InvitationNew), portal().get(Accounts)
    return reply(write_as(lambda unit, actor: service.invite(unit, accounts, actor, new)), 201)


@blueprint.get("/invitations")
def show_invitations() -> flask.Response:
    """Show all invitations, without their secrets."""
    return reply(read_as(service.invitations))


@blueprint.delete("/invitations/<invitation>")
def withdraw_invitation(invitation: str) -> flask.Response:
    """Withdraw an unused invitation."""
    write_as(lambda unit, actor: service.withdraw_invitation(unit, actor, invitation))
    return reply({})


@blueprint.patch("/accounts/<account>")
def change_account(account: str) -> flask.Response:
    """Change an account's roles or delegation, disable or enable it."""
    change, accounts = json_body(schemas.AccountChange), portal().get(Accounts)
    return reply(write_as(lambda unit, actor: service.change_account(unit, accounts, actor, account, change)))
