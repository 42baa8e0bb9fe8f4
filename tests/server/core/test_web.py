"""Guards, headers, bodies and error answers of every HTTP view."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

import flask
import pytest
from flask.testing import FlaskClient

from portal.config import templates_dir
from portal.server.core import web
from portal.server.core.schemas import IdText, Schema, b64_text
from portal.wire.errors import UserError
from portal.wire.ids import new_id

ORIGIN = "https://portal.example.org"
OURS = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


class Inner(Schema):
    key: Annotated[str, b64_text(length_bytes=2)]


class Body(Schema):
    room: IdText
    number: int
    inner: tuple[Inner, ...] = ()


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    app = flask.Flask(__name__, template_folder=templates_dir())
    web.install(app, frozenset({ORIGIN}), https=True, script_hashes=("sha256-abc",))

    @app.post("/api/body")
    def body() -> flask.Response:
        parsed = web.json_body(Body, limit_bytes=1000)
        return web.reply({"body": parsed, "models": [parsed]}, 201)

    @app.put("/api/octets")
    def octets() -> flask.Response:
        return web.reply({"bytes": len(web.octet_body(10))})

    @app.get("/api/refused")
    def refused() -> flask.Response:
        raise UserError("item.sequence", expected=4)

    @app.get("/api/defect")
    @app.get("/defect")
    def defect() -> flask.Response:
        msg = "a secret word"
        raise LookupError(msg)

    with app.test_client() as made:
        yield made


def error_of(response: Any) -> tuple[int, str, dict[str, Any]]:
    error = response.get_json()["error"]
    assert error["message"]
    assert error["message"] != error["code"]
    return response.status_code, error["code"], error["detail"]


def test_a_body_is_read_strictly_and_answered(client: FlaskClient) -> None:
    sent = {"room": new_id(), "number": 5, "inner": [{"key": "AAA"}]}
    response = client.post("/api/body", json=sent, headers=OURS)
    assert response.status_code == 201
    assert response.get_json() == {"body": sent, "models": [sent]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "5"}, "number"),
        ({"number": 5.0}, "number"),
        ({"number": True}, "number"),
        ({"room": "short"}, "room"),
        ({"room": "!" * 22}, "room"),
        ({"inner": [{"key": "AAB"}]}, "inner.0.key"),
        ({"inner": [{"key": "AAAA"}]}, "inner.0.key"),
        ({"more": 1}, "more"),
        ({"inner": [{}]}, "inner.0.key"),
    ],
)
def test_a_wrong_field_is_named(client: FlaskClient, change: dict[str, Any], field: str) -> None:
    sent = {"room": new_id(), "number": 5} | change
    assert error_of(client.post("/api/body", json=sent, headers=OURS)) == (400, "request.malformed", {"field": field})


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"room":', b"\xff", b"[" * 900])
def test_what_is_no_object_is_malformed(client: FlaskClient, raw: bytes) -> None:
    response = client.post("/api/body", data=raw, content_type="application/json", headers=OURS)
    assert error_of(response)[:2] == (400, "request.malformed")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_of_another_site_could_send_is_refused(client: FlaskClient, content_type: str) -> None:
    response = client.post("/api/body", data=b"{}", content_type=content_type, headers=OURS)
    assert error_of(response) == (400, "request.malformed", {"field": "Content-Type"})


def test_bodies_have_a_size(client: FlaskClient) -> None:
    response = client.post("/api/body", data=b" " * 1001, content_type="application/json", headers=OURS)
    assert error_of(response) == (413, "request.too_large", {"limit_bytes": 1000})
    octets = {"content_type": "application/octet-stream", "headers": OURS}
    assert client.put("/api/octets", data=b"x" * 10, **octets).get_json() == {"bytes": 10}
    assert error_of(client.put("/api/octets", data=b"x" * 11, **octets)) == (
        413,
        "request.too_large",
        {"limit_bytes": 10},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN + ".evil.example"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_sites_change_nothing(client: FlaskClient, method: str, headers: dict[str, str]) -> None:
    response = client.open("/api/body", method=method, json={"room": new_id(), "number": 5}, headers=headers)
    assert error_of(response) == (403, "request.origin", {})


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/api/refused", "/nowhere", "/defect", "/api/nowhere"):
        headers = client.get(path).headers
        policy = dict(rule.partition(" ")[::2] for rule in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert set(policy["script-src"].split()) == {"'self'", "'wasm-unsafe-eval'", "'sha256-abc'"}
        assert policy["style-src"] == "'self'"
        assert policy["connect-src"].split() == ["'self'", "wss://portal.example.org"]
        assert policy["require-trusted-types-for"] == "'script'"
        assert policy["trusted-types"] == "portal"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "microphone=()" in headers["Permissions-Policy"]
        assert ("no-store" in headers.get("Cache-Control", "")) == path.startswith("/api/")


@pytest.mark.parametrize(("language", "latin"), [("en-GB,en;q=0.8", True), ("ko", False), ("tlh", True)])
def test_refusals_come_in_the_readers_language(client: FlaskClient, language: str, latin: bool) -> None:  # noqa: FBT001
    response = client.get("/api/refused", headers={"Accept-Language": language})
    assert error_of(response) == (409, "item.sequence", {"expected": 4})
    assert response.get_json()["error"]["message"].isascii() is latin


def test_a_defect_is_told_by_a_number_alone(client: FlaskClient) -> None:
    status, code, detail = error_of(client.get("/api/defect"))
    assert (status, code, list(detail)) == (500, "server.fault", ["fault"])
    page = client.get("/defect")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "LookupError" not in page.text


def test_people_get_a_page_and_programs_json(client: FlaskClient) -> None:
    page = client.get("/nowhere", headers={"Accept-Language": "ko"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert '<html lang="ko">' in page.text
    assert error_of(client.get("/api/nowhere")) == (404, "request.not_found", {})
    assert error_of(client.post("/api/refused", json={}, headers=OURS))[1] == "request.not_found"


def test_answers_are_json_without_needless_bytes(client: FlaskClient) -> None:
    raw = client.put("/api/octets", data=b"", content_type="application/octet-stream", headers=OURS).data
    assert json.loads(raw) == {"bytes": 0}
    assert b" " not in raw


@pytest.mark.parametrize(
    ("from_proxy", "given", "taken"),
    [(True, "0123456789abcdef" * 2, True), (True, "x" * 32, False), (True, "", False), (False, "ab" * 16, False)],
)
def test_a_proxy_in_front_names_requests(from_proxy: bool, given: str, taken: bool) -> None:  # noqa: FBT001
    app = flask.Flask(__name__, template_folder=templates_dir())
    web.install(app, frozenset({ORIGIN}), https=True, ids_from_proxy=from_proxy)
    answer = app.test_client().get("/api/nowhere", headers={web.REQUEST_ID_HEADER: given})
    named = answer.headers[web.REQUEST_ID_HEADER]
    assert (named == given) is taken
    assert taken or re.fullmatch("[0-9a-f]{12}", named)
