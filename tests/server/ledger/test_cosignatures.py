"""Witnesses: what they sign is kept if they are the policy's, and stands behind what is proven."""

import pytest

from portal.config import SettingsError
from portal.server.ledger import checkpoints, service
from portal.server.ledger.feature import LedgerRolledBackError
from portal.server.ledger.keys import open_signer
from portal.server.ledger.policies import read_policy
from portal.tlog.signers import Cosigner, NoteSigner
from portal.tlog.verifiers import cosigned
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import Kind
from portal.wire.ledger.note import ED25519_COSIGNATURE, Note
from portal.wire.ledger.policy import parse_policy
from portal.wire.ledger.proof import parse_proof
from tests.server.ledger.conftest import NORTH, POLICY, SOUTH, Installation, Start

STRANGER = Cosigner.from_seed("stranger.example", ED25519_COSIGNATURE, b"x" * 32)
WITNESSES = parse_policy(POLICY).witnesses


def post(installation: Installation, note: bytes) -> int:
    answer: dict[str, int] = installation.browser.ok("POST", "/ledger/cosignatures", note)
    return answer["kept"]


def refused(installation: Installation, note: bytes) -> None:
    assert installation.browser.refused("POST", "/ledger/cosignatures", note) == "ledger.refused"


@pytest.fixture
def witnessed(start: Start) -> Installation:
    """A ledger with a policy of two witnesses and its first milestone."""
    installation = start(POLICY)
    installation.record(3)
    installation.ledger.sequence()
    return installation


def test_a_proof_is_under_the_newest_checkpoint_that_enough_witnesses_saw(witnessed: Installation) -> None:
    (entry, *_) = witnessed.record(1)
    assert post(witnessed, witnessed.cosign(NORTH)) == 1
    assert post(witnessed, witnessed.cosign(NORTH, SOUTH)) == 1  # north's line is there already
    milestone = witnessed.checkpoint("milestone")
    witnessed.ledger.sequence()
    first = witnessed.portal.database.read(lambda unit: service.opened(unit, Kind.POLICY, ("policy",))[0])
    text = witnessed.proof(first.entry)
    assert text is not None
    proof = parse_proof(text)
    assert proof.checkpoint == milestone != witnessed.checkpoint()
    assert cosigned(proof.note, WITNESSES).keys() == {"north", "south"}
    # What came after it is proven under the newest one, which nobody has seen yet.
    text = witnessed.proof(entry.entry)
    assert text is not None
    assert parse_proof(text).checkpoint == witnessed.checkpoint()


def test_milestones_stand_for_a_minute(witnessed: Installation) -> None:
    first = witnessed.checkpoint("milestone")
    witnessed.record(1)
    witnessed.ledger.sequence()
    assert witnessed.checkpoint("milestone") == first != witnessed.checkpoint()
    witnessed.clock.now_ms += checkpoints.MILESTONE_MS
    witnessed.ledger.sequence()
    assert witnessed.checkpoint("milestone") == witnessed.checkpoint() != first


def test_the_newest_cosignatures_of_each_witness_are_kept(witnessed: Installation) -> None:
    post(witnessed, witnessed.cosign(NORTH, SOUTH))
    for _ in range(3):
        witnessed.record(1)
        witnessed.clock.now_ms += checkpoints.MILESTONE_MS
        witnessed.ledger.sequence()
        post(witnessed, witnessed.cosign(NORTH))
    with witnessed.portal.database.engine.connect() as connection:
        sizes = connection.exec_driver_sql("SELECT size, witness FROM ledger_cosignature ORDER BY size, witness").all()
    newest = witnessed.checkpoint().size
    # South's, with what met the policy there; and north's newest.
    assert [tuple(row) for row in sizes] == [(newest - 3, "north"), (newest - 3, "south"), (newest, "north")]
    assert cosigned(witnessed.note(), WITNESSES).keys() == {"north"}


def test_what_is_not_a_cosignature_of_this_log_is_refused(witnessed: Installation) -> None:
    at_s, real = witnessed.clock() // 1000, witnessed.checkpoint()
    refused(witnessed, witnessed.cosign())
    refused(witnessed, witnessed.cosign(STRANGER))
    refused(witnessed, b"\xff\xfe")
    refused(witnessed, b"nothing")
    note = witnessed.note()
    broken = Note(note.text, (*note.signatures, NORTH.cosign(Checkpoint(real.origin, real.size, bytes(32)), at_s)))
    refused(witnessed, broken.to_text().encode())
    early = Note(note.text, (*note.signatures, NORTH.cosign(real, at_s + checkpoints.AHEAD_MAX_S + 1)))
    refused(witnessed, early.to_text().encode())
    other = NoteSigner.from_seed(real.origin, b"o" * 32).sign(real.to_text())
    refused(witnessed, Note(other.text, (*other.signatures, NORTH.cosign(real, at_s))).to_text().encode())
    with witnessed.portal.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger_cosignature").scalar() == 0


@pytest.mark.parametrize("size", [2, 1000])
def test_what_the_log_signed_and_does_not_hold_stops_it(witnessed: Installation, start: Start, size: int) -> None:
    """A witness remembers what a log forgets whose database and keys were put back together."""
    signed = Checkpoint(witnessed.ledger.key.name, size, bytes(32))
    signer = open_signer(witnessed.portal.settings.keys_dir, signed.origin)
    note = signer.sign(signed.to_text())
    line = NORTH.cosign(signed, witnessed.clock() // 1000)
    refused(witnessed, Note(note.text, (*note.signatures, line)).to_text().encode())
    witnessed.record(1)
    for ledger in (witnessed.ledger, start(POLICY).ledger):
        with pytest.raises(LedgerRolledBackError, match=f"has signed {size} entries"):
            ledger.sequence()


@pytest.mark.slow
def test_another_policy_is_entered_and_judges_anew(witnessed: Installation, start: Start) -> None:
    post(witnessed, witnessed.cosign(NORTH))
    size = witnessed.checkpoint().size
    witnessed.record(1)
    again = start(f"witness north {NORTH.key.to_text()}\nquorum north\n")
    again.ledger.sequence()
    assert again.checkpoint().size == size + 2
    assert again.text("policy").endswith("quorum north\n")
    numbers = again.portal.database.read(lambda unit: service.opened(unit, Kind.POLICY, ("policy",)))
    assert [one.number for one in numbers] == [1, 0]
    text = again.proof(numbers[1].entry)
    assert text is not None
    assert parse_proof(text).checkpoint.size == size  # one witness is enough now


def test_a_file_that_is_no_policy_is_said_at_start(start: Start) -> None:
    with pytest.raises(SettingsError, match="line 1"):
        start("quorum nobody\n")
    with pytest.raises(SettingsError, match="can not read"):
        read_policy("/nowhere")
    assert read_policy("") == "quorum none\n"
