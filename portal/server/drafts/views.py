"""Drafts over HTTP: docs/protocol.md §10."""

from collections.abc import Callable
from typing import Final

import flask

from portal.server.accounts.sessions import device_of
from portal.server.accounts.signed_in import read_as
from portal.server.core.actor import Actor
from portal.server.core.context import portal
from portal.server.core.db import Unit
from portal.server.core.limits import DEFAULT, HEAVY, limiter
from portal.server.core.web import octet_body, reply
from portal.server.core.work import run_in_thread
from portal.server.drafts import policy, roots, service
from portal.server.drafts.requests import AppendDraftItem, DraftRequest, FoundDraft
from portal.server.rooms import policy as rooms_policy
from portal.server.rooms import reading
from portal.server.rooms.requests import Sender
from portal.server.rooms.views import NUMBER_MAX, RECORD_LIMIT, number_argument, room_named, rooms_of_portal
from portal.wire.drafts.envelope import ENVELOPE_MAX_BYTES, PLAIN_BODY_MAX_BYTES, PREFIX_BYTES
from portal.wire.drafts.streams import Stream, parse_stream_name
from portal.wire.errors import UserError
from portal.wire.ids import AccountId, DraftId, Id, RoomId, is_id

ReadPage = Callable[[Unit, AccountId, RoomId, DraftId, Stream, int, int], list[reading.PlacedItem]]
FOUNDING_MAX_BYTES: Final = PREFIX_BYTES + PLAIN_BODY_MAX_BYTES
SUBMIT_MAX_BYTES: Final = 256 << 10
"""What a socket takes; a longer envelope comes by HTTP, so that no message waits long behind another."""
blueprint = flask.Blueprint("drafts", __name__, url_prefix="/api/rooms/<room>/drafts")


@blueprint.post("")
@limiter.limit(HEAVY)
def found_draft(room: str) -> flask.Response:
    """Open a draft; the body is its founding item."""
    name = room_named(room)
    sender = _sender(lambda unit, account: rooms_policy.get_room_for(unit, account, name))
    return _append(FoundDraft(sender, octet_body(FOUNDING_MAX_BYTES), name), 201)


@blueprint.get("")
def list_drafts(room: str) -> flask.Response:
    """List the room's drafts."""
    name = room_named(room)
    return reply(read_as(lambda unit, actor: service.list_drafts(unit, actor.account, name)))


def _is_small() -> bool:
    """Whether the request's body is as short as a socket's message: to hash megabytes costs the writer much."""
    length = flask.request.content_length
    return length is not None and length <= SUBMIT_MAX_BYTES


@blueprint.post("/<draft>/items")
@limiter.limit(HEAVY, exempt_when=_is_small)
@limiter.limit(DEFAULT)
def append_item(room: str, draft: str) -> flask.Response:
    """Append one item to a stream; the body is its envelope."""
    name, which = room_named(room), draft_named(draft)
    sender = _sender(lambda unit, account: policy.get_draft_for(unit, account, name, which))
    return _append(AppendDraftItem(sender, octet_body(ENVELOPE_MAX_BYTES), name, which))


@blueprint.get("/<draft>/streams/<path:stream>/items")
def read_items(room: str, draft: str, stream: str) -> flask.Response:
    """Stream what follows a number, from the base on."""
    return _read(service.read_items, room, draft, stream)


@blueprint.get("/<draft>/streams/<path:stream>/revisions")
def read_revisions(room: str, draft: str, stream: str) -> flask.Response:
    """Stream the revisions that follow a number."""
    return _read(service.read_revisions, room, draft, stream)


@blueprint.get("/<draft>/streams/acts/receipts")
def list_receipts(room: str, draft: str) -> flask.Response:
    """List the receipts of acts after a number."""
    name, which = room_named(room), draft_named(draft)
    after = number_argument("after", 0, NUMBER_MAX)
    return reply(read_as(lambda unit, actor: service.receipts_after(unit, actor.account, name, which, after)))


@blueprint.get("/<draft>/roots")
def show_roots(room: str, draft: str) -> flask.Response:
    """Show the draft's roots in the ledger."""
    name, which = room_named(room), draft_named(draft)
    return reply(read_as(lambda unit, actor: roots.roots_for(unit, actor.account, name, which)))


def draft_named(text: str) -> DraftId:
    """Return a path's draft; UserError draft.not_found for what can be none."""
    if not is_id(text):
        raise UserError("draft.not_found")
    return DraftId(Id(text))


def _read(read_page: ReadPage, room: str, draft: str, stream: str) -> flask.Response:
    name, which, known = room_named(room), draft_named(draft), parse_stream_name(stream)
    if known is None:
        raise UserError("draft.not_found")
    after = number_argument("after", 0, NUMBER_MAX)
    limit = min(number_argument("limit", RECORD_LIMIT, NUMBER_MAX), reading.ANSWER_ITEMS)
    account, first = read_as(
        lambda unit, actor: (actor.account, read_page(unit, actor.account, name, which, known, after, limit))
    )
    database = portal().database

    def page_after(number: int, items: int) -> list[reading.PlacedItem]:
        return run_in_thread(
            lambda: database.read(lambda unit: read_page(unit, account, name, which, known, number, items))
        )

    return flask.Response(reading.stream_record(page_after, first, limit), content_type="application/octet-stream")


def _sender(gate: Callable[[Unit, AccountId], object]) -> Sender:
    """Return who sends, after ``gate``: before a body of megabytes is read from somebody who may not send it."""

    def known(unit: Unit, actor: Actor) -> Sender:
        gate(unit, actor.account)
        return Sender(actor.account, device_of(actor))

    return read_as(known)


def _append(request: DraftRequest, status: int = 200) -> flask.Response:
    return reply(rooms_of_portal().writer.append(request).to_json(), status)
