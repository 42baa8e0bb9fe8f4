"""Sending against refusals, lost answers and other people's commits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from portal.member.e2ee.group import process_room_commit
from portal.member.store import KeyFile, Store
from portal.member.work import Ask, MemberError
from portal.wire.envelope import ItemKind, decode_envelope
from portal.wire.ids import unb64
from tests.member.people import Directory
from tests.member.simulator import Scene

HELLO: Final = b'{"v":1,"t":"message","text":"hello","lang":"en"}'
DAY_S: Final = 86_400


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Store.create(tmp_path / "store", KeyFile.generate(tmp_path / "key")) as store:
        made = Scene(store)
        made.lets_in()
        made.catch_up()
        yield made


def refuse_once(scene: Scene, ending: str, error: MemberError, *, taken: bool = False) -> None:
    """Refuse the next request to such a path; ``taken``: carry it out all the same, so that only the answer is lost."""
    left = [error]

    def refuse(asked: Ask) -> MemberError | None:
        if not asked.path.endswith(ending) or asked.method == "GET" or not left:
            return None
        if taken:
            raw = asked.body if isinstance(asked.body, bytes) else unb64(asked.body["envelope"])
            scene.ledger.append(decode_envelope(raw))
            scene.host.epoch += decode_envelope(raw).kind is ItemKind.COMMIT
        return left.pop()

    scene.host.refuse = refuse


def own_items(scene: Scene) -> list[tuple[ItemKind, int]]:
    return [(item.kind, item.sequence) for item in scene.ledger.items if item.device == scene.device.device]


def sent(scene: Scene) -> list[bytes]:
    return [ask.body for ask in scene.host.posted("/items")]


def test_a_refused_epoch_or_sequence_is_sealed_anew_under_the_same_id(scene: Scene) -> None:
    refuse_once(scene, "/items", MemberError("item.stale_epoch"))
    scene.driver.run(scene.member.send(scene.room, HELLO))
    first, second = map(decode_envelope, sent(scene))
    assert first.item == second.item
    assert first.body != second.body
    assert own_items(scene) == [(ItemKind.CONTENT, 1)]


def test_without_a_connection_it_waits_and_goes_as_it_was(scene: Scene) -> None:
    refuse_once(scene, "/items", MemberError("network.offline"))
    with pytest.raises(MemberError, match=r"network\.offline"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    assert own_items(scene) == []
    scene.restart()
    scene.driver.run(scene.member.send_waiting())
    first, second = sent(scene)
    assert first == second
    assert own_items(scene) == [(ItemKind.CONTENT, 1)]


def test_a_lost_answer_does_not_say_it_twice(scene: Scene) -> None:
    refuse_once(scene, "/items", MemberError("network.timeout"), taken=True)
    with pytest.raises(MemberError, match=r"network\.timeout"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    scene.restart()
    scene.catch_up()
    scene.driver.run(scene.member.send_waiting())
    assert len(sent(scene)) == 1
    assert own_items(scene) == [(ItemKind.CONTENT, 1)]
    assert list(scene.here.outgoing) == []


def test_what_is_refused_for_good_is_told_and_not_kept(scene: Scene) -> None:
    refuse_once(scene, "/items", MemberError("room.archived"))
    with pytest.raises(MemberError, match=r"room\.archived"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    assert list(scene.here.outgoing) == []
    with pytest.raises(MemberError, match=r"item\.too_large"):
        scene.driver.run(scene.member.send(scene.room, bytes(70_000)))
    scene.driver.run(scene.member.send(scene.room, HELLO))
    assert own_items(scene) == [(ItemKind.CONTENT, 1)]


def test_a_server_that_does_not_know_the_head_seen_here_is_an_alarm(scene: Scene) -> None:
    refuse_once(scene, "/items", MemberError("record.fork"))
    with pytest.raises(MemberError, match=r"record\.fork"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    assert scene.here.problem.kind == "fork"


def test_an_outrun_commit_is_forgotten_and_planned_anew_behind_the_winner(scene: Scene) -> None:
    scene.now_s += DAY_S
    outrun: list[Ask] = []

    def refuse(asked: Ask) -> MemberError | None:
        if not asked.path.endswith("/commits") or outrun:
            return None
        outrun.append(asked)
        scene.commits()
        return MemberError("room.epoch_taken")

    scene.host.refuse = refuse
    scene.driver.run(scene.member.send(scene.room, HELLO))
    assert own_items(scene) == [(ItemKind.COMMIT, 1), (ItemKind.CONTENT, 2)]
    lost, won = (decode_envelope(unb64(ask.body["envelope"])) for ask in scene.host.posted("/commits"))
    assert (lost.epoch, won.epoch) == (1, 2)
    followed = process_room_commit(scene.group, won, Directory(*scene.host.people))
    assert followed is not None
    assert followed.authenticator == scene.here.group.authenticator


def test_a_commit_whose_answer_was_lost_counts_once(scene: Scene) -> None:
    scene.now_s += DAY_S
    refuse_once(scene, "/commits", MemberError("network.timeout"), taken=True)
    with pytest.raises(MemberError, match=r"network\.timeout"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    scene.restart()
    scene.driver.run(scene.member.send_waiting())
    assert own_items(scene) == [(ItemKind.COMMIT, 1), (ItemKind.CONTENT, 2)]
    assert len(scene.host.posted("/commits")) == 1
    assert scene.here.pending is None
    (commit,) = [item for item in scene.ledger.items if item.kind is ItemKind.COMMIT and item.epoch == 1]
    followed = process_room_commit(scene.group, commit, Directory(*scene.host.people))
    assert followed is not None
    assert followed.authenticator == scene.here.group.authenticator
