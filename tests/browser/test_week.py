"""One week, whole: from what is said on telephones, with a script and without, to the answer on receipts.

What a person does is done in Chromium; the weekly clock is turned by its command, and what everybody may check is
checked by the commands for it, beside the server that runs.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from portal.config import Settings
from portal.server.accounts import sessions
from portal.server.app import create_app
from portal.server.core.db import Unit
from portal.server.feedback import topics, weeks
from portal.server.translation import service as public_texts
from tests.browser.portal_process import PortalProcess
from tests.browser.test_citizens import ARABIC, KOREAN, NARROWEST, assert_nothing_is_cut_off, come_to_check, send
from tests.browser.test_halls import ASKED, PHONE, visit  # noqa: F401 - a fixture, which asks for this module's town
from tests.server.feedback.desk import Desk, Moderator
from tests.server.townhall.town import Town

BENCHES: Final = "More benches by the river"
BUSES: Final = "Buses after eight"
RECORD: Final = "Three people spoke. The town will look for places."
ANSWER: Final = "Twelve benches will stand by the river in spring."
READ_OVER: Final = {
    "ar": {
        BENCHES: "مقاعد أكثر قرب النهر",
        RECORD: "تحدث ثلاثة أشخاص. ستبحث المدينة عن أماكن.",
        ANSWER: "سيكون هناك اثنا عشر مقعدًا قرب النهر في الربيع.",
    },
    "ko": {
        BENCHES: "강변에 의자를 더",
        RECORD: "세 사람이 발언했습니다. 시가 자리를 찾아보겠습니다.",
        ANSWER: "봄에 강변에 의자 열두 개를 놓습니다.",
    },
}
"""What moderators write for readers of Arabic and Korean."""
WIDE: Final = {"width": 1400, "height": 900}
PATIENCE_MS: Final = 60_000
"""A form without a script is waited for: 14 s where it is calm."""

Visit = Callable[..., Page]


class Square(Town):
    """A town on the real clock, which a process of its own serves; its moderators have browsers."""

    def __init__(self, process: PortalProcess) -> None:
        Desk.__init__(self, create_app(Settings(data_dir=process.data_dir, public_url=process.origin)))
        self.process = process
        self.pair = [self.moderator(), self.moderator()]
        self.name = self.read(lambda unit: weeks.current(unit).id)

    def advance(self, to: str) -> None:
        """Turn the weekly clock by hand, beside the server."""
        where = ("--week", self.name, "--data", str(self.process.data_dir))
        said = self.command("town-hall", "advance", "--to", to, *where)
        assert said.endswith(f"{self.name} is {to}\n"), said

    def command(self, *arguments: str) -> str:
        """What the command ``portal`` says; it must succeed."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PORTAL_PUBLIC_URL": self.process.origin}
        portal = str(Path(sys.executable).with_name("portal"))
        done = subprocess.run([portal, *arguments], capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def session(self, moderator: Moderator) -> dict[str, Any]:
        """What makes a browser one of ``moderator``."""
        cookie = moderator.client.get_cookie(sessions.COOKIE)
        assert cookie is not None
        return {"name": sessions.COOKIE, "value": cookie.value, "domain": "localhost", "path": "/", "secure": True}

    def others_read_over(self, kind: str) -> None:
        """What waits of this kind has been read over in the languages that nobody reads here, too."""

        def check(unit: Unit) -> None:
            self.check(unit, *(original.key for original, _ in public_texts.unchecked(unit, "fr", kind)))

        self.write(check)

    def topics(self) -> dict[str, str]:
        """The topics of the week: ids by titles."""
        return {it.title: it.id for it in self.read(lambda unit: topics.published_topics(unit, "en", self.name))}


@dataclass
class Citizen:
    """Somebody at a telephone, and the number of their receipt."""

    page: Page
    lang: str
    said: str
    code: str = ""


@pytest.fixture
def town(tmp_path: Path, sqlite_template: Path) -> Iterator[Square]:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    square = Square(PortalProcess(folder))
    with square.process:
        yield square
    square.portal.database.close()


def test_a_week_from_what_was_said_to_its_answer(visit: Visit, town: Square, tmp_path: Path) -> None:  # noqa: F811
    arab = Citizen(visit(viewport=NARROWEST, locale="ar"), "ar", ARABIC)
    korean = Citizen(visit(viewport=PHONE, locale="ko", java_script_enabled=False), "ko", KOREAN)
    english = visit(viewport=PHONE, locale="en")
    desk, second = (visit(town.session(one), viewport=WIDE, locale="en") for one in town.pair)

    they_speak(arab, korean)
    town.raised(town.topic(BUSES), 5)
    a_moderator_accepts(desk, arab.said, new_topic=BENCHES)
    a_moderator_accepts(desk, korean.said)
    town.advance("drafted")
    two_moderators_publish(town, desk, second)
    for citizen in (arab, korean):
        reads_the_agenda(town, citizen)
    the_same_is_computed_from_the_file(town, english, tmp_path)

    hall = arab.page.locator("main a[href^='/hall/']").first.get_attribute("href")
    assert hall is not None
    three_meet_in_the_hall(desk, hall, english, arab.page, korean.page)
    the_minutes_are_made_final(town, desk, hall)
    for citizen in (arab, korean):
        citizen.page.goto(f"{hall}/minutes")
        expect(citizen.page.locator("main")).to_contain_text(READ_OVER[citizen.lang][RECORD])
    an_outcome_is_published(town, desk)
    town.advance("closed_out")

    for citizen in (arab, korean):
        reads_the_answer(citizen, by_address=citizen is arab)
        the_receipt_is_proven(town, citizen, tmp_path)


def they_speak(arab: Citizen, korean: Citizen) -> None:
    """One with a script, whose telephone works for it; one without, who waits meanwhile."""
    come_to_check(korean.page, korean.said)
    send(korean.page)
    come_to_check(arab.page, arab.said)
    assert_nothing_is_cut_off(arab.page)
    send(arab.page)
    after_waiting(korean.page)
    for citizen in (arab, korean):
        citizen.code = citizen.page.locator("#code").inner_text()
        citizen.page.locator("form[action='/r/kept'] .button").click()
        expect(citizen.page.locator("#code")).to_have_count(0)


def after_waiting(page: Page) -> None:
    """Press the button that comes when the time is over."""
    button = page.locator(".after .button")
    expect(button).to_be_visible(timeout=PATIENCE_MS)
    button.click()


def a_moderator_accepts(desk: Page, said: str, *, new_topic: str = "") -> None:
    """Put what was said under the topic of the benches, by keys."""
    desk.goto("/moderate")
    desk.locator(".lines a", has_text=said).click()
    expect(desk.locator(".citizen").first).to_have_text(said)
    desk.keyboard.press("a")
    act = desk.locator("details.act[data-key=a]")
    if new_topic:
        act.locator(".new-topic summary").click()
        act.locator("[name=title]").fill(new_topic)
    else:
        act.locator("label", has_text=BENCHES).locator("input").check()
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".flash")).to_contain_text("Put under a topic")


def read_over(town: Square, desk: Page, kind: str) -> None:
    """Every text of this kind is compared with its original: in two languages here, in the others by others."""
    for lang, texts in READ_OVER.items():
        desk.goto(f"/moderate/translations?into={lang}&keys={kind}")
        waiting = desk.locator("form.check")
        for left in range(waiting.count() - 1, -1, -1):
            form = waiting.first
            original = form.locator(".written").first.inner_text()
            form.locator("textarea").fill(texts[original])
            form.get_by_role("button").click()
            expect(waiting).to_have_count(left)
    town.others_read_over(kind)


def two_moderators_publish(town: Square, desk: Page, second: Page) -> None:
    """Nothing is published before every language is read over and two agree."""
    path = f"/moderate/agenda/{town.name}"
    desk.goto(path)
    expect(desk.locator("form[action$='/publish'] button")).to_be_disabled()
    read_over(town, desk, "topic:")
    for page in (desk, second):
        page.goto(path)
        expect(page.locator("form[action$='/publish'] button")).to_be_disabled()
        page.locator("form[action$='/approve'] button").click()
        expect(page.locator("form[action$='/approve']")).to_have_count(0)
    second.locator("form[action$='/publish'] button").click()
    expect(second.locator("form[action$='/publish']")).to_have_count(0)


def reads_the_agenda(town: Square, citizen: Citizen) -> None:
    citizen.page.goto(f"/week/{town.name}")
    expect(citizen.page.locator("html")).to_have_attribute("lang", citizen.lang)
    titles = [f"{BUSES} ({citizen.lang})", READ_OVER[citizen.lang][BENCHES]]
    expect(citizen.page.locator(".agenda h3 > span:first-child")).to_have_text(titles)
    assert_nothing_is_cut_off(citizen.page)


def the_same_is_computed_from_the_file(town: Square, page: Page, folder: Path) -> None:
    """Whoever takes the published ballots gets the published agenda, by the command as by the browser."""
    page.goto(f"/week/{town.name}")
    page.locator("#recompute button").click()
    expect(page.locator("#recompute .verdict")).to_contain_text("the same agenda")
    file = folder / "ballots.json"
    file.write_bytes(page.request.get(f"/week/{town.name}/ballots-1.json").body())
    computed = json.loads(town.command("agenda", "compute", str(file), "--json"))
    published = page.request.get(f"/week/{town.name}/agenda-1.json").json()
    assert computed == published["computed"]
    for items in (computed["items"], published["items"]):
        assert [item["topic"] for item in items] == [town.topics()[title] for title in (BUSES, BENCHES)]


def three_meet_in_the_hall(desk: Page, hall: str, english: Page, arab: Page, korean: Page) -> None:
    """Each asks, each raises a hand, each is called; then the hall is closed."""
    everyone = {"en": english, "ar": arab, "ko": korean}
    for page in (korean, english, arab):
        page.goto(f"{hall}/enter")
        page.locator("main .button").click()
    desk.goto(f"/moderate{hall}")
    desk.keyboard.press("o")
    expect(desk.get_by_role("button", name="Next item")).to_be_visible()
    for title in (BUSES, BENCHES):
        desk.keyboard.press("n")
        expect(desk.locator(".current")).to_have_text(title)
    expect(arab.locator(".now")).to_contain_text(READ_OVER["ar"][BENCHES])
    after_waiting(korean)
    for number, (lang, page) in enumerate(everyone.items(), 1):
        page.goto(f"{hall}/ask")
        page.locator("#f-text").fill(ASKED[lang])
        page.locator("main .button").click()
        page.locator("form[action$='order=hand'] button").first.click()
        expect(page.locator("form[action$='order=lower']")).to_be_visible()
        expect(desk.locator(".queue > li")).to_have_count(number)
        assert_nothing_is_cut_off(page)
    expect(english.locator("[data-each=queue] > li")).to_have_count(3)
    heard = [next_speaker(desk, english, waiting) for waiting in (2, 1, 0)]
    assert sorted(heard) == ["Arabic", "English", "Korean"]
    korean.reload()
    expect(korean.locator("[data-each=queue] > li")).to_have_count(0)
    desk.keyboard.press("f")
    expect(desk.locator(".current")).not_to_have_text(BENCHES)
    desk.keyboard.press("e")
    expect(desk.locator(f"a[href='{minutes_of(hall)}']")).to_be_visible()
    expect(arab.locator("[data-if='standing=closed']")).to_be_visible()


def next_speaker(desk: Page, citizen: Page, waiting: int) -> str:
    """Call whose turn it is; their community, as a citizen sees it when so many still wait."""
    desk.keyboard.press("c")
    expect(citizen.locator("[data-each=queue] > li")).to_have_count(waiting)
    expect(desk.locator(".queue > li")).to_have_count(waiting)
    return citizen.locator("[data-language='speaker.community']").inner_text()


def minutes_of(hall: str) -> str:
    return "/moderate/minutes/" + hall.rpartition("/")[2]


def the_minutes_are_made_final(town: Square, desk: Page, hall: str) -> None:
    """Written, handed on, laid open, read over in every language, final."""
    desk.goto(minutes_of(hall))
    for number in range(2):
        section = desk.locator("main section").nth(number)
        place = section.get_attribute("id")
        section.locator("textarea").fill(RECORD)
        section.get_by_role("button").click()
        desk.wait_for_url(f"**?kept=1#{place}")
    step = desk.locator("form[action$='/phase'] button")
    for name in ("Hand it to the clerk", "Lay it open for corrections"):
        step.filter(has_text=name).click()
    expect(step).to_have_text("Make it final")
    expect(desk.locator("main")).to_contain_text("14 translations are not checked")
    read_over(town, desk, "minute:")
    desk.goto(minutes_of(hall))
    step.click()
    expect(step).to_have_text("Open it again")


def an_outcome_is_published(town: Square, desk: Page) -> None:
    desk.goto("/moderate/outcomes")
    for box in desk.locator("[name=topics]").all():
        box.check()
    form = desk.locator("form[action='/moderate/outcomes']").first
    form.locator("[name=kind]").select_option("action")
    form.locator("[name=owner]").fill("Parks office")
    form.locator("[name=due]").fill("2027-03-31")
    form.locator("[name=text]").fill(ANSWER)
    form.locator(".button").click()
    expect(desk.locator("form[action$='/publish'] button")).to_be_visible()
    read_over(town, desk, "outcome:")
    desk.goto("/moderate/outcomes")
    desk.locator("form[action$='/publish'] button").click()
    expect(desk.locator("main")).to_contain_text("It answers 7 submissions.")


def reads_the_answer(citizen: Citizen, *, by_address: bool) -> None:
    """The number opens what became of it: a script takes it from the address of the QR code, else it is typed."""
    page = citizen.page
    page.goto("/r#" + "".join(citizen.code.split()) if by_address else "/r")
    if by_address:
        expect(page.locator("#f-code")).to_have_value(citizen.code)
    else:
        page.locator("#f-code").fill(citizen.code)
    page.locator("main .button").click()
    expect(page.locator("html")).to_have_attribute("lang", citizen.lang)
    expect(page.locator(".written", has_text=READ_OVER[citizen.lang][ANSWER])).to_be_visible()
    expect(page.locator(".written", has_text=citizen.said)).to_be_visible()
    assert_nothing_is_cut_off(page)


def the_receipt_is_proven(town: Square, citizen: Citizen, folder: Path) -> None:
    """The file alone shows that the words were taken and stand in the ledger, which still goes on from there."""
    with citizen.page.expect_download() as arriving:
        citizen.page.locator("form[action='/r/file'] button").click()
    file, text = folder / f"receipt-{citizen.lang}.txt", folder / f"text-{citizen.lang}.txt"
    arriving.value.save_as(file)
    text.write_text(citizen.said, encoding="utf-8")
    said = town.command("verify", "receipt", str(file), "--text", str(text), "--portal", town.process.origin)
    assert "It stands in the ledger, entry " in said
    assert "The text that you gave is the one that was taken." in said
    assert "The ledger of today goes on from the one in the receipt." in said
