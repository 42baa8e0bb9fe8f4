"""What the core makes of a record: joined, read, followed; and of one about which the server or a member lies."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.member.e2ee.ring import Base, GrantContent, RingEntry, grant_from_json, open_grant, seal_grant
from portal.member.member import Member
from portal.member.store import KeyFile, Store
from portal.member.timeline import Happened, Said, timeline
from portal.member.work import MemberError
from portal.wire.envelope import ItemKind, decode_envelope, next_head
from portal.wire.ids import ItemId, b64, new_id
from tests.member.people import BUCKET, NOW_S, Somebody
from tests.member.simulator import Scene, forged


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "store", KeyFile.generate(tmp_path / "key")) as made:
        yield made


@pytest.fixture
def scene(store: Store) -> Scene:
    """Ada has founded a room, said something, and let the member in."""
    made = Scene(store)
    made.says(b"before")
    made.lets_in()
    made.says(b"after")
    return made


def texts(scene: Scene) -> list[str]:
    return [entry.text for entry in timeline(scene.here.log, scene.here.people) if isinstance(entry, Said)]


def events(scene: Scene) -> list[tuple[str, str | None]]:
    return [
        (entry.event, entry.text)
        for entry in timeline(scene.here.log, scene.here.people)
        if isinstance(entry, Happened)
    ]


def test_a_member_joins_by_welcome_and_reads_from_the_founding_on(scene: Scene) -> None:
    scene.catch_up()
    assert texts(scene) == ["before", "after"]
    assert events(scene) == [("founded", None), ("added", None)]
    assert scene.here.group.authenticator == scene.group.authenticator
    assert scene.here.problem is None
    assert scene.here.gate() is None
    assert scene.member.people.is_pinned(scene.ada.account)
    scene.restart()
    assert texts(scene) == ["before", "after"]
    assert scene.here.group.authenticator == scene.group.authenticator


def test_a_device_outside_of_the_group_reads_by_grants_and_writes_once_the_committer_is_pinned(store: Store) -> None:
    scene = Scene(store)
    scene.says(b"before")
    scene.lets_in(welcome=False)
    scene.says(b"after")
    scene.catch_up()
    assert texts(scene) == ["before", "after"]
    assert scene.here.group is None
    assert scene.here.gate().code == "room.not_joined"
    scene.driver.run(scene.member.people.pin([scene.ada.account]))
    assert scene.here.gate() is None


def test_a_late_welcome_lets_the_member_in_behind_its_commit(store: Store) -> None:
    scene = Scene(store)
    scene.lets_in(welcome=False)
    welcome = {"welcome": b64(scene.newest_welcome), "number": scene.ledger.number}
    scene.commits()
    scene.catch_up()
    assert scene.here.epoch_code is None
    scene.host.welcome = welcome
    scene.catch_up()
    assert scene.here.group.authenticator == scene.group.authenticator


def test_the_member_sends_and_what_it_sent_is_what_the_others_see(scene: Scene) -> None:
    scene.catch_up()
    number = scene.driver.run(scene.member.send(scene.room, b'{"v":1,"t":"message","text":"hi","lang":"en"}'))
    assert number == scene.ledger.number == 5
    assert texts(scene) == ["before", "after", "hi"]
    assert scene.ledger.items[-1].sequence == 1
    assert list(scene.here.outgoing) == []


def test_on_a_new_day_the_member_commits_before_it_sends(scene: Scene) -> None:
    scene.catch_up()
    scene.now_s += 86_400
    scene.driver.run(scene.member.send(scene.room, b'{"v":1,"t":"message","text":"hi","lang":"en"}'))
    commit, content = scene.ledger.items[-2:]
    assert (commit.kind, content.kind) == (ItemKind.COMMIT, ItemKind.CONTENT)
    assert (content.epoch, content.bucket) == (commit.epoch + 1, commit.bucket)
    assert (commit.sequence, content.sequence) == (1, 2)
    (request,) = scene.host.posted("/commits")
    assert [grant["account"] for grant in request.body["grants"]] == [scene.ada.account, scene.me.account]


def test_a_revoked_device_is_taken_out_before_anything_is_sent(scene: Scene) -> None:
    scene.catch_up()
    lost = scene.ada.adds()
    scene.ada.revokes(lost)
    scene.driver.run(scene.member.people.refresh([scene.ada.account]))
    assert not scene.here.needs_commit(NOW_S)  # it had no leaf
    scene.ada.revokes(scene.browser)
    scene.driver.run(scene.member.people.refresh([scene.ada.account]))
    assert scene.here.needs_commit(NOW_S)
    scene.driver.run(scene.member.send(scene.room, b'{"v":1,"t":"message","text":"hi","lang":"en"}'))
    (request,) = scene.host.posted("/commits")
    assert request.body["removed"] == [scene.browser.device]
    # Her account stays in the room without a leaf, and goes on getting grants.
    assert scene.ada.account in {grant["account"] for grant in request.body["grants"]}
    assert scene.ada.account in scene.here.data.membership.accounts


def test_who_is_put_out_keeps_what_it_read_and_sends_nothing(scene: Scene) -> None:
    scene.catch_up()
    scene.commits(remove=[scene.device.device], going=[scene.me.account])
    scene.host.members = [scene.ada.account]
    scene.host.grants.clear()
    scene.says(b"secret")
    scene.catch_up()
    assert scene.here.group is None
    assert scene.here.data.standing == "removed"
    assert texts(scene) == ["before", "after"]
    with pytest.raises(MemberError, match=r"room\.removed"):
        scene.driver.run(scene.member.send(scene.room, b"{}"))


@pytest.mark.parametrize("attack", ["stranger", "other key", "repeat", "gap", "history", "head", "replay", "revoked"])
def test_alarms(scene: Scene, attack: str) -> None:
    """Each lie stops sending, with evidence; what was read before stays."""
    second = scene.ada.adds()
    honest = scene.says(b"honest", by=second)
    problem, event = {
        "stranger": ("forged", ("refused", "item.forged")),
        "other key": ("forged", ("refused", "item.forged")),
        "repeat": ("forged", ("refused", "item.sequence")),
        "gap": ("dropped", ("refused", "item.sequence")),
        "history": ("fork", None),
        "head": ("fork", None),
        "replay": ("forged", None),
        "revoked": ("forged", ("refused", "item.forged")),
    }[attack]
    if attack == "stranger":
        scene.says(b"lie", by=Somebody().adds())
    elif attack == "other key":
        lie = scene.says(b"lie")
        scene.ledger.items[-1] = forged(lie, second)
        scene.ledger.heads[-1] = next_head(
            scene.ledger.heads[-2], scene.ledger.number, scene.ledger.items[-1].item_hash
        )
    elif attack == "repeat":
        scene.says(b"lie", by=second, sequence=1)
    elif attack == "gap":
        scene.says(b"lie", by=second, sequence=3)
    elif attack == "history":
        scene.says(b"lie", by=second, seen_head=secrets.token_bytes(32))
    elif attack == "head":
        scene.ledger.heads[-1] = secrets.token_bytes(32)
    elif attack == "replay":
        scene.ledger.append(honest)
    else:
        scene.ada.revokes(second, NOW_S - 10_000)
    scene.catch_up()
    assert scene.here.problem.kind == problem
    assert event is None or event in events(scene)
    assert texts(scene)[:2] == ["before", "after"]
    with pytest.raises(MemberError, match=r"room\.blocked"):
        scene.driver.run(scene.member.send(scene.room, b"{}"))
    scene.restart()
    assert scene.here.problem.kind == problem


def test_a_server_that_skips_numbers_is_noticed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.catch_up()
    scene.says(b"dropped")
    scene.says(b"shown")
    shown = scene.host.record(5)
    monkeypatch.setattr(scene.host, "record", lambda after: shown)  # noqa: ARG005 - whatever is asked for
    scene.catch_up()
    assert scene.here.problem.kind == "dropped"


def test_another_item_under_a_known_number_is_a_fork(scene: Scene) -> None:
    scene.catch_up()
    other = decode_envelope(scene.ledger.items[-1].encode())
    raw = forged(replace(other, item=ItemId(new_id())), scene.browser).encode()
    scene.driver.run(scene.member.hear("item", [scene.room, scene.ledger.number, NOW_S * 1000, b64(raw)]))
    assert scene.here.problem.kind == "fork"


def test_an_item_that_comes_early_waits_for_those_before_it(scene: Scene) -> None:
    scene.catch_up()
    scene.says(b"first")
    late = scene.says(b"second")
    scene.driver.run(scene.member.hear("item", [scene.room, 6, NOW_S * 1000, b64(late.encode())]))
    assert texts(scene) == ["before", "after", "first", "second"]


def test_a_commit_that_can_not_be_followed_stops_the_room_until_it_is_let_in_anew(scene: Scene) -> None:
    scene.catch_up()
    commit = scene.commits()
    broken = replace(commit, body=commit.body[:-1] + bytes([commit.body[-1] ^ 1]))
    scene.ledger.items[-1] = forged(broken, scene.browser)
    scene.ledger.heads[-1] = next_head(scene.ledger.heads[-2], scene.ledger.number, scene.ledger.items[-1].item_hash)
    scene.catch_up()
    assert scene.here.problem.kind == "commit-refused"
    assert scene.here.data.stopped
    assert scene.here.data.number == scene.ledger.number - 1
    scene.driver.run(scene.here.rejoin())
    assert scene.host.posted("/rejoin")


@pytest.mark.parametrize(("days", "problem"), [(2, None), (3, "commit-refused")])
def test_a_commit_of_a_day_far_ahead_is_refused(scene: Scene, days: int, problem: str | None) -> None:
    scene.catch_up()
    scene.commits(bucket=BUCKET + days)
    scene.catch_up()
    assert (None if scene.here.problem is None else scene.here.problem.kind) == problem


def test_a_missing_key_is_told_and_a_late_one_opens_what_waited(scene: Scene) -> None:
    right, scene.host.share = scene.host.share, secrets.token_bytes(32)
    scene.catch_up()
    assert texts(scene) == []
    assert scene.here.problem.kind == "no-key"
    scene.host.share = right
    scene.catch_up()
    assert texts(scene) == ["before", "after"]
    assert scene.here.problem is None


def test_a_grant_of_a_stranger_counts_for_nothing(store: Store) -> None:
    scene = Scene(store)
    scene.lets_in(welcome=False)
    stranger = Somebody()
    scene.host.grants = [grant | {"device": stranger.adds().device} for grant in scene.host.grants]
    scene.says(b"after")
    scene.catch_up()
    assert texts(scene) == []
    assert isinstance(scene.member, Member)
    assert RingEntry(1, 1, b"") not in [held.entry for held in scene.here.ring.all()]


def test_a_wrong_grant_of_the_own_account_is_replaced_by_a_right_one(scene: Scene) -> None:
    """Whoever commits could give this account a false key, for the day on which it has lost all its devices."""
    box, place = scene.me.boxes[-1], Base(0, scene.ledger.heads[0])
    entry = replace(scene.group.ring_entry(), value=secrets.token_bytes(32))
    false = GrantContent(scene.me.account, scene.room, entry.epoch, place, (entry,))
    scene.host.grants = [seal_grant(false, box.public, scene.browser).to_json()]
    scene.catch_up()
    (mended,) = [asked.body["grant"] for asked in scene.host.posted("/grants")]
    right = open_grant(grant_from_json(scene.room, mended), [box])
    assert right.ring == (scene.group.ring_entry(),)
    scene.host.grants = [mended]
    scene.catch_up()
    assert len(scene.host.posted("/grants")) == 1


def test_a_changed_key_stops_sending_and_its_words_stay_closed(scene: Scene) -> None:
    scene.catch_up()
    other = Somebody(account=scene.ada.account)
    scene.host.people[0] = other
    fresh = other.adds()
    scene.says(b"by another key", by=fresh)
    scene.catch_up()
    assert scene.here.gate().code == "person.key_changed"
    assert "by another key" not in texts(scene)


def test_a_shortened_or_forked_device_list_is_not_taken(scene: Scene) -> None:
    second = scene.ada.adds()
    scene.catch_up()
    assert scene.member.people.device(scene.ada.account, second.device) is not None
    scene.ada.statements.pop()
    scene.driver.run(scene.member.people.refresh([scene.ada.account]))
    assert scene.member.people.device(scene.ada.account, second.device) is not None
    scene.ada.adds()
    scene.driver.run(scene.member.people.refresh([scene.ada.account]))
    assert scene.member.people.device(scene.ada.account, second.device) is not None


def test_an_older_vault_is_refused(scene: Scene) -> None:
    scene.catch_up()
    assert scene.member.vault.version == 2  # pinned Ada
    scene.restart()
    assert scene.member.people.is_pinned(scene.ada.account)
    scene.host.vault = scene.host.vault | {"version": 1}
    with pytest.raises(Exception, match=r"vault\.(rolled_back|cipher)"):
        scene.catch_up()
