"""Two delegations, two languages, one interpreter on a machine of one of them: everybody reads their own language.

What is said in the room holds sentinels that go through the interpreter as they are. At the end they are looked for
wherever the server could have kept them, and in what the interpreter leaves behind; test_canary.py does so without.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.canary import Scanner, files_below, memory_of
from tests.browser.interpreter_process import InterpreterProcess
from tests.browser.middlebox import Middlebox
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage
from tests.browser.test_accessibility import COLOURS, RULES, violations
from tests.browser.test_screenshots import DESKTOP, NARROWEST, overflow, sized

STEM = "Kanarienvogel까치Zq9"
ROOM = f"Fishing {STEM}"
INTERPRETER = "Interpreter of Korea"


@dataclass
class Table:
    """Kim reads Korean, Weber English; all of them and the interpreter reach the server past a listener."""

    portal: PortalProcess
    middlebox: Middlebox
    interpreter: InterpreterProcess
    kim: Person
    weber: Person


@pytest.fixture(scope="module")
def table(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("translation")
    with (
        PortalProcess(folder / "data") as portal,
        Middlebox(portal.side_port, portal.port, listening=True) as middlebox,
        InterpreterProcess(folder / "machine", portal.side_origin) as interpreter,
        Stage(browser, portal.side_origin) as stage,
    ):
        kim = Person("Kim Seo-yeon", stage.profile("Kim Seo-yeon", locale="ko-KR"), "ko")
        weber = Person("Jonas Weber", stage.profile("Jonas Weber"))
        seated(kim, weber, portal)
        kim.connects_interpreter(interpreter.asks(), INTERPRETER)
        interpreter.is_let_in()
        interpreter.start()
        machine = Person(INTERPRETER, kim.profile, "ko")
        kim.goes_home()
        kim.creates_room("working_group", ROOM, with_=[weber, machine])
        weber.opens_room(ROOM)
        yield Table(portal, middlebox, interpreter, kim, weber)


def seated(kim: Person, weber: Person, portal: PortalProcess) -> None:
    """Kim is the first administrator, and in the delegation of Korea; Weber is in that of Germany."""

    def link(text: str) -> str:
        return text.replace(portal.origin, portal.side_origin)

    founder = Person("Anna Keller", weber.profile)
    founder.onboards(link(portal.administrator_link))
    founder.makes_delegation("Republic of Korea", "KR")
    founder.makes_delegation("Germany", "DE")
    of_kim = link(founder.invites("Republic of Korea", ["chair", "delegate"]))
    of_weber = link(founder.invites("Germany", ["delegate"]))
    founder.signs_out()
    kim.onboards(of_kim)
    weber.onboards(of_weber)


def test_each_reads_their_own_language(table: Table) -> None:
    table.weber.says(f"We propose the draft. {STEM} one.")
    table.kim.reads("우리는 초안을 제안합니다.")
    table.kim.says(f"우리는 초안을 수락합니다. {STEM} 둘.")
    table.weber.reads("We accept the draft.")
    # Whose words they are stands below them, and the original is there.
    message = table.weber.message("We accept the draft.")
    expect(message).to_contain_text("우리는 초안을 수락합니다.")
    expect(message).to_contain_text(INTERPRETER)


def test_a_correction_is_translated_anew(table: Table) -> None:
    table.kim.says("부속서 중요합니다.")
    table.kim.corrects("부속서 중요합니다.", into="부속서는 중요합니다.")
    table.weber.reads("The annex is important.")


def test_killed_and_started_again_it_translates_each_message_once(table: Table) -> None:
    said = [f"We agree. {STEM} {number}." for number in ("three", "four", "five", "six")]
    for text in said[:2]:
        table.weber.says(text)
    table.interpreter.kill()
    for text in said[2:]:
        table.weber.says(text)
    table.interpreter.start()
    for number in ("three", "four", "five", "six"):
        expect(table.kim.message(f"{STEM} {number}")).to_contain_text("동의합니다.")
    table.interpreter.kill()
    table.interpreter.start()
    table.weber.says("Let us continue.")
    table.kim.reads("계속합시다.")
    contents = written(table.weber)
    messages = [one for one in contents if one["t"] == "message"]
    translations = [one for one in contents if one["t"] == "translation"]
    # A text is translated once; the corrected message has had two.
    assert Counter((one["target"], one["source"]) for one in translations).most_common(1)[0][1] == 1
    assert len({one["target"] for one in translations}) == len(messages)


def written(person: Person) -> list[dict[str, object]]:
    """What the open room's signed record says, in its order."""
    person.picks(person.button("room.menu"), "export.title")
    dialog = person.dialog("export.title")
    dialog.get_by_role("radio", name=person.pattern("export.bundle")).check()
    with person.page.expect_download() as saved:
        person.button("export.make", dialog).click()
    person.page.keyboard.press("Escape")
    lines = map(json.loads, Path(saved.value.path()).read_text(encoding="utf-8").splitlines())
    return [json.loads(line["content"]) for line in lines if line.get("content")]


def test_how_an_unsent_text_will_read_nobody_but_the_interpreter_is_asked(table: Table) -> None:
    draft = "우리는 어획 할당량을 수락할 수 없습니다."
    table.kim.types(f"{draft} {STEM} 초안.")
    table.kim.composer.press("Alt+Enter")
    preview = table.kim.page.get_by_role("region", name=table.kim.words("preview.title"))
    expect(preview).to_contain_text("We cannot accept the quota.")
    expect(table.kim.composer).to_have_value(f"{draft} {STEM} 초안.")
    table.weber.says("Please wait.")
    table.weber.does_not_read(draft)
    table.weber.does_not_read("We cannot accept the quota.")


def test_another_delegations_machine_sees_an_unsent_text_only_if_its_writer_agrees(table: Table) -> None:
    text = f"The inspection fee is 7 percent. {STEM} unsent."
    preview = table.weber.previews(text, agreeing=True)
    expect(preview).to_contain_text("검사 수수료는 1퍼센트입니다.")
    expect(preview).to_contain_text("The inspection fee is 1 percent.")
    expect(table.weber.button("warning.number_missing", preview, detail="7")).to_be_visible()
    table.weber.composer.press("Escape")
    expect(preview).to_be_hidden()
    expect(table.weber.composer).to_have_value(text)
    assert not any("unsent" in str(one) for one in written(table.kim))
    table.weber.types("")


def test_words_to_look_at_twice_are_pointed_out_and_a_person_corrects_them(table: Table) -> None:
    table.weber.says("The inspection fee is 7 percent.")
    table.kim.reads("검사 수수료는 1퍼센트입니다.")
    message = table.kim.on_message("검사 수수료는 1퍼센트입니다.", "o")
    original = message.get_by_text("The inspection fee is 7 percent.")
    expect(original).to_have_count(0)
    table.kim.page.keyboard.press("o")
    expect(original).to_have_count(1)
    expect(table.kim.is_warned("1퍼센트", "number_missing", detail="7")).to_have_text("7")
    table.kim.on_message("1퍼센트", "b")
    expect(message).to_contain_text("The inspection fee is 1 percent.")
    table.kim.page.keyboard.press("Escape")
    table.kim.translates_by_hand("1퍼센트", "검사 수수료는 7퍼센트입니다.")
    corrected = table.kim.message("검사 수수료는 7퍼센트입니다.")
    expect(corrected).to_contain_text(
        table.kim.words("translation.byPerson", who=f"KR{table.kim.name}", **{"from": "영어"})
    )


def test_translations_break_no_rule_of_accessibility_and_fit_on_a_phone(table: Table) -> None:
    table.weber.says("The inspection fee is 17 percent.")
    table.kim.reads("검사 수수료는 11퍼센트입니다.")
    table.kim.is_warned("11퍼센트", "number_missing", detail="17")
    table.kim.on_message("11퍼센트", "b")
    page = table.kim.page
    expect(page.get_by_role("region", name=table.kim.words("translation.panel.back"))).to_contain_text("11 percent")
    table.kim.previews("우리는 초안을 수락합니다.")
    try:
        assert violations(page, {"runOnly": RULES}) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, {"runOnly": {"type": "rule", "values": [COLOURS]}}) == []
        sized(page, NARROWEST)
        assert overflow(page) == []
    finally:
        page.emulate_media(color_scheme="light")
        sized(page, DESKTOP)
    table.kim.composer.press("Escape")
    table.kim.types("")


@pytest.mark.parametrize("place", ["data folder", "output", "memory", "wire", "machine", "what it wrote"])
def test_nothing_that_was_said_or_translated_is_found_at_the_server(table: Table, place: str) -> None:
    places: dict[str, Callable[[], Iterable[tuple[str, bytes]]]] = {
        "data folder": lambda: files_below(table.portal.data_dir),
        "output": lambda: [("output", table.portal.output_path.read_bytes())],
        "memory": lambda: memory_of(table.portal.pid),
        "wire": table.middlebox.heard.all,
        "machine": lambda: files_below(table.interpreter.data_dir),
        "what it wrote": lambda: [("output", table.interpreter.output_path.read_bytes())],
    }
    hits = Scanner(STEM).in_blocks(places[place]())
    assert hits == [], "\n".join(str(hit) for hit in hits[:20])


def test_the_search_would_find_it(table: Table) -> None:
    """It is in the memory of the interpreter, who must read it, and what is public is in the server's."""
    for text, pid in ((STEM, table.interpreter.pid), (INTERPRETER, table.portal.pid)):
        scanner = Scanner(text)
        assert any(scanner.in_bytes(raw, place) for place, raw in memory_of(pid))
    frames = [raw for place, raw in table.middlebox.heard.all() if place.startswith("frame")]
    assert any(table.weber.open_room_id().encode() in raw for raw in frames), "the sockets were not heard"
