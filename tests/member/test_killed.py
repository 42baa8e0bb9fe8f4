"""kill -9 at every write and every request: nothing is lost, said twice, or sealed twice under one sequence number."""

import multiprocessing
import signal
from itertools import cycle
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Final

from portal.member.driver import Driver
from portal.member.e2ee.group import process_room_commit
from portal.member.store import KeyFile, Store
from portal.member.timeline import Said, timeline
from portal.member.work import MemberError
from portal.wire.envelope import ItemKind, decode_envelope
from portal.wire.ids import unb64
from tests.member.killed import TEXTS, say_three
from tests.member.people import Directory
from tests.member.simulator import Host, Scene

ATTEMPTS: Final = 120
ENDS: Final = ((1, False), (1, True), (2, False), (1, True), (2, True))
"""Which effect is the last one, and whether it still happens."""


def serve(host: Host, connection: Connection) -> None:
    """Answer until the other end is gone."""
    while True:
        try:
            asked = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        try:
            answer = host.ask(asked)
        except MemberError as error:
            answer = error
        try:
            connection.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return


def attempt(context: ForkServerContext, scene: Scene, folder: Path, end: tuple[int, bool]) -> int:
    """Run a member to its end; returns how that was."""
    ours, theirs = context.Pipe()
    process = context.Process(target=say_three, args=(theirs, folder, scene.room, scene.now_s, *end))
    process.start()
    theirs.close()
    serve(scene.host, ours)
    process.join(30)
    assert process.exitcode is not None
    return process.exitcode


def test_a_member_that_is_killed_at_every_effect_says_everything_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.member.killed"])
    folder, key_file = tmp_path / "store", KeyFile.generate(tmp_path / "key")
    scene = Scene(Store.create(folder, key_file))
    scene.says(b"before")
    scene.lets_in()
    scene.now_s += 86_400  # a new day: a commit comes before the first message
    scene.store.close()

    endings = []
    for end in cycle(ENDS):
        endings.append(attempt(context, scene, folder, end))
        assert endings[-1] in {0, -signal.SIGKILL}
        if endings[-1] == 0:
            break
        assert len(endings) < ATTEMPTS
    assert len(endings) > 20, "most attempts are to be killed"

    sent: dict[int, set[bytes]] = {}
    raws = [ask.body for ask in scene.host.posted("/items")]
    raws += [unb64(ask.body["envelope"]) for ask in scene.host.posted("/commits")]
    for raw in raws:
        sent.setdefault(decode_envelope(raw).sequence, set()).add(raw)
    assert all(len(different) == 1 for different in sent.values())
    own = [item for item in scene.ledger.items if item.device == scene.device.device]
    assert [item.sequence for item in own] == [1, 2, 3, 4]

    with Store.open(folder, key_file) as scene.store:
        scene.driver = Driver(scene.store, scene.host)
        scene.restart()
        scene.catch_up()
        said = [entry.text for entry in timeline(scene.here.log, scene.here.people) if isinstance(entry, Said)]
        assert said == ["before", *TEXTS]
        assert scene.here.problem is None
        assert list(scene.here.outgoing) == []
        (commit,) = [item for item in own if item.kind is ItemKind.COMMIT]
        followed = process_room_commit(scene.group, commit, Directory(*scene.host.people))
        assert followed is not None
        assert followed.authenticator == scene.here.group.authenticator
