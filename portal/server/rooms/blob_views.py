"""Files over HTTP: resumable uploads in chunks, and reading them back. What passes here is ciphertext."""

import flask

from portal.server.accounts.signed_in import read_as, write_as
from portal.server.core.actor import Actor
from portal.server.core.db import Unit
from portal.server.core.limits import HEAVY, limiter
from portal.server.core.web import json_body, octet_body, reply
from portal.server.rooms import blobs, schemas
from portal.server.rooms.blob_store import CHUNK_BYTES
from portal.server.rooms.views import room_named, rooms_of_portal
from portal.wire.errors import UserError
from portal.wire.ids import BlobId, Id, is_id

blueprint = flask.Blueprint("blobs", __name__, url_prefix="/api")


def blob_named(text: str) -> BlobId:
    """Return a path's file; UserError blob.not_found for what can be none."""
    if not is_id(text):
        raise UserError("blob.not_found")
    return BlobId(Id(text))


@blueprint.post("/rooms/<room>/blobs")
@limiter.limit(HEAVY)
def begin_upload(room: str) -> flask.Response:
    """Reserve room for a file."""
    name = room_named(room)
    body = json_body(schemas.BlobRequest)
    files = rooms_of_portal().files
    write_as(lambda unit, actor: files.begin(unit, actor, name, BlobId(Id(body.blob)), body.size_bytes))
    return reply({"chunk_bytes": CHUNK_BYTES}, 201)


@blueprint.get("/blobs/<blob>")
def show_blob(blob: str) -> flask.Response:
    """Say how much of a file is there."""
    name = blob_named(blob)
    store = rooms_of_portal().files.store

    def look(unit: Unit, actor: Actor) -> dict[str, object]:
        row = blobs.readable_blob(unit, actor, name)
        received = store.received(name, row.size_bytes)
        return {"size_bytes": row.size_bytes, "received": received, "complete": row.complete}

    return reply(read_as(look))


@blueprint.put("/blobs/<blob>/chunks/<int:index>")
@limiter.exempt
def put_chunk(blob: str, index: int) -> flask.Response:
    """Store one chunk; when this answers, the chunk is there for good."""
    name = blob_named(blob)
    chunk = octet_body(CHUNK_BYTES)
    store = rooms_of_portal().files.store

    def put(unit: Unit, actor: Actor) -> None:
        row = blobs.own_blob(unit, actor, name)
        if row.complete:
            raise UserError("blob.not_found")
        store.write_chunk(name, row.size_bytes, index, chunk)

    read_as(put)
    return reply({})


@blueprint.post("/blobs/<blob>/complete")
def complete_upload(blob: str) -> flask.Response:
    """Declare a file whole."""
    name = blob_named(blob)
    json_body(schemas.Empty)
    files = rooms_of_portal().files
    write_as(lambda unit, actor: files.complete(unit, actor, name))
    return reply({})


@blueprint.get("/blobs/<blob>/chunks/<int:index>")
@limiter.exempt
def get_chunk(blob: str, index: int) -> flask.Response:
    """Give one chunk of a file that is whole."""
    name = blob_named(blob)
    store = rooms_of_portal().files.store

    def read(unit: Unit, actor: Actor) -> bytes:
        row = blobs.readable_blob(unit, actor, name)
        if not row.complete:
            raise UserError("blob.not_found")
        return store.read_chunk(name, row.size_bytes, index)

    return flask.Response(read_as(read), content_type="application/octet-stream")


@blueprint.delete("/blobs/<blob>")
def delete_blob(blob: str) -> flask.Response:
    """Delete a file of the caller's own."""
    name = blob_named(blob)
    files = rooms_of_portal().files
    write_as(lambda unit, actor: files.delete(unit, actor, name))
    return reply({})
