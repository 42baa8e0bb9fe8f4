"""A person with two browsers, and what happens when one of them is taken away."""

from typing import Final

from playwright.sync_api import expect

from tests.browser.cast import KOREA, newcomer
from tests.browser.navigators.person import Person
from tests.browser.stage import Stage
from tests.browser.stored import opened_store

# What the browser's databases hold; the one that waits for the next sign-in has its own new key, and nothing else.
VALUES_KEPT: Final = """async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  let kept = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    kept += await settled(database.transaction("values").objectStore("values").count());
    database.close();
  }
  return kept;
}"""


def test_a_second_browser_by_passphrase_reads_everything_until_it_is_revoked(
    stage: Stage, administrator: Person, weber: Person
) -> None:
    park = newcomer(stage, "Park Ji-ho")
    park.onboards(administrator.invites(KOREA, ["delegate"]))
    park.creates_room("bilateral", "Two browsers", with_=[weber])
    park.says("Written in the office.")
    weber.opens_room("Two browsers")
    weber.says("Heard.")
    park.reads("Heard.")

    at_home = newcomer(stage, "Park Ji-ho")
    at_home.signs_in()
    at_home.is_in()
    at_home.opens_room("Two browsers")
    at_home.reads_all("Written in the office.", "Heard.")
    at_home.says("Written at home.")
    for person in (park, weber):
        person.reads("Written at home.")
    weber.opens_panel("members")
    expect(weber.member(park)).to_contain_text(weber.words("device.browser.other", count=2))
    assert at_home.room_code() == weber.room_code()

    expect(park.devices()).to_have_count(2)
    park.revokes_the_other_device()
    at_home.page.get_by_role("heading", name=at_home.words("revoked.title")).wait_for()
    assert at_home.asks("GET", "/api/rooms") in {401, 403}

    weber.says("After the revocation.")
    park.opens_room("Two browsers")
    park.reads("After the revocation.")
    park.says("And so it goes on.")
    weber.reads("And so it goes on.")
    weber.opens_panel("members")
    expect(weber.member(park)).to_contain_text(weber.words("device.browser.one", count=1))
    at_home.page.reload()
    at_home.is_at_sign_in()


def test_signing_out_takes_everything_off_the_browser(stage: Stage, administrator: Person, weber: Person) -> None:
    song = newcomer(stage, "Song Da-eun")
    song.onboards(administrator.invites(KOREA, ["delegate"]))
    song.creates_room("bilateral", "Before sign-out", with_=[weber])
    song.says("Kept for later.")
    assert any(b"Kept for later." in value for value in opened_store(song.page).values())
    song.signs_out()
    assert opened_store(song.page) == {}
    song.signs_in()
    song.is_in()
    song.opens_room("Before sign-out")
    song.reads("Kept for later.")
