"""Pages that the server makes: language, forms, headers, errors; and the catalogues that they speak from."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import flask
import jinja2
import pytest
from flask.testing import FlaskClient
from pydantic import StringConstraints
from werkzeug.test import TestResponse

from portal.config import Settings, client_dir, templates_dir
from portal.server.core import catalogues, pages, web
from portal.server.core.assets import Client
from portal.server.core.catalogues import LANGUAGES, Words
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Database
from portal.server.core.realtime import EventRates, Realtime
from portal.wire.errors import UserError

ORIGIN = "http://localhost:8700"
TEMPLATE = """{% extends "public/_base.html" %}{% block title %}T{% endblock %}{% block main %}
{{ m.error_summary(form) }}
<form method="post" action="{{ here }}">{{ m.field(form, "name", "Name", hint="h") }}{{ m.area(form, "text", "Text") }}
{{ m.radios(form, "colour", "Colour", [("red", "Red", ""), ("blue", "Blue", "more")]) }}</form>{% endblock %}"""
PARTS = sorted(path.name for path in catalogues.CATALOGUES.iterdir() if path.is_dir())
# Of pages that are not citizens': the other languages may follow later, and fall back to English until then.
ENGLISH_AND_KOREAN_AT_LEAST = ("health", "moderate", "official")


class Filled(pages.FormModel):
    name: Annotated[str, StringConstraints(min_length=1, max_length=5)]
    text: str
    colour: Literal["red", "blue"]
    more: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    app = flask.Flask(__name__, template_folder=templates_dir())
    loader = app.jinja_loader
    assert loader is not None
    app.jinja_loader = jinja2.ChoiceLoader([jinja2.DictLoader({"form.html": TEMPLATE}), loader])
    web.install(app, frozenset({ORIGIN}), https=False)
    pages.install(app, Client(client_dir()))
    realtime = Realtime(app, origins=frozenset({ORIGIN}), polling=False, rates=EventRates())
    app.extensions[EXTENSION] = Portal(settings, Database("sqlite://"), realtime)
    for name, signed_in in (("open", False), ("signed_in", True)):
        app.register_blueprint(_views(name, signed_in=signed_in))
    with app.test_client() as made:
        yield made


def _views(name: str, *, signed_in: bool) -> flask.Blueprint:
    made = pages.blueprint(name, signed_in=signed_in)

    @made.route(f"/{name}", methods=["GET", "POST"])
    def show() -> flask.Response:
        form = pages.form(Filled) if flask.request.method == "POST" else pages.Form[Filled]()
        if form.value is not None:
            return pages.see_other(f"/{form.value.name}-{len(form.value.more)}")
        return pages.page("form.html", part="common", form=form)

    @made.get(f"/{name}/refused")
    def refused() -> flask.Response:
        raise UserError("session.required")

    return made


def posted(client: FlaskClient, body: str, path: str = "/open", **headers: str) -> TestResponse:
    kept = {"Origin": ORIGIN} | {name.replace("_", "-"): value for name, value in headers.items()}
    client.delete_cookie("lang")
    return client.post(path, data=body, content_type="application/x-www-form-urlencoded", headers=kept)


@pytest.mark.parametrize(
    ("query", "accepted", "expected"),
    [("", "", "en"), ("", "ko-KR,en;q=.5", "ko"), ("?lang=ar", "ko", "ar"), ("?lang=xx", "zh-TW", "zh")],
)
def test_the_language_is_asked_for_or_the_browser_s(
    client: FlaskClient, query: str, accepted: str, expected: str
) -> None:
    client.delete_cookie("lang")
    page = client.get(f"/open{query}", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{expected}" dir="{"rtl" if expected == "ar" else "ltr"}">' in page


def test_a_chosen_language_stays_until_the_browser_is_closed(client: FlaskClient) -> None:
    client.delete_cookie("lang")
    cookie = client.get("/open?lang=ja").headers["Set-Cookie"]
    assert cookie.startswith("lang=ja; ")
    assert not {"expires", "max-age"} & {part.partition("=")[0].strip().lower() for part in cookie.split(";")}
    assert '<html lang="ja"' in client.get("/open").text
    assert "Set-Cookie" not in client.get("/open").headers
    client.delete_cookie("lang")


def test_a_good_form_is_read(client: FlaskClient) -> None:
    answer = posted(client, "name=ab&text=%EA%B0%80%0D%0A&colour=red&more=1&more=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ab-2")


def test_what_was_typed_comes_back_with_its_problems(client: FlaskClient) -> None:
    page = posted(client, "name=%3Cb%3Ebold%3C%2Fb%3E&text=%0A%0Akept%20%22text%22&colour=green").text
    assert 'value="&lt;b&gt;bold&lt;/b&gt;"' in page
    assert "\n\n\nkept &#34;text&#34;</textarea>" in page  # a browser drops the first line break
    assert 'href="#f-name"' in page
    assert 'href="#f-colour"' in page
    assert 'aria-describedby="h-name e-name" aria-invalid="true"' in page


@pytest.mark.parametrize("body", ["unknown=1", "name=a&name=b", "name=%ff", "a&" * 600, "é"])
def test_what_no_page_of_ours_sends_is_refused_with_a_page(client: FlaskClient, body: str) -> None:
    answer = posted(client, body)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_a_form_has_a_size(client: FlaskClient) -> None:
    answer = posted(client, "text=" + "x" * pages.FORM_LIMIT_BYTES, Accept_Language="ko")
    assert answer.status_code == 413
    assert '<html lang="ko"' in answer.text


@pytest.mark.parametrize(
    ("path", "origin", "site", "status"),
    [
        ("/open", ORIGIN, "same-origin", 303),
        ("/open", "null", None, 303),
        ("/open", "null", "cross-site", 403),
        ("/open", "https://evil.example", None, 403),
        ("/signed_in", ORIGIN, None, 303),
        ("/signed_in", "null", "same-origin", 303),
        ("/signed_in", "null", None, 403),
        ("/signed_in", "null", "same-site", 403),
        ("/signed_in", "https://evil.example", "same-origin", 403),
    ],
)
def test_whose_forms_are_taken(client: FlaskClient, path: str, origin: str, site: str | None, status: int) -> None:
    headers = {"Origin": origin} | ({"Sec_Fetch_Site": site} if site else {})
    assert posted(client, "name=a&text=&colour=red", path, **headers).status_code == status


def test_json_views_still_refuse_forms_and_page_views_other_types(client: FlaskClient) -> None:
    answer = client.post("/open", data="{}", content_type="text/plain", headers={"Origin": ORIGIN})
    assert answer.status_code == 400


def test_errors_are_pages_in_the_reader_s_language(client: FlaskClient) -> None:
    client.delete_cookie("lang")
    answer = client.get("/open/refused", headers={"Accept-Language": "fr"})
    assert answer.status_code == 401
    assert "Connectez-vous" in answer.text


def test_headers_let_forms_name_their_origin_and_nothing_else_in(client: FlaskClient) -> None:
    answer = client.get("/open", headers={"Accept-Encoding": "gzip"})
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "script-src 'self';" in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"<!doctype html>" in gzip.decompress(answer.data)[:200]


@pytest.mark.parametrize("part", PARTS)
def test_every_language_says_the_same_things(part: str) -> None:
    english = _shape(part, "en")
    lacking_allowed = part.startswith(ENGLISH_AND_KOREAN_AT_LEAST)
    for language in ("en", "ko") if lacking_allowed else LANGUAGES:
        assert _shape(part, language) == english, (part, language)


def _shape(part: str, language: str) -> dict[str, set[str]]:
    """Keys without the forms for numbers, each with its placeholders."""
    shape: dict[str, set[str]] = {}
    for key, text in json.loads(Path(catalogues.CATALOGUES / part / f"{language}.json").read_text("utf-8")).items():
        assert text.strip() == text != ""
        bare = re.sub(r"\.(zero|one|two|few|many|other)$", "", key)
        shape.setdefault(bare, set()).update(re.findall(r"\{(\w+)\}", text))
    return shape


def test_numbers_and_days_are_written_as_readers_do() -> None:
    assert Words("common", "fr").number(12345).replace("\u202f", " ") == "12 345"
    assert Words("common", "ko").date("2026-11-26") == "2026년 11월 26일"
    assert Words("common", "en").moment(1_795_716_000_000, "Europe/Paris").endswith("(Europe/Paris)")
    assert Words("common", "en").language_name("ar") == "Arabic"
    assert Words("common", "en")("no.such.key") == "no.such.key"
