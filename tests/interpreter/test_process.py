"""Real interpreters at a real portal: what people in rooms get to read, whatever happens to the process."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.cli import main
from portal.interpreter import process
from portal.interpreter.process import Limits, Wish
from portal.interpreter.studio import Studio
from portal.member.content import Correction, Withdrawal
from portal.member.drafts.document import DraftDocument
from portal.member.drafts.drafts import Drafts
from portal.member.drafts.machine import machine_text
from portal.member.drafts.making import found_draft
from portal.member.drafts.writing import NewClause, begin_text, propose_words, set_words
from portal.member.e2ee.identity import grouped, safety_half
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import Pin
from portal.member.follower import Follower
from portal.member.making import make_room
from portal.member.translation_content import Rendering, Term, TermWord, Translation, TranslationsSwitch, text_hash
from portal.translation.packages.store import Pair, Store
from portal.wire.drafts.streams import TEXT, DraftItemKind, Stream, StreamKind
from portal.wire.ids import AccountId, Id, ItemId, RoomId, new_id
from tests.browser.portal_process import PortalProcess
from tests.interpreter.company import Company, Interpreter, Somebody, Translations, running, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    with PortalProcess(folder / "data") as portal:
        yield Company(portal, folder)


@pytest.fixture(scope="module")
def packages(company: Company, archives: dict[str, Path]) -> Path:
    store = Store(company.folder / "languages")
    for name in ("en_ko", "ko_en"):
        store.install(archives[name], checked=False)
    return store.folder


@pytest.fixture(scope="module")
def booth(company: Company, packages: Path) -> Iterator[Interpreter]:
    """Ada's interpreter, for everybody in the room."""
    with running(company.enrolled(company.ada, "room", "booth", packages)) as interpreter:
        yield interpreter


def read(person: Somebody, room: RoomId, target: ItemId, to: str) -> str:
    return until(f"{person.name} reads it in {to}", lambda: person.translations(room).text(target, to))


def test_clauses_and_alternatives_are_read_in_other_languages(company: Company, booth: Interpreter) -> None:
    ada, kim = company.ada, company.min
    room = ada.run(make_room(ada.member, "plenary", "Draft", [kim.account, booth.account], "none"))
    begun = DraftDocument(StreamKind.TEXT).edited(
        lambda doc: begin_text(doc, {"en": "Treaty"}, ["en"], [NewClause("paragraph", {"en": "We agree."})])
    )
    ours = Drafts(ada.member)
    draft = ada.run(found_draft(ours, room, begun, [])).draft.draft

    def machine(person: Somebody) -> dict[str, str]:
        """The newest machine text by what it is of."""
        person.looks(room)
        entry = person.run(drafts[person.name].sync_one(room, draft))
        log = entry.draft.log(Stream(StreamKind.MACHINE, booth.account))
        assert entry.draft.problem is None
        return {one.node: one.text for line in log.lines if (one := machine_text(line)) is not None and one.to == "ko"}

    def reads(person: Somebody, node: str, text: str) -> None:
        until(f"{person.name} reads {text}", lambda: machine(person).get(node) == text)

    drafts = {"Ada": ours, "Min": Drafts(kim.member), "Jun": Drafts(company.jun.member)}
    entry = ada.run(ours.sync_one(room, draft))
    document = entry.draft.document(TEXT).document
    assert document is not None
    [clause] = document.text()["nodes"]
    reads(kim, clause["id"], "우리는 동의합니다.")
    # Other words, and an alternative to them.
    update = document.edited(lambda doc: set_words(doc, clause["id"], "en", "Hello."))
    ada.run(entry.sender.deliver(TEXT, DraftItemKind.UPDATE, update))
    proposals = Stream(StreamKind.PROPOSALS, Id(entry.draft.me().delegation))
    other = entry.draft.document(proposals).document
    assert other is not None
    named: list[str] = []
    update = other.edited(lambda doc: named.append(propose_words(doc, clause["id"], {"en": "We agree."}, "", "", 1)))
    ada.run(entry.sender.deliver(proposals, DraftItemKind.UPDATE, update))
    reads(kim, clause["id"], "안녕하세요.")
    reads(kim, named[0], "우리는 동의합니다.")
    # Who comes later has no key for what was said before: it is said again, as it is.
    ada.lets_in(room, company.jun.account)
    ada.says(room, "A new day begins.")
    reads(company.jun, named[0], "우리는 동의합니다.")
    assert machine(kim) == machine(company.jun)


def told(person: Somebody, room: RoomId, target: ItemId, to: str) -> str:
    return until("a reason", lambda: person.translations(room).problem(target, to))


def test_each_side_reads_its_own_language(company: Company, booth: Interpreter) -> None:
    ada, kim = company.ada, company.min
    room = ada.room("Talks", kim.account)
    before = ada.says(room, "Hello.")
    ada.lets_in(room, booth.account)
    english = ada.says(room, "We agree.\n\n1. The delegation accepts the ceasefire.")
    korean = kim.says(room, "우리는 동의하지 않습니다.", "ko")
    assert read(kim, room, english, "ko") == "우리는 동의합니다.\n\n1. 그 대표단은 수락한다 그 정전을."
    assert read(ada, room, korean, "en") == "We do not agree."
    assert read(kim, room, before, "ko") == "안녕하세요."  # the past follows
    [one] = kim.translations(room).of(english, "ko")
    assert [use.pair for use in one.models] == ["en-ko"]
    assert (one.from_, one.source) == ("en", text_hash("We agree.\n\n1. The delegation accepts the ceasefire."))
    # Nobody gets what they can read as it stands.
    assert kim.translations(room).of(english, "en") == kim.translations(room).of(korean, "ko") == []
    assert ada.looks(room).problem is None
    assert "is connected" in booth.status()
    assert not any(word in booth.log for word in ("agree", "동의", "Talks"))


def test_corrections_terms_and_people_are_followed(company: Company, booth: Interpreter) -> None:
    ada, kim = company.ada, company.min
    room = ada.room("Terms", kim.account, booth.account)
    words = (TermWord("en", "troops", "preferred"), TermWord("ko", "부대", "preferred"))
    kim.puts(room, Term(new_id(), words, "", on=True))
    kim.puts(room, Term(new_id(), (TermWord("en", "withdraw", "keep"),), "", on=True))
    said = ada.says(room, "The troops withdraw.")
    assert read(kim, room, said, "ko") == "그 병력 withdraw."
    [one] = kim.translations(room).of(said, "ko")
    assert "term_missing" in [warning.kind for warning in one.sentences[0].warnings]
    assert len(one.glossary) == 64
    ada.puts(room, Correction(said, "We agree.", "en"))
    until("the new text", lambda: kim.translations(room).text(said, "ko") == "우리는 동의합니다.")
    # What somebody of its own delegation has translated is said again; what others have is theirs.
    ada.puts(room, Rendering(said, text_hash("We agree."), "ko", "좋습니다."))
    kim.puts(room, Rendering(said, text_hash("We agree."), "ko", "거부합니다."))
    again = ada.says(room, "We agree.")
    assert read(kim, room, again, "ko") == "좋습니다."
    assert kim.translations(room).of(again, "ko")[0].sentences[0].origin == "human"


def test_it_is_turned_off_and_on(company: Company, booth: Interpreter) -> None:
    ada, kim = company.ada, company.min
    room = ada.room("Off", kim.account, booth.account)
    read(kim, room, ada.says(room, "Hello."), "ko")
    ada.puts(room, TranslationsSwitch(on=False))
    quiet, gone = ada.says(room, "We agree."), ada.says(room, "withdraw")
    until("it says so", lambda: "1 with translation turned off" in booth.status())
    time.sleep(1)
    assert kim.translations(room).of(quiet, "ko") == []
    ada.puts(room, Withdrawal(gone))
    ada.puts(room, TranslationsSwitch(on=True))
    assert read(kim, room, quiet, "ko") == "우리는 동의합니다."
    assert kim.translations(room).of(gone, "ko") == []


def test_whatever_is_said_nothing_blocks(company: Company, booth: Interpreter) -> None:
    ada, kim = company.ada, company.min
    room = ada.room("Hostile", kim.account, booth.account)
    figures = {text: ada.says(room, text) for text in ("👍", "12 %", "🏳️‍🌈" * 500)}
    long = ada.says(room, "Hello. We agree.\n" * 150)
    odd = [
        ada.says(room, text)
        for text in (
            "Hello \x00\x1b[31m\u202e We agree.",
            "Hello to all of you, 안녕 and こんにちは, whoever you are",
            "Hello " * 10_000,
            "﷽" * 2000,
            "{}[]\\\"'</script>",
        )
    ]
    many = ada.says(room, "Hello.\n" * 5000)
    unknown = ada.says(room, "ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾ", "")
    french = kim.says(room, "Nous sommes d'accord avec cette proposition.", "fr")
    after = ada.says(room, "We agree.")
    assert read(kim, room, after, "ko") == "우리는 동의합니다."
    for text, item in figures.items():
        assert read(kim, room, item, "ko") == text
    assert told(kim, room, many, "ko") == "too_long"
    assert told(kim, room, unknown, "ko") == "unknown_language"
    assert told(ada, room, french, "en") == "no_model"
    assert read(kim, room, long, "ko") == "안녕하세요. 우리는 동의합니다.\n" * 150
    for item in odd:
        until("an end", lambda item=item: settled(kim.translations(room), item))  # type: ignore[misc]
    assert ada.looks(room).problem is None
    assert company.min.looks(room).problem is None


def settled(found: Translations, item: ItemId) -> bool:
    """Whether a reader has a text, or knows why there is none."""
    return found.text(item, "ko") is not None or found.problem(item, "ko") is not None


def test_killed_at_any_moment_it_translates_each_message_once(company: Company, packages: Path) -> None:
    ada, kim = company.ada, company.min
    interpreter = company.enrolled(ada, "room", "killed", packages)
    room = ada.room("Killed", kim.account, interpreter.account)
    texts = {ada.says(room, f"We agree. Hello {number}. " * (1 + number % 3 * 20)): number for number in range(10)}
    for pause_s in (3.0, 4.0):
        with running(interpreter):
            time.sleep(pause_s)
            texts[kim.says(room, "우리는 동의합니다.", "ko")] = -1
            interpreter.kill()
    with running(interpreter):
        for item, number in texts.items():
            read(kim, room, item, "en" if number < 0 else "ko")
        time.sleep(1)
        assert interpreter.stop() == 0
    for found in kim.translations(room).by.values():
        given = [number for one in found for number in range(one.first, one.first + len(one.sentences))]
        assert given == list(range(found[0].of))
    assert len(kim.translations(room).by) == len(texts)
    assert ada.looks(room).problem is None


@contextmanager
def asking(person: Somebody) -> Iterator[Callable[[RoomId, AccountId, dict[str, Any]], dict[str, Any]]]:
    """Lets somebody ask; the answer is what comes back."""
    heard: queue.Queue[bytes] = queue.Queue()
    stop = threading.Event()
    follower = Follower(
        person.driver,
        person.http,
        person.member,
        lambda *_: None,
        on_aside=lambda _room, _sender, content: heard.put(content),
    )
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()

    def ask(room: RoomId, interpreter: AccountId, asked: dict[str, Any]) -> dict[str, Any]:
        until("a connection", lambda: follower.connected)
        sound = {"v": 1, "at": int(time.time() * 1000), "ask": new_id(), "t": "ask", "from": "", "back": False}
        content = json.dumps(sound | {"alternatives": 0} | asked).encode()
        follower.soon(lambda: follower.aside(room, interpreter, content))
        answer: dict[str, Any] = json.loads(heard.get(timeout=20))
        return answer

    try:
        yield ask
    finally:
        stop.set()
        thread.join(30)


def test_asked_aside_it_answers_and_nobody_else_hears_of_it(company: Company, booth: Interpreter) -> None:
    ada, kim = company.ada, company.min
    room = ada.room("Aside", kim.account, booth.account)
    read(kim, room, ada.says(room, "Hello."), "ko")
    before = ada.looks(room).data.number
    with asking(kim) as ask:
        answer = ask(room, booth.account, {"text": "우리는 동의합니다.", "to": "en", "back": True})
    assert [one["text"] for one in answer["there"]["sentences"]] == ["We agree."]
    assert [one["text"] for one in answer["back"]["sentences"]] == ["우리는 동의합니다."]
    assert ada.looks(room).data.number == before


def test_private_translations_are_the_delegation_s_alone(company: Company, packages: Path) -> None:
    ada, kim, jun = company.ada, company.min, company.jun
    with running(company.enrolled(kim, "delegation", "private", packages)) as interpreter:
        room = ada.room("Private", kim.account, interpreter.account)
        said = ada.says(room, "We agree.")
        assert read(kim, room, said, "ko") == "우리는 동의합니다."
        until("it names them", lambda: "its own delegation: Min." in interpreter.status())
        # Ada sees that something was said, and can not open it, nor is anything translated for her.
        kim.says(room, "안녕하세요.", "ko")
        # Somebody who comes later is given another key, for what is said from then on.
        kim.lets_in(room, jun.account)
        later = ada.says(room, "Hello.")
        assert read(jun, room, later, "ko") == read(kim, room, later, "ko") == "안녕하세요."
        assert jun.translations(room).text(said, "ko") is None
        seen = ada.translations(room)
        assert (seen.items, seen.private) == ([], 2)
        with asking(ada) as ask:
            assert ask(room, interpreter.account, {"text": "Hello.", "to": "ko"})["problem"] == "refused"
        with asking(jun) as ask:
            there = ask(room, interpreter.account, {"text": "안녕하세요.", "to": "en"})["there"]
            assert [one["text"] for one in there["sentences"]] == ["Hello."]
        # Both interpreters that a reader can see may say something else: that is left to the reader.


class HangingStore(Store):
    """Packages on a disk of which one file never comes."""

    def verify(self, pair: Pair) -> list[str]:
        if pair == ("en", "ko"):
            threading.Event().wait()
        return super().verify(pair)


def test_two_in_one_room_each_say_what_they_make_of_it(
    company: Company, booth: Interpreter, archives: dict[str, Path]
) -> None:
    other = Store(company.folder / "other languages")
    other.install(archives["drops_negation"], checked=False)
    theirs = company.enrolled(company.min, "room", "theirs", other.folder)
    with running(theirs):
        ada, kim = company.ada, company.min
        room = ada.room("Two", kim.account, booth.account, theirs.account)
        said = ada.says(room, "We do not agree.")

        def both() -> dict[AccountId, list[Translation]]:
            by = kim.translations(room).by
            found = {one.account: by[one.account, said, "ko"] for one in (booth, theirs)}
            return found if all(found.values()) else {}

        made = until("both have translated", both)
        until("neither has more to say", lambda: "; 0 translations are left" in theirs.status())
        again = both()
    assert {account: len(items) for account, items in again.items()} == {booth.account: 1, theirs.account: 1}
    ours, others = (made[one.account][0].sentences[0] for one in (booth, theirs))
    assert ours.hash == others.hash
    assert (ours.text, ours.warnings) == ("우리는 동의하지 않습니다.", ())
    assert others.text != ours.text
    assert "negation" in [warning.kind for warning in others.warnings]


def test_a_model_that_hangs_is_told_and_stops_nothing_else(company: Company, packages: Path) -> None:
    ada, kim = company.ada, company.min
    enrolled = company.enrolled(ada, "room", "hanging", packages)
    room, stop = ada.room("Hanging", kim.account, enrolled.account), threading.Event()
    stuck, korean = ada.says(room, "Hello."), kim.says(room, "안녕하세요.", "ko")
    failures: list[BaseException] = []

    def interpret() -> None:
        with enrolled.opened() as (driver, http, member):
            studio = Studio(HangingStore(packages), ("en", "ko"))
            wish = Wish(private=False, backfill=9, limits=Limits(live_still_s=1.5, renewals=1))
            try:
                process.Interpreter(driver, http, member, studio, wish, lambda _: None).run(stop)
            except process.StalledError as error:
                failures.append(error)

    thread = threading.Thread(target=interpret)
    thread.start()
    assert read(ada, room, korean, "en") == "Hello."
    assert told(kim, room, stuck, "ko") == "failed"
    # Models that hang again and again end the process, so that its supervisor starts it afresh.
    again = ada.says(room, "We agree.")
    thread.join(60)
    assert not thread.is_alive()
    assert len(failures) == 1
    assert kim.translations(room).problem(again, "ko") in {"failed", None}


def test_a_changed_key_is_accepted_by_a_person(
    company: Company, packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, kim = company.ada, company.min
    enrolled = company.enrolled(ada, "room", "keys", packages)
    room = ada.room("Keys", kim.account, enrolled.account)
    with enrolled.opened() as (driver, _, member):
        driver.run(member.catch_up())
        # As if this interpreter had met another Min before.
        pins = {**member.vault.content.pins, kim.account: Pin(SigningKey.generate().public)}
        driver.run(member.vault.change(lambda content: replace(content, pins=pins)))
        gate = member.entry(room).room.gate()
        assert gate is not None
        assert gate.code == "person.key_changed"
    keys = ["interpreter", "keys", "--data", str(enrolled.data), "--passphrase-file", str(enrolled.passphrase)]
    assert main(keys) == 0
    shown = capsys.readouterr().out
    assert grouped(safety_half(kim.account, kim.member.vault.sign.public)) in shown
    assert "--accept min" in shown
    assert main([*keys, "--accept", "ada"]) == 1
    assert main([*keys, "--accept", "min"]) == 0
    capsys.readouterr()
    assert main(keys) == 0
    assert "Everybody has the key that they had before." in capsys.readouterr().out
    with enrolled.opened() as (driver, _, member):
        assert member.entry(room).room.gate() is None


def test_an_enrolled_folder_is_not_enrolled_again(
    company: Company, booth: Interpreter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["interpreter", "enroll", "--portal", company.portal.origin, "--passphrase-file", str(booth.passphrase)]
    until("it runs", lambda: "is connected" in booth.status())
    assert main([*command, "--data", str(booth.data)]) == 1
    assert "another process has the store" in capsys.readouterr().err
    booth.stop()
    assert main([*command, "--data", str(booth.data)]) == 1
    assert "holds an interpreter already" in capsys.readouterr().err
    assert main(["interpreter", "status", "--data", str(booth.data)]) == 0
    assert "It is not running." in capsys.readouterr().out
    assert main(["interpreter", "run", "--data", str(tmp_path), "--passphrase-file", str(booth.passphrase)]) == 1
    assert "holds no interpreter" in capsys.readouterr().err
    wrong = tmp_path / "wrong"
    wrong.write_text("something else", encoding="utf-8")
    assert main(["interpreter", "run", "--data", str(booth.data), "--passphrase-file", str(wrong)]) == 1
    assert "not the passphrase" in capsys.readouterr().err


def test_it_ends_when_its_owner_ends_it(company: Company, packages: Path) -> None:
    interpreter = company.enrolled(company.ada, "room", "ended", packages)
    with running(interpreter):
        until("it is connected", lambda: "is connected" in interpreter.status())
        company.ada.asks("POST", f"/api/interpreters/{interpreter.account}/end", {})
        assert interpreter.process is not None
        assert interpreter.process.wait(30) == 3
    assert "It has ended: this interpreter was ended" in interpreter.status()
