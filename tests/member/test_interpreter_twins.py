"""What concerns interpreters, by the member and by the browser, each reading what the other made."""

import secrets

import pytest

from portal.member.content import encode_content, parse_content
from portal.member.e2ee.asides import Route, open_aside, seal_aside
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import add_device, found, statement_to_json, verify_device_list
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.private import (
    PrivateRoomKey,
    new_private_key,
    open_private,
    open_private_key,
    seal_private,
    seal_private_key,
)
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vouching import verified_vouching, vouch, vouching_from_json
from portal.member.translation_content import ModelUse, Sentence, SentenceWarning, Translation, text_hash
from portal.wire.device_list import DeviceList, ListedDevice
from portal.wire.enrolment import EnrolmentRequest, enrolment_code, print_code
from portal.wire.ids import AccountId, DeviceId, ItemId, RoomId, b64, new_id, unb64
from portal.wire.vouching import Vouching
from tests.member.twin import Twin, TwinRefusedError


class Lists:
    """A directory of one account's list."""

    def __init__(self, devices: DeviceList) -> None:
        self._devices = devices

    def device(self, account: AccountId, device: DeviceId) -> ListedDevice | None:
        """Return the device, if it is listed."""
        return self._devices.devices.get(device) if account == self._devices.account else None


def account() -> AccountId:
    return AccountId(new_id())


def test_asides(twin: Twin) -> None:
    room, sender, receiver = RoomId(new_id()), account(), account()
    box, sign = BoxKey.generate(), SigningKey.generate()
    device = DeviceIdentity(sender, DeviceId(new_id()), "interpreter", SigningKey.generate())
    statements = [found(sender, sign, BoxKey.generate().public, 1)]
    devices = verify_device_list(sender, statements)
    statements.append(add_device(devices, sign, 2, (device.device, device.key.public, "interpreter"), 1))
    route = {"room": room, "from": sender, "to": receiver}
    seeds = [b64(box.seed), b64(BoxKey.generate().seed)]
    chain = list(map(statement_to_json, statements))

    said = seal_aside(room, receiver, box.public, device, "동의합니까? 🙂".encode())
    heard = twin.ask("openAside", **route, seeds=seeds, statements=chain, sealed=b64(said))
    assert heard == [device.device, "동의합니까? 🙂"]
    for wrong in ({"room": new_id()}, {"to": new_id()}):
        with pytest.raises(TwinRefusedError, match=r"aside\.cipher"):
            twin.ask("openAside", **(route | wrong), seeds=seeds, statements=chain, sealed=b64(said))
    with pytest.raises(TwinRefusedError, match=r"aside\.forged"):
        twin.ask("openAside", **route, seeds=seeds, statements=chain[:1], sealed=b64(said))

    there = twin.ask(
        "sealAside", **route, device=device.device, seed=b64(device.key.seed), box=b64(box.public), text="그렇습니다."
    )
    lists = verify_device_list(sender, statements)
    opened = open_aside(Route(room, sender, receiver), unb64(there), [box], Lists(lists))
    assert (opened.device, opened.content.decode()) == (device.device, "그렇습니다.")
    with pytest.raises(Refusal, match=r"aside\.cipher"):
        open_aside(Route(room, receiver, sender), unb64(there), [box], Lists(lists))


def test_private_keys_and_what_is_sealed_under_them(twin: Twin) -> None:
    room, key, reader, device = RoomId(new_id()), new_id(), account(), DeviceId(new_id())
    box = BoxKey.generate()
    place = {"room": room, "key": key, "account": reader, "device": device}
    made = new_private_key(room, key)
    sealed = [b64(seal_private_key(made, reader, box.public)), b64(seal_private(made, device, b"between us"))]
    assert twin.ask("openPrivate", **place, seeds=[b64(box.seed)], sealed=sealed) == "between us"
    assert twin.ask("openPrivate", **place, seeds=[b64(BoxKey.generate().seed)], sealed=sealed) is None
    for wrong in ({"room": new_id()}, {"device": new_id()}, {"key": new_id()}, {"account": new_id()}):
        assert twin.ask("openPrivate", **(place | wrong), seeds=[b64(box.seed)], sealed=sealed) is None

    there = twin.ask("sealPrivate", **place, box=b64(box.public), text="우리끼리")
    opened = open_private_key(unb64(there[0]), (room, key), reader, [box])
    assert open_private(opened, device, unb64(there[1])).decode() == "우리끼리"
    with pytest.raises(Refusal, match=r"private\.cipher"):
        open_private(PrivateRoomKey(room, key, opened.value), DeviceId(new_id()), unb64(there[1]))


def test_vouchings_and_codes(twin: Twin) -> None:
    owner, sign = SigningKey.generate(), SigningKey.generate()
    vouching = Vouching(account(), 1_800_000_000, account(), "delegation", sign.public)
    said = vouch(vouching, owner)
    fields = [vouching.account, vouching.at_s, vouching.by, vouching.readers, b64(vouching.sign)]
    assert twin.ask("readVouch", statement=said.to_json(), owner=b64(owner.public)) == [True, *fields]
    assert twin.ask("readVouch", statement=said.to_json(), owner=b64(sign.public)) == [False, *fields]
    there = twin.ask(
        "vouch",
        **{"account": vouching.account, "at": vouching.at_s, "by": vouching.by, "for": vouching.readers},
        sign=b64(sign.public),
        seed=b64(owner.seed),
    )
    assert vouching_from_json(there) == said
    assert verified_vouching(vouching_from_json(there), owner.public) == vouching

    request = EnrolmentRequest(account(), DeviceId(new_id()), sign.public, "desk 3", owner.public)
    code = print_code(enrolment_code(request.to_bytes()))
    keys = [request.account, request.device, b64(request.key), request.machine, b64(request.sign)]
    assert twin.ask("enrolment", code=code.lower().replace(" ", "-"), request=b64(request.to_bytes())) == [code, *keys]
    other = EnrolmentRequest(account(), DeviceId(new_id()), sign.public, "desk 3", owner.public)
    with pytest.raises(TwinRefusedError, match=r"enrolment\.other"):
        twin.ask("enrolment", code=code, request=b64(other.to_bytes()))


def test_a_translation_reads_the_same_on_both_sides(twin: Twin) -> None:
    warning = SentenceWarning("unit", "%", ((6, 8),), ((18, 20),))
    sentence = Sentence((0, 14), text_hash("관세를 🙂 5% 낮춥니다."), "", "We cut tariffs by 5%.", "model", (warning,))
    content = Translation(
        target=ItemId(new_id()),
        source=secrets.token_bytes(32),
        from_="ko",
        to="en",
        via="fr",
        first=1,
        of=3,
        sentences=(sentence,),
        models=(ModelUse("ko-en", "0" * 64),),
        glossary="ab" * 32,
        software="portal 0.3",
    )
    text = encode_content(content, 1).decode()
    assert parse_content(text.encode()) == content
    seen = twin.ask("content", text=text)
    assert (seen["source"], seen["via"], seen["first"], seen["of"]) == (b64(content.source), "fr", 1, 3)
    assert seen["sentences"][0]["warnings"] == [
        {"kind": "unit", "detail": "%", "source": [[6, 8]], "target": [[18, 20]]}
    ]
    none = Translation(ItemId(new_id()), secrets.token_bytes(32), "", "en", problem="no_model", software="portal 0.3")
    assert twin.ask("content", text=encode_content(none, 1).decode())["problem"] == "no_model"
