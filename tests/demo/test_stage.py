"""The demonstration as a newcomer meets it: real server, real interpreter, and people who sign in by their links."""

import html
import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from portal.config import Settings
from portal.demo import script, town_words, treaty
from portal.demo.programs import DemoError
from portal.demo.stage import Running, performed
from portal.demo.town import last_weeks
from portal.member.content import Message, encode_content
from portal.member.driver import Driver
from portal.member.member import Member
from portal.member.room import Room
from portal.member.session import bind, with_recovery_key
from portal.member.store import KeyFile, Store
from portal.member.timeline import Said, content_of, timeline
from portal.member.translation_content import Translation
from portal.member.transport import Http
from tests.browser.portal_process import free_port
from tests.browser.stage import Stage
from tests.browser.test_screenshots import DESKTOP, FOLDER, WRITING, overflow, sized

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0
PAGE: Final = (1000, 900)
LAST_IN_ENGLISH = "We agree. The next meeting is on 30 June."


@dataclass
class Guest:
    """Somebody who has opened a link, on a machine of their own."""

    driver: Driver
    member: Member
    language: str

    @property
    def room(self) -> Room:
        """The one room that there is."""
        (room,) = self.member.rooms()
        return room

    def reads(self) -> list[str]:
        """Every message in the reader's language, as the page would show it."""
        self.driver.run(self.member.catch_up())
        contents = [content_of(row, self.member.people) for row in self.room.log]
        made = [one for one in contents if isinstance(one, Translation) and one.to == self.language]
        translated = {one.target: "".join(s.lead + s.text + (s.tail or "") for s in one.sentences) for one in made}
        entries = timeline(self.room.log, self.member.people)
        return [translated.get(one.row.item, one.text) for one in entries if isinstance(one, Said)]

    def warned(self) -> list[str]:
        """What is warned of in the reader's language."""
        contents = [content_of(row, self.member.people) for row in self.room.log]
        made = [one for one in contents if isinstance(one, Translation) and one.to == self.language]
        return [f"{w.kind} {w.detail}" for one in made for sentence in one.sentences for w in sentence.warnings]

    def says(self, text: str) -> None:
        message = encode_content(Message(text, self.language), int(time.time() * 1000))
        self.driver.run(self.member.send(self.room.data.room, message))

    def waits_for(self, text: str) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while text not in self.reads():
            assert time.monotonic() < until_s, self.reads()
            time.sleep(0.2)


@dataclass
class Show:
    """A demonstration that runs."""

    running: Running
    folder: Path
    machines: Iterator[Path]
    said: list[str] = field(default_factory=list)

    def link(self, handle: str) -> str:
        """The link that was printed for this person."""
        (link,) = [one.link for one in self.running.places if f"/#/demo/{handle}/" in one.link]
        return link

    def opens(self, handle: str, language: str) -> Guest:
        """Somebody signs in with the key of the link."""
        key = self.link(handle).rpartition("/")[2]
        machine = next(self.machines)
        store = Store.create(machine, KeyFile.generate(machine.with_suffix(".key")))
        driver = Driver(store, Http(self.running.origin))
        answer, vault_key = driver.run(with_recovery_key(handle, key))
        member = Member(driver.run(bind(answer, vault_key, None, "browser", time.time)), time.time)
        driver.run(member.load())
        driver.run(member.catch_up())
        return Guest(driver, member, language)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    folder = tmp_path_factory.mktemp("demo")
    machines = (folder / f"machine {number}" for number in range(100))
    said: list[str] = []
    with performed(folder / "kept", free_port(), fresh=False, say=said.append) as running:
        yield Show(running, folder / "kept", machines, said)


@pytest.fixture(scope="module")
def stage(show: Show, browser: Browser) -> Iterator[Stage]:
    """Browser profiles at the demonstration."""
    with Stage(browser, show.running.origin) as opened:
        yield opened


@pytest.mark.parametrize(
    ("handle", "locale", "shown", "picture"),
    [
        (
            "clara",
            "en-GB",
            ["Our limit is 15,000 tonnes.", "우리의 한도는 15,000톤입니다.", LAST_IN_ENGLISH],
            "translation",
        ),
        ("haneul", "ko-KR", ["검사 수수료는 1퍼센트입니다.", "The inspection fee is 7 percent."], "translation-korean"),
    ],
)
def test_a_link_opens_the_room_in_its_readers_language(
    show: Show, stage: Stage, handle: str, locale: str, shown: list[str], picture: str
) -> None:
    page = stage.profile(handle, locale=locale).opens(show.link(handle).removeprefix(f"{stage.origin}/"))
    page.get_by_text(script.ROOM_NAME).first.click()
    sized(page, DESKTOP)
    for text in shown:
        page.get_by_text(text).first.scroll_into_view_if_needed()
    page.get_by_text(script.EXCHANGE[-1].text).last.scroll_into_view_if_needed()
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)  # as for the other pictures
    assert overflow(page) == []
    pictured(page, picture)
    shows_the_draft(page, locale[:2], picture)


def shows_the_draft(page: Page, lang: str, picture: str) -> None:
    """The draft of the same room, in the reader's language, with what stands in brackets and what is proposed."""
    page.goto(f"{page.url.partition('#')[0]}#{page.url.partition('#')[2].rstrip('/')}/drafts")
    page.get_by_role("link", name=re.compile("|".join(treaty.TITLE.values()))).click()
    place, words, _ = treaty.ALTERNATIVE
    page.get_by_text(treaty.CLAUSES[place].text[lang]).last.click()
    page.get_by_text(words[lang]).first.wait_for()
    for contested in treaty.BRACKETS:
        assert page.get_by_text(f"[{contested.offered[lang]}]").count(), contested.offered[lang]
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    assert overflow(page) == []
    pictured(page, picture.replace("translation", "draft"))


def pictured(page: Page, name: str) -> None:
    taken = page.screenshot(animations="disabled", caret="hide")
    if WRITING:
        (FOLDER / f"{name}.png").write_bytes(taken)
    assert (FOLDER / f"{name}.png").is_file(), "run this test with WRITE_SCREENSHOTS=1"


def test_the_citizens_past_week_is_whole_and_answered(show: Show, stage: Stage) -> None:
    page = stage.profile("citizen").opens(f"week/{show.running.heard}")
    sized(page, PAGE)
    for subject in town_words.PAST:
        assert page.get_by_text(subject.title["en"]).is_visible()
    assert page.get_by_text("Waiting for an answer: 0.").count() == 1
    assert overflow(page) == []
    pictured(page, "citizens-agenda")
    for path, lang, text in (
        (f"week/{show.running.heard}", "ko", town_words.MARKET.title["ko"]),
        ("said-done", "ar", town_words.RESULTS[0].text["ar"]),
        ("topics", "fr", town_words.LIBRARY.title["fr"]),
        ("town-hall", "ru", "<h1"),
    ):
        with urllib.request.urlopen(f"{show.running.origin}/{path}?lang={lang}", timeout=10) as answer:
            assert text in html.unescape(answer.read().decode()), path


def test_the_moderators_link_opens_a_queue_with_work(show: Show, stage: Stage) -> None:
    (link,) = [one.link for one in show.running.places if one.moderates]
    page = stage.profile("moderator").opens(link.removeprefix(f"{stage.origin}/"))
    page.wait_for_url(f"{stage.origin}/moderate")
    sized(page, PAGE)
    for _, text in (town_words.QUEUE[0], town_words.QUEUE[7]):
        assert page.get_by_text(text).count()
    assert overflow(page) == []
    pictured(page, "moderate")


@pytest.mark.parametrize(
    ("now", "heard", "under_way"),
    [
        ("2026-11-22T12:00", "2026-W46", None),
        ("2026-11-22T18:20", "2026-W46", "2026-W47"),
        ("2026-11-23T00:01", "2026-W46", "2026-W47"),
        ("2026-11-26T17:59", "2026-W46", "2026-W47"),
        ("2026-11-26T21:00", "2026-W47", None),
    ],
)
def test_the_week_that_was_heard_is_the_last_whose_hall_is_over(now: str, heard: str, under_way: str | None) -> None:
    at_s = int(datetime.fromisoformat(f"{now}Z").timestamp())
    week, after = last_weeks(Settings(), at_s)
    assert (week.id, None if after is None else after.id) == (heard, under_way)


def test_both_sides_read_the_exchange_in_their_own_language(show: Show) -> None:
    korean, english = show.opens("haneul", "ko").reads(), show.opens("clara", "en").reads()
    assert len(korean) == len(english) == len(script.EXCHANGE)
    assert english[:4] == [
        "Good morning. Today we will discuss fishing in the Grey Strait.",
        "Good morning. Thank you for the draft.",
        "We propose 12,000 tonnes and 24 months.",
        "Our fishers depend on it. Our limit is 15,000 tonnes.",
    ]
    assert english[-1] == LAST_IN_ENGLISH
    assert korean[1:3] == ["안녕하십니까. 초안에 감사드립니다.", "우리의 제안은 12,000톤과 24개월입니다."]
    assert not any(character.isascii() and character.isalpha() for line in korean for character in line)


def test_only_the_digit_that_is_misread_on_purpose_is_warned_of(show: Show) -> None:
    haneul, clara = show.opens("haneul", "ko"), show.opens("clara", "en")
    assert "검사 수수료는 1퍼센트입니다." in haneul.reads()
    assert "Please confirm. The inspection fee is 1 percent?" in clara.reads()
    assert haneul.warned() == clara.warned() == ["number_missing 7"]


def test_what_newcomers_type_is_translated_too(show: Show) -> None:
    haneul, clara = show.opens("haneul", "ko"), show.opens("clara", "en")
    clara.says("We propose 36 months. What do you think of the safeguard clause?")
    haneul.waits_for("우리의 제안은 36개월입니다. 보호 조항에 대해 어떻게 생각하십니까?")
    haneul.says("우리는 보호 조항을 지지합니다.")
    clara.waits_for("We support the safeguard clause.")


def test_the_observer_reads_and_the_administrator_is_in_no_room(show: Show) -> None:
    assert "Good morning. Thank you for the draft." in show.opens("noor", "en").reads()
    assert show.opens("secretariat", "en").member.rooms() == []


def test_the_server_says_that_it_is_a_demonstration(show: Show) -> None:
    with urllib.request.urlopen(f"{show.running.origin}/healthz", timeout=10) as answer:
        assert json.load(answer)["demonstration"] is True


def test_what_was_said_is_there_when_it_is_started_again(show: Show) -> None:
    haneul = show.opens("haneul", "ko")
    haneul.says("우리는 절충안을 제안합니다.")
    for program in reversed(show.running.programs):
        program.stop()
    with performed(show.folder, None, fresh=False, say=show.said.append) as again:
        assert again.places == show.running.places
        clara = Show(again, show.folder, show.machines).opens("clara", "en")
        clara.waits_for("We propose the compromise.")
    assert show.said.count("enrolling the interpreter") == 1


def test_another_port_is_refused_in_words(show: Show) -> None:
    refusing = performed(show.folder, free_port(), fresh=False, say=show.said.append)
    with pytest.raises(DemoError, match="made for port"), refusing:
        pass


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "minutes.txt").write_text("keep me")
    refusing = performed(tmp_path, free_port(), fresh=True, say=lambda _: None)
    with pytest.raises(DemoError, match="something else"), refusing:
        pass
    assert (tmp_path / "minutes.txt").read_text() == "keep me"
