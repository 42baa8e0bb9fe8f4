"""A portal with one hall: its moderators give orders as their pages do, its citizens are browsers with tickets."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.context import EXTENSION
from portal.server.core.db import Unit
from portal.server.core.migrations import upgrade
from portal.server.feedback import proof_of_work
from portal.server.feedback.feature import Feedback
from portal.server.townhall import planning
from portal.server.townhall.hall_events import EventType, NewEvent, Words
from portal.server.townhall.hall_live import Halls, LiveHall
from portal.server.townhall.hall_log import append, newest_seq
from portal.server.townhall.hall_state import HallState
from portal.wire.ids import new_id
from tests.server.feedback.desk import ORIGIN, Desk, Moderator

JSON = {"Accept": "application/json"}
OWN_PAGE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@dataclass
class Clock:
    """The server's clock: stands still until it is turned."""

    now_ms: int = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now_ms

    def pass_s(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@dataclass
class Citizen:
    """A browser without an account."""

    client: FlaskClient
    hall: str

    def enters(self, community: str = "en") -> "Citizen":
        """Come in, by the work that the page asks for."""
        response = self.client.post(
            f"/hall/{self.hall}/enter", data=self.work() | {"community": community}, headers=OWN_PAGE
        )
        assert response.status_code == 303, response.text
        return self

    def work(self) -> dict[str, str]:
        """The pass of the page on which one comes in, with its solution."""
        page = self.client.get(f"/hall/{self.hall}/enter").text
        cost, work = re.search(r'data-cost="(\d+)"', page), re.search(r'name="work" value="([^"]+)"', page)
        assert cost is not None
        assert work is not None
        return {"work": work[1], "solution": proof_of_work.solve(work[1], int(cost[1]))}

    def sends(self, order: str, /, *, key: str | None = None, **fields: Any) -> TestResponse:
        data = {"command": order, "key": key or new_id(), **fields}
        headers = OWN_PAGE | JSON
        return self.client.post(f"/hall/{self.hall}/cmd?order={order}", data=data, headers=headers)

    def does(self, order: str, /, **fields: Any) -> Any:
        response = self.sends(order, **fields)
        assert response.status_code == 200, response.text
        return response.get_json()

    def refused(self, order: str, /, **fields: Any) -> str:
        """Send what must be refused; the reason, or the code if it has none."""
        error = self.sends(order, **fields).get_json()["error"]
        return str(error["detail"].get("reason", error["code"]))

    def page(self, path: str = "", lang: str = "en") -> str:
        response = self.client.get(f"/hall/{self.hall}{path}?lang={lang}")
        assert response.status_code == 200, response.text
        return response.text


@dataclass
class Meeting:
    """One hall with items of a public agenda, and an internal one between them."""

    desk: Desk
    clock: Clock
    name: str
    moderator: Moderator
    items: dict[str, str] = field(default_factory=dict)

    @property
    def halls(self) -> Halls:
        return self.desk.portal.get(Halls)

    @property
    def live(self) -> LiveHall:
        return self.halls.find(self.name)

    @property
    def state(self) -> HallState:
        self.live.fresh()
        return self.live.projection.state

    @property
    def seq(self) -> int:
        return self.desk.read(lambda unit: newest_seq(unit, self.name))

    def sends(
        self, order: str, *, by: Moderator | None = None, seq: int | None = None, key: str | None = None, **fields: Any
    ) -> TestResponse:
        """An order as the run mode's script sends it."""
        seen = self.seq if seq is None else seq
        data = {"command": order, "key": key or new_id(), "expected_seq": seen, **fields}
        client = (by or self.moderator).client
        return client.post(f"/moderate/hall/{self.name}/cmd?order={order}", data=data, headers=OWN_PAGE | JSON)

    def does(self, order: str, **fields: Any) -> int:
        response = self.sends(order, **fields)
        assert response.status_code == 200, response.text
        seq: int = response.get_json()["seq"]
        return seq

    def refused(self, order: str, /, **fields: Any) -> str:
        error = self.sends(order, **fields).get_json()["error"]
        return str(error["detail"].get("reason", error["code"]))

    def citizen(self) -> Citizen:
        return Citizen(self.desk.app.test_client(), self.name)

    def view(self, lang: str = "en") -> Any:
        """The public view, as anyone gets it."""
        response = self.desk.app.test_client().get(f"/hall/{self.name}/state?lang={lang}")
        assert response.status_code == 200
        return response.get_json()

    def begin(self, item: str = "parking") -> None:
        """Open the hall and begin with an item."""
        self.does("open")
        self.does("start", item=self.items[item])


def shared_portal(folder: Path) -> flask.Flask:
    """A portal on SQLite for the halls of all tests of a module."""
    app = create_app(Settings(data_dir=folder, worker=False))
    upgrade(app.extensions[EXTENSION].database)
    return app


AGENDA = (("welcome", "fixed", 5), ("parking", "public", 20), ("staff", "internal", 10), ("school", "public", 15))


def meeting(app: flask.Flask) -> Meeting:
    desk, clock = Desk(app), Clock()
    desk.portal.get(Feedback).load.base_cost = 4  # work that a test can do thirty times
    desk.portal.database.clock_ms = clock
    starts_s = clock.now_ms // 1000

    def make(unit: Unit) -> str:
        hall = planning.plan(unit, planning.Plan(starts_s, 90))
        events = []
        for name, kind, minutes in AGENDA:
            key = f"agenda-item:{hall.id}:{name}"
            given = {"item": f"{hall.id}-{name}", "kind": kind, "minutes": minutes, "text": key, "topic": None}
            events.append(NewEvent(EventType.ITEM_ADDED, given, {key: Words(f"About {name}", "en")}))
        append(unit, hall, 0, events, "clock")
        return hall.id

    name = desk.write(make)
    items = {item: f"{name}-{item}" for item, _, _ in AGENDA}
    return Meeting(desk, clock, name, desk.moderator(), items)


def server_sent(stream: Iterator[bytes], count: int) -> list[tuple[int, str, Any]]:
    """The next ``count`` events of a stream: (id, name, data)."""
    found: list[tuple[int, str, Any]] = []
    for chunk in stream:
        assert not chunk.startswith(b":"), "a heartbeat: nothing came for so long"
        for block in chunk.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
            if "data" in lines:
                found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
        if len(found) >= count:
            break
    return found


def text_of(page: str) -> str:
    """The words that a reader of the page sees, without what is hidden or inside template elements."""
    page = re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
