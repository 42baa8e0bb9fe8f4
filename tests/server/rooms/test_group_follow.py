"""The server follows each room's group: a commit that no member of it at this epoch can have made is never stored."""

import http.client
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import flask
import pytest
from nacl.signing import SigningKey

from portal.config import Settings
from portal.mls.commits import Commit, UpdatePath
from portal.mls.committing import Change, Pending, make_commit
from portal.mls.framing import PublicMessage
from portal.mls.group import Group, create_group
from portal.mls.key_material import Author, KeyPackagePair, make_key_package
from portal.mls.leaf import Extension, Lifetime, basic
from portal.mls.processing import Committed, process
from portal.mls.rules import Rules
from portal.mls.signing import sign_with_label
from portal.mls.suites import XWING_AES256
from portal.mls.welcome import Invitation, join
from portal.mls.wire_format import WireFormat, read_message
from portal.server.core.buckets import Rate
from portal.server.core.limits import limiter
from portal.server.core.realtime import EventRates
from portal.wire.canonical import canonical_json
from portal.wire.commit_data import commit_data
from portal.wire.ids import RoomId, b64, id_bytes, new_id, unb64
from tests.server.accounts.people import COOKIE
from tests.server.rooms.driver import Json, Peer, today
from tests.server.rooms.live import ORIGIN, serving
from tests.server.rooms.mls import group_info

UNBOUNDED = EventRates(Rate(burst=10_000, per_s=10_000), Rate(burst=10_000, per_s=10_000))
LIFETIME = Lifetime(today() * 86_400, (today() + 90) * 86_400)
HISTORY = Extension(0xF0A1, b"all")
RULES = Rules(lambda _leaf: None, inline_only=True, path_always=True)


@dataclass
class Seat:
    """A peer with the group as it really has it, secrets and all."""

    peer: Peer
    state: Group | None = None

    @property
    def group(self) -> Group:
        assert self.state is not None
        return self.state

    @property
    def author(self) -> Author:
        identity = {"account": self.peer.account, "device": self.peer.device, "kind": "browser", "v": 1}
        return Author(XWING_AES256, basic(canonical_json(identity)), (0xF0A1,))

    def founding(self, room: RoomId) -> Json:
        self.state = create_group(self.author, id_bytes(room), bytes(self.peer.key), LIFETIME, [HISTORY])
        self.peer.sequences[room] = 1
        return self.peer.founding(room) | {"group_info": b64(self.group.group_info())}

    def package(self) -> KeyPackagePair:
        return make_key_package(self.author, bytes(self.peer.key), LIFETIME)

    def commit(self, known: Json, *, add: bytes | None = None, remove: "Seat | None" = None) -> Pending:
        going = [] if remove is None else [remove.peer.account]
        data = commit_data(known["number"], unb64(known["head"]), max(today(), known["bucket"]), going)
        leaves = [] if remove is None else [remove.group.own_leaf]
        added = [] if add is None else [add]
        return make_commit(self.group, Change(added, leaves, authenticated_data=data), RULES)

    def take(self, raw: bytes) -> None:
        event = process(self.group, raw, RULES)
        assert isinstance(event, Committed)
        self.state = event.group


def altered(seat: Seat, raw: bytes, change: Callable[[UpdatePath], UpdatePath], by: SigningKey | None = None) -> bytes:
    """A commit with another path, signed anew as far as the outermost signature goes."""
    message = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, raw).authenticated
    commit = message.framed.content
    assert isinstance(commit, Commit)
    assert commit.path is not None
    framed = replace(message.framed, content=replace(commit, path=change(commit.path)))
    unsigned = replace(message, framed=framed)
    seed = bytes(by or seat.peer.key)
    signature = sign_with_label(seed, "FramedContentTBS", unsigned.signed_bytes(seat.group.public.context))
    return PublicMessage(unsigned.with_signature(signature), secrets.token_bytes(64)).message()


def same(path: UpdatePath) -> UpdatePath:
    return path


def shorter(path: UpdatePath) -> UpdatePath:
    return replace(path, nodes=path.nodes[:-1])


def swapped_key(path: UpdatePath) -> UpdatePath:
    other = replace(path.nodes[-1], encryption_key=path.leaf.encryption_key)
    return replace(path, nodes=(*path.nodes[:-1], other))


def unsealable(path: UpdatePath) -> UpdatePath:
    return replace(path, nodes=(replace(path.nodes[0], encryption_key=bytes(1216)), *path.nodes[1:]))


@pytest.fixture
def served(settings: Settings) -> Iterator[tuple[flask.Flask, int]]:
    limiter.enabled = False
    with serving(settings, UNBOUNDED) as (app, port):
        limiter.enabled = False
        yield app, port
    limiter.enabled = True


@pytest.fixture
def database_kind() -> str:
    """What is tested here does not depend on the database; test_membership runs on both with the same checks."""
    return "sqlite"


@dataclass
class Wire:
    """Requests through a real socket."""

    port: int

    def post(self, peer: Peer, path: str, body: Json) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        cookie = {"Cookie": f"{COOKIE}={peer.browser.token}", "Origin": ORIGIN, "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), cookie)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def accepted(self, peer: Peer, path: str, body: Json) -> None:
        status, answer = self.post(peer, path, body)
        assert status in {200, 201}, answer

    def refusal(self, peer: Peer, path: str, body: Json) -> str:
        status, answer = self.post(peer, path, body)
        assert status >= 400, "accepted"
        error = answer["error"]
        return " ".join(filter(None, (error["code"], error["detail"].get("reason"), error["detail"].get("problem"))))


def test_forged_commits_are_refused_through_the_real_socket(served: tuple[flask.Flask, int]) -> None:
    app, wire = served[0], Wire(served[1])
    ann, ben, eve = Seat(Peer.settle(app, ("chair",))), Seat(Peer.settle(app)), Seat(Peer.settle(app))
    room = RoomId(new_id())
    wire.accepted(ann.peer, "/api/rooms", ann.founding(room))
    path = f"/api/rooms/{room}/commits"
    for newcomer, others in ((ben, []), (eve, [ben])):
        pair, known = newcomer.package(), ann.peer.room(room)
        pending = ann.commit(known, add=pair.public)
        body = ann.peer.commit_body(room, add=[newcomer.peer], state=known, body=pending.message)
        wire.accepted(ann.peer, path, body)
        ann.peer.sequences[room] += 1
        ann.state = pending.group
        for other in others:
            other.take(pending.message)
        invitation = Invitation.to(pair, bytes(newcomer.peer.key), pending.welcome or b"", pending.message)
        newcomer.state = join(invitation, RULES)

    known = ben.peer.room(room)
    honest = ben.commit(known)

    def attempt(raw: bytes, seat: Seat = ben, **how: Any) -> str:
        return wire.refusal(seat.peer, path, seat.peer.commit_body(room, state=known, body=raw, **how))

    stranger = SigningKey.generate()
    assert [
        attempt(altered(ben, honest.message, same, by=stranger)),
        attempt(altered(ben, honest.message, shorter)),
        attempt(altered(ben, honest.message, swapped_key)),
        attempt(altered(ben, honest.message, unsealable)),
        attempt(honest.message, ann),
    ] == [
        "commit.refused group signature.message",
        "commit.refused group commit.path_shape",
        "commit.refused group tree.parent_hash",
        "commit.refused group commit.path_key",
        "commit.refused committer",
    ]

    pathless = ann.peer.commit_body(room, remove=[eve.peer], state=known, said={"path": False})
    assert wire.refusal(ann.peer, path, pathless).startswith("commit.refused malformed presence of the path")

    removal = ann.commit(known, remove=eve)
    late, stale = eve.commit(known), honest
    wire.accepted(ann.peer, path, ann.peer.commit_body(room, remove=[eve.peer], state=known, body=removal.message))
    ben.take(removal.message)
    assert attempt(stale.message) == "room.epoch_taken"
    assert attempt(late.message, eve) == "room.not_found"
    known = ben.peer.room(room)
    assert attempt(stale.message) == "commit.refused other_group"
    wire.accepted(ben.peer, path, ben.peer.commit_body(room, state=known, body=ben.commit(known).message))


def test_a_device_that_was_taken_out_commits_nothing_though_its_account_stays(
    served: tuple[flask.Flask, int],
) -> None:
    app, wire = served[0], Wire(served[1])
    ann = Seat(Peer.settle(app, ("chair",)))
    second = ann.peer.another_device()
    room = RoomId(new_id())
    wire.accepted(ann.peer, "/api/rooms", ann.founding(room))
    ann.peer.commits(room, add=[second])
    ann.peer.commits(room, remove=[second])
    assert second.commit_refused(room, said={"sender": 1}) == "commit.refused committer"


def test_a_founding_tells_the_group_of_its_own_device(served: tuple[flask.Flask, int]) -> None:
    app, wire = served[0], Wire(served[1])
    ann, ben = Peer.settle(app, ("chair",)), Peer.settle(app, ("chair",))
    room = RoomId(new_id())
    good = ann.founding(room)

    def attempt(raw: bytes) -> str:
        return wire.refusal(ann, "/api/rooms", good | {"group_info": b64(raw)})

    own = (ann.account, ann.device)
    raw = unb64(good["group_info"])
    grown = Seat(ann)
    grown.founding(room)
    pending = make_commit(grown.group, Change([Seat(ben).package().public]), RULES)
    assert [
        attempt(raw[:-1]),
        attempt(raw[:-1] + bytes([raw[-1] ^ 1])),
        attempt(group_info(*own, ann.key, id_bytes(new_id()), "all")),
        attempt(group_info(*own, ann.key, id_bytes(room), "none")),
        attempt(group_info(*own, ben.key, id_bytes(room), "all")),
        attempt(group_info(ann.account, ben.device, ann.key, id_bytes(room), "all")),
        attempt(group_info(*own, ann.key, id_bytes(room), "all", able=[0xF0FF])),
        attempt(pending.group.group_info()),
    ] == [
        "item.malformed group malformed.truncated",
        "item.malformed group signature.group_info",
        *["item.malformed group other"] * 4,
        "item.malformed group leaf.refused",
        "item.malformed group other",
    ]
    missing = {name: value for name, value in good.items() if name != "group_info"}
    assert wire.refusal(ann, "/api/rooms", missing) == "request.malformed"
    wire.accepted(ann, "/api/rooms", good)
