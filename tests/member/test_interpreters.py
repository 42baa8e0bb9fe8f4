"""Interpreters as a member sees them: asides, who answers for them, and what their devices may not write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.member.asides import AT_ONCE, REFRESH_S, AsideEar, HeardAside, say_aside
from portal.member.content import Content, Message, Name, encode_content
from portal.member.e2ee.asides import Route, open_aside, seal_aside
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.private import new_private_key, open_private, open_private_key, seal_private, seal_private_key
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vouching import vouch
from portal.member.interpreters import vouched
from portal.member.store import KeyFile, Store
from portal.member.timeline import Happened, Said, timeline
from portal.member.translation_content import Private, Translation
from portal.member.work import MemberError
from portal.wire.ids import AccountId, DeviceId, Id, ItemId, RoomId, b64, new_id
from portal.wire.vouching import Vouching
from tests.member.people import NOW_S, Directory, Somebody
from tests.member.simulator import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Ada has let the member in, who has taken everything up."""
    with Store.create(tmp_path / "store", KeyFile.generate(tmp_path / "key")) as store:
        made = Scene(store)
        made.lets_in()
        made.catch_up()
        yield made


def asked(scene: Scene, by: DeviceIdentity | None = None, **changes: Any) -> tuple[str, str, str]:
    """An aside of Ada's to the member, as the server pushes it."""
    to: dict[str, Any] = {"room": scene.room, "receiver": scene.me.account, "box": scene.me.boxes[-1].public} | changes
    return scene.room, scene.ada.account, b64(seal_aside(**to, device=by or scene.browser, content=b'{"t":"ask"}'))


def hear(scene: Scene, payload: tuple[str, ...]) -> HeardAside:
    return scene.driver.run(AsideEar(scene.member).hear(payload))


def test_an_aside_comes_from_whom_it_says(scene: Scene) -> None:
    assert hear(scene, asked(scene)) == HeardAside(scene.room, scene.ada.account, b'{"t":"ask"}')
    # From a device that was listed since: the list is asked for anew.
    assert hear(scene, asked(scene, scene.ada.adds())).sender == scene.ada.account
    answer = scene.driver.run(say_aside(scene.member, scene.room, scene.ada.account, b"answer"))
    route, directory = Route(scene.room, scene.me.account, scene.ada.account), Directory(scene.me)
    assert open_aside(route, answer, scene.ada.boxes, directory).content == b"answer"


def test_an_aside_says_nothing_elsewhere_or_to_others(scene: Scene) -> None:
    other = Somebody()
    for changes in ({"room": RoomId(new_id())}, {"receiver": other.account}, {"box": other.boxes[0].public}):
        with pytest.raises(Refusal, match=r"aside\.cipher"):
            hear(scene, asked(scene, **changes))
    room, sender, sealed = asked(scene)
    with pytest.raises(MemberError, match=r"room\.not_found"):
        hear(scene, (new_id(), sender, sealed))
    with pytest.raises(MemberError, match=r"person\.unknown"):
        hear(scene, (room, other.account, sealed))
    with pytest.raises(Refusal, match=r"aside\.cipher"):
        hear(scene, (room, scene.me.account, sealed))
    with pytest.raises(MemberError, match=r"server\.fault"):
        hear(scene, (room, sender))


def test_an_aside_of_a_device_that_is_not_the_senders_is_forged(scene: Scene) -> None:
    unlisted = DeviceIdentity(scene.ada.account, DeviceId(new_id()), "browser", SigningKey.generate())
    posing = DeviceIdentity(scene.ada.account, scene.browser.device, "browser", SigningKey.generate())
    other = Somebody()
    for device in (unlisted, posing, other.adds()):
        with pytest.raises(Refusal, match=r"aside\.(forged|cipher)"):
            hear(scene, asked(scene, device))
    revoked = scene.ada.adds()
    scene.ada.revokes(revoked)
    scene.driver.run(scene.member.people.refresh([scene.ada.account]))
    with pytest.raises(Refusal, match=r"aside\.forged"):
        hear(scene, asked(scene, revoked))


def test_nothing_is_heard_or_said_under_a_changed_key(scene: Scene) -> None:
    posing = Somebody(account=scene.ada.account)
    device = posing.adds()
    scene.host.people[0] = posing
    with pytest.raises(Refusal, match=r"aside\.forged"):
        hear(scene, asked(scene, device))
    with pytest.raises(MemberError, match=r"person\.key_changed"):
        scene.driver.run(say_aside(scene.member, scene.room, scene.ada.account, b"answer"))


def test_an_aside_has_its_size_and_its_receiver(scene: Scene) -> None:
    with pytest.raises(Refusal, match=r"item\.too_large"):
        scene.driver.run(say_aside(scene.member, scene.room, scene.ada.account, bytes(45_000)))
    with pytest.raises(MemberError, match=r"person\.unknown"):
        scene.driver.run(say_aside(scene.member, scene.room, AccountId(new_id()), b"answer"))


def test_whoever_talks_too_fast_is_not_heard(scene: Scene) -> None:
    now_s = [1000.0]
    ear = AsideEar(scene.member, lambda: now_s[0])
    fast, slow = asked(scene), (scene.room, AccountId(new_id()), "AAAA")
    assert [ear.admits(fast) for _ in range(50)] == [True] * AT_ONCE + [False] * (50 - AT_ONCE)
    assert ear.admits(slow)  # everybody has an own count
    now_s[0] += 2
    assert [ear.admits(fast) for _ in range(3)] == [True, True, False]
    assert not ear.admits((scene.room, {}, None))
    # A device that is not on the list has it asked for once, not each time.
    unlisted = DeviceIdentity(scene.ada.account, DeviceId(new_id()), "browser", SigningKey.generate())
    asks = len(scene.host.posted("/api/device-lists"))
    for _ in range(5):
        with pytest.raises(Refusal, match=r"aside\.forged"):
            scene.driver.run(ear.hear(asked(scene, unlisted)))
    assert len(scene.host.posted("/api/device-lists")) == asks + 1
    now_s[0] += REFRESH_S
    assert scene.driver.run(ear.hear(asked(scene, scene.ada.adds()))).sender == scene.ada.account


def test_a_private_key_opens_for_its_account_in_its_room_alone() -> None:
    reader, other = Somebody(), Somebody()
    room, device = RoomId(new_id()), DeviceId(new_id())
    made = new_private_key(room, new_id())
    sealed = seal_private_key(made, reader.account, reader.boxes[0].public)
    for place, account, boxes in [
        ((room, made.key), reader.account, other.boxes),
        ((room, made.key), other.account, reader.boxes),
        ((room, new_id()), reader.account, reader.boxes),
        ((RoomId(new_id()), made.key), reader.account, reader.boxes),
    ]:
        with pytest.raises(Refusal, match=r"private\.key"):
            open_private_key(sealed, place, account, boxes)
    opened = open_private_key(sealed, (room, made.key), reader.account, [*other.boxes, *reader.boxes])
    text = seal_private(made, device, b"between us")
    assert open_private(opened, device, text) == b"between us"
    elsewhere = new_private_key(RoomId(new_id()), made.key)
    for key, by in ((opened, DeviceId(new_id())), (elsewhere, device), (new_private_key(room, new_id()), device)):
        with pytest.raises(Refusal, match=r"private\.cipher"):
            open_private(key, by, text)


@pytest.fixture
def booth(scene: Scene) -> Somebody:
    """An interpreter for which Ada answers, as the server says; it is in the room."""
    booth = Somebody()
    booth.adds("interpreter")
    scene.host.people.append(booth)
    word = Vouching(booth.account, NOW_S, scene.ada.account, "room", booth.sign.public)
    answers_for(scene, booth, word)
    return booth


def answers_for(scene: Scene, booth: Somebody, word: Vouching, by: SigningKey | None = None, **changes: Any) -> None:
    """Have the server show this word."""
    signed = vouch(word, by or scene.ada.sign).to_json()
    scene.host.cards[booth.account] = {"owner": scene.ada.account, "for": "room", "vouch": signed} | changes
    scene.driver.run(scene.member.people.fetch_all())
    scene.driver.run(scene.member.people.refresh([booth.account, scene.ada.account]))


def test_only_the_owners_own_word_for_this_key_counts(scene: Scene, booth: Somebody) -> None:
    people, me, ada = scene.member.people, scene.me, scene.ada
    word = vouched(people, booth.account)
    assert word is not None
    assert (word.by, word.readers) == (ada.account, "room")
    assert vouched(people, ada.account) is None
    cases: list[tuple[Vouching, SigningKey | None, dict[str, Any]]] = [
        (word, me.sign, {}),
        (Vouching(booth.account, NOW_S, ada.account, "room", me.sign.public), None, {}),
        (Vouching(me.account, NOW_S, ada.account, "room", booth.sign.public), None, {}),
        (Vouching(booth.account, NOW_S, me.account, "room", booth.sign.public), None, {}),
        (word, None, {"for": "delegation"}),
        (word, None, {"owner": me.account}),
    ]
    for false, by, changes in cases:
        answers_for(scene, booth, false, by, **changes)
        assert vouched(people, booth.account) is None
    answers_for(scene, booth, word)
    assert vouched(people, booth.account) == word
    # An account with a browser among its devices is no interpreter.
    mixed = Somebody()
    mixed.adds("interpreter")
    mixed.adds("browser")
    scene.host.people.append(mixed)
    answers_for(scene, mixed, Vouching(mixed.account, NOW_S, ada.account, "room", mixed.sign.public))
    assert vouched(people, mixed.account) is None
    # Nobody whom this account has never met answers for anything.
    stranger = Somebody()
    scene.host.people.append(stranger)
    said = Vouching(booth.account, NOW_S, stranger.account, "room", booth.sign.public)
    answers_for(scene, booth, said, stranger.sign, owner=stranger.account)
    scene.driver.run(people.refresh([stranger.account]))
    assert vouched(people, booth.account) is None
    answers_for(scene, booth, word)
    # The server shows the owner under another key: nobody's word is taken until that is acknowledged.
    posing = Somebody(account=ada.account)
    scene.host.people[0] = posing
    answers_for(scene, booth, word, posing.sign)
    assert vouched(people, booth.account) is None


def says(scene: Scene, by: DeviceIdentity, content: Content) -> None:
    scene.ledger.say(by, scene.key(), encode_content(content, 1))


def test_each_kind_of_device_keeps_to_its_own_contents(scene: Scene) -> None:
    booth = scene.ada.adds("interpreter")  # of an account in the room
    target = ItemId(new_id())
    translation = Translation(target, bytes(32), "ko", "en", problem="no_model")
    says(scene, scene.browser, Name("Talks"))
    for content in (translation, Private(Id(new_id()), bytes(300)), Message("I agree", "en"), Name("Mine")):
        says(scene, booth, content)
    for content in (Message("Indeed", "en"), translation):
        says(scene, scene.browser, content)
    scene.driver.run(scene.here.sync())
    entries = timeline(scene.here.log, scene.member.people)
    assert [entry.text for entry in entries if isinstance(entry, Said)] == ["Indeed"]
    refused = [entry.text for entry in entries if isinstance(entry, Happened) and entry.event == "refused"]
    assert refused == ["item.interpreter"] * 3
    assert scene.here.data.name == "Talks"
