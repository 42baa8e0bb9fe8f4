"""People over HTTP: getting in, oneself, devices and vault. Administration is in ``administration.py``."""

from collections.abc import Callable
from typing import TypeVar

import flask

from portal.server.accounts import devices, onboarding, schemas, service, sessions, sign_in, vaults
from portal.server.accounts.feature import Accounts
from portal.server.accounts.limits import entry_limit, pay_for_handle, payers
from portal.server.accounts.models import Account
from portal.server.accounts.names import folded_handle
from portal.server.accounts.policy import own_account
from portal.server.accounts.presentation import me_view, signed_in_view, statements_of, vault_answer
from portal.server.accounts.signed_in import clear_cookie, read_as, set_cookie, token_of_request, write_as
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.web import json_body, reply
from portal.server.core.work import run_in_thread
from portal.wire.errors import UserError
from portal.wire.vault import SEALED_MAX_BYTES

T = TypeVar("T")
VAULT_BODY_BYTES = 2 * SEALED_MAX_BYTES
"""A sealed vault as base64url, with room for statements and wraps."""
blueprint = flask.Blueprint("accounts", __name__, url_prefix="/api")


@blueprint.app_url_value_preprocessor
def name_payer(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Say whose bucket pays; here, because this runs before the limits are checked."""
    flask.g.limit_key = payers.key(token_of_request(), flask.request.remote_addr or "")


@blueprint.post("/invitations/look")
@entry_limit
def look_at_invitation() -> flask.Response:
    """Show what an invitation offers."""
    link = json_body(schemas.InvitationSecret)
    return reply(_read(lambda unit: onboarding.offer(unit, link)))


@blueprint.post("/onboarding/start")
@entry_limit
def start_onboarding() -> flask.Response:
    """Answer the first message of a new account's OPAQUE registration."""
    request = json_body(schemas.OnboardingStart)
    return reply(_read(lambda unit: onboarding.start(unit, _accounts(), request)))


@blueprint.post("/onboarding/finish")
@entry_limit
def finish_onboarding() -> flask.Response:
    """Make the account and sign its browser in."""
    request = json_body(schemas.OnboardingFinish, limit_bytes=VAULT_BODY_BYTES)
    accounts = _accounts()

    def enrol(unit: Unit) -> tuple[schemas.Me, str]:
        row, device, token = onboarding.finish(unit, accounts, request)
        return me_view(unit, row, device), token

    me, token = _write(enrol)
    return set_cookie(reply(me, 201), token)


@blueprint.post("/sign-in/start")
@entry_limit
def start_sign_in() -> flask.Response:
    """Answer the first message of a sign-in, alike for known and unknown handles."""
    request = json_body(schemas.SignInStart)
    pay_for_handle(folded_handle(request.handle))
    return reply(_read(lambda unit: sign_in.start(unit, _accounts(), request)))


@blueprint.post("/sign-in/finish")
@entry_limit
def finish_sign_in() -> flask.Response:
    """Sign a browser in whose passphrase is proven."""
    request = json_body(schemas.SignInFinish)
    return _signed_in(lambda unit, accounts: sign_in.finish(unit, accounts, request))


@blueprint.post("/sign-in/recovery")
@entry_limit
def sign_in_with_recovery_key() -> flask.Response:
    """Sign a browser in that has the printed key."""
    request = json_body(schemas.RecoverySignIn)
    pay_for_handle(folded_handle(request.handle))
    return _signed_in(lambda unit, accounts: sign_in.with_recovery_key(unit, accounts, request))


@blueprint.post("/sign-out")
def sign_out() -> flask.Response:
    """End this session."""
    json_body(schemas.Nothing)
    write_as(sessions.sign_out)
    return clear_cookie(reply({}))


@blueprint.get("/me")
def show_me() -> flask.Response:
    """Show the own account."""
    return reply(read_as(service.me))


@blueprint.patch("/me")
def change_me() -> flask.Response:
    """Change the own name, languages or settings."""
    change = json_body(schemas.MeChange)
    return reply(write_as(lambda unit, actor: service.change_me(unit, actor, change)))


@blueprint.post("/passphrase/prove")
@entry_limit
def prove_passphrase() -> flask.Response:
    """Answer the first message of a proof of the present passphrase, for this session to set a new one."""
    request, accounts = json_body(schemas.ProofStart), _accounts()
    pay_for_handle(_own_handle())
    return reply(read_as(lambda unit, actor: sign_in.start_proof(unit, accounts, actor, request)))


@blueprint.post("/passphrase/start")
@entry_limit
def start_passphrase() -> flask.Response:
    """Answer the first message of a new passphrase's registration."""
    request, accounts = json_body(schemas.PassphraseStart), _accounts()
    return reply(read_as(lambda _unit, actor: sign_in.start_passphrase(accounts, actor, request)))


@blueprint.post("/passphrase/finish")
@entry_limit
def finish_passphrase() -> flask.Response:
    """Let the new passphrase count. A refusal is raised only after the transaction: the attempt stays spent."""
    request, accounts = json_body(schemas.PassphraseFinish), _accounts()
    if request.recovery_auth is not None:
        pay_for_handle(_own_handle())
    if not write_as(lambda unit, actor: sign_in.finish_passphrase(unit, accounts, actor, request)):
        raise UserError("signin.refused")
    return reply({})


@blueprint.get("/vault")
def show_vault() -> flask.Response:
    """Show the newest sealed vault and its wraps."""
    return reply(read_as(lambda unit, actor: vault_answer(unit, actor.account)))


@blueprint.put("/vault")
def put_vault() -> flask.Response:
    """Write the next version of the vault."""
    request = json_body(schemas.VaultPut, limit_bytes=VAULT_BODY_BYTES)
    write_as(lambda unit, actor: vaults.put_vault(unit, actor, request))
    return reply({"version": request.version})


@blueprint.get("/devices")
def show_devices() -> flask.Response:
    """Show the own devices."""
    return reply(read_as(devices.own_devices))


@blueprint.post("/devices")
def add_device() -> flask.Response:
    """Let a device into the list and bind this session to it."""
    request, accounts = json_body(schemas.DeviceAdd), _accounts()
    device = write_as(lambda unit, actor: devices.add_device(unit, accounts, actor, request.statement))
    return reply({"device": device}, 201)


@blueprint.post("/devices/revoke")
def revoke_device() -> flask.Response:
    """Revoke a device and end its sessions."""
    request, accounts = json_body(schemas.DeviceRevoke, limit_bytes=VAULT_BODY_BYTES), _accounts()
    write_as(lambda unit, actor: devices.revoke_device(unit, accounts, actor, request))
    return reply({})


@blueprint.post("/device-lists")
def show_device_lists() -> flask.Response:
    """Show whole device lists, for clients to verify."""
    query = json_body(schemas.DeviceListsQuery)
    return reply(read_as(lambda unit, _actor: statements_of(unit, query.accounts)))


@blueprint.get("/people")
def show_people() -> flask.Response:
    """Show everyone."""
    return reply(read_as(lambda unit, _actor: service.people(unit)))


@blueprint.get("/delegations")
def show_delegations() -> flask.Response:
    """Show all delegations."""
    return reply(read_as(lambda unit, _actor: service.delegations(unit)))


@blueprint.post("/socket-ticket")
def issue_ticket() -> flask.Response:
    """Give this session's device a ticket for one socket."""
    json_body(schemas.Nothing)
    return reply(schemas.Ticket(ticket=write_as(sessions.issue_ticket)), 201)


def _signed_in(prove: Callable[[Unit, Accounts], tuple[Account, str] | None]) -> flask.Response:
    """Answer a sign-in. A refusal is raised only after the transaction: the attempt stays spent."""
    accounts, former = _accounts(), token_of_request()

    def work(unit: Unit) -> tuple[schemas.SignedIn, str] | None:
        proven = prove(unit, accounts)
        if proven is None:
            return None
        sessions.end_session(unit, former)
        row, token = proven
        return signed_in_view(unit, row), token

    signed_in = _write(work)
    if signed_in is None:
        raise UserError("signin.refused")
    view, token = signed_in
    return set_cookie(reply(view), token)


def _own_handle() -> str:
    return read_as(lambda unit, actor: own_account(unit, actor).handle)


def _accounts() -> Accounts:
    return portal().get(Accounts)


def _read(work: Callable[[Unit], T]) -> T:
    database = portal().database
    return run_in_thread(lambda: database.read(work))


def _write(work: Callable[[Unit], T]) -> T:
    database = portal().database
    return run_in_thread(lambda: database.write(work))
