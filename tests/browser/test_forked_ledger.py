"""A server that shows two people two ledgers: one message between them, and both signed histories are kept."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from portal.member.ledger.evidence import verify_evidence
from portal.member.work import Ask, MemberError
from portal.tlog.signers import NoteSigner
from portal.tlog.verifiers import verify_checkpoint
from portal.wire.ledger.note import parse_vkey
from portal.wire.ledger.tiles import TilePlace, parse_bundle
from tests.browser.cast import KOREA
from tests.browser.middlebox import Middlebox, Request, Response
from tests.browser.navigators.person import Person
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage
from tests.member.logs import ShownLog


def forked(portal: PortalProcess) -> tuple[Callable[[Request, Response], Response], int]:
    """The portal's own ledger as it stands now, signed with its own key; but it goes on with other entries.

    The second is how many it has.
    """
    key = parse_vkey(urllib.request.urlopen(f"{portal.origin}/ledger/key").read().decode().strip())
    signer = NoteSigner.from_seed(key.name, (portal.data_dir / "keys" / "ledger").read_bytes())
    note = urllib.request.urlopen(f"{portal.origin}/ledger/checkpoint").read().decode()
    size = verify_checkpoint(note, key).size
    place = TilePlace(None, 0, size).to_text()
    entries = parse_bundle(urllib.request.urlopen(f"{portal.origin}/ledger/tile/{place}").read(), size)
    log = ShownLog(signer, entries).grow(3, "for one of them alone")

    def answer(request: Request, response: Response) -> Response:
        if not request.path.startswith("/ledger/"):
            return response
        try:
            said = log.ask(Ask("GET", request.path))
        except MemberError as error:
            refusal = {"error": {"code": error.code, "message": "", "detail": {}}}
            return Response(404, response.headers, json.dumps(refusal).encode())
        return Response(200, response.headers, said if isinstance(said, bytes) else json.dumps(said).encode())

    return answer, len(log.history)


def test_two_histories_of_the_ledger(browser: Browser, tmp_path: Path) -> None:
    """A server of its own: what has once been shown does not go away."""
    with (
        PortalProcess(tmp_path / "data") as portal,
        Middlebox(portal.side_port, portal.port) as middlebox,
        Stage(browser, portal.origin) as stage,
    ):
        administrator, kim = (Person(name, stage.profile(name)) for name in ("Anna Keller", "Kim Seo-yeon"))
        weber = Person("Jonas Weber", stage.profile("Jonas Weber", origin=portal.side_origin))
        administrator.onboards(portal.administrator_link)
        administrator.makes_delegation(KOREA, "KR")
        kim.onboards(administrator.invites(KOREA, ["delegate"]))
        weber.onboards(administrator.invites(KOREA, ["delegate"]).replace(portal.origin, portal.side_origin))
        _are_told(kim, weber, portal, middlebox)


def _are_told(kim: Person, weber: Person, portal: PortalProcess, middlebox: Middlebox) -> None:
    kim.goes_home()
    kim.creates_room("bilateral", "Ledger", with_=[weber])
    kim.says("Here we are.")
    weber.goes_home()
    weber.opens_room("Ledger")
    weber.reads("Here we are.")
    middlebox.on_response, size = forked(portal)
    weber.page.reload()
    weber.opens_settings("ledger")
    expect(weber.page.get_by_role("definition").first).to_have_text(str(size))
    expect(weber.page.get_by_text(weber.words("ledger.nothing"))).to_be_visible()
    weber.goes_home()
    weber.opens_room("Ledger")
    weber.says("This is what I was shown.")
    kim.reads("This is what I was shown.")
    kim.sees("ledgerFinding.split.title")
    kim.sees("ledgerFinding.split.member", name=weber.name)
    with kim.page.expect_download() as saved:
        kim.button("ledgerFinding.save").first.click()
    assert verify_evidence(saved.value.path().read_bytes()) in {"proven", "signed"}
    kim.says("Writing goes on.")
    weber.reads("Writing goes on.")
    kim.opens_settings("ledger")
    expect(kim.page.get_by_text(kim.words("ledgerFinding.seen"))).to_be_visible()
