"""``portal verify mls``: portal.mls against the official test vectors of RFC 9420."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from portal.mls.errors import MlsError
from portal.mls.suites import SUITES
from portal.verify import mls_groups, mls_parts
from portal.verify.mls_parts import CheckError, Entry

CHECKS: Final[Mapping[str, Callable[[Entry], None]]] = MappingProxyType(
    {
        "crypto-basics.json": mls_parts.check_crypto_basics,
        "deserialization.json": mls_parts.check_deserialization,
        "key-schedule.json": mls_parts.check_key_schedule,
        "message-protection.json": mls_parts.check_message_protection,
        "messages.json": mls_parts.check_messages,
        "passive-client-handling-commit.json": mls_groups.check_passive_client,
        "passive-client-random.json": mls_groups.check_passive_client,
        "passive-client-welcome.json": mls_groups.check_passive_client,
        "psk_secret.json": mls_parts.check_psk_secret,
        "secret-tree.json": mls_parts.check_secret_tree,
        "transcript-hashes.json": mls_parts.check_transcript_hashes,
        "tree-math.json": mls_parts.check_tree_math,
        "tree-operations.json": mls_parts.check_tree_operations,
        "tree-validation.json": mls_parts.check_tree_validation,
        "treekem.json": mls_groups.check_treekem,
        "welcome.json": mls_parts.check_welcome,
    }
)
"""What each official file is checked by."""


class VectorsError(Exception):
    """There is nothing to check."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a file went; ``not_applicable`` are entries of suites that this package does not have."""

    passed: int
    failures: tuple[str, ...]
    not_applicable: int


def entries(path: Path) -> list[Any]:
    """Return the entries of a file; VectorsError if it is none."""
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path.name} can not be read: {error}"
        raise VectorsError(msg) from error
    if not isinstance(read, list):
        msg = f"{path.name} holds no list of test vectors"
        raise VectorsError(msg)
    return read


def check_file(name: str, given: Iterable[Any]) -> Outcome:
    """Check every entry of the file of this name."""
    passed, not_applicable, failures = 0, 0, []
    for number, entry in enumerate(given):
        if entry.get("cipher_suite", 1) not in SUITES:
            not_applicable += 1
            continue
        try:
            CHECKS[name](entry)
            passed += 1
        except (CheckError, MlsError) as error:
            failures.append(f"{name}, entry {number}: {error}")
        except (KeyError, TypeError, ValueError, IndexError) as error:
            failures.append(f"{name}, entry {number}: not a vector of this kind: {error!r}")
    return Outcome(passed, tuple(failures), not_applicable)


def main(folder: Path) -> int:
    """Check all official files in ``folder``, print how each went, and at last the sum; gives the exit status.

    Raises:
        VectorsError: the folder holds no official file, or one that is not JSON.
    """
    found = sorted(path for path in folder.glob("*.json") if path.name in CHECKS)
    if not found:
        msg = f"{folder} holds no test vectors of MLS; they are in mlswg/mls-implementations, folder test-vectors"
        raise VectorsError(msg)
    sum_: Counter[str] = Counter()
    for path in found:
        outcome = check_file(path.name, entries(path))
        sum_.update(passed=outcome.passed, failed=len(outcome.failures), left=outcome.not_applicable)
        print(f"{path.name}: {outcome.passed} passed, {len(outcome.failures)} failed", end="")
        print(f", {outcome.not_applicable} of other suites not applicable" if outcome.not_applicable else "")
        for failure in outcome.failures:
            print(f"  {failure}")
    for path in sorted(folder.glob("*.json")):
        if path.name not in CHECKS:
            print(f"{path.name}: not one of the official files that are known here; left out")
    for name in sorted(set(CHECKS) - {path.name for path in found}):
        print(f"{name}: not there")
    if sum_["left"]:
        print(f"{sum_['left']} entries are of cipher suites that this program does not have: not applicable")
    print(f"{sum_['passed']} passed, {sum_['failed']} failed")
    return 1 if sum_["failed"] else 0
