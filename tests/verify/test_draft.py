"""Exported drafts: a treaty of two delegations, signed, receipted, in the ledger; and what is changed of it since."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from portal.cli import main
from portal.member.e2ee import opaque
from portal.member.e2ee.draft import draft_bundle_signed_bytes
from portal.server.core.context import EXTENSION, Portal
from portal.server.drafts import roots
from portal.server.ledger.feature import Ledger
from portal.verify.asked import Trust
from portal.verify.draft import check_draft
from portal.verify.verdict import Outcome, Verdict
from portal.wire.ids import b64
from portal.wire.ledger.note import parse_vkey
from tests.member.drafts.table import (
    Negotiator,
    Table,
    agreed,
    exported,
    negotiator,
    opened,
    opens_for_signing,
    signs,
)
from tests.member.inside import administrator, settled
from tests.verify.mutated import CHANGES

MUTATIONS: Final = 100


@dataclass
class Treaty:
    """A signed draft, and the bundles that Ada exported of it."""

    table: Table
    chair: Negotiator
    audit: bytes
    public: bytes
    key: str

    @property
    def trust(self) -> Trust:
        """Of somebody who knows the ledger's key."""
        return Trust((parse_vkey(self.key),))

    def signed_anew(self, lines: list[dict[str, Any]]) -> bytes:
        """These lines as Ada's device signs them: what only the content can give away."""
        body = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines).encode()
        key = self.chair.person.member.session.identity.key
        sig = key.sign(draft_bundle_signed_bytes(hashlib.sha256(body).digest()))
        return body + json.dumps({"end": len(lines), "sig": b64(sig)}, separators=(",", ":")).encode() + b"\n"


@pytest.fixture(scope="module")
def treaty(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Treaty]:
    folder = tmp_path_factory.mktemp("treaty")
    with pytest.MonkeyPatch.context() as patch, settled(folder, sqlite_template) as app:
        patch.setattr(opaque, "Stretching", partial(opaque.Stretching, 1, 64, 1))
        ada = administrator(app, folder)
        bob = negotiator(ada, app, folder, "bob", "KR")
        delegation = next(one["id"] for one in ada.asks("GET", "/api/delegations") if one["code"] == "NL")
        ada.run(ada.member.people.fetch_all())
        chair = Negotiator(ada, delegation)
        table = opened(chair, [(bob, "pen")])
        table.writes(bob, 2, "The Parties shall meet every year.")
        agreed(table, chair, [bob])
        opens_for_signing(table, chair, [bob, chair])
        signs(table, bob, "Bob Kim")
        signs(table, chair, "Ada L.")
        portal: Portal = app.extensions[EXTENSION]
        portal.database.write(roots.record_roots)
        portal.get(Ledger).sequence()
        ada.run(ada.member.look_at_ledger())
        key = ada.member.ledger.state.vkey
        assert key is not None
        yield Treaty(table, chair, exported(table, chair), exported(table, chair, "public"), key)


def checked(folder: Path, raw: bytes, trust: Trust) -> Verdict:
    file = folder / "draft.jsonl"
    file.write_bytes(raw)
    return check_draft(file, trust)


def bad(verdict: Verdict) -> set[str]:
    return {one.code for one in verdict.findings if one.outcome is Outcome.BAD}


def lines_of(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.decode().splitlines()][:-1]


def test_both_grades_are_good_and_say_what_they_show(
    treaty: Treaty, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit, public = (checked(tmp_path, raw, treaty.trust) for raw in (treaty.audit, treaty.public))
    assert audit.outcome is Outcome.GOOD, audit.to_text()
    assert {one.code for one in audit.findings} >= {"stream", "receipt", "acts", "text", "signature", "ledger", "key"}
    assert audit.facts["stage"] == "signed"
    assert public.outcome is Outcome.GOOD, public.to_text()
    assert {one.code for one in public.findings} == {"end", "signature", "key", "ledger"}
    assert audit.facts["root"] == public.facts["root"]
    file = tmp_path / "draft.jsonl"
    assert main(["verify", "draft", str(file), "--key", treaty.key]) == 0
    assert "GOOD" in capsys.readouterr().out
    for secret in (b'"key":', b'"envelope":'):
        assert secret not in treaty.public
    file.write_bytes(b"{}\n")
    assert main(["verify", "draft", str(file)]) == 2
    assert "no exported draft" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("grade", ["audit", "public"])
def test_of_a_hundred_changed_bytes_none_passes(treaty: Treaty, tmp_path: Path, grade: str) -> None:
    raw, chance = getattr(treaty, grade), random.Random(6)
    for _ in range(MUTATIONS):
        changed = bytearray(raw)
        while bytes(changed) == raw:
            chance.choice(CHANGES)(changed, chance.randrange(len(changed)), chance)
        file = tmp_path / "draft.jsonl"
        file.write_bytes(bytes(changed))
        assert main(["verify", "draft", str(file), "--key", treaty.key]) != 0, bytes(changed)


def test_what_an_exporter_leaves_out_or_puts_in_is_found(treaty: Treaty, tmp_path: Path) -> None:
    whole = lines_of(treaty.audit)
    assert checked(tmp_path, treaty.signed_anew(whole), treaty.trust).outcome is Outcome.GOOD
    items = [place for place, line in enumerate(whole) if "envelope" in line]
    texts = [place for place, line in enumerate(whole) if "leaves" in line]
    signature = next(place for place, line in enumerate(whole) if "signature" in line)
    receipt = json.loads(json.dumps(whole[items[1]]))["receipt"]
    leaf = json.loads(json.dumps(whole[texts[0]]))
    leaf["leaves"][2]["text"] = "The Parties may meet."
    attempts: list[tuple[list[dict[str, Any]], set[str]]] = [
        (whole[: items[3]] + whole[items[3] + 1 :], {"chain"}),  # an act is missing
        ([*whole[: items[0]], whole[items[0]] | {"receipt": receipt}, *whole[items[0] + 1 :]], {"receipt"}),
        ([*whole[: items[0]], whole[items[0]] | {"at_ms": 5}, *whole[items[0] + 1 :]], {"receipt"}),
        ([*whole[: texts[0]], leaf, *whole[texts[0] + 1 :]], {"text", "signature"}),
        (whole[:signature] + whole[signature + 1 :], {"signature"}),
        ([line for line in whole if "leaves" not in line], {"text", "signature"}),
    ]
    for lines, codes in attempts:
        verdict = checked(tmp_path, treaty.signed_anew(lines), treaty.trust)
        assert bad(verdict) >= codes, verdict.to_text()
    keyless = [line for line in whole if "key" not in line]
    verdict = checked(tmp_path, treaty.signed_anew(keyless), treaty.trust)
    assert {one.code for one in verdict.findings if one.outcome is Outcome.UNKNOWN} >= {"sealed", "acts", "document"}
    assert verdict.outcome is not Outcome.GOOD
    public = lines_of(treaty.public)
    public[next(place for place, line in enumerate(public) if "leaves" in line)] = leaf
    assert bad(checked(tmp_path, treaty.signed_anew(public), treaty.trust)) == {"signature"}
