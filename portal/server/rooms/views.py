"""Rooms over HTTP: docs/protocol.md §6. Files are in ``blob_views.py``, key packages in ``key_package_views.py``."""

from collections.abc import Callable
from typing import Final

import flask

from portal.server.accounts.sessions import device_of
from portal.server.accounts.signed_in import read_as, write_as
from portal.server.core.actor import Actor
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.limits import HEAVY, limiter
from portal.server.core.web import BODY_LIMIT_BYTES, json_body, octet_body, reply
from portal.server.core.work import run_in_thread
from portal.server.rooms import grants, listing, reading, roots, schemas, service
from portal.server.rooms.feature import Rooms
from portal.server.rooms.requests import (
    AppendCommit,
    AppendContent,
    FoundRoom,
    LeaveRoom,
    RecordRequest,
    Sender,
    SetRole,
    SetState,
)
from portal.wire.envelope import COMMIT_BODY_MAX_BYTES, PREFIX_BYTES
from portal.wire.errors import PeerError, UserError
from portal.wire.ids import AccountId, DeviceId, Id, RoomId, b64, is_id, unb64

ITEM_MAX_BYTES: Final = PREFIX_BYTES + COMMIT_BODY_MAX_BYTES
"""What is read of a body; how large an item of its kind may be is the record's to say."""
RECORD_LIMIT: Final = 1000
NUMBER_MAX: Final = 2**53 - 1
blueprint = flask.Blueprint("rooms", __name__, url_prefix="/api/rooms")


def rooms_of_portal() -> Rooms:
    """Return the rooms of the current application."""
    return portal().get(Rooms)


def room_named(text: str) -> RoomId:
    """Return a path's room; UserError room.not_found for what can be none."""
    if not is_id(text):
        raise UserError("room.not_found")
    return RoomId(Id(text))


@blueprint.post("")
@limiter.limit(HEAVY)
def found_room() -> flask.Response:
    """Open a room with its founding item."""
    body = json_body(schemas.FoundingRequest)
    room, opened = RoomId(Id(body.room)), tuple(grant.opened() for grant in body.grants)

    def prepare(unit: Unit, actor: Actor) -> RecordRequest:
        sender = _sender(actor)
        grants.verify_grants(unit, actor, room, opened)
        return FoundRoom(actor, sender, unb64(body.envelope), room, body.kind, opened, unb64(body.group_info))

    return _append(prepare, 201)


@blueprint.get("")
def list_rooms() -> flask.Response:
    """List the rooms that the caller is in."""
    return reply(read_as(listing.list_rooms))


@blueprint.get("/<room>")
def show_room(room: str) -> flask.Response:
    """Show one room."""
    name = room_named(room)
    return reply(read_as(lambda unit, actor: listing.room_view(unit, actor, name)))


@blueprint.post("/<room>/items")
def append_item(room: str) -> flask.Response:
    """Append one content item; the body is its envelope."""
    name = room_named(room)
    raw = octet_body(ITEM_MAX_BYTES)
    return _append(lambda _unit, actor: AppendContent(_sender(actor), raw, name))


@blueprint.post("/<room>/commits")
def append_commit(room: str) -> flask.Response:
    """Append a commit with what depends on it."""
    name = room_named(room)
    body = json_body(schemas.CommitRequest, limit_bytes=BODY_LIMIT_BYTES)
    opened = tuple(grant.opened() for grant in body.grants)

    def prepare(unit: Unit, actor: Actor) -> RecordRequest:
        sender = _sender(actor)
        grants.verify_grants(unit, actor, name, opened)
        return AppendCommit(
            sender,
            unb64(body.envelope),
            name,
            added=tuple(addition.opened() for addition in body.added),
            removed=tuple(DeviceId(Id(device)) for device in body.removed),
            welcome=None if body.welcome is None else unb64(body.welcome),
            grants=opened,
        )

    return _append(prepare)


@blueprint.get("/<room>/roots")
def show_roots(room: str) -> flask.Response:
    """Show the room's roots in the ledger."""
    name = room_named(room)
    return reply(read_as(lambda unit, actor: roots.roots_for(unit, actor.account, name)))


@blueprint.get("/<room>/record")
def read_record(room: str) -> flask.Response:
    """Stream the record after a number, as far as the caller may read it."""
    name = room_named(room)
    after = number_argument("after", 0, NUMBER_MAX)
    limit = min(number_argument("limit", RECORD_LIMIT, NUMBER_MAX), reading.ANSWER_ITEMS)
    account, first = read_as(
        lambda unit, actor: (actor.account, reading.read_page(unit, actor.account, name, after, limit))
    )
    database = portal().database

    def page_after(number: int, items: int) -> list[reading.PlacedItem]:
        return run_in_thread(lambda: database.read(lambda unit: reading.read_page(unit, account, name, number, items)))

    return flask.Response(reading.stream_record(page_after, first, limit), content_type="application/octet-stream")


@blueprint.get("/<room>/grants")
def list_grants(room: str) -> flask.Response:
    """List the caller's own ring grants of epochs later than ``after``."""
    name = room_named(room)
    after = number_argument("after", -1, NUMBER_MAX)
    found = read_as(lambda unit, actor: grants.own_grants(unit, actor, name, after))
    return reply([schemas.GrantText.of(grant) for grant in found])


@blueprint.put("/<room>/grants")
@limiter.limit(HEAVY)
def replace_grant(room: str) -> flask.Response:
    """Replace one of the caller's own ring grants by a correct one."""
    name = room_named(room)
    grant = json_body(schemas.GrantRequest, limit_bytes=2 * grants.SEALED_MAX_BYTES).grant.opened()
    write_as(lambda unit, actor: grants.replace_grant(unit, actor, name, grant))
    return reply({})


@blueprint.get("/<room>/shares")
def list_shares(room: str) -> flask.Response:
    """List the server's halves of the record keys."""
    name = room_named(room)
    found = read_as(lambda unit, actor: service.shares_of(unit, actor, name))
    return reply([{"bucket": share.bucket, "share": b64(share.share)} for share in found])


@blueprint.get("/<room>/welcome")
def show_welcome(room: str) -> flask.Response:
    """Give the caller's device the welcome that waits for it."""
    name = room_named(room)
    found = read_as(lambda unit, actor: service.welcome_for(unit, actor, name))
    return reply({"welcome": b64(found.message), "number": found.number})


@blueprint.delete("/<room>/welcome")
def take_welcome(room: str) -> flask.Response:
    """Note that the caller's device has joined."""
    name = room_named(room)
    write_as(lambda unit, actor: service.take_welcome(unit, actor, name))
    return reply({})


@blueprint.put("/<room>/cursor")
def move_cursor(room: str) -> flask.Response:
    """Note up to where the caller has read."""
    name = room_named(room)
    number = json_body(schemas.CursorRequest).number
    write_as(lambda unit, actor: service.move_cursor(unit, actor, name, number))
    return reply({})


@blueprint.post("/<room>/rejoin")
@limiter.limit(HEAVY)
def ask_to_rejoin(room: str) -> flask.Response:
    """Ask the others to let the caller's device in anew."""
    name = room_named(room)
    json_body(schemas.Empty)
    write_as(lambda unit, actor: service.ask_to_rejoin(unit, actor, name))
    return reply({})


@blueprint.post("/<room>/leave")
def leave_room(room: str) -> flask.Response:
    """End the caller's membership."""
    name = room_named(room)
    json_body(schemas.Empty)
    return _append(lambda _unit, actor: LeaveRoom(actor.account, name))


@blueprint.post("/<room>/state")
def set_state(room: str) -> flask.Response:
    """Archive or reopen the room."""
    name = room_named(room)
    state = json_body(schemas.StateRequest).state
    return _append(lambda _unit, actor: SetState(actor.account, name, state))


@blueprint.patch("/<room>/members/<account>")
def set_role(room: str, account: str) -> flask.Response:
    """Give a member another role in the room."""
    name = room_named(room)
    role = json_body(schemas.RoleRequest).role
    if not is_id(account):
        raise UserError("account.not_found")
    target = AccountId(Id(account))
    return _append(lambda _unit, actor: SetRole(actor.account, name, target, role))


def _append(prepare: Callable[[Unit, Actor], RecordRequest], status: int = 200) -> flask.Response:
    """Make a request of the signed-in caller and hand it to the record's writer."""
    request = read_as(prepare)
    return reply(rooms_of_portal().writer.append(request).to_json(), status)


def _sender(actor: Actor) -> Sender:
    return Sender(actor.account, device_of(actor))


def number_argument(name: str, default: int, most: int) -> int:
    """Return the query's number ``name``; PeerError request.malformed above ``most``, or if it is none."""
    text = flask.request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > most:
        raise PeerError("request.malformed", field=name)
    return int(text)
