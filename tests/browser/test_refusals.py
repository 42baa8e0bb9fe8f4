"""What can go wrong before and around the rooms: each says what happened, what was kept, and the way on."""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.cast import GERMANY, KOREA, newcomer
from tests.browser.middlebox import Middlebox, Request, Response
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import LAUNCH_ARGUMENTS, SURROUNDINGS, Stage

WORKER = re.compile(r"/static/worker-[^/]+\.js")
# Seen by the page and, because a worker does not run init scripts, put before the worker's own code as well.
WITHOUT_ED25519 = """
for (const name of ["generateKey", "importKey"]) {
  const real = SubtleCrypto.prototype[name];
  SubtleCrypto.prototype[name] = function (...given) {
    const named = given.some((each) => each === "Ed25519" || each?.name === "Ed25519");
    if (named) return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
    return real.apply(this, given);
  };
}
"""
TWO_DAYS_AHEAD = """
{
  const ahead_ms = 2 * 86400 * 1000;
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...given) { given.length === 0 ? super(RealDate.now() + ahead_ms) : super(...given); }
    static now() { return RealDate.now() + ahead_ms; }
  };
}
"""


@pytest.fixture
def middlebox(portal: PortalProcess) -> Iterator[Middlebox]:
    with Middlebox(portal.side_port, portal.port) as listening:
        yield listening


def in_a_browser_that(stage: Stage, portal: PortalProcess, middlebox: Middlebox, name: str, script: str) -> Person:
    """Somebody in whose browser ``script`` runs before the page's and the worker's own."""

    def before_worker(request: Request, response: Response) -> Response:
        if not WORKER.fullmatch(request.path):
            return response
        return Response(response.status, response.headers, script.encode() + response.body)

    middlebox.on_response = before_worker
    profile = stage.profile(name, origin=portal.side_origin)
    profile.context.add_init_script(script)
    return Person(name, profile)


def test_a_wrong_passphrase_says_so_and_leads_on(stage: Stage, kim: Person) -> None:
    other = newcomer(stage, kim.name)
    other.passphrase = kim.passphrase
    other.signs_in("not the one that was chosen")
    other.sees("error.signin.refused")
    other.signs_in()
    other.is_in()


def test_an_unknown_name_is_answered_as_a_wrong_passphrase(stage: Stage) -> None:
    nobody = newcomer(stage, "Nobody Here")
    nobody.signs_in()
    nobody.sees("error.signin.refused")


def test_a_mistyped_recovery_key_is_told_from_a_wrong_one(stage: Stage, kim: Person) -> None:
    other = newcomer(stage, kim.name)
    groups = kim.recovery_key.split("-")
    other.recovery_key = "-".join(["0000" if groups[0] != "0000" else "1111", *groups[1:]])
    other.signs_in_with_recovery_key()
    other.sees("error.recovery_key.check")


def test_a_used_invitation_is_refused(stage: Stage, administrator: Person) -> None:
    link = administrator.invites(GERMANY, ["delegate"])
    first = newcomer(stage, "Eva Brandt")
    first.onboards(link)
    second = newcomer(stage, "Somebody Else")
    second.opens_invitation(link)
    second.sees("error.invitation.used")
    second.button("onboarding.toSignIn").click()
    second.is_at_sign_in()


def test_an_expired_invitation_is_refused(stage: Stage, portal: PortalProcess, administrator: Person) -> None:
    link = administrator.invites(KOREA, ["delegate"])
    invitation = re.split(r"[./]", link.rpartition("/invitation/")[2])[0]
    with sqlite3.connect(portal.database_path) as connection:
        changed = connection.execute(
            "UPDATE invitation SET expires_s = ? WHERE id = ?", (int(time.time()) - 60, invitation)
        )
        assert changed.rowcount == 1
    connection.close()
    late = newcomer(stage, "Late Comer")
    late.opens_invitation(link)
    late.sees("error.invitation.expired")


def test_an_invitation_with_another_secret_is_refused(stage: Stage, administrator: Person) -> None:
    link = administrator.invites(KOREA, ["delegate"])
    forger = newcomer(stage, "For Ger")
    forger.opens_invitation(link[:-6] + "AAAAAA")
    forger.sees("error.invitation.unknown")


def test_the_secret_of_an_invitation_leaves_the_address_bar(stage: Stage, administrator: Person) -> None:
    link = administrator.invites(KOREA, ["delegate"])
    reader = newcomer(stage, "Careful Reader")
    reader.opens_invitation(link)
    reader.button("onboarding.begin").wait_for()
    secret = re.split(r"[./]", link.rpartition("/invitation/")[2])[1]
    assert secret not in reader.page.url
    assert not [line for line in reader.profile.watch.requests if secret in line]


def test_a_browser_without_the_needed_cryptography_is_told_so(
    stage: Stage, portal: PortalProcess, middlebox: Middlebox
) -> None:
    old = in_a_browser_that(stage, portal, middlebox, "Old Browser", WITHOUT_ED25519)
    old.profile.opens()
    old.sees("unsupported.title")
    old.page.locator("summary").click()
    expect(old.page.get_by_text("Ed25519")).to_be_visible()


def test_a_clock_that_is_wrong_by_days_is_said(
    stage: Stage, portal: PortalProcess, middlebox: Middlebox, kim: Person, weber: Person
) -> None:
    kim.creates_room("bilateral", "Wrong clock", with_=[weber])
    kim.says("What time is it?")
    other = in_a_browser_that(stage, portal, middlebox, kim.name, TWO_DAYS_AHEAD)
    other.signs_in()
    other.sees("banner.clock.title")
    other.opens_room("Wrong clock")
    other.reads("What time is it?")


def test_a_full_disk_is_said_and_what_was_typed_is_kept(
    stage: Stage, playwright: Playwright, chromium: Path, tmp_path: Path, administrator: Person, weber: Person
) -> None:
    # Chromium holds to the limit in profiles on the disk only, and counts anew when no page of the portal is open.
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=chromium, args=LAUNCH_ARGUMENTS, **SURROUNDINGS
    )
    hong = Person("Hong Bora", stage.takes("Hong Bora", context))
    hong.onboards(administrator.invites(KOREA, ["delegate"]))
    hong.creates_room("bilateral", "Full disk", with_=[weber])
    hong.says("There is room.")
    with_space(hong, 20_000_000)
    hong.opens_room("Full disk")
    hong.reads("There is room.")
    hong.page.evaluate(FILL_UP)
    hong.types("There is none.")
    hong.composer.press("Enter")
    hong.sees("banner.storage.title")
    kept = hong.composer.input_value() == "There is none." or hong.message("There is none.").count() == 1
    assert kept, "what was typed is gone"

    # The same at the next visit, when nothing at all can be written from the beginning.
    hong.page.evaluate(FILL_UP)
    hong.profile.opens()
    banner = hong.sees("banner.storage.title")
    hong.opens_room("Full disk")
    hong.reads("There is room.")
    hong.page.evaluate(MAKE_ROOM)
    expect(banner).to_be_hidden(timeout=30_000)
    hong.says("There is room again.")


MAKE_ROOM = """() => new Promise((resolve, reject) => {
  const deleting = indexedDB.deleteDatabase("filling");
  deleting.onsuccess = () => resolve();
  deleting.onerror = () => reject(deleting.error);
})"""
# Writes into a database of its own until the browser takes not a byte more.
FILL_UP = """async () => {
  const opening = indexedDB.open("filling", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("filling", {autoIncrement: true});
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const put = (size) => new Promise((resolve) => {
    const writing = opening.result.transaction("filling", "readwrite", {durability: "strict"});
    const random = new Uint8Array(size);
    for (let at = 0; at < size; at += 65536) crypto.getRandomValues(random.subarray(at, at + 65536));
    writing.objectStore("filling").put(random);
    writing.oncomplete = () => resolve(true);
    writing.onabort = () => resolve(false);
  });
  for (let size = 1e6; size >= 1; size /= 10) while (await put(size));
  opening.result.close();
}"""


def with_space(person: Person, space_bytes: int) -> None:
    """Leave the portal, let the browser have only so much space for it, and come back."""
    page = person.page
    protocol = person.profile.context.new_cdp_session(page)
    protocol.send("Storage.overrideQuotaForOrigin", {"origin": person.profile.origin, "quotaSize": space_bytes})
    page.goto("about:blank")
    page.wait_for_timeout(3000)
    person.profile.opens()


@pytest.mark.parametrize("address", ["#/room/AAAAAAAAAAAAAAAAAAAAAA", "#/nonsense", "#/room/%00"])
def test_an_address_that_leads_nowhere_leads_back(kim: Person, address: str) -> None:
    kim.profile.opens(address)
    expect(kim.page.get_by_role("navigation", name=kim.words("rooms.title"))).to_be_visible()
