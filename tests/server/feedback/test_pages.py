"""Every citizen's page in every language: small, whole, from nowhere else, with words for all it says."""

import gzip
import re

import flask
import pytest

from portal.server.core.catalogues import LANGUAGES
from portal.server.core.context import Portal
from tests.machine.tools import ROOT
from tests.server.feedback.citizen import Citizen, Page, code_on
from tests.server.feedback.topics import a_topic

PAGE_MAX_BYTES = 15 * 1024
KEY = re.compile(r">\s*[a-z_]+(\.[a-z_]+)+\s*<")
TEXT = "Écrit en français, avec assez de mots pour que la langue soit reconnue sans aucun doute."


def walk(citizen: Citizen, topic: str) -> dict[str, Page]:
    """Every page that a citizen comes by, by what it is."""
    found = {path: citizen.open(path) for path in ("/town-hall", "/topics", "/r", f"/topics/support?topic={topic}")}
    found["nothing written"] = citizen.write("")
    found["personal"] = citizen.write("Mon adresse est jeanne@example.org et je voudrais plus de bancs.")
    found["language"] = citizen.write("🌳")
    found["check"] = citizen.come_to_check(TEXT)
    citizen.work()
    form = citizen.page.form("/say")
    work = form.value("solution")
    form.put("solution", "")
    found["wait"] = citizen.send(form)
    form.put("solution", work)
    found["receipt"] = citizen.send(form)
    code = code_on(citizen.page)
    found["standing"] = citizen.follow(code)
    found["withdraw"] = citizen.send(citizen.page.form("/r/withdraw"))
    found["typing error"] = citizen.follow(code[:29])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_under_15kb_and_no_third_party_host(town: flask.Flask, town_portal: Portal, language: str) -> None:
    topic = a_topic(town_portal.database, "Des bancs au bord de la rivière", lang="fr")
    style = _style_bytes()
    for name, page in walk(Citizen(town, language=language), topic).items():
        assert page.status in {200, 422}, (name, page.text)
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.html
        assert len(gzip.compress(page.html.encode())) + style <= PAGE_MAX_BYTES, name
        hosts = re.findall(r"""(?:src|href|action)="(https?:|//)""", page.html)
        assert not hosts, name
        assert not KEY.findall(page.html), (name, KEY.findall(page.html))
        assert " style=" not in page.html
        assert not re.search(r"<script(?![^>]* src=)", page.html)


def _style_bytes() -> int:
    """Of the source, which is longer than what is built of it."""
    return len(gzip.compress((ROOT / "static/src/public/public.css").read_bytes()))


def test_nobody_else_can_keep_what_is_one_person_s(citizen: Citizen, town_portal: Portal) -> None:
    for name, page in walk(citizen, a_topic(town_portal.database, "Benches")).items():
        shared = name in {"/town-hall", "/topics"}
        assert page.headers["Cache-Control"].startswith("public" if shared else "no-store"), name
        if not shared:
            assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
