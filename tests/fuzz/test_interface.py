"""The description of the HTTP interface is the application's, and the application keeps to it."""

import json
import re
from typing import Any, Final

import pytest

from portal.server.admin.openapi import description
from portal.server.openapi import operations
from tests.fuzz.conftest import Served
from tests.fuzz.interface import fuzz_interface
from tests.machine.tools import ROOT

WRITTEN: Final = ROOT / "docs/openapi.json"
EXAMPLES: Final = 1


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(description())
    return found


def test_the_written_description_is_that_of_this_program(described: dict[str, Any]) -> None:
    written = json.loads(WRITTEN.read_text(encoding="utf-8"))
    assert written == described, "run: portal admin openapi --to docs/openapi.json"


def test_every_route_of_the_interface_is_described_with_its_refusals(described: dict[str, Any]) -> None:
    found = {(path, method): operation for path, method, operation in operations(described)}
    assert len(found) > 60
    for (path, method), operation in found.items():
        answers = operation["responses"]
        assert any(status.startswith("2") for status in answers), path
        assert {"400", "404", "429", "500"} <= answers.keys(), path
        assert method == "get" or {"403", "413"} <= answers.keys(), path
        assert ("security" in operation) == ("session.required" in str(answers.get("401"))), path
        assert set(re.findall(r"{(\w+)}", path)) <= {one["name"] for one in operation["parameters"]}


def test_every_body_that_a_view_reads_is_described(described: dict[str, Any]) -> None:
    changing = [operation for _, method, operation in operations(described) if method in {"post", "put", "patch"}]
    assert [one["operationId"] for one in changing if "requestBody" not in one] == []


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(described))):
        place: Any = described
        for name in reference.split("/"):
            place = place[name]
        assert place


@pytest.mark.slow
def test_the_interface_keeps_to_its_description(described: dict[str, Any], served: Served) -> None:
    asked, failures = fuzz_interface(described, served.origin, served.session, examples=EXAMPLES, seed=1)
    assert asked > 2 * EXAMPLES * 40
    assert not failures, "\n".join(failures)
    assert not served.defects()
