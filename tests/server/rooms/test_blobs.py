"""Files: resumable, bounded, durable, and for members alone."""

import os
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa

from portal.config import Settings
from portal.server.rooms.blob_store import CHUNK_BYTES, BlobStore, chunk_count, chunk_size, sealed_size
from portal.server.rooms.blobs import Files
from portal.server.rooms.feature import Rooms
from portal.server.rooms.models import Blob
from portal.wire.errors import PortalError
from portal.wire.ids import RoomId, new_id
from tests.server.rooms.conftest import Settle
from tests.server.rooms.driver import Peer, portal_of

SIZE = 2 * CHUNK_BYTES + 5000


@pytest.fixture
def chunks() -> list[bytes]:
    """A sealed file of two whole chunks and a short one."""
    return [secrets.token_bytes(chunk_size(SIZE, index)) for index in range(3)]


def begin(peer: Peer, room: str, size_bytes: int = SIZE) -> str:
    blob = new_id()
    answer = peer.browser.ok("POST", f"/api/rooms/{room}/blobs", {"blob": blob, "size_bytes": size_bytes})
    assert answer == {"chunk_bytes": CHUNK_BYTES}
    return blob


def put(peer: Peer, blob: str, index: int, chunk: bytes) -> None:
    peer.browser.ok("PUT", f"/api/blobs/{blob}/chunks/{index}", chunk)


def test_a_file_goes_up_in_any_order_and_comes_back(
    chair: Peer, guest: Peer, room: RoomId, chunks: list[bytes]
) -> None:
    blob = begin(chair, room)
    path = f"/api/blobs/{blob}"
    for index in (2, 0):
        put(chair, blob, index, chunks[index])
    shown = chair.browser.ok("GET", path)
    assert shown == {"size_bytes": SIZE, "received": [[0, 0], [2, 2]], "complete": False}
    error = chair.browser.error("POST", f"{path}/complete", {})
    assert (error["code"], error["detail"]) == ("blob.incomplete", {"missing": 1})
    assert guest.browser.refused("GET", path) == "blob.not_found"
    assert guest.browser.refused("GET", f"{path}/chunks/0") == "blob.not_found"
    put(chair, blob, 1, chunks[1])
    put(chair, blob, 1, chunks[1])
    for _ in range(2):
        chair.browser.ok("POST", f"{path}/complete", {})
    assert guest.browser.ok("GET", path) == {"size_bytes": SIZE, "received": [[0, 2]], "complete": True}
    assert [guest.raw("GET", f"{path}/chunks/{index}").data for index in range(3)] == chunks
    assert guest.browser.refused("GET", f"{path}/chunks/3") == "blob.not_found"
    assert chair.browser.refused("PUT", f"{path}/chunks/0", chunks[0]) == "blob.not_found"


def test_chunks_in_parallel(chair: Peer, room: RoomId) -> None:
    count = 12
    size_bytes = (count - 1) * CHUNK_BYTES + 100
    parts = [secrets.token_bytes(chunk_size(size_bytes, index)) for index in range(count)]
    blob = begin(chair, room, size_bytes)
    app = chair.browser.app
    failures: list[str] = []

    def send(start: int) -> None:
        own = Peer.settle(app, account=chair.account)
        for index in range(start, count, 4):
            response = own.raw("PUT", f"/api/blobs/{blob}/chunks/{index}", parts[index])
            if response.status_code != 200:
                failures.append(response.text)

    threads = [threading.Thread(target=send, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    chair.browser.ok("POST", f"/api/blobs/{blob}/complete", {})
    assert [chair.raw("GET", f"/api/blobs/{blob}/chunks/{index}").data for index in range(count)] == parts


def test_chunks_of_other_sizes_are_refused(chair: Peer, room: RoomId, chunks: list[bytes]) -> None:
    blob = begin(chair, room)
    path = f"/api/blobs/{blob}/chunks"
    for index, chunk in [(0, chunks[0][:-1]), (2, chunks[0]), (2, chunks[2] + b"\0"), (3, b"x"), (0, b"")]:
        assert chair.browser.refused("PUT", f"{path}/{index}", chunk) == "blob.chunk"
    assert chair.browser.refused("PUT", f"{path}/0", chunks[0] + b"\0") == "request.too_large"
    assert chair.browser.refused("PUT", f"{path}/-1", chunks[0]) == "request.not_found"
    assert chair.browser.refused("PUT", f"{path}/0", {}) == "request.malformed"
    assert chair.browser.ok("GET", f"/api/blobs/{blob}")["received"] == []


def test_only_members_know_a_file(chair: Peer, guest: Peer, settle: Settle, room: RoomId, chunks: list[bytes]) -> None:
    blob = begin(chair, room, len(chunks[2]))
    path = f"/api/blobs/{blob}"
    stranger = settle("chair", "administrator")
    assert guest.browser.refused("PUT", f"{path}/chunks/0", chunks[2]) == "blob.not_found"
    assert guest.browser.refused("POST", f"{path}/complete", {}) == "blob.not_found"
    put(chair, blob, 0, chunks[2])
    chair.browser.ok("POST", f"{path}/complete", {})
    assert guest.raw("GET", f"{path}/chunks/0").data == chunks[2]
    for method, suffix in [("GET", ""), ("GET", "/chunks/0"), ("DELETE", "")]:
        assert stranger.browser.refused(method, path + suffix) == "blob.not_found"
    body = {"blob": new_id(), "size_bytes": 100}
    assert stranger.browser.refused("POST", f"/api/rooms/{room}/blobs", body) == "room.not_found"
    assert guest.browser.refused("DELETE", path) == "blob.not_found"
    chair.commits(room, remove=[guest])
    assert guest.browser.refused("GET", f"{path}/chunks/0") == "blob.not_found"


def test_beginning_again_changes_nothing_and_an_id_is_taken_once(chair: Peer, guest: Peer, room: RoomId) -> None:
    blob = begin(chair, room)
    put(chair, blob, 0, bytes(CHUNK_BYTES))
    path = f"/api/rooms/{room}/blobs"
    chair.browser.ok("POST", path, {"blob": blob, "size_bytes": SIZE})
    assert chair.browser.ok("GET", f"/api/blobs/{blob}")["received"] == [[0, 0]]
    assert chair.browser.refused("POST", path, {"blob": blob, "size_bytes": SIZE + 1}) == "item.conflict"
    assert guest.browser.refused("POST", path, {"blob": blob, "size_bytes": SIZE}) == "item.conflict"


IMPOSSIBLE_SIZES = [1, 16, CHUNK_BYTES + 1, CHUNK_BYTES + 16]


def test_no_sealed_file_has_such_a_size(chair: Peer, room: RoomId) -> None:
    for size in IMPOSSIBLE_SIZES:
        body = {"blob": new_id(), "size_bytes": size}
        assert chair.browser.refused("POST", f"/api/rooms/{room}/blobs", body) == "request.malformed"


def test_the_largest_file_fits_and_a_larger_one_does_not(app: flask.Flask, chair: Peer, room: RoomId) -> None:
    limit = portal_of(app).get(Rooms).files.max_bytes
    assert limit == sealed_size(1 << 30)
    body = {"blob": new_id(), "size_bytes": limit + CHUNK_BYTES}
    error = chair.browser.error("POST", f"/api/rooms/{room}/blobs", body)
    assert (error["code"], error["detail"]) == ("blob.too_large", {"limit_bytes": limit})


def test_the_class_of_a_size_follows_the_protocol() -> None:
    assert sealed_size(0) == sealed_size(4088) == 4096 + 16
    assert sealed_size(4089) == 8192 + 16
    assert sealed_size((1 << 20) - 8) == (1 << 20) + 16
    assert sealed_size(1 << 20) == (1 << 20) + (1 << 17) + 32
    assert chunk_count(sealed_size(1 << 30)) == 1152


def test_a_full_quota_refuses_before_anything_is_sent(
    app: flask.Flask, settings: Settings, chair: Peer, room: RoomId
) -> None:
    rooms = portal_of(app).get(Rooms)
    rooms.files = replace(rooms.files, quota_bytes=2 * SIZE)
    first = begin(chair, room)
    begin(chair, room)
    body = {"blob": new_id(), "size_bytes": 100}
    assert chair.browser.refused("POST", f"/api/rooms/{room}/blobs", body) == "storage.full"
    chair.browser.ok("DELETE", f"/api/blobs/{first}")
    assert sum(1 for _ in settings.blobs_dir.rglob("*.part")) == 1
    chair.browser.ok("POST", f"/api/rooms/{room}/blobs", body)


def test_a_full_disk_is_storage_full_and_leaves_nothing(
    app: flask.Flask, settings: Settings, chair: Peer, room: RoomId
) -> None:
    """The reservation is what fails: here at a limit of this process on the size of its files."""
    import resource  # noqa: PLC0415
    import signal  # noqa: PLC0415

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    body = {"blob": new_id(), "size_bytes": 600 * CHUNK_BYTES}
    resource.setrlimit(resource.RLIMIT_FSIZE, (500 * CHUNK_BYTES, limits[1]))
    try:
        assert chair.browser.refused("POST", f"/api/rooms/{room}/blobs", body) == "storage.full"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path for path in settings.blobs_dir.rglob("*") if path.is_file()] == []
    assert chair.browser.refused("GET", f"/api/blobs/{body['blob']}") == "blob.not_found"


def test_an_account_has_only_so_many_uploads_going_on(chair: Peer, room: RoomId) -> None:
    for _ in range(8):
        begin(chair, room, 100)
    body = {"blob": new_id(), "size_bytes": 100}
    assert chair.browser.refused("POST", f"/api/rooms/{room}/blobs", body) == "request.too_many"


def test_unfinished_uploads_and_orphans_are_swept(
    app: flask.Flask, settings: Settings, chair: Peer, room: RoomId
) -> None:
    portal = portal_of(app)
    files = portal.get(Rooms).files
    old, fresh, whole = (begin(chair, room, 100) for _ in range(3))
    put(chair, whole, 0, bytes(100))
    chair.browser.ok("POST", f"/api/blobs/{whole}/complete", {})
    eight_days_ms = 8 * 86_400_000
    portal.database.write(
        lambda unit: unit.session.execute(
            sa.update(Blob).where(Blob.id.in_([old, whole])).values(created_ms=unit.now_ms - eight_days_ms)
        )
    )
    orphan = new_id()
    files.store.reserve(orphan, 100)
    long_ago_s = time.time() - 3 * 86_400
    for path in settings.blobs_dir.rglob("*"):
        if path.is_file():
            os.utime(path, (long_ago_s, long_ago_s))
    assert files.sweep(portal.database) == 2
    kept = {path.name for path in settings.blobs_dir.rglob("*") if path.is_file()}
    assert kept == {f"{fresh}.part", f"{fresh}.map", whole}
    assert chair.browser.refused("GET", f"/api/blobs/{old}") == "blob.not_found"
    assert chair.browser.ok("GET", f"/api/blobs/{whole}")["complete"]


def test_nothing_acknowledged_is_lost_by_kill_minus_nine(tmp_path: Path) -> None:
    """A process stores chunks and says so, is killed in the middle, and all it said is there."""
    script = """
import sys
from pathlib import Path
from portal.server.rooms.blob_store import BlobStore, CHUNK_BYTES
store, blob = BlobStore(Path(sys.argv[1])), sys.argv[2]
store.reserve(blob, 400 * CHUNK_BYTES)
for index in range(400):
    store.write_chunk(blob, 400 * CHUNK_BYTES, index, bytes([index % 251]) * CHUNK_BYTES)
    print(index, flush=True)
"""
    blob = new_id()
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), blob], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    said += [int(line) for line in process.stdout.read().splitlines() if line]
    process.wait()
    process.stdout.close()
    store = BlobStore(tmp_path)
    received = {index for first, last in store.received(blob, 400 * CHUNK_BYTES) for index in range(first, last + 1)}
    assert received >= set(said)
    part = next(tmp_path.rglob("*.part"))
    with part.open("rb") as file:
        for index in received:
            file.seek(index * CHUNK_BYTES)
            assert file.read(CHUNK_BYTES) == bytes([index % 251]) * CHUNK_BYTES


def test_a_crash_between_rename_and_commit_is_healed(tmp_path: Path, settings: Settings) -> None:
    files = Files.open(settings)
    blob = new_id()
    files.store.reserve(blob, 100)
    files.store.write_chunk(blob, 100, 0, bytes(100))
    files.store.finish(blob, 100)
    assert files.store.received(blob, 100) == [(0, 0)]
    files.store.finish(blob, 100)
    with pytest.raises(PortalError, match=r"blob\.not_found"):
        files.store.write_chunk(blob, 100, 0, bytes(100))
    assert files.store.read_chunk(blob, 100, 0) == bytes(100)
