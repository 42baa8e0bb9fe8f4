"""Nothing of who, from where and when is kept: a run with marks in all that a browser tells, then a search."""

import io
import json
import re
from pathlib import Path

import flask
import pytest

from portal.server.core import jobs, logs
from portal.server.core.context import Portal
from portal.server.core.db import Unit
from portal.server.feedback import states
from tests.server.feedback.citizen import Citizen, code_on
from tests.server.feedback.topics import a_topic

ADDRESS = "198.51.100.217"
MARKS = (ADDRESS, "MarkedBrowser/7.7", "marked-referrer", "marked-cookie", "x-marked-device")


@pytest.fixture
def marked(town: flask.Flask) -> Citizen:
    """A browser that tells all it can."""
    citizen = Citizen(
        town,
        User_Agent="MarkedBrowser/7.7 (x-marked-device)",
        Referer="https://marked-referrer.example/from/where",
        X_Forwarded_For=ADDRESS,
        X_Real_IP=ADDRESS,
        Cookie="tracker=marked-cookie",
    )
    citizen.client.environ_base["REMOTE_ADDR"] = ADDRESS
    return citizen


def test_no_ip_in_db_logs_or_backups(marked: Citizen, town_portal: Portal) -> None:
    """Every way of a citizen, mistakes included; then the files of the data folder, write-ahead log and all."""
    written = io.StringIO()
    logs.configure("debug", written)
    try:
        code = marked.say("The street lamps at the river should be lit longer in winter.")
        _make_mistakes(marked)
        form = marked.follow(code).form("/r/reply")
        form.put("text", "It is dark at five.")
        marked.send(form)
        topic = a_topic(town_portal.database, "Street lamps")
        form = marked.open(f"/topics/support?topic={topic}").forms[0]
        form.put("code", code)
        marked.send(form)
        marked.open("/no/such/page")
    finally:
        logs.configure()
    backup = town_portal.settings.data_dir / "backup.sqlite3"
    with town_portal.database.engine.connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{backup}'")
    files = [path for path in town_portal.settings.data_dir.rglob("*") if path.is_file()]
    assert {"backup.sqlite3", "portal.sqlite3"} <= {path.name for path in files}
    for mark in MARKS:
        assert not [path for path in files if _holds(path, mark)], mark
        assert mark not in written.getvalue()
    assert code not in written.getvalue()


def test_a_defect_of_ours_is_logged_without_the_time_of_day(citizen: Citizen, town_portal: Portal) -> None:
    written = io.StringIO()
    logs.configure("debug", written)
    at_rest, town_portal.database.at_rest = town_portal.database.at_rest, None
    try:
        citizen.come_to_check("Something that will not be kept, because the server is broken.")
        citizen.work()
        assert citizen.send(citizen.page.form("/say")).status == 500
    finally:
        town_portal.database.at_rest = at_rest
        logs.configure()
    (line,) = [json.loads(line) for line in written.getvalue().splitlines() if "request.fault" in line]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", line["at"])
    assert "day_alone" not in line


def _make_mistakes(citizen: Citizen) -> None:
    citizen.write("")
    form = citizen.open("/say").form("/say")
    form.put("no_such_field", "x")
    assert citizen.send(form).status == 400
    citizen.follow("123")
    citizen.come_to_check("With a solution that is none, from somebody in a hurry.")
    form = citizen.page.form("/say")
    form.put("solution", "1,2,3")
    assert citizen.send(form).status == 422


def _holds(path: Path, mark: str) -> bool:
    return mark.encode() in path.read_bytes()


def test_no_time_of_day_is_kept_of_a_submission(citizen: Citizen, town_portal: Portal) -> None:
    """Whatever number in the tables that intake writes is a time, is the time of a day or of an hour of the ledger."""
    database = town_portal.database
    citizen.come_to_check("The time at which this was written is nobody's business, and nowhere.")
    citizen.work()
    now_ms = database.clock_ms()
    code_on(citizen.send(citizen.page.form("/say")))
    near_s = {str(now_ms // 1000 + seconds) for seconds in range(-60, 60)}

    def dump(unit: Unit) -> list[str]:
        found = []
        for table in (
            "submission",
            "ballot",
            "ballot_support",
            "receipt",
            "receipt_message",
            "pass_seen",
            "submission_review",
        ):
            for row in unit.connection.exec_driver_sql(f"SELECT * FROM {table}"):
                found += [f"{table}: {value}" for value in row if isinstance(value, int | str)]
        return found

    values = database.read(dump)
    assert not [value for value in values if any(time in value for time in near_s)]
    days = {int(value) for text in values for value in re.findall(r"submission: (\d{5})$", text)}
    assert days == {database.read(states.today)}


@pytest.mark.slow
def test_no_job_tells_when_somebody_wrote(citizen: Citizen, town_portal: Portal) -> None:
    """Of all jobs, whatever they are for: what was sent adds none, and those that the worker makes of it leave nothing.

    Meanwhile they name no submission, and no time but that at which the worker looked.
    """
    database = town_portal.database
    _worker_looks(town_portal)
    jobs.run_due(town_portal)
    before, began_ms = database.read(_jobs), database.clock_ms()
    form = citizen.follow(citizen.say("When this was written, no list of work may tell.")).form("/r/reply")
    form.put("text", "Nor when this was added.")
    citizen.send(form)
    ended_s = database.clock_ms() // 1000
    assert database.read(_jobs) == before
    near_s = {str(second) for second in range(began_ms // 1000 - 1, ended_s + 2)}
    telling = near_s | database.read(_submissions)
    enqueued = _worker_looks(town_portal)
    assert enqueued, "a look finds what there is to do"
    for kind, key, payload in enqueued:
        assert key is None, f"{kind} would be kept when it is done"
        assert not [word for word in telling if word in payload], kind
    assert jobs.run_due(town_portal) >= len(enqueued)
    assert database.read(_jobs) == before
    assert not [one for one in _worker_looks(town_portal) if one[0] not in {kind for kind, *_ in enqueued}]
    jobs.run_due(town_portal)
    assert database.read(_jobs) == before


def _worker_looks(portal: Portal) -> list[tuple[str, str | None, str]]:
    """Let everything be looked after once, as a worker does; kind, key and payload of what waits then."""
    for tick in jobs.ticks().values():
        tick.function(portal)
    waiting = "SELECT kind, key, payload FROM job WHERE state = 'waiting'"
    return portal.database.read(lambda unit: [tuple(row) for row in unit.connection.exec_driver_sql(waiting)])


def _jobs(unit: Unit) -> list[tuple[object, ...]]:
    """Every row, with all that it holds."""
    return [tuple(row) for row in unit.connection.exec_driver_sql("SELECT * FROM job ORDER BY id")]


def _submissions(unit: Unit) -> set[str]:
    return set(unit.connection.exec_driver_sql("SELECT id FROM submission").scalars())


def test_citizens_get_no_cookie_but_for_a_language_they_chose(citizen: Citizen) -> None:
    for path in ("/town-hall", "/say", "/r", "/topics"):
        page = citizen.open(path)
        assert page.status == 200
        assert "Set-Cookie" not in page.headers
        assert page.headers["Referrer-Policy"] == "same-origin"
    assert citizen.open("/say?lang=es").headers["Set-Cookie"].startswith("lang=es;")
