"""What a check came to: plain sentences for people, JSON for programs, and an exit status for both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final


class Outcome(IntEnum):
    """The exit status of ``portal verify``."""

    GOOD = 0
    BAD = 1
    UNKNOWN = 2
    """It can not be told, for something is missing; or the question was wrongly asked."""


_MARKS: Final = {Outcome.GOOD: "yes", Outcome.BAD: "NO", Outcome.UNKNOWN: "?"}
_WORDS: Final = {Outcome.GOOD: "GOOD", Outcome.BAD: "BAD", Outcome.UNKNOWN: "CANNOT TELL"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``code`` names it for programs, ``says`` for people."""

    outcome: Outcome
    code: str
    says: str


@dataclass(slots=True)
class Verdict:
    """All findings of one check, in order; ``facts`` are figures to them, ``remarks`` what to know besides."""

    subject: str
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Bad as soon as one thing is; good only if all is."""
        outcomes = {finding.outcome for finding in self.findings}
        if Outcome.BAD in outcomes:
            return Outcome.BAD
        return Outcome.GOOD if outcomes == {Outcome.GOOD} else Outcome.UNKNOWN

    def good(self, code: str, says: str) -> None:
        """Something holds."""
        self.findings.append(Finding(Outcome.GOOD, code, says))

    def bad(self, code: str, says: str) -> None:
        """Something does not hold."""
        self.findings.append(Finding(Outcome.BAD, code, says))

    def unknown(self, code: str, says: str) -> None:
        """Something can not be told."""
        self.findings.append(Finding(Outcome.UNKNOWN, code, says))

    def remark(self, says: str) -> None:
        """Say what to know besides."""
        self.remarks.append(says)

    def to_text(self) -> str:
        """Return the verdict as people read it: one line a finding, then the verdict."""
        lines = [f"  {_MARKS[one.outcome]:>3}  {printable(one.says)}" for one in self.findings]
        lines += [f"       {printable(one)}" for one in self.remarks]
        return "\n".join([*lines, "", f"{_WORDS[self.outcome]}: {printable(self.subject)}"])

    def to_json(self) -> str:
        """Return the verdict as programs read it."""
        found: Mapping[str, Any] = {
            "verdict": self.outcome.name.lower(),
            "subject": self.subject,
            "findings": [
                {"outcome": one.outcome.name.lower(), "code": one.code, "says": one.says} for one in self.findings
            ],
            "remarks": self.remarks,
            "facts": self.facts,
        }
        return json.dumps(found, indent=1)  # ASCII: what strangers wrote must not steer a terminal


def printable(text: str) -> str:
    """Return ``text`` without what could steer a terminal: what is checked was written by strangers."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
