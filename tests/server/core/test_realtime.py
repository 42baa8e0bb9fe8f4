"""Sign-in, events, audiences and limits, by socket.io's own client where it can, by bare sockets where it would not."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import pytest
import requests
import socketio
from socketio.exceptions import ConnectionError as RefusedError

from portal.bench.client_frames import open_websocket
from tests.server.core.conftest import PATH, Relay, closed_with, ticket

Connect = Callable[..., socketio.Client]


def heard(client: socketio.Client, *events: str) -> "SimpleQueue[tuple[str, Any]]":
    """What the client hears of ``events`` from now on."""
    queue: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    for event in events:
        client.on(event, lambda *arguments, event=event: queue.put((event, arguments)))
    return queue


def test_handlers_answer_refuse_and_fail_without_ending_the_connection(client: Connect, relay: Relay) -> None:
    one = client()
    assert one.call("echo", {"a": [1, "é"]}) == {"ok": {"a": [1, "é"]}}
    assert one.call("refuse")["error"]["code"] == "item.forged"
    assert one.call("echo", b"\0\1" * 1000) == {"ok": 2000}
    failed = one.call("fail")["error"]
    assert failed["code"] == "server.fault"
    assert one.call("nobody knows")["error"]["code"] == "request.malformed"
    assert one.call("echo", (1, 2))["error"]["code"] == "request.malformed"
    assert one.call("echo", 1) == {"ok": 1}
    logged = [line for line in relay.log_lines() if line.get("kind") == "LookupError"]
    assert any(failed["detail"]["fault"] in note for line in logged for note in line["notes"])


def test_a_committed_line_reaches_everyone_before_its_sender_is_answered(client: Connect) -> None:
    one, other = client(), client(account="b" * 22)
    order = heard(one, "line")
    told = heard(other, "line")
    answer = one.call("say", "first")
    assert order.get(timeout=60) == ("line", (answer["ok"], "first"))
    assert told.get(timeout=60) == ("line", (answer["ok"], "first"))


def test_the_event_comes_before_the_acknowledgement_on_the_wire(relay: Relay) -> None:
    listener = relay.listener(mark=b"none")
    listener.say('429["say","wire order"]')
    first, second = listener.next_other(), listener.next_other()
    assert first.startswith(b'42["line"')
    assert second.startswith(b'439[{"ok":')


def test_what_is_rolled_back_is_told_to_nobody(client: Connect) -> None:
    one = client()
    one.call("say", "so that number 1 is taken")
    lines = heard(one, "line")
    assert one.call("say", "twice")["error"]["code"] == "server.fault"
    assert one.call("say", "refused")["error"]["code"] == "item.sequence"
    answer = one.call("say", "after it")
    assert lines.get(timeout=60) == ("line", (answer["ok"], "after it"))
    with pytest.raises(Empty):
        lines.get_nowait()


def test_events_of_one_socket_run_in_their_order(relay: Relay) -> None:
    listener = relay.listener(mark=b"none")
    listener.say('421["wait",0.2]')
    for number in range(2, 12):
        listener.say(f'42{number}["say","in order {number}"]' if number % 2 else f'42{number}["echo",{number}]')
    answers = [listener.next_other() for _ in range(16)]
    acknowledged = [int(answer[2 : answer.index(b"[")]) for answer in answers if answer.startswith(b"43")]
    echoed = [number for number in acknowledged if number % 2 == 0]
    said = [number for number in acknowledged if number % 2]
    assert (echoed, said) == ([2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11])


def test_a_ticket_is_good_once(relay: Relay) -> None:
    used = ticket()
    first = socketio.Client(reconnection=False)
    first.connect(relay.origin, transports=["websocket"], auth={"ticket": used}, wait_timeout=60)
    second = socketio.Client(reconnection=False)
    refusals = heard(second, "connect_error")
    with pytest.raises(RefusedError):
        second.connect(relay.origin, transports=["websocket"], auth={"ticket": used}, wait_timeout=60)
    _, (refusal,) = refusals.get(timeout=60)
    assert refusal["message"] == "session.ticket"
    assert refusal["data"]["code"] == "session.ticket"
    first.disconnect()


@pytest.mark.parametrize("credentials", ["", "null", "[]", '{"ticket":5}', '{"ticket":"' + "x" * 200 + '"}', "{}"])
def test_credentials_of_another_form_sign_nobody_in(relay: Relay, credentials: str) -> None:
    stranger = relay.stranger()
    stranger.say("40" + credentials)
    if credentials == "[]":
        assert closed_with(stranger) == 1002
    else:
        assert stranger.next_other().startswith(b'44{"message":"session.ticket"')


def test_events_before_sign_in_are_refused(relay: Relay) -> None:
    stranger = relay.stranger()
    assert relay.call(stranger, "echo", 1)["error"]["code"] == "session.required"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_another_origin_is_refused(relay: Relay, origin: str) -> None:
    with pytest.raises(ConnectionError, match="403"):
        open_websocket("127.0.0.1", relay.port, PATH, origin)


def test_a_missing_origin_is_refused(relay: Relay) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert requests.get(relay.origin + PATH, headers=headers, timeout=60).status_code == 403
    assert requests.get(relay.origin + "/socket.io/?EIO=4&transport=polling", timeout=60).status_code == 403


@pytest.mark.parametrize("missing", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Connection"])
def test_half_a_handshake_is_a_bad_request(relay: Relay, missing: str) -> None:
    headers = {
        "Origin": relay.origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    headers[missing] = "wrong"
    assert requests.get(relay.origin + PATH, headers=headers, timeout=60).status_code == 400


def test_closing_a_device_closes_its_sockets(client: Connect, relay: Relay) -> None:
    keeper = client()
    for device in ("e" * 22, "f" * 22, "g" * 22):
        lost = relay.listener(account="c" * 22, device=device)
        assert keeper.call("close_device", device) == {"ok": None}
        assert closed_with(lost) == 1008
    assert keeper.call("echo", 1) == {"ok": 1}


def test_who_is_evicted_hears_what_came_before_and_nothing_after(client: Connect) -> None:
    leaving, staying = client(account="l" * 22), client(account="s" * 22)
    told, all_told = heard(leaving, "before", "after"), heard(staying, "before", "after")
    leaving.call("join")
    staying.call("join")
    leaving.call("evict")
    assert [all_told.get(timeout=60)[0] for _ in range(2)] == ["before", "after"]
    assert told.get(timeout=60)[0] == "before"
    assert leaving.call("echo", 1) == {"ok": 1}
    assert told.empty()


def test_others_hear_that_a_socket_is_gone(client: Connect) -> None:
    staying, leaving = client(), client(account="g" * 22)
    gone = heard(staying, "left")
    leaving.disconnect()
    assert gone.get(timeout=60) == ("left", ("g" * 22,))


def test_too_many_events_are_refused_and_insisting_ends_the_connection(relay: Relay) -> None:
    greedy = relay.listener(account="h" * 22, mark=b"none")
    for _ in range(260):
        greedy.say('421["echo",1]')
    answers = [greedy.next_other() for _ in range(260)]
    refused = [answer for answer in answers if b"request.too_many" in answer]
    assert 20 < len(refused) < 100
    try:
        for _ in range(600):
            greedy.say('42["echo",1]')
    except ConnectionError:
        pass
    assert closed_with(greedy) in {1008, None}


def test_an_account_shares_its_tokens_among_its_sockets(relay: Relay) -> None:
    sockets = [relay.listener(account="i" * 22, mark=b"none") for _ in range(4)]
    for listener in sockets:
        for _ in range(150):  # less than one socket may, together more than one account may
            listener.say('421["echo",1]')
    answers = [listener.next_other() for listener in sockets for _ in range(150)]
    assert any(b"request.too_many" in answer for answer in answers)


def test_misbehaviour_costs_more_than_an_event(relay: Relay) -> None:
    rude = relay.listener(account="j" * 22, mark=b"none")
    codes = [relay.call(rude, "refuse")["error"]["code"] for _ in range(25)]
    assert codes[0] == "item.forged"
    assert codes[-1] == "request.too_many"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_both_transports_carry_the_same_events(client: Connect, transport: str) -> None:
    one, other = client(transport=transport), client(account="p" * 22)
    lines = heard(one, "line")
    assert one.call("echo", "over " + transport) == {"ok": "over " + transport}
    answer = other.call("say", "to " + transport)
    assert lines.get(timeout=60) == ("line", (answer["ok"], "to " + transport))


def test_polling_upgrades_to_a_websocket_without_losing_an_event(relay: Relay, client: Connect) -> None:
    one = socketio.Client(reconnection=False)
    lines = heard(one, "line")
    auth, headers = {"ticket": ticket()}, {"Origin": relay.origin}
    one.connect(relay.origin, auth=auth, headers=headers, transports=["polling"], wait_timeout=60)
    assert one.transport() == "polling"
    sender = client(account="u" * 22)
    numbers = [sender.call("say", f"upgrade {place}")["ok"] for place in range(3)]
    assert [lines.get(timeout=60)[1][0] for _ in range(3)] == numbers
    one.disconnect()


def test_the_probe_of_an_upgrade_is_answered_and_what_waited_comes_first(relay: Relay) -> None:
    url = relay.origin + "/socket.io/?EIO=4&transport=polling"
    with requests.Session() as session:
        session.headers["Origin"] = relay.origin
        sid = session.get(url, timeout=60).text.split('"sid":"')[1].split('"')[0]
        session.post(f"{url}&sid={sid}", data='40{"ticket":"' + ticket() + '"}', timeout=60)
        assert session.get(f"{url}&sid={sid}", timeout=60).text.startswith("40{")
        session.post(f"{url}&sid={sid}", data='421["echo","queued before"]', timeout=60)
    listener = relay.websocket(f"{PATH}&sid={sid}")
    listener.say("2probe")
    assert listener.next_other() == b"3probe"
    listener.say("5")
    assert listener.next_other() == b'431[{"ok":"queued before"}]'
    listener.say('422["echo","after"]')
    assert listener.next_other() == b'432[{"ok":"after"}]'


def test_flask_socketios_own_events_rooms_and_emit_work(client: Connect) -> None:
    one = client(account="k" * 22)
    told = heard(one, "stocked")
    assert one.call("stock", "word") == {"ok": one.get_sid()}
    assert told.get(timeout=60) == ("stocked", ({"word": "word"},))


def test_a_connection_costs_little_memory(relay: Relay) -> None:
    witness = relay.listener()
    grown_kib = 0
    for _ in range(2):  # the first round loads what is loaded once
        before_kib = relay.process.rss_kib()
        for _place in range(150):
            relay.listener(account="m" * 22)
        assert relay.call(witness, "people")["ok"] > 150
        grown_kib = relay.process.rss_kib() - before_kib
    assert grown_kib / 150 < 30
