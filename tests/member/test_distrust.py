"""What the server, or one member, could do to a member whom it lies to: lists, grants and commits of other keys."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.member.e2ee.devices import add_device
from portal.member.e2ee.group import make_offer
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.inspect import inspect_commit
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base, GrantContent, RingEntry, grant_from_json, open_grant, seal_grant
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import VaultContent
from portal.member.keyring import GROUP, UNACCEPTED, KeyRing, ReadGrant
from portal.member.store import KeyFile, Store
from portal.member.timeline import Happened, Said, timeline
from portal.member.work import Ask, MemberError
from portal.mls.committing import Change, make_commit
from portal.mls.framing import PublicMessage
from portal.mls.rules import Rules
from portal.mls.wire_format import WireFormat, read_message, write_message
from portal.wire.commit_data import commit_data
from portal.wire.envelope import ItemKind
from portal.wire.ids import AccountId, DeviceId, RoomId, b64, new_id
from tests.member.people import BUCKET, NOW_S, Somebody
from tests.member.simulator import Scene, forged

HELLO = b'{"v":1,"t":"message","text":"hello","lang":"en"}'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "store", KeyFile.generate(tmp_path / "key")) as made:
        yield made


@pytest.fixture
def scene(store: Store) -> Scene:
    """Ada has let the member in and said something."""
    made = Scene(store)
    made.lets_in()
    made.says(b"honest")
    return made


def texts(scene: Scene) -> list[str]:
    return [entry.text for entry in timeline(scene.here.log, scene.here.people) if isinstance(entry, Said)]


def codes(scene: Scene) -> list[str | None]:
    return [
        entry.text
        for entry in timeline(scene.here.log, scene.here.people)
        if isinstance(entry, Happened) and entry.text
    ]


def lists(somebody: Somebody, device: DeviceId) -> DeviceIdentity:
    """Put a device of this id with a key of its own into somebody's list."""
    identity = DeviceIdentity(somebody.account, device, "browser", SigningKey.generate())
    listing = identity.device, identity.key.public, identity.kind
    somebody.statements.append(add_device(somebody.devices, somebody.sign, NOW_S, listing, 1))
    return identity


def shows(scene: Scene, ada: Somebody) -> None:
    """From now on the server says that Ada's list is this one."""
    scene.host.people[0] = ada
    scene.driver.run(scene.member.people.refresh([ada.account]))


def test_a_list_under_another_key_takes_no_device_s_place(scene: Scene) -> None:
    scene.catch_up()
    people, device = scene.member.people, scene.browser.device
    other = Somebody(account=scene.ada.account)
    swapped = lists(other, device)
    other.revokes(swapped, NOW_S - 10_000)
    shows(scene, other)
    assert people.key_changed(scene.ada.account)
    owner = people.owner(device, [scene.ada.account])
    assert owner is not None
    assert (owner.listed.key, owner.accepted, owner.revoked_s) == (scene.browser.key.public, True, None)
    scene.says(b"still honest")
    scene.catch_up()
    assert scene.here.problem is None
    scene.says(b"lie", by=swapped)
    scene.catch_up()
    assert texts(scene) == ["honest", "still honest"]
    assert codes(scene) == ["item.forged"]


def test_an_accepted_list_is_asked_before_another_account_s_changed_one(scene: Scene) -> None:
    scene.catch_up()
    carol = Somebody()
    scene.host.people.append(carol)
    scene.driver.run(scene.member.people.refresh([carol.account]))
    scene.driver.run(scene.member.people.pin([carol.account]))
    false = Somebody(account=carol.account)
    lists(false, scene.browser.device)
    scene.host.people[-1] = false
    scene.driver.run(scene.member.people.refresh([carol.account]))
    owner = scene.member.people.owner(scene.browser.device, [carol.account, scene.ada.account])
    assert owner is not None
    assert owner.account == scene.ada.account


def met_by_another_key(store: Store) -> tuple[Scene, Somebody]:
    """A device outside of the group that knows Ada by another key than the one that the server shows."""
    scene = Scene(store)
    scene.lets_in(welcome=False)
    scene.says(b"whose?")
    met = Somebody(account=scene.ada.account)
    shows(scene, met)
    scene.driver.run(scene.member.people.pin([scene.ada.account]))
    scene.host.people[0] = scene.ada
    scene.catch_up()
    return scene, met


def test_a_grant_under_a_changed_key_reads_and_lets_nobody_seal(store: Store) -> None:
    scene, met = met_by_another_key(store)
    assert {held.source for held in scene.here.ring.all()} == {UNACCEPTED}
    assert [row.state for row in scene.here.log] == ["open", "open", "sealed"]
    # Showing the right list again does not make the key that came meanwhile a right one.
    shows(scene, met)
    assert not scene.member.people.key_changed(scene.ada.account)
    assert scene.here.gate().code == "room.not_joined"


def test_who_began_an_epoch_is_not_known_from_a_list_under_a_changed_key(store: Store) -> None:
    scene, _ = met_by_another_key(store)
    assert [row.doubtful for row in scene.here.log] == [True, True, False]
    account = scene.ada.account

    def acknowledging(content: VaultContent) -> VaultContent:
        pin = content.pins[account]
        return replace(content, pins={**content.pins, account: replace(pin, acknowledged=(scene.ada.sign.public,))})

    scene.driver.run(scene.member.vault.change(acknowledging))
    scene.catch_up()
    assert texts(scene) == ["whose?"]
    assert scene.here.ring.held(1).source == account
    assert scene.here.gate().code == "room.not_joined"
    scene.restart()
    assert [row.doubtful for row in scene.here.log] == [True, True, False]


def test_what_another_key_signed_stays_closed_though_the_id_is_listed_later(scene: Scene) -> None:
    scene.catch_up()
    device = DeviceId(new_id())
    other = Somebody(account=scene.ada.account)
    liar = lists(other, device)
    scene.says(b"lie", by=liar)
    shows(scene, other)
    scene.catch_up()
    assert [row.state for row in scene.here.log][-1] == "sealed"
    assert not scene.member.people.is_accepted(scene.ada.account, device)
    lists(scene.ada, device)
    shows(scene, scene.ada)
    assert scene.member.people.is_accepted(scene.ada.account, device)
    scene.catch_up()
    assert texts(scene) == ["honest"]


def put_out_and_listed_again(scene: Scene) -> None:
    scene.commits(remove=[scene.device.device], going=[scene.me.account])
    scene.says(b"behind")
    scene.host.members = [scene.ada.account]
    scene.catch_up()
    assert scene.here.data.standing == "removed"
    scene.host.members = [scene.ada.account, scene.me.account]
    scene.host.visible_from = scene.ledger.number + 10
    scene.host.grants.clear()
    scene.catch_up()
    assert (scene.here.data.standing, scene.here.data.base) == ("member", None)


def test_being_listed_again_clears_no_alarm(scene: Scene) -> None:
    scene.says(b"lie", by=Somebody().adds())
    scene.catch_up()
    problem = scene.here.problem
    assert problem.kind == "forged"
    put_out_and_listed_again(scene)
    assert scene.here.problem == problem
    assert scene.here.gate().code == "room.blocked"


def test_nothing_is_sent_before_a_grant_says_where_the_record_goes_on(scene: Scene) -> None:
    scene.catch_up()
    put_out_and_listed_again(scene)
    assert scene.here.ring.held(scene.here.data.epoch) is not None
    with pytest.raises(MemberError, match=r"room\.no_key"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    assert scene.host.posted("/items") == []
    assert scene.here.outgoing.first_waiting() is not None


def test_a_ring_of_junk_spoils_one_epoch() -> None:
    ring, account = KeyRing(RoomId(new_id())), AccountId(new_id())

    def entry(epoch: int) -> RingEntry:
        return RingEntry(epoch, BUCKET, secrets.token_bytes(32))

    def grant(*entries: RingEntry, source: str = account) -> ReadGrant:
        content = GrantContent(account, ring.room, entries[-1].epoch, Base(0, bytes(32)), entries)
        return ReadGrant(content, source)

    def held() -> list[RingEntry]:
        return [one.entry for one in ring.all()]

    first, second, third = entry(1), entry(2), entry(3)
    ring.take(grant(first))
    ring.put(second, GROUP)
    junk = (entry(0), entry(1), entry(2), entry(3))
    ring.take(grant(*junk, source="mallory"))
    assert held() == [junk[0], first, second, junk[3]]
    ring.take(grant(third))
    assert held() == [junk[0], first, second, third]
    newer = replace(second, value=secrets.token_bytes(32))
    assert ring.put(newer, GROUP)
    assert not ring.put(second, account)
    assert held()[2] == newer


def test_an_own_grant_with_one_wrong_older_entry_is_mended_whole(scene: Scene) -> None:
    scene.catch_up()
    older = scene.group.ring_entry()
    scene.commits()
    junk = replace(older, value=secrets.token_bytes(32))
    scene.host.grants.clear()
    scene.grant(scene.group, [junk])
    scene.catch_up()
    (mended,) = [asked.body["grant"] for asked in scene.host.posted("/grants")]
    right = open_grant(grant_from_json(scene.room, mended), scene.me.boxes)
    assert right.ring == (older, scene.group.ring_entry())


def test_another_commit_under_the_own_one_s_id_is_followed_as_another_s(scene: Scene) -> None:
    scene.catch_up()
    scene.now_s += 86_400

    def refuse(asked: Ask) -> MemberError | None:
        return MemberError("network.timeout") if asked.path.endswith("/commits") else None

    scene.host.refuse = refuse
    with pytest.raises(MemberError, match=r"network\.timeout"):
        scene.driver.run(scene.member.send(scene.room, HELLO))
    scene.commits()
    scene.ledger.heads.pop()
    scene.ledger.append(forged(replace(scene.ledger.items.pop(), item=scene.here.pending.item), scene.browser))
    scene.driver.run(scene.here.sync())
    assert scene.here.group.authenticator == scene.group.authenticator
    assert scene.here.pending is not None


def test_a_commit_removes_its_maker_never(scene: Scene) -> None:
    envelope = scene.commits(remove=[scene.device.device])
    message = read_message(PublicMessage, WireFormat.PUBLIC_MESSAGE, envelope.body)
    framed = message.authenticated.framed
    own = replace(framed, sender=replace(framed.sender, index=1))  # the leaf that the commit removes
    changed = replace(message, authenticated=replace(message.authenticated, framed=own))
    body = write_message(WireFormat.PUBLIC_MESSAGE, changed.encode())
    with pytest.raises(Refusal, match=r"commit\.own_removal"):
        inspect_commit(replace(envelope, body=body))


def reads_from_its_own_commit_on(store: Store, *, going: bool) -> Scene:
    """A room whose past is not for the member: it is let in by a commit that may also send its maker away."""
    scene = Scene(store, "none")
    scene.host.visible_from = 2
    number, head = scene.ledger.number, scene.ledger.heads[-1]
    data = commit_data(number, head, BUCKET, [scene.ada.account] if going else [])
    added = make_offer(scene.device, NOW_S).public
    made = make_commit(scene.group.mls, Change(add=[added], authenticated_data=data), Rules(lambda _leaf: None))
    scene.ledger.append(scene.ledger.signed(scene.browser, ItemKind.COMMIT, 0, made.message))
    entry = replace(scene.group.ring_entry(), epoch=1)
    content = GrantContent(scene.me.account, scene.room, 1, Base(number, head), (entry,))
    scene.host.grants.append(seal_grant(content, scene.me.boxes[-1].public, scene.browser).to_json())
    scene.host.members = [scene.ada.account, scene.me.account]
    return scene


def test_a_commit_that_sends_its_own_maker_away_is_refused(store: Store) -> None:
    scene = reads_from_its_own_commit_on(store, going=True)
    scene.catch_up()
    assert scene.here.problem.kind == "commit-refused"
    assert "commit.going" in scene.here.problem.evidence


def test_an_unsigned_item_from_before_counts_for_no_sequence(store: Store) -> None:
    scene = reads_from_its_own_commit_on(store, going=False)
    scene.says(b"raced")
    scene.ledger.heads.pop()
    lie = scene.ledger.append(replace(scene.ledger.items.pop(), epoch=0, sequence=100, signature=bytes(64)))
    scene.catch_up()
    assert [row.state for row in scene.here.log] == ["open", "earlier"]
    assert scene.here.data.sequences[scene.browser.device] < lie.sequence


def test_a_founding_of_a_day_far_ahead_is_refused(scene: Scene) -> None:
    scene.now_s -= 10 * 86_400
    scene.catch_up()
    assert (scene.here.problem.kind, scene.here.problem.number) == ("commit-refused", 1)


def test_what_is_too_short_for_an_item_stops_the_room(scene: Scene) -> None:
    scene.catch_up()
    scene.driver.run(scene.member.hear("item", [scene.room, scene.ledger.number + 1, NOW_S * 1000, b64(b"\1")]))
    assert scene.here.problem.kind == "forged"
    assert scene.here.data.stopped


def test_a_grant_with_a_bucket_that_no_item_can_have_is_refused(scene: Scene) -> None:
    content = GrantContent(scene.me.account, scene.room, 0, Base(0, bytes(32)), (RingEntry(0, 2**32, bytes(32)),))
    grant = seal_grant(content, scene.me.boxes[-1].public, scene.browser)
    with pytest.raises(Refusal, match=r"grant\.malformed"):
        open_grant(grant, scene.me.boxes)
