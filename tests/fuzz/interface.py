"""Schemathesis against a portal that serves: every operation of its own description, asked rightly and wrongly."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS: Final = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
ENDS_THE_SESSION: Final = frozenset({"accounts.sign_out"})


def fuzz_interface(
    description: Mapping[str, Any], base_url: str, session: Mapping[str, str], *, examples: int, seed: int
) -> tuple[int, Sequence[str]]:
    """Ask each operation ``examples`` times with good and as often with bad input; return how often, and what failed.

    ``session`` is the cookie of somebody signed in.
    """
    logging.getLogger("schemathesis").setLevel(logging.ERROR)
    schema = schemathesis.openapi.from_dict(dict(description))
    asked, failures = 0, []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # an error of the description ends the run here
        if operation.definition.raw["operationId"] in ENDS_THE_SESSION:
            continue
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            count, failure = _fuzz_one(operation, mode, base_url, session, examples, seed)
            asked += count
            failures += [f"{operation.label} ({mode.value}): {failure}"] if failure else []
    return asked, failures


def _fuzz_one(
    operation: Any, mode: Any, base_url: str, session: Mapping[str, str], examples: int, seed: int
) -> tuple[int, str]:
    count = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal count
        count += 1
        answer = case.call(base_url=base_url, headers={"Origin": base_url}, cookies=dict(session))
        case.validate_response(answer, checks=list(CHECKS))

    try:
        ask()
    except hypothesis.errors.Unsatisfiable:
        return count, ""  # an operation without arguments can not be asked wrongly
    except (AssertionError, ExceptionGroup, schemathesis.errors.SchemathesisError) as failure:
        return count, str(failure)[:2000]
    return count, ""
