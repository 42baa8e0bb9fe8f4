"""One draft between a browser's engine and the command line, on a running server; and what each takes away of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.cli import main
from portal.wire.ids import new_id
from tests.browser.portal_process import PortalProcess
from tests.member.live import PASSPHRASE, Browsers

pytestmark = pytest.mark.slow


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[PortalProcess]:
    with PortalProcess(tmp_path / "data") as running:
        yield running


@pytest.fixture
def browsers(portal: PortalProcess, client_packages: None) -> Iterator[Browsers]:
    with Browsers(portal) as people:
        yield people


def test_a_browser_and_a_command_line_negotiate_one_clause(
    portal: PortalProcess, browsers: Browsers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    min_ = browsers.ask("invite", by="Ada", name="Min")
    room = browsers.ask("room", by="Ada", name="Talks", members=[min_["account"]], history="all")
    store = ["--store", str(tmp_path / "min"), "--key-file", str(tmp_path / "min.key"), "--json"]
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE, "utf-8")

    def asks(*words: str) -> list[dict[str, Any]]:
        assert main(["room", *words, *store]) == 0, capsys.readouterr().err
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    asks("sign-in", portal.origin, min_["handle"], "--passphrase-file", str(passphrase))
    pen = {"account": min_["account"], "delegation": new_id(), "right": "pen"}
    wish = {"title": "Treaty", "words": "We meet.", "delegation": new_id(), "pens": [pen]}
    made = browsers.ask("draft", by="Ada", room=room, **wish)
    [listed] = asks("drafts", "Talks")
    assert (listed["draft"], listed["title"], listed["right"]) == (made["draft"], "Treaty", "pen")
    here = ("Talks", "Treaty")
    [clause] = asks("draft", "show", *here)
    assert (clause["node"], clause["text"]) == (made["node"], {"en": "We meet."})

    # Words go to and fro.
    asks("draft", "write", *here, clause["number"], "We meet every year 🕊️.")
    browsers.ask("clause", by="Ada", words="We meet every year 🕊️.")
    browsers.ask("writes", by="Ada", words="We shall meet every year 🕊️.")
    assert _until(lambda: asks("draft", "show", *here)[0]["text"]["en"] == "We shall meet every year 🕊️.")

    # So do acts; what counts, counts for both.
    [done] = asks("draft", "act", *here, "accept", "--note", "with thanks")
    assert done["refused"] is None
    assert done["receipt"]
    [refused] = asks("draft", "act", *here, "agree")
    assert refused["refused"] == "right"
    hash_ = asks("draft", "show", *here)[0]["hash"]["en"]
    items = [{"node": made["node"], "lang": "en", "hash": hash_}]
    stance = [{**items[0], "stance": "accept"}]
    browsers.ask("act", by="Ada", content={"v": 1, "t": "position", "at": 1, "items": stance})
    browsers.ask("act", by="Ada", content={"v": 1, "t": "authentic", "at": 1, "langs": ["en"]})
    browsers.ask("act", by="Ada", content={"v": 1, "t": "agree", "at": 1, "items": items, "level": "agreed"})
    there = browsers.ask("stands", by="Ada")
    assert (there["problem"], there["receipts"]) == (None, True)
    assert there["acts"]["refused"] == {str(refused["number"]): "right"}
    assert asks("draft", "show", *here)[0]["state"] == "agreed"

    # Both take it away, in both grades, and strangers check it: it is the same text.
    facts = []
    for grade in ("audit", "public"):
        ours, theirs = tmp_path / f"ours-{grade}", tmp_path / f"theirs-{grade}"
        asks("draft", "export", *here, str(ours), *(["--public"] if grade == "public" else []))
        theirs.write_text(browsers.ask("takenAway", by="Ada", grade=grade), "utf-8")
        for file in (ours, theirs):
            status = main(["verify", "draft", str(file), "--json"])
            verdict = json.loads(capsys.readouterr().out)
            assert "bad" not in {one["outcome"] for one in verdict["findings"]}, verdict
            assert status == 0, verdict
            facts.append(verdict["facts"])
    assert len({one["root"] for one in facts}) == 1
    assert facts[0]["acts"] == facts[1]["acts"]
    assert facts[0]["head"] == facts[1]["head"]


def _until(holds: Callable[[], bool]) -> bool:
    return any(holds() for _ in range(20))
