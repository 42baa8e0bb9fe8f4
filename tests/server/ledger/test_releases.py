"""What browsers are served becomes an entry when it changes, and only then."""

import json

from portal.server.ledger import service
from portal.server.ledger.releases import Release, record_release, shown
from portal.wire.ledger.entries import Kind
from portal.wire.ledger.proof import parse_proof
from tests.server.ledger.conftest import Installation


def entered(installation: Installation) -> int:
    rows = installation.portal.database.read(lambda unit: service.opened(unit, Kind.RELEASE, ("release",)))
    return len(rows)


def test_a_release_is_entered_once_and_again_when_a_file_changes(installation: Installation) -> None:
    database, release = installation.portal.database, installation.portal.get(Release)
    installation.ledger.sequence()
    assert entered(installation) == 1
    database.write(lambda unit: record_release(unit, release))
    assert entered(installation) == 1
    changed = Release({**release.manifest, "files": {**release.manifest["files"], "/": "00" * 32}})
    database.write(lambda unit: record_release(unit, changed))
    assert entered(installation) == 2
    assert database.read(lambda unit: shown(unit, release))["transparency"] is None, "it is not the newest any more"


def test_everybody_can_fetch_the_list_with_its_proof(installation: Installation) -> None:
    assert json.loads(installation.text("release.json"))["transparency"] is None
    installation.ledger.sequence()
    answer = json.loads(installation.text("release.json"))
    assert answer["manifest"]["default_index"] == "/"
    assert parse_proof(answer["transparency"]["proof"]).checkpoint == installation.checkpoint()
