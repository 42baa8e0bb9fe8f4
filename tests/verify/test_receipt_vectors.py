"""What is found in receipts is what was found when the browser's vectors were made."""

import json

from tests.wire.browser_vectors import VECTORS
from tests.wire.ledger.make_receipt_vectors import made


def test_receipts_are_judged_as_the_vectors_say() -> None:
    written = json.loads((VECTORS / "ledger_receipts.json").read_text("utf-8"))
    assert json.loads(json.dumps(made())) == written
    assert ["block", "bad"] in [found for one in written["changes"] for found in one["findings"]]
