"""Costly answers are made once for all who ask."""

import time

import gevent

from portal.server.core.work import adopt_hub
from portal.server.official.shelf import KEPT_S, Shelf


def test_an_answer_is_made_once_and_anew_when_it_is_old() -> None:
    now_s, made = [0.0], []
    shelf = Shelf(lambda: now_s[0])

    def make() -> bytes:
        made.append(now_s[0])
        return b"%d" % len(made)

    assert [shelf.get("a", make), shelf.get("a", make), shelf.get("b", make)] == [b"1", b"1", b"2"]
    now_s[0] = KEPT_S
    assert shelf.get("a", make) == b"3"


def test_forty_who_ask_at_once_cost_one_reading() -> None:
    hub = adopt_hub()
    shelf, made = Shelf(), []

    def make() -> bytes:
        time.sleep(0.05)
        made.append(1)
        return b"table"

    asking = [gevent.spawn(shelf.get, "a", make) for _ in range(40)]
    gevent.joinall(asking)
    hub.close()
    assert [one.value for one in asking] == [b"table"] * 40
    assert len(made) == 1
