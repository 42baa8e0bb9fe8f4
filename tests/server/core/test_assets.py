"""The built client as it is served: cached for good by hashed names, compressed, nothing else of the disk."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from portal.config import Settings, templates_dir
from portal.server.app import create_app
from portal.server.core import web
from portal.server.core.assets import Client

SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>portal</title>")
    (folder / "main-ABC.js").write_text(SCRIPT)
    (folder / "stray.js").write_text("not of the build")
    (tmp_path / "outside.txt").write_text("not of the build")
    (folder / "manifest.json").write_text(json.dumps({"v": 1, "files": {"main-ABC.js": {}}, "script_hashes": []}))
    app = flask.Flask(__name__, static_folder=None, template_folder=templates_dir())
    web.install(app, frozenset({"https://portal.example.org"}), https=True)
    Client(folder).install(app)
    return app.test_client()


def test_hashed_files_are_cached_for_a_year_and_the_page_never(client: FlaskClient) -> None:
    script, page = client.get("/static/main-ABC.js"), client.get("/")
    assert (script.text, script.mimetype) == (SCRIPT, "text/javascript")
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.headers["Cache-Control"] == "no-cache"


def test_the_page_demands_integrity_and_a_worker_may_import(client: FlaskClient) -> None:
    """Workers have no import map: under this policy, those of some browsers could import nothing."""
    script, page = client.get("/static/main-ABC.js"), client.get("/")
    assert page.headers["Integrity-Policy"] == "blocked-destinations=(script)"
    assert "Integrity-Policy" not in script.headers
    assert script.headers["Content-Security-Policy"] == page.headers["Content-Security-Policy"]


def test_texts_are_compressed_for_those_who_take_it(client: FlaskClient) -> None:
    response = client.get("/static/main-ABC.js", headers={"Accept-Encoding": "gzip, br"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert len(response.data) < len(SCRIPT) / 10
    assert gzip.decompress(response.data).decode() == SCRIPT
    assert response.mimetype == "text/javascript"


@pytest.mark.parametrize("name", ["stray.js", "../outside.txt", "%2e%2e/outside.txt", "..%2foutside.txt", "nothing.js"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_ready_means_database_schema_ledger_and_writer(settings: Settings) -> None:
    app = create_app(settings)
    parts = app.extensions["portal"]
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"ok": True}
    before = client.get("/readyz")
    assert (before.status_code, before.get_json()["checks"]["writer"]) == (503, False)
    for start in parts.starting:
        start(None)
    assert client.get("/readyz").get_json() == {
        "ok": True,
        "checks": {"database": True, "schema": True, "ledger": True, "writer": True},
    }
    parts.stop()


def test_a_demonstration_says_so_and_nobody_else(settings: Settings) -> None:
    told = [
        create_app(replace(settings, demonstration=on)).test_client().get("/healthz").get_json() for on in (False, True)
    ]
    assert told == [{"ok": True}, {"ok": True, "demonstration": True}]
