"""Python members and browsers in one room of a running server."""

import json
import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from portal.cli import main
from portal.member.e2ee.verify import verify_bundle
from portal.member.follower import Follower
from portal.member.plans import Wish
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.timeline import Said, timeline
from portal.member.work import MemberError
from tests.browser.portal_process import PortalProcess
from tests.member.live import PASSPHRASE, Browsers, PythonMember, python_member
from tests.member.twin import Twin


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    with PortalProcess(tmp_path_factory.mktemp("portal") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def browsers(portal: PortalProcess, client_packages: None) -> Iterator[Browsers]:
    with Browsers(portal) as people:
        yield people


@pytest.fixture
def python(portal: PortalProcess, tmp_path: Path) -> Iterator[PythonMember]:
    with python_member(tmp_path / "store", portal.origin) as made:
        yield made


def newcomer(browsers: Browsers, name: str) -> dict[str, Any]:
    """An account whose browser is closed: only Python comes for it."""
    made: dict[str, Any] = browsers.ask("invite", by="Ada", name=name)
    browsers.ask("close", name=name)
    return made


def test_a_python_member_joins_reads_writes_and_follows(browsers: Browsers, python: PythonMember) -> None:
    boris = newcomer(browsers, "Boris")
    room = browsers.ask("room", by="Ada", name="Talks", members=[boris["account"]], history="all")
    browsers.ask("say", by="Ada", room=room, text="We propose 12 %.")
    python.sign_in(boris["handle"])
    python.catch_up()
    # Read by the account's ring grants, before anybody has let this device in.
    assert python.texts(room) == ["We propose 12 %."]
    # Ada's browser lets the new device in; it joins by Welcome.
    seen = browsers.ask("devices", by="Ada", room=room, count=3)
    python.catch_up()
    here = python.member.entry(room).room
    assert here.group is not None
    assert here.epoch_code == seen["epochCode"].replace(" ", "")
    assert {member.device for _, member in here.group.roster()} == set(seen["devices"])
    python.say(room, "합의합니다. 🕊️")
    read = browsers.ask("reads", by="Ada", room=room, text="합의합니다. 🕊️")
    assert read["device"] == python.member.session.device
    browsers.ask("say", by="Ada", room=room, text="Noted.")
    python.restart()
    python.catch_up()
    assert python.texts(room) == ["We propose 12 %.", "합의합니다. 🕊️", "Noted."]
    assert here.data.name == "Talks"
    assert python.member.entry(room).room.problem is None


@pytest.mark.slow
def test_commands(
    portal: PortalProcess, browsers: Browsers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dora = newcomer(browsers, "Dora")
    room = browsers.ask("room", by="Ada", name="Commands", members=[dora["account"]], history="all")
    item = browsers.ask("say", by="Ada", room=room, text="first \x1b[2J draft")
    browsers.ask("correct", by="Ada", room=room, item=item, text="second draft")
    browsers.ask("upload", by="Ada", room=room, name="terms.txt", content="12 %")
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    (tmp_path / "answer.txt").write_text("10 %")
    store = ["--store", str(tmp_path / "store"), "--key-file", str(tmp_path / "key"), "--json"]

    def portal_room(*arguments: str, status: int = 0) -> list[dict[str, Any]]:
        assert main(["room", *arguments, *store]) == status
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert portal_room("list", status=1) == []
    portal_room("sign-in", portal.origin, dora["handle"], "--passphrase-file", str(tmp_path / "passphrase"))
    assert [one["name"] for one in portal_room("list")] == ["Commands"]
    browsers.ask("devices", by="Ada", room=room, count=3)
    (place,) = portal_room("send", "Commands", "Agreed.", "--lang", "en", "--file", str(tmp_path / "answer.txt"))
    assert browsers.ask("reads", by="Ada", room=room, text="Agreed.")["number"] == place["number"]
    assert browsers.ask("download", by="Ada", room=room, text="Agreed.") == "10 %"

    said = portal_room("read", room, "--files", str(tmp_path / "files"))
    texts = [(one["text"], one["earlier"]) for one in said if "item" in one]
    assert texts == [("second draft", ["first \x1b[2J draft"]), ("terms.txt", []), ("Agreed.", [])]
    assert sorted(path.read_text() for path in (tmp_path / "files").iterdir()) == ["10 %", "12 %"]
    assert portal_room("read", room, "--after", str(place["number"])) == []
    assert {one["handle"] for one in portal_room("members", "Commands")} == {"ada", "dora"}
    assert portal_room("read", "Nowhere", status=1) == []

    (made,) = portal_room("create", "Corridor", "ada", "--history", "none")
    portal_room("send", "Corridor", "Between us.")
    assert browsers.ask("reads", by="Ada", room=made["room"], text="Between us.")["device"]
    assert portal_room("add", "Corridor", "nobody", status=1) == []
    emil = newcomer(browsers, "Emil")
    assert portal_room("add", "Corridor", emil["handle"]) == [{"room": made["room"], "left_out": []}]
    assert len(portal_room("members", "Corridor")) == 3

    portal_room("export", "Commands", str(tmp_path / "bundle"))
    text = (tmp_path / "bundle").read_text("utf-8")
    report = verify_bundle(text.splitlines(keepends=True))
    assert report.problems == ()
    assert report.whole
    assert main(["room", "verify", str(tmp_path / "bundle"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["head"] == (report.head or b"").hex()
    (tmp_path / "bundle").write_text(text.replace("Agreed.", "Refused."), "utf-8")
    assert main(["room", "verify", str(tmp_path / "bundle")]) == 1
    assert f"content at {place['number']}" in capsys.readouterr().err
    with Twin() as twin:
        assert twin.ask("bundle", text=text)["sound"]
    there = verify_bundle(browsers.ask("bundle", by="Ada", room=room).splitlines(keepends=True))
    assert (there.problems, there.head) == ((), report.head)


@pytest.mark.slow
def test_a_removed_member_can_not_go_on_and_a_recovery_key_reads_everything(
    browsers: Browsers, portal: PortalProcess, python: PythonMember, tmp_path: Path
) -> None:
    carl = newcomer(browsers, "Carl")
    room = browsers.ask("room", by="Ada", name="Recovery", members=[carl["account"]], history="all")
    python.sign_in(carl["handle"])
    python.catch_up()
    browsers.ask("devices", by="Ada", room=room, count=3)
    python.say(room, "before")
    with python_member(tmp_path / "second", portal.origin) as second:
        second.sign_in(carl["handle"], carl["recoveryKey"])
        second.catch_up()
        assert second.texts(room) == ["before"]
        # The first Python device lets the second in: a commit that a browser processes.
        answer = python.driver.run(python.member.refresh_room(room))
        assert answer is not None
        python.driver.run(python.member.tend(answer))
        seen = browsers.ask("devices", by="Ada", room=room, count=4)
        assert second.member.session.device in seen["devices"]
        assert seen["problem"] is None
        second.catch_up()
        here = second.member.entry(room).room
        assert here.group is not None
        assert here.epoch_code == seen["epochCode"].replace(" ", "")
        second.say(room, "from the second")
        browsers.ask("reads", by="Ada", room=room, text="from the second")
        browsers.ask("remove", by="Ada", room=room, account=carl["account"])
        browsers.ask("say", by="Ada", room=room, text="without him")
        second.catch_up()
        assert here.data.standing == "removed"
        assert here.group is None
        assert second.texts(room) == ["before", "from the second"]
        with pytest.raises(MemberError, match=r"room\.removed"):
            second.say(room, "still here")


@pytest.mark.slow
def test_a_python_chair_adds_and_removes(browsers: Browsers, python: PythonMember) -> None:
    erik, fern = newcomer(browsers, "Erik"), newcomer(browsers, "Fern")
    room = browsers.ask("room", by="Ada", name="Chaired", members=[erik["account"]], history="none")
    browsers.ask("say", by="Ada", room=room, text="old")
    python.sign_in(erik["handle"])
    python.catch_up()
    browsers.ask("devices", by="Ada", room=room, count=3)
    python.catch_up()
    sender = python.member.entry(room).sender
    python.driver.run(python.member.people.fetch_all())
    assert python.driver.run(sender.change(Wish(add=(fern["account"],))))
    assert browsers.ask("devices", by="Ada", room=room, count=4)["problem"] is None
    assert python.driver.run(sender.change(Wish(remove=(fern["account"],))))
    seen = browsers.ask("devices", by="Ada", room=room, count=3)
    assert python.member.entry(room).room.epoch_code == seen["epochCode"].replace(" ", "")
    python.say(room, "new")
    browsers.ask("reads", by="Ada", room=room, text="new")


@pytest.mark.slow
def test_a_follower_hears_and_comes_back(portal: PortalProcess, browsers: Browsers, python: PythonMember) -> None:
    gina = newcomer(browsers, "Gina")
    room = browsers.ask("room", by="Ada", name="Followed", members=[gina["account"]], history="all")
    python.sign_in(gina["handle"])
    heard: queue.Queue[str] = queue.Queue()

    def note(room_: Room, rows: Sequence[Row]) -> None:
        for entry in timeline(rows, room_.people):
            if isinstance(entry, Said):
                heard.put(entry.text)

    stop = threading.Event()
    follower = Follower(python.driver, python.http, python.member, note)
    ended: queue.Queue[str] = queue.Queue()

    def run() -> None:
        try:
            follower.run(stop)
        except MemberError as error:
            ended.put(error.code)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        browsers.ask("say", by="Ada", room=room, text="one")
        assert heard.get(timeout=60) == "one"
        portal.kill()
        portal.start()
        browsers.ask("say", by="Ada", room=room, text="two")
        assert heard.get(timeout=60) == "two"
        # Taken off the account, it is told so and ends.
        browsers.ask("revokeAnother", handle=gina["handle"], device=python.member.session.device)
        assert ended.get(timeout=60) in {"session.required", "session.device_required"}
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
